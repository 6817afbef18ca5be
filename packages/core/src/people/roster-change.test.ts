import fc from 'fast-check';
import { expect, test } from 'vitest';
import { instantOf, type PersonId } from '../shared/brand.ts';
import type { Person } from './person.ts';
import { checkRosterChange, type RosterChange } from './roster-change.ts';
import type { Roster } from './roster.ts';
import { DAY_MS, human, keyOf, namedId, NOW_MS, passkey, rawKey, REGISTRARS, rosterOf } from './roster.builder.ts';

const LATER = instantOf(NOW_MS + 2 * DAY_MS);
const rita = human('rita', ['registrar']);
const rolf = human('rolf', ['registrar']);
const rune = human('rune', ['registrar']);
const ana = human('ana', ['release-approver']);
const BEFORE = rosterOf([ana, rita, rolf, rune], { issuedAt: instantOf(NOW_MS - 10 * DAY_MS) });
const withAna = (change: Partial<Person>): Roster => rosterOf([{ ...ana, ...change }, rita, rolf, rune]);
const newKey = rawKey('new', { enrolledAt: instantOf(NOW_MS), usableFrom: LATER });

const problemsOf = (change: Partial<RosterChange>): readonly string[] => {
  const result = checkRosterChange({ before: BEFORE, after: BEFORE, signers: REGISTRARS, ...change }, keyOf);
  return result.ok ? [] : (result.refusal.complaints ?? []).map(({ at, problem }) => `${at} ${problem}`);
};

test('A2: the same roster, signed by anybody, changes nothing', () => {
  expect(problemsOf({ after: rosterOf(BEFORE.people), signers: [] })).toEqual([]);
});

test.each<[string, Roster]>([
  ['a key', withAna({ credentials: [] })],
  ['a role', withAna({ roles: [] })],
  ['a person', rosterOf([rita, rolf, rune])],
  ['time: a key counts only later', withAna({ credentials: [rawKey('key-ana', { usableFrom: LATER })] })],
])('taking away %s needs no second person and no wait', (_, after) => {
  expect(problemsOf({ after, signers: [] })).toEqual([]);
});

const GAINS: readonly (readonly [string, Roster])[] = [
  ['a second key', withAna({ credentials: [...ana.credentials, newKey] })],
  ['another key instead', withAna({ credentials: [newKey] })],
  ['a passkey', withAna({ credentials: [passkey('p', { enrolledAt: instantOf(NOW_MS), usableFrom: LATER })] })],
  ['a grant of a role', withAna({ grants: [{ role: namedId('service-owner'), usableFrom: LATER }] })],
  ['a new person', rosterOf([...BEFORE.people, human('eve', ['service-owner'], { credentials: [newKey] })])],
];

test.each(GAINS)('A2, T7: %s is in order when two registrars signed and it waits', (_, after) => {
  expect(problemsOf({ after })).toEqual([]);
});

test.each(GAINS)('A2, T7: %s is refused by one registrar, by none, and by one who is counted twice', (_, after) => {
  for (const signers of [[], [rita.id], [rita.id, rita.id, rita.id]])
    expect(problemsOf({ after, signers })[0]).toContain('needs 2 registrars');
});

test.each(GAINS)('A2, T7: %s without the wait is refused, whoever signs', (_, after) => {
  const early = after.people.map((one) => ({
    ...one,
    credentials: one.credentials.map((key) =>
      key.usableFrom === LATER ? { ...key, usableFrom: instantOf(NOW_MS) } : key,
    ),
    ...(one.grants && { grants: one.grants.map((grant) => ({ ...grant, usableFrom: instantOf(NOW_MS) })) }),
  }));
  expect(problemsOf({ after: rosterOf(early) })[0]).toContain('it has to wait');
});

test('A2, T7: a registrar does not count for their own gain', () => {
  const after = rosterOf([ana, { ...rita, credentials: [...rita.credentials, newKey] }, rolf, rune]);
  expect(problemsOf({ after, signers: [rita.id, rolf.id] })).toEqual([
    '/people/1/credentials/1 the new key needs 2 registrars other than `rita`, 1 signed',
  ]);
  expect(problemsOf({ after, signers: [rune.id, rolf.id] })).toEqual([]);
});

