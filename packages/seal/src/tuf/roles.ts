/** Who may sign what: a root's keys read once, and a role's threshold counted over distinct keys (I8). */
import { ok, refuse, type Result } from '@countersign/core';
import { no } from '../hostile-text.ts';
import { readTufKey, tufKeyId, type ReadKey } from './keys.ts';
import { readTufRoot, tufSignedBytes, type RootSigned, type TufMetadata, type TufRoleName } from './metadata.ts';

/** Two people for the roster, whatever the ceremony wished. */
const MIN_REGISTRARS = 2;

/** A root whose form and keys are sound; whether anyone signed it is another question. */
export interface ReadRoot {
  readonly signed: RootSigned;
  readonly metadata: TufMetadata<RootSigned>;
  readonly bytes: Uint8Array;
  readonly keys: ReadonlyMap<string, ReadKey>;
}

export function readRoot(bytes: Uint8Array): Result<ReadRoot> {
  const metadata = readTufRoot(bytes);
  if (!metadata.ok) return metadata;
  const { signed } = metadata.value;
  const keys = new Map<string, ReadKey>();
  for (const [keyid, key] of Object.entries(signed.keys)) {
    if (tufKeyId(key) !== keyid) return no('malformed', 'a key of the root has another id than its own');
    const read = readTufKey(key);
    if (!read.ok) return read;
    keys.set(keyid, read.value);
  }
  const objection = objectionTo(signed, keys);
  return objection === undefined
    ? ok({ signed, metadata: metadata.value, bytes, keys })
    : refuse('bad-key', objection, { clause: 'X1' });
}

function objectionTo({ roles, demo }: RootSigned, keys: ReadonlyMap<string, ReadKey>): string | undefined {
  const materialOf = (name: TufRoleName): readonly (string | undefined)[] =>
    roles[name].keyids.map((keyid) => keys.get(keyid)?.material);
  for (const name of ['root', 'targets', 'snapshot', 'timestamp'] as const) {
    const materials = materialOf(name);
    if (materials.includes(undefined)) return `the role ${name} names a key that the root does not hold`;
    if (new Set(materials).size !== materials.length) return `the role ${name} names one key in two encodings`;
  }
  if (demo) return undefined;
  if (roles.targets.threshold < MIN_REGISTRARS) return 'a production root needs two registrars to sign the bundle';
  const offline = new Set([...materialOf('root'), ...materialOf('targets')]);
  const online = [...materialOf('snapshot'), ...materialOf('timestamp')];
  // Whoever owns the machine that renews timestamps must not own a part of the roster's signature with it.
  return online.some((material) => offline.has(material))
    ? 'a key of the role snapshot or timestamp is also a key of the role root or targets'
    : undefined;
}

/** TUF's own name of the field. */
const nameOf = ({ signed: { _type: name } }: TufMetadata): TufRoleName => name;

/** Key ids of a role whose signature on these bytes verifies. */
export function signersOf(
  metadata: TufMetadata,
  { signed, keys }: Pick<ReadRoot, 'keys' | 'signed'>,
  name: TufRoleName,
): readonly string[] {
  const bytes = tufSignedBytes(metadata.signed);
  return metadata.signatures
    .filter(({ keyid }) => signed.roles[name].keyids.includes(keyid))
    .filter((signature) => keys.get(signature.keyid)?.verify(bytes, signature) === true)
    .map(({ keyid }) => keyid);
}

/**
 * Key ids of this role whose signature verifies, for a ceremony to show who is missing; none when the root's keys cannot be read.
 * `role` is that of the document unless the caller says otherwise.
 */
export function tufSignersOf(
  metadata: TufMetadata,
  root: RootSigned,
  role: TufRoleName = nameOf(metadata),
): readonly string[] {
  const keys = new Map<string, ReadKey>();
  for (const [keyid, key] of Object.entries(root.keys)) {
    const read = readTufKey(key);
    if (read.ok && tufKeyId(key) === keyid) keys.set(keyid, read.value);
  }
  return signersOf(metadata, { signed: root, keys }, role);
}

export function checkThreshold(metadata: TufMetadata, root: ReadRoot, name: TufRoleName): Result<readonly string[]> {
  const signers = signersOf(metadata, root, name);
  const { threshold } = root.signed.roles[name];
  if (signers.length >= threshold) return ok(signers);
  const what = `${nameOf(metadata)} metadata of version ${metadata.signed.version}`;
  return refuse(
    'trust-unsigned',
    `the ${what} is signed by ${signers.length} of the ${threshold} keys that root ${root.signed.version} demands`,
    { clause: 'X1' },
  );
}

/**
 * Files that nothing else names by hash hold no signature that is not checked: a root and a timestamp have no free bits.
 * (A snapshot is named by hash in the timestamp, and the targets in the snapshot.)
 */
export function checkNoSurplus(metadata: TufMetadata, verified: readonly string[]): Result<true> {
  const surplus = metadata.signatures.find(({ keyid }) => !verified.includes(keyid));
  return surplus === undefined
    ? ok(true)
    : refuse('trust-unsigned', `the ${nameOf(metadata)} metadata holds a signature that does not verify`, {
        clause: 'X1',
      });
}
