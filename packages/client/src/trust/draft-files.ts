/** Writing drafts. A draft that somebody signed is not written again: their signature would be lost, or worse, misread. */
import {
  readShape,
  trustBundleShape,
  type Digest,
  type Instant,
  type Result,
  type TrustBundle,
} from '@countersign/core';
import {
  canonicalBytes,
  digestWords,
  makeTargets,
  readSoundTufRoot,
  readStrictJson,
  tufFileBytes,
  type RootSigned,
} from '@countersign/seal';
import { EXIT } from '../cli/exit-codes.ts';
import { Failure } from '../cli/failure.ts';
import { nextBundle, type BundleDraft } from './next-bundle.ts';
import { replaceFile } from './trust-files.ts';
import {
  digestOfDraft,
  DRAFT_BUNDLE,
  DRAFT_ROOT,
  DRAFT_TARGETS,
  SIGNATURES,
  type DraftName,
  type TrustFolder,
} from './trust-folder.ts';

const MAX_BUNDLE_BYTES = 4_194_304;

export interface Saved {
  readonly digest: Digest;
  readonly words: string;
}

/** What the next step begins with: the draft there is, or the next version of what is in force. */
export function bundleDraft(folder: TrustFolder, now: Instant, validDays: number): BundleDraft {
  refuseSigned(folder, 'targets');
  const before = folder.published?.trust?.opened.bundle;
  const draft = folder.drafts.targets?.bundle;
  if (draft !== undefined) return { before, bundle: draft };
  if (before !== undefined) return nextBundle(before, now, validDays);
  throw new Failure(EXIT.failed, {
    code: 'no-trust',
    detail: 'the folder has neither a trust bundle nor a draft of one',
    next: ['begin with `cs trust init`'],
  });
}

export function saveBundle(folder: TrustFolder, bundle: TrustBundle): Saved {
  refuseSigned(folder, 'targets');
  const bytes = canonicalBytes(bundle);
  // What nobody could read back, e.g. a name with invisible characters, is not written in the first place.
  const json = readStrictJson(bytes, { maxBytes: MAX_BUNDLE_BYTES });
  kept(json.ok ? readShape(trustBundleShape, json.value) : json);
  const { organisation, isDemo, version, expiresAt: expires } = bundle;
  const signed = makeTargets({ organisation, isDemo, version, expires, bundle: bytes });
  replaceFile(folder.path, DRAFT_BUNDLE, bytes);
  replaceFile(folder.path, DRAFT_TARGETS, tufFileBytes({ signatures: [], signed }));
  return savedAs(digestOfDraft(signed));
}

/** Refuses a root that no runner would accept, whoever signed it. */
export function saveRoot(folder: TrustFolder, signed: RootSigned): Saved {
  refuseSigned(folder, 'root');
  const bytes = tufFileBytes({ signatures: [], signed });
  const sound = readSoundTufRoot(bytes);
  if (!sound.ok) throw new Failure(EXIT.failed, sound.refusal);
  replaceFile(folder.path, DRAFT_ROOT, bytes);
  return savedAs(digestOfDraft(signed));
}

const savedAs = (digest: Digest): Saved => ({ digest, words: digestWords(digest) });

export function refuseSigned({ drafts }: TrustFolder, name: DraftName): void {
  const signed = drafts.signatures.filter(({ document }) => document === name).length;
  if (signed === 0) return;
  throw new Failure(EXIT.conflict, {
    code: 'conflict',
    detail: `the draft of the ${name} is signed by ${signed} already and stays as it is`,
    next: [
      'publish it first, with `cs trust publish`',
      `or take its files out of \`${SIGNATURES}\`, and every signature is owed anew`,
    ],
  });
}

/** Rules of the roster say no with complaints; a command says it with its exit code. */
export function kept<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new Failure(result.refusal.code === 'duty-conflict' ? EXIT.prohibited : EXIT.failed, result.refusal);
}
