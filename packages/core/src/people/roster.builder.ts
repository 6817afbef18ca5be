/** Rosters for tests. A raw key's text is its material here; `weak` is a key that nobody may have. */
import { instantOf, parseId, type Id, type PersonId } from '../shared/brand.ts';
import type { Credential, Person } from './person.ts';
import type { KeyOf, Roster } from './roster.ts';

export const NOW_MS = 1_800_000_000_000;
export const DAY_MS = 86_400_000;

export function namedId<Name extends string>(text: string): Id<Name> {
  const id = parseId<Name>(text);
  if (id === undefined) throw new Error(`\`${text}\` is no id`);
  return id;
}

type Raw = Extract<Credential, { kind: 'raw' }>;
type Passkey = Extract<Credential, { kind: 'passkey' }>;

export const rawKey = (publicKey: string, change: Partial<Raw> = {}): Credential => ({
  kind: 'raw',
  publicKey,
  surface: 'own',
  enrolledAt: instantOf(0),
  usableFrom: instantOf(0),
  ...change,
});
export const passkey = (name: string, change: Partial<Passkey> = {}): Credential => ({
  kind: 'passkey',
  id: `id-${name}`,
  cose: name,
  rpId: 'approve.example',
  origins: ['https://approve.example'],
  allowBackup: false,
  surface: 'served',
  enrolledAt: instantOf(0),
  usableFrom: instantOf(0),
  ...change,
});

export const human = (id: string, roles: readonly string[], change: Partial<Person> = {}): Person => ({
  id: namedId(id),
  name: id,
  roles: roles.map((role) => namedId<'Role'>(role)),
  credentials: [rawKey(`key-${id}`)],
  ...change,
});

export const rosterOf = (people: readonly Person[], change: Partial<Roster> = {}): Roster => ({
  people,
  enrolment: { coolingOffMs: DAY_MS, authenticators: [], allowUnattested: false, allowBackup: false },
  isDemo: false,
  issuedAt: instantOf(NOW_MS),
  ...change,
});

export const keyOf: KeyOf = (credential) => {
  const material = credential.kind === 'passkey' ? credential.cose : credential.publicKey;
  return material === 'weak' ? undefined : material;
};

export const REGISTRARS: readonly PersonId[] = [namedId('rita'), namedId('rolf')];
