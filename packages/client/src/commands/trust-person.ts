/** `cs trust add-person` and `remove-person`: who is on the next roster, with which keys and roles, and from when (A2, A4). */
import { parseId, type PersonId, type Role } from '@countersign/core';
import type { Context } from '../cli/context.ts';
import type { ExitCode } from '../cli/exit-codes.ts';
import { usage } from '../cli/failure.ts';
import { bundleDraft, kept, saveBundle } from '../trust/draft-files.ts';
import { credentialOf, publicKeyFrom, type OfferedKey } from '../trust/key-source.ts';
import { countsFrom, withoutPerson, withPerson } from '../trust/next-bundle.ts';
import { openTrustFolder } from '../trust/trust-folder.ts';
import { showDraft } from './trust-show.ts';

export interface AddPersonOptions {
  readonly name: string | undefined;
  readonly role: readonly string[];
  readonly key: readonly string[];
  readonly days: number;
}

export async function trustAddPerson(
  context: Context,
  [path, person]: readonly [string, string],
  options: AddPersonOptions,
): Promise<ExitCode> {
  const { world } = context;
  const id = personId(person);
  const roles = options.role.map(roleId);
  const offered: OfferedKey[] = [];
  for (const text of options.key)
    offered.push(await publicKeyFrom(text, { environment: world.environment, folder: '.' }));
  if (offered.length === 0 && roles.length === 0 && options.name === undefined)
    throw usage('say what is added: `--key`, `--role` or `--name`');
  const folder = openTrustFolder(path);
  const now = world.now();
  const draft = bundleDraft(folder, now, options.days);
  const times = { enrolledAt: now, usableFrom: countsFrom(draft, now) };
  const credentials = offered.map((one) => credentialOf(one, times));
  const next = kept(withPerson(draft, { id, name: options.name, roles, credentials }, now));
  saveBundle(folder, next.bundle);
  return showDraft(context, path, 'targets');
}

export async function trustRemovePerson(
  context: Context,
  [path, person]: readonly [string, string],
  { days }: { readonly days: number },
): Promise<ExitCode> {
  const id = personId(person);
  const folder = openTrustFolder(path);
  const draft = bundleDraft(folder, context.world.now(), days);
  saveBundle(folder, kept(withoutPerson(draft, id)).bundle);
  return showDraft(context, path, 'targets');
}

function personId(text: string): PersonId {
  const id = parseId<'Person'>(text);
  if (id === undefined) throw usage('a person is named by an id: 1 to 64 characters A-Z a-z 0-9 . _ -');
  return id;
}

function roleId(text: string): Role {
  const role = parseId<'Role'>(text);
  if (role === undefined) throw usage('`--role` must be the id of a role');
  return role;
}
