/** Envelopes of a file by the rule of the runner: two people, or one and the whole chain that proves it narrows (E2, E3). */
import { plusMs, type Envelope, type Instant, type TrustBundle } from '@countersign/core';
import { expect, test } from 'vitest';
import { canonicalBytes } from './canonical.ts';
import { digestOf } from './digest.ts';
import { payloadOf, signEnvelope, type DsseEnvelope } from './dsse.ts';
import { Estate } from './export/estate.builder.ts';
import { BEGIN, envelope, idOf } from './export/names.builder.ts';
import { PAYLOAD } from './payload.ts';
import { openTrust } from './tuf/open-trust.ts';
import { keysUsable, predecessorsIn, verifyBundledPolicy } from './verify-bundle-policies.ts';

const estate = new Estate();
const trusted = openTrust(estate.trust, { root: estate.root });
if (!trusted.ok) throw new Error(trusted.refusal.detail);
const versions = [trusted.value.bundle];
type Who = 'pat' | 'quinn' | 'kim';
const signed = (document: object, ...who: readonly Who[]): DsseEnvelope =>
  signEnvelope(
    PAYLOAD.envelope,
    canonicalBytes(document),
    who.map((one) => estate.keys[one]),
  );
const digestIn = (policy: DsseEnvelope): string => {
  const payload = payloadOf(policy);
  if (!payload.ok) throw new Error('no payload');
  return digestOf(payload.value);
};
const first = signed(envelope(), 'pat', 'quinn');
const narrower = (
  before: DsseEnvelope,
  version: number,
  change: Partial<Envelope> = {},
  ...who: readonly Who[]
): DsseEnvelope =>
  signed(
    envelope({
      version,
      supersedes: digestIn(before),
      rollout: { canary: 50 - version, window: 10, bakeMs: 0, healthTimeoutMs: 5000 },
      ...change,
    }),
    ...(who.length === 0 ? (['pat'] as const) : who),
  );
const second = narrower(first, 2);
const third = narrower(second, 3);
interface Circumstances {
  readonly organisation?: string;
  readonly at?: Instant;
  readonly roster?: readonly TrustBundle[];
}
function verdict(
  policy: DsseEnvelope,
  before: readonly DsseEnvelope[],
  { organisation = 'acme', at = BEGIN, roster = versions }: Circumstances = {},
): string {
  const predecessors = predecessorsIn(before);
  if (!predecessors.ok) return predecessors.refusal.code;
  const checked = verifyBundledPolicy(policy, {
    organisation: idOf(organisation),
    versions: roster,
    predecessors: predecessors.value,
    at,
  });
  return checked.ok ? 'counts' : 'no';
}

test.each<[string, DsseEnvelope, readonly DsseEnvelope[], string]>([
  ['by two policy admins', first, [], 'counts'],
  ['by one, with the version before it', second, [first], 'counts'],
  ['by one, over a chain of two', third, [first, second], 'counts'],
  ['by one, with a chain in any order and more beside it', third, [second, narrower(first, 9), first], 'counts'],
  ['by one, without the chain', second, [], 'no'],
  ['by one, with a hole in the chain', third, [second], 'no'],
  ['by one, with the wrong end', third, [first], 'no'],
  ['by one, over another version', second, [third], 'no'],
  [
    'by one, and it widens',
    narrower(first, 2, { rollout: { canary: 99, window: 10, bakeMs: 0, healthTimeoutMs: 5000 } }),
    [first],
    'no',
  ],
  ['by one who is no policy admin', narrower(first, 2, {}, 'kim'), [first], 'no'],
  [
    'by one, over a version that one person signed alone',
    narrower(signed(envelope(), 'pat'), 2),
    [signed(envelope(), 'pat')],
    'no',
  ],
  ['by two, and by somebody else', signed(envelope(), 'pat', 'quinn', 'kim'), [], 'no'],
  ['by nobody', { ...first, signatures: [] }, [], 'no'],
  ['by one twice', { ...first, signatures: [first.signatures[0]!, first.signatures[0]!] }, [], 'no'],
])('E3: a version signed %s', (_, policy, before, expected) => {
  expect(verdict(policy, before)).toBe(expected);
});

test('E2: nothing counts that is of another organisation, or no envelope', () => {
  expect(verdict(first, [], { organisation: 'globex' })).toBe('no');
  expect(verdict({ ...first, payloadType: PAYLOAD.graph }, [])).toBe('no');
});

const flip = (policy: DsseEnvelope, at: number): DsseEnvelope => {
  const bytes = Buffer.from(policy.payload, 'base64');
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  return { ...policy, payload: bytes.toString('base64') };
};

test('E3: any flipped bit of a version or of what is before it is a version that does not count', () => {
  for (let at = 0; at < 1200; at += 37) {
    expect([at, verdict(flip(second, at), [first])]).toEqual([at, 'no']);
    expect([at, verdict(second, [flip(first, at)])]).toEqual([at, 'no']);
  }
});

/** The roster with the key of one person usable only from a time on. */
const waiting = (who: Who, usableFrom: Instant): readonly TrustBundle[] =>
  versions.map((version) => ({
    ...version,
    people: version.people.map((person) =>
      person.id === who
        ? { ...person, credentials: person.credentials.map((key) => ({ ...key, usableFrom })) }
        : person,
    ),
  }));

type Waiting = readonly [Who, Instant];
const [early, now, late] = [-1, 0, 1].map((ms) => plusMs(BEGIN, ms)) as [Instant, Instant, Instant];
test.each<[string, readonly [DsseEnvelope, readonly DsseEnvelope[]], Waiting, string]>([
  ['a version of two', [first, []], ['pat', late], 'no'],
  ['a version of two', [first, []], ['quinn', late], 'no'],
  ['a version of two', [first, []], ['quinn', now], 'counts'],
  ['a version of two', [first, []], ['kim', late], 'counts'],
  ['a version of one', [second, [first]], ['pat', late], 'no'],
  ['a version of one', [second, [first]], ['pat', now], 'counts'],
  ['the version before one', [second, [first]], ['quinn', late], 'no'],
  ['the version before one', [second, [first]], ['quinn', early], 'counts'],
])('A2: %s does not count while the key that signed it still waits', (_, [policy, before], key, expected) => {
  expect(verdict(policy, before, { roster: waiting(...key) })).toBe(expected);
});

test('A2: it counts from the moment on that the key counts, under the same roster', () => {
  const roster = waiting('quinn', plusMs(BEGIN, 1000));
  const verdicts = [0, 999, 1000, 5000].map((ms) => verdict(first, [], { at: plusMs(BEGIN, ms), roster }));
  expect(verdicts).toEqual(['no', 'no', 'counts', 'counts']);
  const epochs = [-1, 0, 999, 1000, 5000].map((ms) => keysUsable(roster, plusMs(BEGIN, ms)));
  expect(epochs).toEqual([1, 1, 1, 2, 2]);
});
