/**
 * What a ceremony's folder holds: what is published (roots, targets, bundle), and below `draft/` what waits for signatures. Each
 * signature is a small file of its own, so people can sign on different machines and carry only that file back.
 */
import {
  digest,
  literal,
  object,
  oneOf,
  optional,
  readShape,
  text,
  trustBundleShape,
  type Digest,
  type Result,
  type Shape,
  type TrustBundle,
} from '@countersign/core';
import {
  canonicalBytes,
  digestOf,
  makeTargets,
  openTrust,
  readStrictJson,
  readTrustFolder,
  readTufRoot,
  readTufTargets,
  tufSignedBytes,
  type OpenedTrust,
  type RootSigned,
  type TargetsSigned,
  type TrustMetadata,
  type TufSignature,
} from '@countersign/seal';
import { EXIT } from '../cli/exit-codes.ts';
import { Failure } from '../cli/failure.ts';
import { readBytes } from '../cli/read-document.ts';
import { namesIn, readTrustFile } from './trust-files.ts';

export const DRAFT_ROOT = 'draft/root.json';
export const DRAFT_TARGETS = 'draft/targets.json';
export const DRAFT_BUNDLE = 'draft/trust-bundle.json';
export const SIGNATURES = 'draft/signatures';
const MAX_BUNDLE_BYTES = 4_194_304;
const MAX_ROOTS = 256;
const MAX_ROOT_BYTES = 512_000;

export type DraftName = 'root' | 'targets';

/** One signature in a file of its own. */
export interface SignatureFile {
  readonly type: 'trust-signature';
  readonly document: DraftName;
  /** Of the bytes that were signed. */
  readonly digest: Digest;
  readonly signature: TufSignature;
}

interface Published {
  /** Bytes of every root from the first. */
  readonly roots: readonly Uint8Array[];
  readonly root: RootSigned;
  /** Absent until a first bundle is published. */
  readonly trust: { readonly metadata: TrustMetadata; readonly opened: OpenedTrust } | undefined;
}
interface Drafts {
  readonly root: RootSigned | undefined;
  readonly targets:
    | { readonly signed: TargetsSigned; readonly bundle: TrustBundle; readonly bytes: Uint8Array }
    | undefined;
  readonly signatures: readonly SignatureFile[];
}
export interface TrustFolder {
  readonly path: string;
  readonly published: Published | undefined;
  readonly drafts: Drafts;
}

const hex = text({ min: 2, max: 8192, pattern: /^(?:[0-9a-f]{2})+$/ });
const base64url = text({ min: 1, max: 8192, pattern: /^[A-Za-z0-9_-]+$/ });
const signatureFileShape: Shape<SignatureFile> = object<SignatureFile>({
  type: literal('trust-signature'),
  document: oneOf('root', 'targets'),
  digest,
  signature: object<TufSignature>({
    keyid: text({ min: 64, max: 64, pattern: /^[0-9a-f]+$/ }),
    sig: hex,
    webauthn: optional(
      object<NonNullable<TufSignature['webauthn']>>({ authenticatorData: base64url, clientDataJSON: base64url }),
    ),
  }),
});

/** Reads and verifies what is published, by the code of the runner; reads drafts in their form. Throws with the exact reason. */
export function openTrustFolder(path: string, pinned?: string): TrustFolder {
  const published = readPublished(path, pinned);
  const drafts = readDrafts(path);
  refuseStale('root', drafts.root?.version, published?.root.version);
  refuseStale('targets', drafts.targets?.bundle.version, published?.trust?.opened.versions.targets);
  return { path, published, drafts };
}

/** Somebody published meanwhile: what was drafted before that is not the next version of anything. */
function refuseStale(name: DraftName, draft: number | undefined, published: number | undefined): void {
  if (draft === undefined || draft === (published ?? 0) + 1) return;
  throw new Failure(EXIT.conflict, {
    code: 'conflict',
    detail: `the draft of the ${name} has version ${draft}, and version ${published ?? 0} is published`,
    next: ['take the folder `draft` away and begin the step again'],
  });
}

