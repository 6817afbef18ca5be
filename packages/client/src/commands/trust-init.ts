/**
 * `cs trust init FOLDER`: the first root and the first bundle as drafts, from public keys alone. Nothing is in force until the
 * people named here have signed, each on a machine of their own.
 */
import { parseId, plusMs, recordNameOf, type Instant, type Person, type TrustBundle } from '@countersign/core';
import { makeRoot, parseVkey, vkeyOf, decodePublicKey, type RoleKeys } from '@countersign/seal';
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { Failure, usage } from '../cli/failure.ts';
import { draftStates } from '../trust/ceremony.ts';
import { draftPage } from '../trust/describe-trust.ts';
import { kept, saveBundle, saveRoot } from '../trust/draft-files.ts';
import { credentialOf, plainKey, plainKeyOf, publicKeyFrom, tufKeyFrom, type OfferedKey } from '../trust/key-source.ts';
import { judged } from '../trust/next-bundle.ts';
import { openTrustFolder } from '../trust/trust-folder.ts';
import { readSettingsFile, withSettings } from './trust-set.ts';

const DAY_MS = 86_400_000;

export interface TrustInitOptions {
  readonly organisation: string;
  readonly root: readonly string[];
  readonly rootThreshold: number;
  /** `PERSON=KEY`. */
  readonly registrar: readonly string[];
  readonly registrarThreshold: number;
  readonly online: string;
  readonly log: string;
  readonly logOrigin: string | undefined;
  readonly settings: string | undefined;
  readonly rootDays: number;
  readonly bundleDays: number;
  readonly isDemo: boolean;
}

export async function trustInit(context: Context, path: string, options: TrustInitOptions): Promise<ExitCode> {
  const { output, settings, world } = context;
  const folder = openTrustFolder(path);
  if (folder.published !== undefined || folder.drafts.root !== undefined || folder.drafts.targets !== undefined)
    throw new Failure(EXIT.conflict, {
      code: 'conflict',
      detail: 'a ceremony has begun in this folder already',
      next: [`look at it with \`cs trust show ${path}\``],
    });
  const now = world.now();
  const given = await readKeys(context, options);
  const root = makeRoot({
    version: 1,
    expires: plusMs(now, options.rootDays * DAY_MS),
    organisation: organisationOf(options),
    isDemo: options.isDemo,
    roles: given.roles,
  });
  const first = kept(judged({ before: undefined, bundle: firstBundle(options, given, now) }, {}));
  const { bundle } = options.settings === undefined ? first : withSettings(first, readSettingsFile(options.settings));
  saveRoot(folder, root);
  saveBundle(folder, bundle);
  const begun = openTrustFolder(path);
  const states = draftStates(begun);
  if (settings.isJson)
    output.json({ folder: path, drafts: states.map(({ name, digest, words }) => ({ name, digest, words })) });
  else for (const state of states) output.lines([...draftPage(state, begun), '']);
  output.note(
    `next: each of them signs with \`cs trust sign ${path} --key LOCATOR\`, then \`cs trust publish ${path}\``,
  );
  return EXIT.ok;
}

const organisationOf = ({ organisation }: TrustInitOptions): TrustBundle['organisation'] => {
  const id = parseId<'Organisation'>(organisation);
  if (id === undefined) throw usage('`--organisation` must be the id of an organisation');
  return id;
};

interface Given {
  readonly roles: Readonly<Record<'root' | 'targets' | 'snapshot' | 'timestamp', RoleKeys>>;
  readonly registrars: readonly { readonly person: Person['id']; readonly key: OfferedKey }[];
  readonly log: string;
}

async function readKeys({ world }: Context, options: TrustInitOptions): Promise<Given> {
  const surroundings = { environment: world.environment, folder: '.' };
  const roots: OfferedKey[] = [];
  for (const text of options.root) roots.push(await publicKeyFrom(text, surroundings));
  const registrars: { readonly person: Person['id']; readonly key: OfferedKey }[] = [];
  for (const text of options.registrar) {
    const at = text.indexOf('=');
    const person = parseId<'Person'>(text.slice(0, Math.max(at, 0)));
    if (person === undefined) throw usage('`--registrar` must be PERSON=KEY', '--registrar rita=rita.pub');
    registrars.push({ person, key: await publicKeyFrom(text.slice(at + 1), surroundings) });
  }
  const online = await publicKeyFrom(options.online, surroundings);
  // Timestamps are renewed by a program: nobody is there to touch a key.
  const one: RoleKeys = { keys: [tufKeyFrom(plainKey(online.key, '--online'))], threshold: 1 };
  return {
    roles: {
      root: roleOf(roots, options.rootThreshold, '--root'),
      targets: roleOf(
        registrars.map(({ key }) => key),
        options.registrarThreshold,
        '--registrar',
      ),
      snapshot: one,
      timestamp: one,
    },
    registrars,
    log: await logOf(options, surroundings),
  };
}

function roleOf(keys: readonly OfferedKey[], threshold: number, option: string): RoleKeys {
  if (keys.length < threshold) throw usage(`${threshold} keys are needed and \`${option}\` names ${keys.length}`);
  return { keys: keys.map(({ key }) => tufKeyFrom(key)), threshold };
}

type From = Parameters<typeof publicKeyFrom>[1];

/** The verifier key of the record as it stands in notes, or the key from which it is made. */
async function logOf({ log, logOrigin, organisation, isDemo }: TrustInitOptions, surroundings: From): Promise<string> {
  if (parseVkey(log).ok) return log;
  const { key } = await publicKeyFrom(log, surroundings);
  const plain = decodePublicKey(plainKeyOf(key, '--log'));
  if (!plain.ok || plain.value.kind !== 'ed25519') throw usage('the key of the record must be Ed25519');
  return vkeyOf('log', logOrigin ?? recordNameOf(organisation, isDemo), plain.value);
}

/** Strict where nobody said otherwise: people are owed in production, nothing runs alone, keys wait a day. */
function firstBundle(options: TrustInitOptions, { registrars, log }: Given, now: Instant): TrustBundle {
  const coolingOffMs = options.isDemo ? 0 : DAY_MS;
  const role = parseId<'Role'>('release-approver');
  const registrar = parseId<'Role'>('registrar');
  const people = [...new Set(registrars.map(({ person }) => person))].map((id): Person => ({
    id,
    name: id,
    roles: registrar === undefined ? [] : [registrar],
    credentials: registrars
      .filter(({ person }) => person === id)
      .map(({ key }) => credentialOf(key, { enrolledAt: now, usableFrom: plusMs(now, coolingOffMs) })),
  }));
  return {
    type: 'trust-bundle',
    organisation: organisationOf(options),
    version: 1,
    issuedAt: now,
    expiresAt: plusMs(now, options.bundleDays * DAY_MS),
    isDemo: options.isDemo,
    people,
    agents: [],
    floor: {
      quorums: role === undefined ? [] : [{ environment: 'production', demands: [{ role, count: 2 }] }],
      humanOnlyActions: [],
      autonomousTargets: 0,
    },
    enrolment: { coolingOffMs, authenticators: [], allowUnattested: false, allowBackup: false },
    tiers: [],
    revocations: [],
    keys: {
      capsuleSigners: [],
      graphOwners: [],
      relays: [],
      runners: [],
      statusSigners: [],
      log,
      witnesses: [],
      witnessQuorum: 0,
    },
  };
}
