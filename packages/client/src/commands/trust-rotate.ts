/**
 * `cs trust rotate FOLDER`: keys and thresholds of the next root, and the service keys of the next bundle. A new root needs the
 * signatures that the root before demands and those that it demands itself (TUF 5.3).
 */
import { plusMs, type TrustBundle, type TrustKey } from '@countersign/core';
import { keyidOfCredential, makeRoot, tufKeyId, type RoleKeys, type RootSigned, type TufKey } from '@countersign/seal';
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { Failure, usage } from '../cli/failure.ts';
import { keyLine, keyOfTuf } from '../trust/ceremony.ts';
import { bundleDraft, kept, refuseSigned, saveBundle, saveRoot } from '../trust/draft-files.ts';
import { plainKey, plainKeyOf, publicKeyFrom, tufKeyFrom } from '../trust/key-source.ts';
import { judged } from '../trust/next-bundle.ts';
import { openTrustFolder, type TrustFolder } from '../trust/trust-folder.ts';
import { showDrafts } from './trust-show.ts';

export interface RotateOptions {
  /** `WHAT=KEY`. */
  readonly add: readonly string[];
  /** `WHAT=KEYID`, or the name of a service key. */
  readonly remove: readonly string[];
  /** `WHAT=NUMBER`. */
  readonly threshold: readonly string[];
  readonly rootDays: number;
  readonly days: number;
}

const DAY_MS = 86_400_000;
const OFFLINE = ['root', 'registrar'] as const;
const SERVICES = {
  'capsule-signer': 'capsuleSigners',
  'graph-owner': 'graphOwners',
  'status-signer': 'statusSigners',
} as const;
type Service = keyof typeof SERVICES;
type RootPart = (typeof OFFLINE)[number] | 'online';
type Keys = Readonly<Record<RootPart, RoleKeys>>;

interface Step {
  readonly what: RootPart | Service;
  /** Of a service key. */
  readonly name: string;
  readonly value: string;
}

export async function trustRotate(context: Context, path: string, options: RotateOptions): Promise<ExitCode> {
  const [add, remove, threshold] = [options.add, options.remove, options.threshold].map((texts) => texts.map(stepOf));
  const steps = { add: add ?? [], remove: remove ?? [], threshold: threshold ?? [] };
  const all = [...steps.add, ...steps.remove, ...steps.threshold];
  if (all.length === 0) throw usage('say what changes: `--add`, `--remove` or `--threshold`');
  const service = steps.threshold.find(({ what }) => !isRootPart(what));
  if (service !== undefined) throw usage(`\`${service.what}\` has no threshold`);
  const folder = openTrustFolder(path);
  // Both are judged before either is written.
  if (all.some(({ what }) => isRootPart(what))) refuseSigned(folder, 'root');
  const root = all.some(({ what }) => isRootPart(what))
    ? await nextRoot(context, folder, { steps, options })
    : undefined;
  const bundle = all.some(({ what }) => !isRootPart(what))
    ? await nextServices(context, folder, { steps, options })
    : undefined;
  if (root !== undefined) saveRoot(folder, root);
  if (bundle !== undefined) saveBundle(folder, bundle);
  return showDrafts(context, path);
}

function stepOf(text: string): Step {
  const at = text.indexOf('=');
  const [what = '', name = ''] = text.slice(0, Math.max(at, 0)).split('/');
  const value = text.slice(at + 1);
  const known = [...OFFLINE, 'online', ...Object.keys(SERVICES)];
  if (at < 0 || value === '' || !isPart(what))
    throw usage(
      `\`${text}\` must be WHAT=VALUE; WHAT is ${known.join(', ')}`,
      '--add root=maria.pub',
      '--add capsule-signer/east=KEY',
    );
  return { what, name, value };
}

const isPart = (what: string): what is Step['what'] => isRootPart(what) || Object.hasOwn(SERVICES, what);
const isRootPart = (what: string): what is RootPart => what === 'root' || what === 'registrar' || what === 'online';

interface Rotation {
  readonly steps: Readonly<Record<'add' | 'remove' | 'threshold', readonly Step[]>>;
  readonly options: RotateOptions;
}

