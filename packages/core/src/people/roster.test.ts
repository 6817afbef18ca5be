import { expect, test } from 'vitest';
import { instantOf } from '../shared/brand.ts';
import { checkRoster, withoutWaitingKeys, type Roster } from './roster.ts';
import { human, keyOf, namedId, passkey, rawKey, rosterOf } from './roster.builder.ts';

const problemsOf = (roster: Roster): readonly string[] => {
  const result = checkRoster(roster, keyOf);
  return result.ok ? [] : (result.refusal.complaints ?? []).map(({ at, problem }) => `${at} ${problem}`);
};

test('A4: people with a key and duties of their own are a roster', () => {
  const both = human('ana', ['release-approver'], { credentials: [rawKey('a'), passkey('b')] });
  expect(problemsOf(rosterOf([both, human('nils', ['operator']), human('rita', ['registrar'])]))).toEqual([]);
});

test.each<[string, Roster, string]>([
  [
    'two names with one key',
    rosterOf([human('ana', []), human('anna', [], { credentials: [rawKey('key-ana')] })]),
    '/people/1/credentials/0',
  ],
  [
    'one person with a key twice',
    rosterOf([human('ana', [], { credentials: [rawKey('a'), rawKey('a')] })]),
    '/people/0/credentials/1',
  ],
  [
    'one key as a passkey and as a raw key',
    rosterOf([human('ana', [], { credentials: [rawKey('a')] }), human('ben', [], { credentials: [passkey('a')] })]),
    '/people/1/credentials/0',
  ],
  [
    'two passkeys of one id',
    rosterOf([human('ana', [], { credentials: [passkey('a'), passkey('b', { id: 'id-a' })] })]),
    '/people/0/credentials/1/id',
  ],
  [
    'a weak key, an RSA key, a key of an unknown kind',
    rosterOf([human('ana', [], { credentials: [rawKey('weak')] })]),
    '/people/0/credentials/0',
  ],
  ['one id twice', rosterOf([human('ana', []), human('ana', [], { credentials: [] })]), '/people/1/id'],
  [
    'a key that counts before it was enrolled',
    rosterOf([human('ana', [], { credentials: [rawKey('a', { enrolledAt: instantOf(5) })] })]),
    '/people/0/credentials/0/usableFrom',
  ],
  [
    'a synchronised passkey against the policy',
    rosterOf([human('ana', [], { credentials: [passkey('a', { allowBackup: true })] })]),
    '/people/0/credentials/0/allowBackup',
  ],
  [
    'one origin that is the server for one and the own page for another',
    rosterOf([
      human('ana', [], { credentials: [passkey('a')] }),
      human('ben', [], { credentials: [passkey('b', { surface: 'own' })] }),
    ]),
    '/people/1/credentials/0/surface',
  ],
  [
    'a wait of less than an hour',
    rosterOf([], { enrolment: { ...rosterOf([]).enrolment, coolingOffMs: 3_599_999 } }),
    '/enrolment/coolingOffMs',
  ],
  ['an operator who approves', rosterOf([human('ana', ['operator', 'release-approver'])]), '/people/0/roles'],
  ['a policy admin who executes', rosterOf([human('ana', ['policy-admin', 'fleet-operator'])]), '/people/0/roles'],
  ['an auditor who is policy admin', rosterOf([human('ana', ['policy-admin', 'auditor'])]), '/people/0/roles'],
  [
    'an operator to whom an approver role is granted',
    rosterOf([
      human('ana', ['operator'], { grants: [{ role: namedId('release-approver'), usableFrom: instantOf(0) }] }),
    ]),
    '/people/0/roles',
  ],
])('A2, A4: refuses %s, and names the place', (_, roster, at) => {
  expect(problemsOf(roster).map((line) => line.split(' ')[0])).toEqual([at]);
});

test('A4: a conflict of duties is accepted only where the signed policy names the pair', () => {
  const people = [human('ana', ['operator', 'release-approver'])];
  const { enrolment } = rosterOf([]);
  const allowing = (one: string, other: string): Roster =>
    rosterOf(people, { enrolment: { ...enrolment, dutyExceptions: [{ one: namedId(one), other: namedId(other) }] } });
  expect(problemsOf(allowing('operator', 'release-approver'))).toEqual([]);
  expect(problemsOf(allowing('release-approver', 'operator'))).toEqual([]);
  expect(problemsOf(allowing('operator', 'service-owner'))).toHaveLength(1);
});

test('a synchronised passkey is on the roster where the policy allows it; a demo need not wait', () => {
  const { enrolment } = rosterOf([]);
  const people = [human('ana', [], { credentials: [passkey('a', { allowBackup: true })] })];
  expect(problemsOf(rosterOf(people, { enrolment: { ...enrolment, allowBackup: true } }))).toEqual([]);
  expect(problemsOf(rosterOf([], { isDemo: true, enrolment: { ...enrolment, coolingOffMs: 0 } }))).toEqual([]);
});

test('everything that is wrong is said at once', () => {
  const people = [human('ana', ['operator', 'release-approver']), human('ana', [], { credentials: [rawKey('weak')] })];
  expect(problemsOf(rosterOf(people))).toHaveLength(3);
});

test('A2: a key that waits is left out of whoever counts signatures now', () => {
  const people = [human('ana', [], { credentials: [rawKey('a'), rawKey('b', { usableFrom: instantOf(5) })] })];
  const keysAt = (now: number): readonly unknown[] =>
    withoutWaitingKeys(people, instantOf(now)).flatMap(({ credentials }) => credentials.map(keyOf));
  expect([keysAt(0), keysAt(4), keysAt(5)]).toEqual([['a'], ['a'], ['a', 'b']]);
});
