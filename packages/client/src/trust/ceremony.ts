/** How far a ceremony is: which signatures a draft has, whose are owed, and by which root that is judged. */
import {
  addTufSignature,
  digestWords,
  encodePublicKey,
  keyMaterialOf,
  keyidOfCredential,
  publicKeyFromPoint,
  tufSignersOf,
  type RootSigned,
  type TargetsSigned,
  type TufKey,
  type TufMetadata,
  type TufRoleName,
} from '@countersign/seal';
import type { Digest, PersonalKey, PersonId, TrustBundle } from '@countersign/core';
import { EXIT } from '../cli/exit-codes.ts';
import { Failure } from '../cli/failure.ts';
import { digestOfDraft, nameOfSignature, SIGNATURES, type DraftName, type TrustFolder } from './trust-folder.ts';

/** So many of these keys, and which of them signed. */
interface Owed {
  /** Whose rule it is, e.g. `root keys of root 1`. */
  readonly by: string;
  readonly threshold: number;
  readonly keys: readonly string[];
  readonly signed: readonly string[];
}
export interface DraftState {
  readonly name: DraftName;
  readonly signed: RootSigned | TargetsSigned;
  readonly metadata: TufMetadata<RootSigned | TargetsSigned>;
  readonly digest: Digest;
  readonly words: string;
  readonly owed: readonly Owed[];
  /** Keys whose signature counts for anything here. */
  readonly keys: ReadonlyMap<string, TufKey>;
}

export const isComplete = ({ owed }: DraftState): boolean =>
  owed.every(({ signed, threshold }) => signed.length >= threshold);

/** The root by which targets, snapshot and timestamp will be judged once the drafts are published. */
export const rulingRoot = ({ drafts, published }: TrustFolder): RootSigned | undefined =>
  drafts.root ?? published?.root;

export function draftStates(folder: TrustFolder): readonly DraftState[] {
  const { drafts, published } = folder;
  const ruling = rulingRoot(folder);
  const root = drafts.root;
  const byRoot = root === undefined ? [] : [stateOf(folder, 'root', root, rulesOfRoot(root, published?.root))];
  if (drafts.targets === undefined || ruling === undefined) return byRoot;
  const rule: Rule = { by: `registrars of root ${ruling.version}`, root: ruling, role: 'targets' };
  return [...byRoot, stateOf(folder, 'targets', drafts.targets.signed, [rule])];
}

interface Rule {
  readonly by: string;
  readonly root: RootSigned;
  readonly role: TufRoleName;
}

/** TUF 5.3: the root before has to agree, and the new one has to agree with itself. */
const rulesOfRoot = (root: RootSigned, before: RootSigned | undefined): readonly Rule[] =>
  [before, root].flatMap((one) =>
    one === undefined ? [] : [{ by: `root keys of root ${one.version}`, root: one, role: 'root' } as const],
  );

function stateOf(
  folder: TrustFolder,
  name: DraftName,
  signed: RootSigned | TargetsSigned,
  rules: readonly Rule[],
): DraftState {
  const digest = digestOfDraft(signed);
  const files = folder.drafts.signatures.filter(({ document }) => document === name);
  const foreign = files.find((file) => file.digest !== digest);
  if (foreign !== undefined) throw unverifiedSignature(nameOfSignature(foreign), 'is a signature over another draft');
  const empty: TufMetadata<RootSigned | TargetsSigned> = { signatures: [], signed };
  const metadata = files.reduce((whole, { signature }) => addTufSignature(whole, signature), empty);
  const owed = rules.map(({ by, root, role }) => ({
    by,
    threshold: root.roles[role].threshold,
    keys: root.roles[role].keyids,
    signed: tufSignersOf(metadata, root, role),
  }));
  for (const { signature, document } of files)
    if (!owed.some((one) => one.signed.includes(signature.keyid)))
      throw unverifiedSignature(
        nameOfSignature({ document, signature }),
        'does not verify, or is of a key that has no say here',
      );
  const keys = new Map(
    rules.flatMap(({ root, role }) =>
      root.roles[role].keyids.flatMap((keyid) => {
        const key = root.keys[keyid];
        return key === undefined ? [] : [[keyid, key] as const];
      }),
    ),
  );
  return { name, signed, metadata, digest, words: digestWords(digest), owed, keys };
}

const unverifiedSignature = (name: string, problem: string): Failure =>
  new Failure(EXIT.unverified, {
    code: 'bad-signature',
    detail: `\`${SIGNATURES}/${name}\` ${problem}`,
    next: [`take \`${SIGNATURES}/${name}\` out of the folder, and find out where it came from`],
  });

const POINTS = { ed25519: 'ed25519', 'ecdsa-sha2-nistp256': 'p256' } as const;

/** A key of the metadata as a person would hold it; undefined when it cannot be read. */
export function keyOfTuf({ keytype, keyval }: TufKey): PersonalKey | undefined {
  if (keytype === 'ssh') return { kind: 'ssh', publicKey: keyval.public };
  if (keytype === 'webauthn') {
    const { public: cose, credential: id = '', rpid: rpId = '', origins = '', backup } = keyval;
    return { kind: 'passkey', id, cose, rpId, origins: origins.split(' '), allowBackup: backup === 'true' };
  }
  if (keytype !== 'ed25519' && keytype !== 'ecdsa-sha2-nistp256') return undefined;
  const key = publicKeyFromPoint(POINTS[keytype], Buffer.from(keyval.public, 'hex'));
  return key.ok ? { kind: 'raw', publicKey: encodePublicKey(key.value) } : undefined;
}

/** Who on the roster holds this key, in whatever encoding. */
export function holderOf(key: TufKey, bundle: TrustBundle | undefined): PersonId | undefined {
  const own = keyOfTuf(key);
  const material = own === undefined ? undefined : keyMaterialOf(own);
  if (material === undefined) return undefined;
  return bundle?.people.find(({ credentials }) => credentials.some((one) => keyMaterialOf(one) === material))?.id;
}

/** A key in one line: its name in signatures, and its holder when the roster knows one. */
export function keyLine(keyid: string, key: TufKey | undefined, bundle: TrustBundle | undefined): string {
  const own = key === undefined ? undefined : keyOfTuf(key);
  const name = own === undefined ? undefined : keyidOfCredential(own);
  const holder = key === undefined ? undefined : holderOf(key, bundle);
  return `${name ?? keyid}${holder === undefined ? '' : ` (${holder})`}`;
}