test('A2, T7: nobody makes their own supporters: who becomes a registrar by this bundle does not count for it', () => {
  const puppet = human('puppet', ['registrar'], { credentials: [newKey] });
  const ben = { ...ana, credentials: [rawKey('another', { usableFrom: LATER })] };
  const after = rosterOf([ben, rita, rolf, rune, puppet]);
  expect(problemsOf({ after, signers: [rita.id, puppet.id] })).toHaveLength(3);
  expect(problemsOf({ after, signers: [rita.id, ana.id] })).toHaveLength(3);
  expect(problemsOf({ after, signers: [rita.id, rolf.id] })).toEqual([]);
});

test('A2: the wait is that of the policy before; a bundle cannot shorten it for what itself brings', () => {
  const short = { ...BEFORE.enrolment, coolingOffMs: 3_600_000 };
  const soon = rawKey('new', { enrolledAt: instantOf(NOW_MS), usableFrom: instantOf(NOW_MS + 3_600_000) });
  const people = [{ ...ana, credentials: [soon] }, rita, rolf, rune];
  expect(problemsOf({ after: rosterOf(people, { enrolment: short }) })[0]).toContain('it has to wait');
  expect(
    problemsOf({ before: { ...BEFORE, enrolment: short }, after: rosterOf(people, { enrolment: short }) }),
  ).toEqual([]);
});

test.each<[string, Partial<Person>]>([
  ['counts earlier than before', { credentials: [rawKey('key-ana', { usableFrom: instantOf(1) })] }],
  [
    'has another day of enrolment',
    { credentials: [rawKey('key-ana', { enrolledAt: instantOf(3), usableFrom: instantOf(9) })] },
  ],
])('A2: a key that was there already and %s is a new one', (_, change) => {
  const before = rosterOf([human('ana', [], { credentials: [rawKey('key-ana', { usableFrom: instantOf(9) })] })], {
    issuedAt: instantOf(0),
  });
  expect(problemsOf({ before, after: rosterOf([{ ...human('ana', []), ...change }]) })[0]).toContain('it has to wait');
});

test.each<[string, Parameters<typeof passkey>[1]]>([
  ['the surface', { surface: 'own' }],
  ['the origin', { origins: ['https://evil.example'] }],
  ['the relying party', { rpId: 'evil.example' }],
  ['whether it may be synchronised', { allowBackup: true }],
  ['the id', { id: 'other' }],
])('A2: a passkey of which %s changes is a new one and waits', (_, change) => {
  const enrolment = { ...BEFORE.enrolment, allowBackup: true };
  const before = rosterOf([human('ana', [], { credentials: [passkey('p')] })], { enrolment });
  const after = rosterOf([human('ana', [], { credentials: [passkey('p', change)] })], { enrolment });
  expect(problemsOf({ before, after })[0]).toContain('it has to wait');
});

test('A4: a key moves from no person to another', () => {
  const moved = { ...newKey, publicKey: 'key-ana' } as typeof newKey;
  const after = rosterOf([rita, rolf, rune, human('eve', [], { credentials: [moved] })]);
  expect(problemsOf({ after })).toEqual(['/people/3/credentials/0 the new key was the key of `ana`']);
});

test.each<[string, string, number, boolean]>([
  ['was never granted', 'auditor', 0, false],
  ['was granted and has waited', 'service-owner', NOW_MS, true],
  ['was granted and waits still', 'service-owner', NOW_MS + 1, false],
])('A2: a role that %s is held: %s', (_, role, from, isGood) => {
  const grants = [{ role: namedId<'Role'>('service-owner'), usableFrom: instantOf(from) }];
  const before = rosterOf([{ ...ana, grants }, rita, rolf, rune], { issuedAt: instantOf(0) });
  const roles = [...ana.roles, namedId<'Role'>(role)];
  const problems = problemsOf({ before, after: withAna({ roles }) });
  expect(problems).toHaveLength(isGood ? 0 : 1);
  // One registrar alone adds a complaint, whatever else is wrong.
  expect(problemsOf({ before, after: withAna({ roles }), signers: [rita.id] })).toHaveLength(problems.length + 1);
});

const grant = (from: number): Partial<Person> => ({
  grants: [{ role: namedId('service-owner'), usableFrom: instantOf(from) }],
});

test('A2: a grant that moves to an earlier time waits anew; a bundle does not go back in time', () => {
  const before = rosterOf([{ ...ana, ...grant(NOW_MS + 5 * DAY_MS) }, rita, rolf, rune]);
  expect(problemsOf({ before, after: withAna(grant(NOW_MS)) })[0]).toContain('it has to wait');
  expect(problemsOf({ after: rosterOf(BEFORE.people, { issuedAt: instantOf(0) }) })).toEqual([
    '/issuedAt is earlier than that of the bundle before',
  ]);
});

