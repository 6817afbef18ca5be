import { expect, test } from 'vitest';
import { readSarif } from './parse-sarif.ts';
import { aContext } from './signal.builder.ts';

/** As a package scanner writes it: rules with default levels, results by rule index, logical locations. */
const result = (change: object = {}) => ({
  ruleId: 'CVE-2026-0001',
  ruleIndex: 0,
  message: { text: 'openssl 3.0.11 is vulnerable' },
  locations: [
    {
      physicalLocation: { artifactLocation: { uri: 'var/lib/dpkg/status' }, region: { startLine: 7 } },
      logicalLocations: [{ fullyQualifiedName: 'pay-001', kind: 'host' }],
    },
  ],
  partialFingerprints: { primary: 'abc' },
  ...change,
});
const sarif = (results: readonly unknown[], change: object = {}) => ({
  $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
  version: '2.1.0',
  runs: [
    {
      tool: {
        driver: {
          name: 'pkgscan',
          semanticVersion: '1.4.0',
          rules: [
            {
              id: 'CVE-2026-0001',
              shortDescription: { text: 'openssl: remote code execution' },
              defaultConfiguration: { level: 'error' },
              properties: { 'security-severity': '9.8' },
            },
            { id: 'STYLE-1' },
          ],
        },
      },
      invocations: [{ executionSuccessful: true, startTimeUtc: '2026-11-18T01:00:00Z' }],
      results,
      ...change,
    },
  ],
});
const read = (document: unknown) => {
  const value = readSarif(document, aContext());
  return value.ok ? value.value : value.refusal;
};

test('L1: results of one rule become one signal with the targets of all', () => {
  const other = result({ locations: [], properties: { target: 'pay-000', tags: ['x'] } });
  expect(read(sarif([result(), other, result()]))).toEqual([
    {
      id: expect.stringMatching(/^s-/) as unknown,
      source: 'prometheus',
      format: 'sarif',
      rule: 'CVE-2026-0001',
      title: 'openssl: remote code execution',
      severity: 'error',
      status: 'firing',
      targets: ['pay-000', 'pay-001'],
      startedAt: '2026-11-18T01:00:00.000Z',
      observedAt: '2026-11-18T02:11:00.000Z',
      document: `sha256:${'aa'.repeat(32)}`,
    },
  ]);
});

test('SARIF 3.27: level falls back to the rule, then to warning; a rule may be named by index alone', () => {
  const { ruleId: _id, ...byIndex } = result({ ruleIndex: 1, level: 'note' });
  const { ruleId: _other, ruleIndex: _index, ...byRule } = result({ rule: { index: 1 } });
  expect(read(sarif([result(), byIndex, byRule, result({ ruleId: 'NEW', ruleIndex: -1 })]))).toMatchObject([
    { rule: 'CVE-2026-0001', severity: 'error' },
    { rule: 'STYLE-1', severity: 'note', title: 'openssl 3.0.11 is vulnerable' },
    { rule: 'STYLE-1', severity: 'warning' },
    { rule: 'NEW', severity: 'warning' },
  ]);
});

test('SARIF 3.27: passed, informational and suppressed results are no findings; absent ones are resolved', () => {
  const results = [
    result({ kind: 'pass' }),
    result({ kind: 'notApplicable' }),
    result({ suppressions: [{ kind: 'external', status: 'accepted' }] }),
    result({ suppressions: [{ kind: 'inSource' }] }),
    result({ baselineState: 'absent' }),
    result({ kind: 'review', suppressions: [{ kind: 'external', status: 'rejected' }], level: 'note' }),
  ];
  expect(read(sarif(results))).toMatchObject([{ status: 'resolved' }, { status: 'firing', severity: 'note' }]);
});

test('a run without times starts when it was received; one without results gives nothing', () => {
  expect(read(sarif([result()], { invocations: [] }))).toMatchObject([{ startedAt: '2026-11-18T02:11:00.000Z' }]);
  expect(read({ version: '2.1.0', runs: [{ tool: { driver: { name: 'x' } } }] })).toEqual([]);
});

test('names that are no ids name no target', () => {
  const locations = [{ logicalLocations: [{ fullyQualifiedName: 'a::b' }, { name: 'pay-003' }, {}] }];
  expect(read(sarif([result({ locations })]))).toMatchObject([{ targets: ['pay-003'] }]);
});

test('bad input: every complaint at once, with its JSON pointer', () => {
  const bad = [result({ level: 'fatal' }), result({ message: 'text' }), result({ properties: { target: 7 } })];
  const refusal = read({ ...sarif(bad), version: '2.0.0' });
  expect('complaints' in refusal && refusal.complaints?.map(({ at }) => at)).toEqual([
    '/version',
    '/runs/0/results/0/level',
    '/runs/0/results/1/message',
    '/runs/0/results/2/properties/target',
  ]);
});

test('bad input: a result without a rule and a target that is no id are refused with their place', () => {
  const { ruleId: _id, ruleIndex: _index, ...nameless } = result();
  const refusal = read(sarif([nameless, result({ properties: { target: 'a b' } })]));
  expect('complaints' in refusal && refusal.complaints?.map(({ at }) => at)).toEqual([
    '/runs/0/results/0/ruleId',
    '/runs/0/results/1/properties/target',
  ]);
});

test('bad input: more than 25,000 results over all runs are refused before they are read', () => {
  const many = sarif(Array.from({ length: 13_000 }, () => result()));
  expect(read({ ...many, runs: [...many.runs, ...many.runs] })).toMatchObject({ code: 'too-large' });
});
