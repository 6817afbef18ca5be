import fc from 'fast-check';
import { expect, test } from 'vitest';
import { plusMs } from '../shared/brand.ts';
import { digestOf, idOf, instantAt } from '../capsule/example-capsule.test.ts';
import type { Resume } from './approval.ts';
import { aKey } from './keys.builder.ts';
import { checkResume, Resumed, type ResumeFacts } from './resume.ts';

const signedAt = instantAt('2026-11-21T18:29:00.000Z');
const expiresAt = instantAt('2026-11-21T18:40:00.000Z');
const resume = (more: Partial<Resume> = {}): Resume => ({
  type: 'resume',
  organisation: idOf('acme'),
  capsule: digestOf('1'),
  trip: 2,
  person: idOf('kim'),
  role: idOf('release-approver'),
  reason: 'the alert was another system',
  signedAt,
  expiresAt,
  nonce: 'b'.repeat(32),
  ...more,
});
const facts = (more: Partial<ResumeFacts> = {}): ResumeFacts => ({
  organisation: idOf('acme'),
  capsule: digestOf('1'),
  trip: 2,
  now: instantAt('2026-11-21T18:30:00.000Z'),
  skewMs: 5000,
  roster: [{ id: idOf('kim'), name: 'Kim', roles: [idOf('release-approver')], credentials: [] }],
  exclusions: [],
  roles: [idOf('release-approver')],
  usedNonces: new Set(),
  environment: 'production',
  keys: [aKey()],
  ...more,
});
const problems = (signed: Resume, known: ResumeFacts): readonly string[] => {
  const result = checkResume(signed, known);
  return result.ok ? [] : (result.refusal.complaints ?? []).map(({ at, problem }) => `${at} ${problem}`);
};

test('X5: all that speaks against a resume is named at once, each with its place', () => {
  const signed = resume({ organisation: idOf('other'), capsule: digestOf('2'), trip: 1, role: idOf('owner') });
  const known = facts({ usedNonces: new Set(['b'.repeat(32)]), roster: [], now: expiresAt });
  expect(problems(signed, known)).toEqual([
    '/organisation is another organisation',
    '/capsule is another capsule',
    '/trip is not the open trip 2',
    '/role may not let a rollout go on',
    '/nonce was used before',
    '/person is not on the roster',
    '/expiresAt is over, or within the clock margin',
  ]);
});

test('X5: the refusal names the trip and the rule', () => {
  const result = checkResume(resume({ trip: 7 }), facts());
  expect(!result.ok && result.refusal).toMatchObject({
    code: 'resume-refused',
    clause: 'X5',
    detail: 'the resume of trip 7 does not count',
  });
});

test.each([
  [1, 2],
  [2, 3],
  [3, 2],
])('I9: leave of trip %d lets no trip %d go on, neither an older nor a later one', (signed, open) => {
  expect(problems(resume({ trip: signed }), facts({ trip: open }))).toEqual([`/trip is not the open trip ${open}`]);
});

test('trap 10: used once, the same resume counts no more', () => {
  const used = new Set<string>();
  expect(problems(resume(), facts({ usedNonces: used }))).toEqual([]);
  used.add(resume().nonce);
  expect(problems(resume(), facts({ usedNonces: used }))).toEqual(['/nonce was used before']);
});

test.each([
  ['the first moment its signature can lie before', -5000, true],
  ['a moment earlier', -5001, false],
])('trap 15: at %s', (_, offset, counts) => {
  expect(problems(resume(), facts({ now: plusMs(signedAt, offset) })).length === 0).toBe(counts);
});

test.each([
  ['the last moment', -5001, true],
  ['a moment later', -5000, false],
])('trap 15: at %s before its end less the margin', (_, offset, counts) => {
  expect(problems(resume(), facts({ now: plusMs(expiresAt, offset) })).length === 0).toBe(counts);
});

test('A4: whoever may not approve the change may not let it go on either, for each reason', () => {
  for (const reason of ['author', 'agent-owner', 'initiator', 'editor', 'contributor', 'fleet-operator'] as const)
    expect(problems(resume(), facts({ exclusions: [{ person: idOf('kim'), reason }] }))).toEqual([
      `/person excluded as ${reason}`,
    ]);
});

test('A2: a role that is asked for but not held, and one that is held but not asked for, both count nothing', () => {
  const owner = idOf<'Role'>('owner');
  expect(problems(resume({ role: owner }), facts({ roles: [owner] }))).toEqual(['/person does not hold `owner`']);
  expect(problems(resume(), facts({ roles: [owner] }))).toEqual(['/role may not let a rollout go on']);
});

test('X5: a resume counts exactly when nothing at all speaks against it', () => {
  const flaws: readonly Partial<ResumeFacts>[] = [
    { trip: 3 },
    { capsule: digestOf('2') },
    { organisation: idOf('other') },
    { roster: [] },
    { roles: [] },
    { usedNonces: new Set([resume().nonce]) },
    { exclusions: [{ person: idOf('kim'), reason: 'author' }] },
    { now: expiresAt },
  ];
  fc.assert(
    fc.property(fc.subarray([...flaws]), (chosen) => {
      const known = chosen.reduce<ResumeFacts>((sum, flaw) => ({ ...sum, ...flaw }), facts());
      expect(checkResume(resume(), known).ok).toBe(chosen.length === 0);
    }),
  );
});

test('I9: the proof says whose leave of which trip it is, and cannot be made of parts or changed', () => {
  const result = checkResume(resume(), facts());
  if (!result.ok) throw new Error(result.refusal.detail);
  expect([result.value.trip, result.value.capsule, result.value.person]).toEqual([2, digestOf('1'), 'kim']);
  expect(Object.isFrozen(result.value)).toBe(true);
  expect(JSON.stringify(result.value)).toBe('{}');
  const forged = Object.create(Resumed.prototype) as Resumed;
  expect(() => forged.trip).toThrow(TypeError);
  expect(() => structuredClone(result.value).person).not.toThrow();
  expect(structuredClone(result.value)).not.toBeInstanceOf(Resumed);
});

test.each<[string, ResumeFacts['environment'], ResumeFacts['keys'], boolean]>([
  ['a key of an own surface', 'production', [aKey()], true],
  ['a passkey on a page of the server', 'production', [aKey({ surface: 'served' })], false],
  ['a passkey on a page of the server', 'staging', [aKey({ surface: 'served' })], true],
  ['an own key that waits', 'production', [aKey({ usableFrom: expiresAt })], false],
  ['an own key that waits', 'staging', [aKey({ usableFrom: expiresAt })], false],
  [
    'an own key that waits beside the server page',
    'production',
    [aKey({ usableFrom: expiresAt }), aKey({ surface: 'served' })],
    false,
  ],
  ['both, and both count', 'production', [aKey(), aKey({ surface: 'served' })], true],
  ['no key', 'production', [], false],
])('A2, X5: one signature lets a change go on: %s in %s counts: %s', (_, environment, keys, isGood) => {
  expect(problems(resume(), facts({ environment, keys })).map((line) => line.split(' ')[0])).toEqual(
    isGood ? [] : ['/signatures'],
  );
});
