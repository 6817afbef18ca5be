import fc from 'fast-check';
import { expect, test } from 'vitest';
import { digestOf, idOf } from '../capsule/example-capsule.test.ts';
import { instantOf } from '../shared/brand.ts';
import type { Enrolled, Person } from '../people/person.ts';
import { ENVIRONMENTS, type Environment } from '../people/trust-bundle.ts';
import { approvalFor, checkApprovalBinding } from './statement.ts';
import { exampleCapsule } from '../capsule/example-capsule.test.ts';
import type { Approval } from './approval.ts';
import { aKey } from './keys.builder.ts';
import { evaluateQuorum, isReachable, quorumProgress, type QuorumQuestion, type Vote } from './quorum.ts';
import { keyDoubt, owesOwnSurface } from './surface.ts';

const NOW = 10_000;
const capsule = digestOf('1');
const served = (usableFrom = 0): Enrolled => aKey({ surface: 'served', usableFrom: instantOf(usableFrom) });
const own = (usableFrom = 0): Enrolled => aKey({ usableFrom: instantOf(usableFrom) });
const person = (name: string, ...keys: readonly Partial<Enrolled>[]): Person => ({
  id: idOf(name),
  name,
  roles: [idOf('reviewer')],
  credentials: keys.map((key) => aKey(key)),
});
const vote = (name: string, ...keys: readonly Enrolled[]): Vote => ({
  person: idOf(name),
  role: idOf('reviewer'),
  capsule,
  keys,
});
const asked = (approvals: readonly Vote[], more: Partial<QuorumQuestion> = {}): QuorumQuestion => ({
  capsule,
  demands: [{ role: idOf('reviewer'), count: 2 }],
  approvals,
  exclusions: [],
  roster: ['kim', 'lea', 'max', 'olga'].map((name) => person(name, {})),
  environment: 'production',
  now: instantOf(NOW),
  ...more,
});
const codeOf = (question: QuorumQuestion): string => {
  const result = evaluateQuorum(question);
  return result.ok ? 'met' : result.refusal.code;
};

test.each<[string, readonly Vote[], string]>([
  ['both on pages of the server', [vote('kim', served()), vote('lea', served())], 'own-surface-missing'],
  ['one of two on an own surface', [vote('kim', served()), vote('lea', own())], 'met'],
  ['both on own surfaces', [vote('kim', own()), vote('lea', own())], 'met'],
  ['one person on both', [vote('kim', served(), own()), vote('lea', served())], 'met'],
  [
    'an own key that waits beside a page of the server',
    [vote('kim', served(), own(NOW + 1)), vote('lea', served())],
    'own-surface-missing',
  ],
  ['an own key that counts from this moment on', [vote('kim', served()), vote('lea', own(NOW))], 'met'],
  ['an own key that waits', [vote('kim', served()), vote('lea', own(NOW + 1))], 'quorum-missing'],
  [
    'a third, who counts too, on an own surface',
    [vote('kim', served()), vote('lea', served()), vote('max', own())],
    'met',
  ],
  [
    'a third who is not on the roster',
    [vote('kim', served()), vote('lea', served()), vote('eve', own())],
    'own-surface-missing',
  ],
  ['no key at all', [vote('kim'), vote('lea', own())], 'quorum-missing'],
])('A2: in production, %s: %s', (_, approvals, expected) => {
  expect(codeOf(asked(approvals))).toBe(expected);
});

test.each(ENVIRONMENTS.filter((name) => name !== 'production'))(
  'A2: in %s pages of the server are enough',
  (environment) => {
    expect(codeOf(asked([vote('kim', served()), vote('lea', served())], { environment }))).toBe('met');
  },
);

test('A2: an excluded person, or one who signed in a role nobody asked for, gives no own surface', () => {
  const both = [vote('kim', served()), vote('lea', served())];
  const exclusions = [{ person: idOf<'Person'>('max'), reason: 'author' as const }];
  expect(codeOf(asked([...both, vote('max', own())], { exclusions }))).toBe('own-surface-missing');
  expect(codeOf(asked([...both, { ...vote('max', own()), role: idOf('owner') }]))).toBe('own-surface-missing');
  expect(codeOf(asked([...both, { ...vote('max', own()), capsule: digestOf('2') }]))).toBe('own-surface-missing');
});

