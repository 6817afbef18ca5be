/**
 * From drafts that enough people signed to a folder that runners accept. The whole is verified by the code of the runner before a
 * byte is written; files are added and never changed, except the timestamp, which has one name for all its versions.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { plusMs, type Instant } from '@countersign/core';
import {
  addTufSignature,
  encodeTrust,
  makeSnapshot,
  makeTimestamp,
  openTrust,
  trustFiles,
  tufFileBytes,
  tufKeyId,
  tufKeyOf,
  tufSignature,
  tufSignedBytes,
  type OpenedTrust,
  type RootSigned,
  type TrustMetadata,
  type TufRole,
  type TufSigned,
} from '@countersign/seal';
import type { Signer } from '@countersign/signer';
import { EXIT } from '../cli/exit-codes.ts';
import { Failure, unverified } from '../cli/failure.ts';
import { draftStates, isComplete, keyLine, rulingRoot, type DraftState } from './ceremony.ts';
import { readTrustFile, replaceFile, writeOnce } from './trust-files.ts';
import {
  DRAFT_BUNDLE,
  DRAFT_ROOT,
  DRAFT_TARGETS,
  SIGNATURES,
  nameOfSignature,
  openTrustFolder,
  type TrustFolder,
} from './trust-folder.ts';

const DAY_MS = 86_400_000;
const TIMESTAMP = 'timestamp.json';

export interface Publication {
  readonly metadata: TrustMetadata;
  readonly opened: OpenedTrust;
}
interface Online {
  readonly signer: Signer;
  readonly now: Instant;
  /** How long until it must be renewed: the longest time for which somebody in between can hold news back. */
  readonly freshDays: number;
}

/** Refuses unless every signature is there and the whole opens. Nothing is written. */
export async function assemble(folder: TrustFolder, online: Online): Promise<Publication> {
  const states = draftStates(folder);
  const open = states.find((state) => !isComplete(state));
  if (open !== undefined) throw owing(open, folder);
  const root = rulingRoot(folder);
  if (root === undefined) throw nothingYet();
  const parts = partsOf(folder, states);
  const known = folder.published?.trust?.opened.versions;
  const dated = { expires: plusMs(online.now, online.freshDays * DAY_MS) };
  const snapshotVersion = (known?.snapshot ?? 0) + 1;
  const snapshot = await signedOnline(
    makeSnapshot({ ...dated, version: snapshotVersion, targets: parts.targets, targetsVersion: parts.version }),
    root.roles.snapshot,
    { root, signer: online.signer },
  );
  const timestamp = await signedOnline(
    makeTimestamp({ ...dated, version: (known?.timestamp ?? 0) + 1, snapshot, snapshotVersion }),
    root.roles.timestamp,
    { root, signer: online.signer },
  );
  const metadata = encodeTrust({
    roots: parts.roots,
    targets: parts.targets,
    bundle: parts.bundle,
    snapshot,
    timestamp,
  });
  return { metadata, opened: judged(folder, metadata) };
}

interface Parts {
  readonly roots: readonly Uint8Array[];
  readonly targets: Uint8Array;
  readonly bundle: Uint8Array;
  readonly version: number;
}

function partsOf({ published, drafts }: TrustFolder, states: readonly DraftState[]): Parts {
  const fileOf = (name: DraftState['name']): readonly Uint8Array[] =>
    states.filter((state) => state.name === name).map(({ metadata }) => tufFileBytes(metadata));
  const roots = [...(published?.roots ?? []), ...fileOf('root')];
  const [targets] = fileOf('targets');
  if (targets !== undefined && drafts.targets !== undefined)
    return { roots, targets, bundle: drafts.targets.bytes, version: drafts.targets.bundle.version };
  const trust = published?.trust;
  if (trust === undefined) throw nothingYet();
  const { targets: encoded, bundle } = trust.metadata;
  const version = trust.opened.versions.targets;
  return { roots, targets: Buffer.from(encoded, 'base64'), bundle: Buffer.from(bundle, 'base64'), version };
}

