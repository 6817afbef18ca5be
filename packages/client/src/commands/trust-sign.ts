/**
 * `cs trust sign FOLDER`: one person's signature on the drafts, shown in words first. The signature becomes a file of its own, so
 * that a copy of the folder can be signed elsewhere and only that file carried back.
 */
import { writeFileSync } from 'node:fs';
import { canonicalBytes, tufSignedBytes, type TufSignature } from '@countersign/seal';
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { Failure, usage } from '../cli/failure.ts';
import { readBytes } from '../cli/read-document.ts';
import { safeJson } from '../cli/safe-text.ts';
import { confirm } from '../signing/confirm.ts';
import { draftStates, type DraftState } from '../trust/ceremony.ts';
import { draftPage, stateLines } from '../trust/describe-trust.ts';
import { maySign, readBrought, signRequest, signWith } from '../trust/sign-draft.ts';
import { writeOnce } from '../trust/trust-files.ts';
import {
  nameOfSignature,
  openTrustFolder,
  SIGNATURES,
  type SignatureFile,
  type TrustFolder,
} from '../trust/trust-folder.ts';

const MAX_BROUGHT = 16_384;

export interface TrustSignOptions {
  /** Where the private key is. */
  readonly key: string | undefined;
  /** A signature that was made elsewhere. */
  readonly signature: string | undefined;
  /** Writes what a passkey page needs instead of signing. */
  readonly request: string | undefined;
  /** Writes the bytes to be signed instead of signing. */
  readonly bytes: string | undefined;
  readonly document: string | undefined;
  readonly digest: readonly string[];
  readonly pinned: string | undefined;
}

export async function trustSign(context: Context, path: string, options: TrustSignOptions): Promise<ExitCode> {
  const folder = openTrustFolder(path, options.pinned);
  const states = draftStates(folder).filter(({ name }) => options.document === undefined || name === options.document);
  if (states.length === 0)
    throw new Failure(EXIT.conflict, {
      code: 'not-found',
      detail: 'there is no such draft to sign in this folder',
      next: [`look at it with \`cs trust show ${path}\``],
    });
  const ways = [options.key, options.signature, options.request, options.bytes].filter((one) => one !== undefined);
  if (ways.length !== 1) throw usage('give exactly one of `--key`, `--signature`, `--request` and `--bytes`');
  const { key } = options;
  if (key !== undefined) return signHere(context, folder, { states, key, digests: options.digest });
  const [state] = states;
  if (state === undefined || states.length > 1)
    throw usage('there are two drafts; say which with `--document root` or `--document targets`');
  if (options.signature !== undefined) return bring(context, folder, { state, file: options.signature });
  if (options.request !== undefined) {
    writeFileSync(options.request, `${safeJson(signRequest(state, draftPage(state, folder)), 2)}\n`, { flag: 'wx' });
    return told(context, state, `wrote what has to be signed to ${options.request}`);
  }
  writeFileSync(options.bytes ?? '', tufSignedBytes(state.signed), { flag: 'wx' });
  return told(context, state, `wrote the bytes to be signed to ${options.bytes ?? ''}`);
}

interface Here {
  readonly states: readonly DraftState[];
  readonly key: string;
  readonly digests: readonly string[];
}

/** Every draft on which this key has a say and which it has not signed; each is shown and asked for by itself. */
async function signHere(context: Context, folder: TrustFolder, { states, key, digests }: Here): Promise<ExitCode> {
  const surroundings = { environment: context.world.environment, folder: '.' };
  const mine: DraftState[] = [];
  for (const state of states) if (await maySign(state, key, surroundings)) mine.push(state);
  // Says who could, by the same words as a signature that was tried.
  if (mine.length === 0 && states[0] !== undefined) await signWith(states[0], key, surroundings);
  for (const state of mine) {
    showPage(context, state, folder);
    const named = digests.find((one) => one === state.digest) ?? digests[0];
    await confirm(context, { digest: state.digest, words: state.words, named });
    keep(context, folder, { state, signature: await signWith(state, key, surroundings) });
  }
  return EXIT.ok;
}

/** The page was read where the key is; what is brought is verified against the draft that lies here. */
async function bring(
  context: Context,
  folder: TrustFolder,
  { state, file }: { readonly state: DraftState; readonly file: string },
): Promise<ExitCode> {
  keep(context, folder, { state, signature: readBrought(state, readBytes(file, MAX_BROUGHT)) });
  return EXIT.ok;
}

function showPage({ output, settings }: Context, state: DraftState, folder: TrustFolder): void {
  const lines = draftPage(state, folder);
  if (settings.isJson) for (const line of lines) output.note(line);
  else output.lines([...lines, '']);
}

function keep(
  { output, settings }: Context,
  folder: TrustFolder,
  { state, signature }: { readonly state: DraftState; readonly signature: TufSignature },
): void {
  const { name: document, digest, words } = state;
  const file: SignatureFile = { type: 'trust-signature', document, digest, signature };
  const name = `${SIGNATURES}/${nameOfSignature(file)}`;
  writeOnce(folder.path, name, canonicalBytes(file));
  const after = openTrustFolder(folder.path);
  const now = draftStates(after).find((one) => one.name === document);
  if (settings.isJson) output.json({ document, digest, words, file: name });
  else output.line(`signed ${digest} (${words}): ${name}`);
  if (now !== undefined) for (const line of stateLines(now, after.drafts.targets?.bundle)) output.note(line);
}

function told({ output, settings }: Context, { name: document, digest, words }: DraftState, text: string): ExitCode {
  if (settings.isJson) output.json({ document, digest, words });
  else output.lines([text, `${digest}  ${words}`]);
  return EXIT.ok;
}