async function nextRoot(
  { world }: Context,
  { published, drafts }: TrustFolder,
  rotation: Rotation,
): Promise<RootSigned> {
  const from = drafts.root ?? published?.root;
  if (from === undefined)
    throw new Failure(EXIT.failed, {
      code: 'no-trust',
      detail: 'the folder has no root',
      next: ['begin with `cs trust init`'],
    });
  let keys: Keys = {
    root: roleOf(from, 'root'),
    registrar: roleOf(from, 'targets'),
    online: roleOf(from, 'timestamp'),
  };
  for (const step of rotation.steps.remove) keys = withoutKey(keys, step);
  for (const { what, value } of rotation.steps.add) {
    if (!isRootPart(what)) continue;
    const { key } = await publicKeyFrom(value, { environment: world.environment, folder: '.' });
    const part = keys[what];
    const added = what === 'online' ? plainKey(key, '--add online') : key;
    keys = { ...keys, [what]: { ...part, keys: [...part.keys, tufKeyFrom(added)] } };
  }
  for (const { what, value } of rotation.steps.threshold) {
    if (!isRootPart(what)) continue;
    if (!/^\d{1,2}$/.test(value)) throw usage('a threshold is a whole number');
    keys = { ...keys, [what]: { ...keys[what], threshold: Number(value) } };
  }
  return makeRoot({
    version: drafts.root?.version ?? from.version + 1,
    expires: plusMs(world.now(), rotation.options.rootDays * DAY_MS),
    organisation: from.organisation,
    isDemo: from.demo,
    roles: { root: keys.root, targets: keys.registrar, snapshot: keys.online, timestamp: keys.online },
  });
}

const roleOf = (root: RootSigned, role: 'root' | 'targets' | 'timestamp'): RoleKeys => ({
  keys: root.roles[role].keyids.flatMap((keyid) => root.keys[keyid] ?? []),
  threshold: root.roles[role].threshold,
});

function withoutKey(keys: Keys, { what, value }: Step): Keys {
  if (!isRootPart(what)) return keys;
  const part = keys[what];
  const rest = part.keys.filter((key) => !isNamed(key, value));
  if (rest.length === part.keys.length)
    throw usage(
      `\`${value}\` is no key of \`${what}\``,
      ...part.keys.map((key) => `--remove ${what}=${keyLine(tufKeyId(key), key, undefined)}`),
    );
  return { ...keys, [what]: { ...part, keys: rest } };
}

/** By its id in the metadata, or by the name that `cs trust show` gives it. */
function isNamed(key: TufKey, name: string): boolean {
  const own = keyOfTuf(key);
  return tufKeyId(key) === name || (own !== undefined && keyidOfCredential(own) === name);
}

async function nextServices(
  { world }: Context,
  folder: TrustFolder,
  { steps, options }: Rotation,
): Promise<TrustBundle> {
  const draft = bundleDraft(folder, world.now(), options.days);
  let { keys } = draft.bundle;
  for (const { what, value } of steps.remove) {
    if (isRootPart(what)) continue;
    const listed: readonly TrustKey[] = keys[SERVICES[what]];
    const rest = listed.filter(
      ({ name, publicKey }) => name !== value && keyidOfCredential({ kind: 'raw', publicKey }) !== value,
    );
    if (rest.length === listed.length)
      throw usage(`\`${value}\` is no ${what}`, ...listed.map(({ name }) => `--remove ${what}=${name}`));
    keys = { ...keys, [SERVICES[what]]: rest };
  }
  for (const { what, name, value } of steps.add) {
    if (isRootPart(what)) continue;
    if (name === '') throw usage(`a ${what} has a name: \`--add ${what}/NAME=KEY\``);
    const listed: readonly TrustKey[] = keys[SERVICES[what]];
    if (listed.some((one) => one.name === name)) throw usage(`there is a ${what} \`${name}\` already`);
    const { key } = await publicKeyFrom(value, { environment: world.environment, folder: '.' });
    keys = { ...keys, [SERVICES[what]]: [...listed, { name, publicKey: plainKeyOf(key, value) }] };
  }
  return kept(judged(draft, { keys })).bundle;
}
