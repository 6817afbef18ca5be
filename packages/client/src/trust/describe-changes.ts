/**
 * What a draft changes, in lines a person reads before they sign. Made from the documents themselves, leaf by leaf, so that
 * nothing that changes can be left out; order and spelling are the same on every machine.
 */
import type { TrustBundle } from '@countersign/core';
import { keyidOfCredential, type RootSigned, type TufKey } from '@countersign/seal';
import { safe } from '../cli/safe-text.ts';
import { keyOfTuf } from './ceremony.ts';

/** Fields by which an entry of a list is known; a list of other things is a set of values. */
const NAMES = ['id', 'keyid', 'role', 'environment', 'name', 'subject'] as const;
/** Say when the document was made, not what it says. */
const DATES: ReadonlySet<string> = new Set(['version', 'issuedAt', 'expiresAt', 'expires']);

type Leaves = ReadonlyMap<string, string>;

export const bundleChanges = (before: TrustBundle | undefined, after: TrustBundle): readonly string[] =>
  changes(before === undefined ? new Map() : leavesOf(named(before)), leavesOf(named(after)));

export const rootChanges = (before: RootSigned | undefined, after: RootSigned): readonly string[] =>
  changes(before === undefined ? new Map() : leavesOf(namedRoot(before)), leavesOf(namedRoot(after)));

/** Keys of people get the names they have in signatures; the name of a key that is no passkey is made from the key itself. */
const named = (bundle: TrustBundle): object => ({
  ...bundle,
  people: bundle.people.map((person) => ({
    ...person,
    credentials: person.credentials.map((credential) => {
      const keyid = keyidOfCredential(credential);
      if (credential.kind === 'passkey' || keyid === undefined) return { keyid, ...credential };
      const { publicKey: _key, ...rest } = credential;
      return { keyid, ...rest };
    }),
  })),
});

/** Each role with the names of its keys; what else a passkey says stands behind its name. */
const namedRoot = ({ roles, keys, ...rest }: RootSigned): object => ({
  ...rest,
  roles: Object.fromEntries(
    Object.entries(roles).map(([role, { keyids, threshold }]) => [
      role,
      { threshold, keys: keyids.map((keyid) => labelOf(keyid, keys[keyid])) },
    ]),
  ),
});

function labelOf(keyid: string, key: TufKey | undefined): string {
  const own = key === undefined ? undefined : keyOfTuf(key);
  const name = own === undefined ? undefined : keyidOfCredential(own);
  if (name === undefined || key === undefined) return `${keyid} ${JSON.stringify(key)}`;
  return own?.kind === 'passkey' ? `${name} ${JSON.stringify(key.keyval)}` : name;
}

function changes(before: Leaves, after: Leaves): readonly string[] {
  const added = [...after].filter(([path]) => !before.has(path)).map(([path, value]) => `adds    ${path}${is(value)}`);
  const changed = [...after].flatMap(([path, value]) => {
    const old = before.get(path);
    return old === undefined || old === value ? [] : [`changes ${path}: ${old} -> ${value}`];
  });
  const removed = [...before]
    .filter(([path]) => !after.has(path))
    .map(([path, value]) => `removes ${path}${is(value)}`);
  return [...removed, ...changed, ...added];
}

const is = (value: string): string => (value === '' ? '' : `: ${value}`);

function leavesOf(document: object): Leaves {
  const found = new Map<string, string>();
  for (const [name, value] of Object.entries(document)) if (!DATES.has(name)) collect(value, [safe(name)], found);
  return new Map([...found].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function collect(value: unknown, path: readonly string[], found: Map<string, string>): void {
  if (Array.isArray(value)) {
    for (const entry of value) collectEntry(entry, path, found);
    return;
  }
  if (typeof value !== 'object' || value === null) {
    found.set(path.join(' / '), safe(String(value)));
    return;
  }
  for (const [name, field] of Object.entries(value)) collect(field, [...path, safe(name)], found);
}

function collectEntry(entry: unknown, path: readonly string[], found: Map<string, string>): void {
  if (typeof entry !== 'object' || entry === null) {
    found.set([...path, safe(String(entry))].join(' / '), '');
    return;
  }
  const fields: ReadonlyMap<string, unknown> = new Map(Object.entries(entry));
  const name = NAMES.find((one) => typeof fields.get(one) === 'string');
  const label = name === undefined ? JSON.stringify(entry) : String(fields.get(name));
  const at = [...path, safe(label)];
  // Two entries of one name are a fault that is found elsewhere; here both are shown.
  const place = found.has(at.join(' / ')) ? [...at, 'again'] : at;
  found.set(place.join(' / '), '');
  for (const [field, value] of fields) if (field !== name) collect(value, [...place, safe(field)], found);
}
