import { expect, test } from 'vitest';
import { parseDigest } from '../shared/brand.ts';
import type { EnvelopeSignature } from './activate-signed.ts';
import { activate, envelopeState, noEnvelope, type Activation } from './activate.ts';
import { anEnvelope, anId, at, NOW } from './envelope.builder.ts';

const digest = parseDigest(`sha256:${'11'.repeat(32)}`)!;
const other = parseDigest(`sha256:${'22'.repeat(32)}`)!;
const signed = (person: string, change: Partial<EnvelopeSignature> = {}): EnvelopeSignature => ({
  person: anId(person),
  roles: [anId('policy-admin')],
  digest,
  ...change,
});
const whole = (change: Partial<Activation> = {}): Activation => ({
  envelope: anEnvelope(),
  digest,
  now: NOW,
  signatures: [signed('paul'), signed('petra')],
  authors: [anId('ann')],
  ...change,
});
const codeOf = (change: Partial<Activation>): string => {
  const result = activate(whole(change));
  return result.ok ? 'active' : result.refusal.code;
};

const table: readonly { readonly what: string; readonly change: Partial<Activation>; readonly code: string }[] = [
  { what: 'two policy admins signed it', change: {}, code: 'active' },
  { what: 'nobody signed it', change: { signatures: [] }, code: 'envelope-unsigned' },
  { what: 'one signed it', change: { signatures: [signed('paul')] }, code: 'envelope-unsigned' },
  {
    what: 'one person signed it twice',
    change: { signatures: [signed('paul'), signed('paul')] },
    code: 'envelope-unsigned',
  },
  {
    what: 'one signer is no policy admin',
    change: { signatures: [signed('paul'), signed('olga', { roles: [anId('operator')] })] },
    code: 'envelope-unsigned',
  },
  {
    what: 'one signed another version',
    change: { signatures: [signed('paul'), signed('petra', { digest: other })] },
    code: 'envelope-unsigned',
  },
  { what: 'one signer is the author', change: { authors: [anId('petra')] }, code: 'envelope-unsigned' },
  { what: 'one signer is the owner', change: { envelope: anEnvelope({ owner: 'petra' }) }, code: 'envelope-unsigned' },
  {
    what: 'author, owner and two others signed',
    change: { authors: [anId('x')], signatures: ['x', 'olive', 'paul', 'petra'].map((person) => signed(person)) },
    code: 'active',
  },
  { what: 'it is the newest', change: { newestVersion: 1 }, code: 'active' },
  { what: 'a newer version is active', change: { newestVersion: 2 }, code: 'envelope-superseded' },
  { what: 'it begins now', change: { now: at('2026-11-01T00:00:00.000Z') }, code: 'active' },
  {
    what: 'it begins in a millisecond',
    change: { now: at('2026-10-31T23:59:59.999Z') },
    code: 'envelope-not-yet-valid',
  },
  { what: 'it has a millisecond left', change: { now: at('2027-01-14T23:59:59.999Z') }, code: 'active' },
  { what: 'it ends now', change: { now: at('2027-01-15T00:00:00.000Z') }, code: 'envelope-expired' },
  { what: 'it has a fault', change: { envelope: anEnvelope({ agents: [] }) }, code: 'envelope-faulty' },
];
test.each(table)('E2, E3, 4.10: when $what the answer is $code', ({ change, code }) => {
  expect(codeOf(change)).toBe(code);
});

test('E2: a proof names its envelope and stops counting when the envelope expires', () => {
  const result = activate(whole());
  if (!result.ok) throw new Error('must be active');
  expect([result.value.digest, result.value.envelope.version, result.value.checkedAt]).toEqual([digest, 1, NOW]);
  expect(result.value.refusalAt(NOW)).toBeUndefined();
  expect(result.value.refusalAt(at('2027-01-15T00:00:00.000Z'))?.code).toBe('envelope-expired');
  expect(JSON.stringify(result.value)).toBe('{}');
});

test('4.1: without any envelope the refusal says so', () => {
  expect(noEnvelope().refusal).toMatchObject({ code: 'envelope-missing', clause: 'AG-706 4.1' });
});

test('E2: the state follows the dates', () => {
  const dates = { validFrom: at('2026-01-01T00:00:00.000Z'), validUntil: at('2026-02-01T00:00:00.000Z') };
  expect(envelopeState(dates, at('2025-12-31T00:00:00.000Z'))).toBe('not-yet');
  expect(envelopeState(dates, at('2026-01-01T00:00:00.000Z'))).toBe('active');
  expect(envelopeState(dates, at('2026-02-01T00:00:00.000Z'))).toBe('expired');
});
