import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AUTOMATIC_FIELDS, BUNDLE_FIELDS } from '../evidence/bundle-fields.ts';
import { instantOf, parseId, type Digest, type Id, type Instant } from '../shared/brand.ts';
import { CONTROLS } from './control-map.ts';
import { RECORD_EVENTS, type RecordEvent } from './leaf.ts';
import { EXCEPTIONS, periodReport, periodReportText, type ReportedEntry } from './period-report.ts';

const idOf = <Name extends string>(text: string): Id<Name> => parseId<Name>(text)!;
const at = (second: number): Instant => instantOf(second * 1000);
const PERIOD = { organisation: idOf<'Organisation'>('acme'), from: at(10), to: at(1000) };
const entry = (
  index: number,
  event: RecordEvent,
  more: { correlation?: string; body?: unknown; second?: number } = {},
): ReportedEntry => ({
  index,
  leaf: {
    type: 'leaf',
    organisation: PERIOD.organisation,
    event,
    at: at(more.second ?? 10 + index),
    actor: 'control',
    subject: 'proposal:P-1',
    correlation: more.correlation ?? 'P-1',
    body: `sha256:${'0'.repeat(64)}` as Digest,
  },
  ...(more.body !== undefined && { body: more.body }),
  hasBody: more.body !== undefined,
});
const RECORD: readonly ReportedEntry[] = [
  entry(0, 'proposal.created', { second: 1 }),
  entry(1, 'proposal.created', { body: {} }),
  entry(2, 'decision.made', { body: { verdict: 'needs-approval' } }),
  entry(3, 'decision.made', { body: { verdict: 'autonomous' } }),
  entry(4, 'proposal.created', { correlation: 'P-2', body: {} }),
  entry(5, 'decision.made', { correlation: 'P-2', body: { verdict: 'prohibited' } }),
  entry(6, 'manual-work.opened', { correlation: 'P-2', body: {} }),
  entry(7, 'approval.received', { body: {} }),
  entry(8, 'rollout.tripped', { body: {} }),
  entry(9, 'remediation.closed', { body: { state: 'ROLLED_BACK' } }),
  entry(10, 'evidence.read'),
  entry(11, 'proposal.refused', { correlation: 'intake', body: {} }),
  entry(12, 'remediation.closed', { second: 2000, correlation: 'P-2' }),
];

test('V4: population, verdicts, ends and exceptions of a period come out of the record', () => {
  expect(periodReport(PERIOD, RECORD)).toMatchObject({
    entries: { count: 11, first: 1, last: 11, bodiesGone: 1 },
    population: {
      remediations: 2,
      proposed: 2,
      closed: 1,
      open: 1,
      verdicts: { autonomous: 1, prohibited: 1 },
      ends: { ROLLED_BACK: 1 },
    },
    people: { approvals: 1, rejections: 0, readings: 1, exports: 0 },
    exceptions: [
      { entry: 6, event: 'manual-work.opened', remediation: 'P-2' },
      { entry: 8, event: 'rollout.tripped', remediation: 'P-1' },
      { entry: 11, event: 'proposal.refused', remediation: 'intake' },
    ],
  });
});

test('V2: a body that is not kept is counted as that, never as zero', () => {
  expect(periodReport(PERIOD, [entry(1, 'decision.made')]).population.verdicts).toEqual({ 'body not kept': 1 });
});

test('O3: what another organisation did is in no report', () => {
  const foreign = { ...RECORD[1]!, leaf: { ...RECORD[1]!.leaf, organisation: idOf<'Organisation'>('globex') } };
  expect(periodReport(PERIOD, [foreign]).entries.count).toBe(0);
});

test('V4: the same record gives the same text, with every control in it', () => {
  const text = periodReportText(periodReport(PERIOD, RECORD));
  expect(periodReportText(periodReport(PERIOD, [...RECORD]))).toBe(text);
  for (const { framework, clause } of CONTROLS) expect(text).toContain(`${framework}  ${clause}`);
  expect(text).toContain('population  2 remediations: 2 proposed, 1 closed, 1 open');
});

test('V4: nothing before or behind the period changes its report', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom(...RECORD_EVENTS), fc.integer({ min: 0, max: 3000 }))), (outside) => {
      const others = outside.flatMap(([event, second], n) =>
        second >= 10 && second < 1000 ? [] : [entry(100 + n, event, { second, body: {} })],
      );
      expect(periodReport(PERIOD, [...RECORD, ...others])).toEqual(periodReport(PERIOD, RECORD));
    }),
  );
});

test('V5: each control names events and fields that exist, and none is named twice', () => {
  const fields = new Set<string>([...BUNDLE_FIELDS, ...AUTOMATIC_FIELDS]);
  const names = CONTROLS.map(({ framework, clause }) => `${framework} ${clause}`);
  expect(new Set(names).size).toBe(names.length);
  for (const control of CONTROLS) {
    expect(control.events.filter((event) => !RECORD_EVENTS.includes(event))).toEqual([]);
    expect(control.evidence.filter((field) => !fields.has(field))).toEqual([]);
    expect(control.requirements.length * control.evidence.length * control.events.length).toBeGreaterThan(0);
  }
  expect(EXCEPTIONS.filter((event) => !RECORD_EVENTS.includes(event))).toEqual([]);
});

test('V5: the frameworks the requirement names are all there', () => {
  const text = CONTROLS.map(({ framework, clause }) => `${framework} ${clause}`).join('\n');
  for (const name of [
    'Article 14',
    'Article 9',
    'Article 5',
    'SYSC',
    'Article 21',
    '6.1.3',
    'GOVERN 1.4',
    'MAP 3.5',
    'PR.IP',
    'SR 3.4',
    '6.5.3',
    '164.308(a)(7)',
    'OWASP Agentic',
    'Non-Human',
    'MAESTRO',
    'ATLAS',
  ])
    expect(text).toContain(name);
});
