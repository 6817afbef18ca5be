import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EGRESS_MODES, mayLeave, type EgressMode } from '@countersign/core';
import { canonicalBytes, generateSigner, PAYLOAD, signEnvelope, type Report } from '@countersign/seal';
import { ZERO } from '../testkit/proposed.ts';
import { checkReport } from './check-report.ts';

const SIGNER = generateSigner('ed25519');
const AT = '2026-11-21T02:14:00.000Z';
const FROM = { organisation: 'acme', runner: 'runner-1' };
const signed = (payloadType: string, document: object) => signEnvelope(payloadType, canonicalBytes(document), [SIGNER]);
const progress = (event: object, more: object = {}): Report => ({
  kind: 'progress',
  progress: signed(PAYLOAD.progress, { ...FROM, type: 'progress', capsule: ZERO, from: 0, events: [event], ...more }),
});
const refusal = (detail: string): Report => ({
  kind: 'refusal',
  refusal: signed(PAYLOAD.refusal, { ...FROM, type: 'refusal', subject: ZERO, code: 'replay', detail, at: AT }),
});
const said = (mode: EgressMode, report: Report): string => {
  const checked = checkReport(mode, report);
  return checked.ok ? 'leaves' : checked.refusal.code;
};
const halted = (by: string): object => ({ type: 'halted', at: AT, trip: 1, by });
const STATEMENT = {
  ...FROM,
  type: 'evidence-statement',
  capsule: ZERO,
  proposal: 'P-1',
  root: '0'.repeat(64),
  fields: 1,
  outcome: 'completed',
  counts: { targets: 1, touched: 1, changed: 1, reverted: 0, unknown: 0, held: 0 },
  finishedAt: AT,
};

test('V2: nothing leaves an enclave that is local-only, whatever it is', () => {
  for (const report of [refusal(''), progress({ type: 'started', at: AT })])
    expect(said('local-only', report)).toBe('held-inside');
});

test("V2: a field that is not in the document's own shape stays, in every mode", () => {
  for (const mode of EGRESS_MODES)
    expect(said(mode, progress({ type: 'started', at: AT, output: 'secret' }))).toBe('held-inside');
  expect(said('sanitized', progress({ type: 'started', at: AT }, { note: 'secret' }))).toBe('held-inside');
  const statement = signed(PAYLOAD.evidence, { ...STATEMENT, output: 'secret' });
  expect(said('sanitized', { kind: 'evidence', evidence: statement, fields: ['hash'] })).toBe('held-inside');
});

test('V2: a document under the name of another stays', () => {
  const { progress: envelope } = progress({ type: 'started', at: AT }) as Extract<Report, { kind: 'progress' }>;
  expect(said('sanitized', { kind: 'refusal', refusal: envelope })).toBe('held-inside');
});

test('V2: in metadata-only mode no sentence leaves, not as a detail, a cause or a name', () => {
  expect(said('metadata-only', refusal('`host-1` is not in the inventory'))).toBe('held-inside');
  expect(said('metadata-only', refusal('held inside'))).toBe('leaves');
  expect(said('metadata-only', progress(halted('oz')))).toBe('leaves');
  expect(said('metadata-only', progress(halted('window-over: the authority ended')))).toBe('held-inside');
  expect(said('metadata-only', progress({ type: 'tripped', at: AT, trip: 1, cause: 'x failed' }))).toBe('held-inside');
});

test('V2: of the evidence exactly the listed fields leave (any pointer, any mode)', () => {
  const part = fc.constantFrom(
    'targets',
    '0',
    '12',
    'output',
    'outcome',
    'before',
    'digest',
    'healthAfter',
    '__proto__',
    '',
  );
  fc.assert(
    fc.property(fc.constantFrom(...EGRESS_MODES), fc.array(part, { minLength: 1, maxLength: 5 }), (mode, parts) => {
      const pointer = `/${parts.join('/')}`;
      const report: Report = {
        kind: 'evidence',
        evidence: signed(PAYLOAD.evidence, STATEMENT),
        fields: [['salt', pointer, 'v']],
      };
      expect(said(mode, report) === 'leaves').toBe(mode !== 'local-only' && mayLeave(mode, pointer));
    }),
    { numRuns: 200 },
  );
});

const VIEW = {
  ...FROM,
  type: 'sanitized-view',
  capsule: ZERO,
  proposal: 'P-1',
  root: '0'.repeat(64),
  masking: ZERO,
  derived: [{ rule: 'address-prefix', prefix: '10.4.x.x', count: 1 }],
};
const withView = (change: object, payloadType: string = PAYLOAD.sanitizedView): Report => ({
  kind: 'evidence',
  evidence: signed(PAYLOAD.evidence, STATEMENT),
  fields: ['hash'],
  view: signed(payloadType, { ...VIEW, ...change }),
});

test.each<[EgressMode, string]>([
  ['local-only', 'held-inside'],
  ['metadata-only', 'held-inside'],
  ['sanitized', 'leaves'],
])('V2: in the mode %s a sanitised view: %s', (mode, expected) => {
  expect(said(mode, withView({}))).toBe(expected);
});

test.each<[string, object]>([
  ['a whole address', { derived: [{ rule: 'address-prefix', prefix: '10.4.7.9', count: 1 }] }],
  ['a class that is a name', { derived: [{ rule: 'host-class', class: 'secret-host', count: 1 }] }],
  ['a health that is a sentence', { derived: [{ rule: 'health', when: 'after', word: 'disk full', count: 1 }] }],
  ['a rule nobody published', { derived: [{ rule: 'raw', text: 'secret' }] }],
  ['a field beside', { note: 'secret' }],
])('V2: a runner that puts %s into a sanitised view is held back by the gateway', (_, change) => {
  expect(said('sanitized', withView(change))).toBe('held-inside');
});

test('V2: another document in the place of a view stays', () => {
  expect(said('sanitized', withView({}, PAYLOAD.progress))).toBe('held-inside');
});