test('A2: the refusal says what is owed, who can give it, and what to do next', () => {
  const roster = [
    person('kim', {}),
    person('lea', { surface: 'served' }),
    person('max', { usableFrom: instantOf(NOW + 1) }),
  ];
  const result = evaluateQuorum(asked([vote('kim', served()), vote('lea', served())], { roster }));
  expect(result).toMatchObject({
    ok: false,
    refusal: { code: 'own-surface-missing', clause: 'A2', eligible: ['kim'] },
  });
  expect(!result.ok && result.refusal.next?.[0]).toContain('cs approve');
});

test('A2: progress says that only the surface is owed, and that a waiting key is not counted', () => {
  expect(quorumProgress(asked([vote('kim', served()), vote('lea', served())]))).toMatchObject({
    isMet: false,
    missing: [],
    owesOwnSurface: true,
  });
  expect(quorumProgress(asked([vote('kim', own()), vote('lea', own(NOW + 1))]))).toMatchObject({
    isMet: false,
    missing: [{ role: 'reviewer', count: 1 }],
    owesOwnSurface: false,
    uncounted: [{ person: 'lea', reason: expect.stringContaining('the key counts from') as string }],
  });
});

test('A2: a roster without a key of an own surface can never approve for production, and that is found beforehand', () => {
  const roster = ['kim', 'lea'].map((name) => person(name, { surface: 'served' }));
  expect(isReachable(asked([], { roster }))).toBe(false);
  expect(isReachable(asked([], { roster, environment: 'staging' }))).toBe(true);
  expect(isReachable(asked([], { roster: [...roster, person('max', {})] }))).toBe(true);
});

const keySets = fc.array(
  fc
    .record({ isOwn: fc.boolean(), from: fc.constantFrom(0, NOW, NOW + 1) })
    .map(({ isOwn, from }) => (isOwn ? own(from) : served(from))),
  { maxLength: 4 },
);

test('A2, I1: over random keys and environments, nothing is met in production without a usable key of an own surface', () => {
  const people = ['kim', 'lea', 'max', 'olga'];
  let met = 0;
  fc.assert(
    fc.property(
      fc.tuple(keySets, keySets, keySets, keySets),
      fc.constantFrom(...ENVIRONMENTS),
      (sets, environment: Environment) => {
        const votes = sets.map((keys, place) => vote(people[place] ?? '', ...keys));
        const isMet = evaluateQuorum(asked(votes, { environment })).ok;
        const usable = sets.map((keys) => keys.filter(({ usableFrom }) => usableFrom <= instantOf(NOW)));
        const isEnough = usable.filter((keys) => keys.length > 0).length >= 2;
        const hasOwn = usable.flat().some(({ surface }) => surface === 'own');
        met += Number(isMet);
        expect(isMet).toBe(isEnough && (environment !== 'production' || hasOwn));
      },
    ),
    { numRuns: 1000 },
  );
  expect(met).toBeGreaterThan(50);
});

test('the first moment at which one of the keys counts is named', () => {
  expect(keyDoubt([own(NOW + 5), served(NOW + 2), own(NOW + 9)], instantOf(NOW))).toContain(instantOf(NOW + 2));
  expect(keyDoubt([own(NOW)], instantOf(NOW))).toBeUndefined();
  expect(keyDoubt([], instantOf(NOW))).toBe('no enrolled key of this person verified');
  expect(owesOwnSurface('production', [], instantOf(NOW))).toBe(true);
});

const document = exampleCapsule();
const approval = (surface: Approval['surface']): Approval =>
  approvalFor(document, {
    capsuleDigest: capsule,
    person: idOf('kim'),
    role: idOf('release-approver'),
    surface,
    shown: digestOf('2'),
    signedAt: instantOf(NOW),
    expiresAt: instantOf(NOW + 60_000),
    nonce: 'a'.repeat(32),
  });

test.each<[Approval['surface'], Enrolled['surface'], boolean]>([
  ['console', 'served', true],
  ['cli', 'served', false],
  ['page', 'served', false],
  ['cli', 'own', true],
  ['page', 'own', true],
  ['console', 'own', true],
])(
  'A2: an approval that says `%s`, by a key that signs on a surface called %s, is let in: %s',
  (says, surface, isBound) => {
    const facts = { capsule: document, digest: capsule, shown: digestOf('2'), skewMs: 5000, surfaces: [surface] };
    const result = checkApprovalBinding(approval(says), facts, instantOf(NOW));
    const complaints = [{ at: '/surface', problem: 'is not where this key signs' }];
    expect(result).toMatchObject(isBound ? { ok: true } : { ok: false, refusal: { complaints } });
  },
);
