import { describe, expect, test } from 'vitest';
import { readExploitedList } from './exploited.ts';
import { moment } from './finding.builder.ts';
import { isAlarm, readVex, VEX_STATUSES, vexFormatOf, type VexStatement } from './vex.ts';

const now = moment('2026-11-18T12:00:00.000Z');

/** As `vexctl` writes it. */
const openVex = (statement: object = {}, document: object = {}) => ({
  '@context': 'https://openvex.dev/ns/v0.2.0',
  '@id': 'https://vendor.example/vex/1',
  author: 'Vendor',
  timestamp: '2026-11-17T00:00:00Z',
  version: 1,
  statements: [
    {
      vulnerability: { name: 'CVE-2026-1', '@id': 'https://nvd.example/CVE-2026-1' },
      products: [{ '@id': 'pay-001', identifiers: { purl: 'pkg:x' } }],
      status: 'not_affected',
      justification: 'component_not_present',
      impact_statement: 'the library is not shipped',
      ...statement,
    },
  ],
  ...document,
});
const cycloneDx = (analysis: object = {}, vulnerability: object = {}) => ({
  bomFormat: 'CycloneDX',
  specVersion: '1.6',
  version: 1,
  metadata: { timestamp: '2026-11-17T00:00:00Z' },
  vulnerabilities: [
    {
      id: 'CVE-2026-1',
      source: { name: 'NVD' },
      ratings: [{ score: 9.8 }],
      analysis: { state: 'not_affected', justification: 'code_not_reachable', detail: 'behind a flag', ...analysis },
      affects: [{ ref: 'pay-001' }],
      ...vulnerability,
    },
  ],
});
function said(given: unknown): readonly VexStatement[] {
  // As it travels: a field without a value is not there.
  const document: unknown = JSON.parse(JSON.stringify(given));
  const read = readVex(document, vexFormatOf(document), now);
  if (!read.ok) throw new Error(JSON.stringify(read.refusal));
  return read.value;
}
function complaints(document: unknown): readonly string[] {
  const read = readVex(document, vexFormatOf(document), now);
  return read.ok ? [] : (read.refusal.complaints ?? []).map(({ at }) => at);
}

describe('G5: OpenVEX', () => {
  test('says for each product whether it is affected, and why not', () => {
    expect(said(openVex())).toEqual([
      {
        vulnerability: 'CVE-2026-1',
        product: 'pay-001',
        status: 'not_affected',
        justification: 'component_not_present',
        saidAt: '2026-11-17T00:00:00.000Z',
      },
    ]);
  });

  test('a statement about parts of a product speaks of these alone', () => {
    const products = [{ '@id': 'pay-001', subcomponents: [{ '@id': 'pkg:a' }, { '@id': 'pkg:b' }] }];
    expect(said(openVex({ products })).map(({ component }) => component)).toEqual(['pkg:a', 'pkg:b']);
  });

  test('what has no id is spoken of by nobody', () => {
    expect(said(openVex({ products: [{}, { '@id': 'x', subcomponents: [{}] }] }))).toEqual([]);
    expect(said(openVex({ products: undefined }))).toEqual([]);
  });

  test('its own date comes before that of the document; a date ahead of us is today', () => {
    expect(said(openVex({ timestamp: '2026-11-16T00:00:00Z' }))[0]?.saidAt).toBe('2026-11-16T00:00:00.000Z');
    expect(said(openVex({ timestamp: '2099-01-01T00:00:00Z' }))[0]?.saidAt).toBe(now);
    expect(said(openVex({}, { timestamp: undefined }))[0]?.saidAt).toBe(now);
  });

  test.each([
    [{ status: 'harmless' }, '/statements/0/status'],
    [{ justification: 'because we say so' }, '/statements/0/justification'],
    [{ vulnerability: 'CVE-2026-1' }, '/statements/0/vulnerability'],
    [{ vulnerability: { name: '' } }, '/statements/0/vulnerability/name'],
    [{ products: 'pay-001' }, '/statements/0/products'],
    [{ products: [{ '@id': 7 }] }, '/statements/0/products/0/@id'],
    [{ timestamp: 'yesterday' }, '/statements/0/timestamp'],
  ])('%o is refused', (statement, at) => {
    expect(complaints(openVex(statement))).toEqual([at]);
  });

  test.each([[null], [[]], ['text'], [{}], [{ statements: [] }]])('%o is no document', (document) => {
    expect(readVex(document, 'openvex', now).ok).toBe(false);
  });

  test('more statements than anybody reads are refused', () => {
    const products = Array.from({ length: 25_000 }, (_, n) => ({ '@id': `n${n}` }));
    const [statement] = openVex({ products }).statements;
    const document = { ...openVex(), statements: [statement, statement, statement] };
    expect(readVex(document, 'openvex', now)).toMatchObject({ ok: false, refusal: { code: 'too-large' } });
  });
});

describe('G5: CycloneDX', () => {
  test.each([
    ['resolved', 'fixed'],
    ['resolved_with_pedigree', 'fixed'],
    ['exploitable', 'affected'],
    ['in_triage', 'under_investigation'],
    ['false_positive', 'not_affected'],
    ['not_affected', 'not_affected'],
  ])('`%s` is %s', (state, status) => {
    expect(said(cycloneDx({ state }))).toMatchObject([{ vulnerability: 'CVE-2026-1', product: 'pay-001', status }]);
  });

  test('without an analysis nothing is said', () => {
    expect(said(cycloneDx({}, { analysis: undefined }))).toEqual([]);
    expect(said(cycloneDx({ state: undefined }))).toEqual([]);
    expect(said(cycloneDx({}, { affects: undefined }))).toEqual([]);
  });

  test('what is said of some versions can alarm and cannot reassure', () => {
    const affects = [{ ref: 'pay-001', versions: [{ version: '1.0', status: 'unaffected' }] }];
    expect(said(cycloneDx({}, { affects }))).toEqual([]);
    expect(said(cycloneDx({ state: 'exploitable' }, { affects }))).toHaveLength(1);
  });

  test.each([
    [cycloneDx({ state: 'fine' }), '/vulnerabilities/0/analysis/state'],
    [cycloneDx({ justification: 'trust us' }), '/vulnerabilities/0/analysis/justification'],
    [cycloneDx({}, { affects: [{}] }), '/vulnerabilities/0/affects/0/ref'],
    [{ ...cycloneDx(), bomFormat: 'Other' }, '/bomFormat'],
    [{ bomFormat: 'CycloneDX' }, '/vulnerabilities'],
  ])('a document with something wrong at %#', (document, at) => {
    expect(complaints(document)).toEqual([at]);
  });
});

test('only alarms alarm', () => {
  expect(VEX_STATUSES.filter(isAlarm)).toEqual(['affected', 'under_investigation']);
});

describe('G5: the list of what is exploited', () => {
  test('names each vulnerability once', () => {
    const vulnerabilities = [
      { cveID: 'CVE-2', vendorProject: 'x', dateAdded: '2026-01-01' },
      { cveID: 'CVE-1' },
      { cveID: 'CVE-2' },
    ];
    expect(readExploitedList({ title: 'KEV', count: 3, vulnerabilities })).toEqual({
      ok: true,
      value: ['CVE-1', 'CVE-2'],
    });
  });

  test.each([
    [null],
    [{}],
    [{ vulnerabilities: [] }],
    [{ vulnerabilities: [{}] }],
    [{ vulnerabilities: [{ cveID: 7 }] }],
  ])('%o is refused', (document) => {
    expect(readExploitedList(document).ok).toBe(false);
  });
});