function readPublished(path: string, pinned: string | undefined): Published | undefined {
  const roots: Uint8Array[] = [];
  for (let version = 1; roots.length < MAX_ROOTS; version += 1) {
    const bytes = readTrustFile(path, `${version}.root.json`);
    if (bytes === undefined) break;
    roots.push(bytes);
  }
  const [first] = roots;
  const newest = roots.at(-1);
  if (first === undefined || newest === undefined) {
    if (pinned !== undefined)
      throw failure('1.root.json', 'is missing, so nothing here follows from the root that you pinned');
    return undefined;
  }
  const { signed } = readOrFail(readTufRoot(newest), `${roots.length}.root.json`);
  const anchor = pinned === undefined ? first : pinnedRoot(pinned, roots);
  if (readTrustFile(path, 'timestamp.json') === undefined) return { roots, root: signed, trust: undefined };
  const metadata = readOrFail(
    readTrustFolder((name) => readTrustFile(path, name)),
    'the published folder',
  );
  const opened = readOrFail(openTrust(metadata, { root: anchor }), 'the published folder');
  return { roots, root: signed, trust: { metadata, opened } };
}

/** The folder must hold the very root that was pinned; everything later has to follow from it. */
function pinnedRoot(file: string, roots: readonly Uint8Array[]): Uint8Array {
  const bytes = readBytes(file, MAX_ROOT_BYTES);
  const { version } = readOrFail(readTufRoot(bytes), file).signed;
  const here = roots[version - 1];
  if (here !== undefined && Buffer.from(here).equals(bytes)) return bytes;
  throw failure(`${version}.root.json`, 'is not the root that you pinned');
}

function readDrafts(path: string): Drafts {
  const rootBytes = readTrustFile(path, DRAFT_ROOT);
  const targetsBytes = readTrustFile(path, DRAFT_TARGETS);
  const root = rootBytes === undefined ? undefined : readOrFail(readTufRoot(rootBytes), DRAFT_ROOT).signed;
  const targets = targetsBytes === undefined ? undefined : readDraftTargets(path, targetsBytes);
  return { root, targets, signatures: readSignatures(path) };
}

function readDraftTargets(path: string, targetsBytes: Uint8Array): NonNullable<Drafts['targets']> {
  const { signed } = readOrFail(readTufTargets(targetsBytes), DRAFT_TARGETS);
  const bytes = readTrustFile(path, DRAFT_BUNDLE);
  if (bytes === undefined) throw failure(DRAFT_BUNDLE, 'is missing');
  const { length, hashes } = signed.targets['trust-bundle.json'];
  if (bytes.length !== length || digestOf(bytes) !== `sha256:${hashes.sha256}`)
    throw failure(DRAFT_BUNDLE, `is not the one that \`${DRAFT_TARGETS}\` names: its length or hash differs`);
  const json = readOrFail(readStrictJson(bytes, { maxBytes: MAX_BUNDLE_BYTES }), DRAFT_BUNDLE);
  const bundle = readOrFail(readShape(trustBundleShape, json), DRAFT_BUNDLE);
  if (!Buffer.from(canonicalBytes(bundle)).equals(bytes)) throw failure(DRAFT_BUNDLE, 'is not in its canonical form');
  const { organisation, isDemo, version, expiresAt: expires } = bundle;
  const shown = makeTargets({ organisation, isDemo, version, expires, bundle: bytes });
  // Signers read the bundle: what they sign must say nothing beside it.
  if (digestOfDraft(signed) !== digestOfDraft(shown))
    throw failure(DRAFT_TARGETS, 'says something else than the bundle');
  return { signed, bundle, bytes };
}

function readSignatures(path: string): readonly SignatureFile[] {
  return namesIn(path, SIGNATURES).map((name) => {
    const shown = `${SIGNATURES}/${name}`;
    if (!/^(?:root|targets)-[0-9a-f]{64}\.json$/.test(name)) throw failure(shown, 'has no name of a signature');
    const bytes = readTrustFile(path, shown);
    if (bytes === undefined) throw failure(shown, 'cannot be read');
    const file = readOrFail(readShape(signatureFileShape, readOrFail(readStrictJson(bytes), shown)), shown);
    if (name !== nameOfSignature(file)) throw failure(shown, 'holds the signature of another key or document');
    return file;
  });
}

export const nameOfSignature = ({ document, signature }: Pick<SignatureFile, 'document' | 'signature'>): string =>
  `${document}-${signature.keyid}.json`;

/** What people sign, and the digest they compare. */
export const digestOfDraft = (signed: RootSigned | TargetsSigned): Digest => digestOf(tufSignedBytes(signed));

const failure = (name: string, problem: string): Failure =>
  new Failure(EXIT.unverified, { code: 'malformed', detail: `\`${name}\` ${problem}`, clause: 'X1' });

function readOrFail<T>(result: Result<T>, name: string): T {
  if (result.ok) return result.value;
  throw new Failure(EXIT.unverified, { ...result.refusal, detail: `\`${name}\`: ${result.refusal.detail}` });
}