const nothingYet = (): Failure =>
  new Failure(EXIT.failed, {
    code: 'no-trust',
    detail: 'the folder has no root or no trust bundle yet',
    next: ['begin with `cs trust init`'],
  });

const owing = (state: DraftState, { drafts, published }: TrustFolder): Failure =>
  new Failure(EXIT.pending, {
    code: 'too-few-signatures',
    detail: `the draft of the ${state.name} waits for signatures: ${state.owed.map(({ by, threshold, signed }) => `${signed.length} of ${threshold} ${by}`).join(', ')}`,
    clause: 'X1',
    eligible: state.owed.flatMap(({ keys, signed }) =>
      keys
        .filter((keyid) => !signed.includes(keyid))
        .map((keyid) =>
          keyLine(keyid, state.keys.get(keyid), drafts.targets?.bundle ?? published?.trust?.opened.bundle),
        ),
    ),
  });

async function signedOnline(
  signed: TufSigned,
  role: TufRole,
  { root, signer }: { readonly root: RootSigned; readonly signer: Signer },
): Promise<Uint8Array> {
  const key = tufKeyOf(signer.publicKey);
  if (!role.keyids.includes(tufKeyId(key)))
    throw new Failure(EXIT.prohibited, {
      code: 'forbidden',
      detail: `the key \`${signer.publicKey.keyid}\` may not renew what is published under root ${root.version}`,
      clause: 'X1',
      eligible: role.keyids.map((keyid) => keyLine(keyid, root.keys[keyid], undefined)),
    });
  const signature = await signer.sign(tufSignedBytes(signed));
  if (!signature.ok) throw unverified(signature.refusal);
  return tufFileBytes(addTufSignature({ signatures: [], signed }, tufSignature(key, signature.value)));
}

/** As a runner would that pinned the first root and knows what is published: what one bundle may change of the one before is judged too. */
function judged(folder: TrustFolder, metadata: TrustMetadata): OpenedTrust {
  const first = metadata.roots[0] ?? '';
  const trust = folder.published?.trust;
  const pinned = { root: Buffer.from(first, 'base64') };
  const opened = openTrust(
    metadata,
    trust === undefined ? pinned : { ...pinned, known: trust.opened.versions, previous: trust.opened.bundle },
  );
  if (!opened.ok) throw unverified(opened.refusal);
  return opened.value;
}

/** Adds the files to a folder; the timestamp comes last, so that a reader in between still finds the older whole. */
export function writePublication(path: string, { metadata }: Pick<Publication, 'metadata'>): readonly string[] {
  const files = trustFiles(metadata);
  if (!files.ok) throw unverified(files.refusal);
  const written: string[] = [];
  for (const { name, bytes } of files.value) {
    const there = readTrustFile(path, name);
    if (there !== undefined && Buffer.from(there).equals(bytes)) continue;
    if (name === TIMESTAMP) replaceFile(path, name, bytes);
    else writeOnce(path, name, bytes);
    written.push(name);
  }
  return written;
}

/** After they were published; what is in the published files needs no draft. */
export function clearDrafts({ path, drafts }: TrustFolder): void {
  const signatures = drafts.signatures.map((file) => `${SIGNATURES}/${nameOfSignature(file)}`);
  const files = [...signatures, DRAFT_ROOT, DRAFT_TARGETS, DRAFT_BUNDLE];
  for (const name of files) rmSync(join(path, name), { force: true });
}

/** Into a folder that runners read: it must not go back there either. */
export function dropInto(target: string, publication: Publication): readonly string[] {
  const there = openTrustFolder(target).published;
  const [first] = there?.roots ?? [];
  if (there?.trust !== undefined && first !== undefined) {
    const { versions, bundle } = there.trust.opened;
    const isSame = versions.timestamp === publication.opened.versions.timestamp;
    const next = openTrust(publication.metadata, {
      root: first,
      known: versions,
      ...(!isSame && bundle.version < publication.opened.bundle.version && { previous: bundle }),
    });
    if (!next.ok) throw unverified(next.refusal);
  }
  return writePublication(target, publication);
}