test('A4: what no roster may hold is refused first: a conflict of duties is refused when the role is granted', () => {
  const after = withAna({ grants: [{ role: namedId('operator'), usableFrom: LATER }] });
  expect(problemsOf({ after })[0]).toContain('may not be held by one person');
});

test('a demo has no registrars, and nobody else accepts its roster', () => {
  const demo = { isDemo: true, enrolment: { ...BEFORE.enrolment, coolingOffMs: 0 } };
  const after = rosterOf([{ ...ana, credentials: [rawKey('new', { usableFrom: instantOf(NOW_MS - 1) })] }], demo);
  expect(problemsOf({ before: { ...BEFORE, ...demo }, after, signers: [] })).toEqual([]);
});

/** What one administrator may try in one bundle. */
type Try = (roster: Roster, now: number) => Roster;
const onAna =
  (change: (person: Person, now: number) => Partial<Person>): Try =>
  (roster, now) => ({
    ...roster,
    issuedAt: instantOf(now),
    people: roster.people.map((one) => (one.id === ana.id ? { ...one, ...change(one, now) } : one)),
  });
const TRIES: readonly Try[] = [
  onAna(({ credentials }, now) => ({
    credentials: [...credentials.slice(0, 6), rawKey(`k${now}`, { usableFrom: instantOf(now + DAY_MS) })],
  })),
  onAna((_, now) => ({ credentials: [rawKey(`k${now}`, { usableFrom: instantOf(now + DAY_MS) })] })),
  onAna(({ roles }) => ({ roles: [...roles, namedId('service-owner')] })),
  onAna((_, now) => ({ grants: [{ role: namedId('service-owner'), usableFrom: instantOf(now + DAY_MS) }] })),
  (roster, now) => ({
    ...roster,
    issuedAt: instantOf(now),
    people: [
      ...roster.people,
      human(`p${now}`, ['release-approver'], {
        credentials: [rawKey(`p${now}`, { usableFrom: instantOf(now + DAY_MS) })],
      }),
    ],
  }),
  (roster, now) => ({ ...roster, issuedAt: instantOf(now), people: roster.people.filter(({ id }) => id !== rolf.id) }),
];

/** Keys and roles with their holders. */
const heldIn = ({ people }: Roster): readonly string[] =>
  people.flatMap(({ id, roles, credentials }) => [...roles, ...credentials.map(keyOf)].map((one) => `${id} ${one}`));

test('T7: whoever signs alone gains no key and no role in any sequence of up to six bundles', () => {
  let tried = 0;
  const before = new Set(heldIn(BEFORE));
  const climb = (roster: Roster, depth: number, signer: PersonId): void => {
    if (depth === 6) return;
    for (const attempt of TRIES) {
      const now = NOW_MS + depth * 3 * DAY_MS;
      const after = attempt(roster, now);
      tried += 1;
      if (!checkRosterChange({ before: roster, after, signers: [signer] }, keyOf).ok) continue;
      expect(heldIn(after).every((one) => before.has(one))).toBe(true);
      climb(after, depth + 1, signer);
    }
  };
  for (const signer of [rita.id, ana.id]) climb(BEFORE, 0, signer);
  expect(tried).toBeGreaterThan(60);
});

test('A2: over random rosters and signers, whatever is gained waited and had two others', () => {
  const keys = fc.subarray(['k1', 'k2', 'k3']);
  const starts = fc.constantFrom(0, NOW_MS, NOW_MS + DAY_MS);
  fc.assert(
    fc.property(keys, keys, starts, fc.subarray(['rita', 'rolf', 'rune', 'ana']), (old, next, from, by) => {
      const holding = (all: readonly string[], usableFrom: number): Roster =>
        withAna({ credentials: all.map((key) => rawKey(key, { usableFrom: instantOf(usableFrom) })) });
      const before = { ...holding(old, 0), issuedAt: instantOf(0) };
      const gained = next.filter((key) => !old.includes(key));
      const after = withAna({
        credentials: next.map((key) => rawKey(key, { usableFrom: instantOf(gained.includes(key) ? from : 0) })),
      });
      const { ok } = checkRosterChange({ before, after, signers: by.map((one) => namedId<'Person'>(one)) }, keyOf);
      const others = by.filter((one) => one !== 'ana').length;
      expect(ok).toBe(gained.length === 0 || (from >= NOW_MS + DAY_MS && others >= 2));
    }),
    { numRuns: 500 },
  );
});
