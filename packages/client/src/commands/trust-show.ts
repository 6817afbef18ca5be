/** `cs trust show FOLDER`: who holds what, what ends when, what a draft waits for, and what is unwise. */
import { parseInstant } from '@countersign/core';
import { readTufTimestamp } from '@countersign/seal';
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { draftStates, isComplete, type DraftState } from '../trust/ceremony.ts';
import { bundleLines, draftPage, rootLines, stateLines } from '../trust/describe-trust.ts';
import { openTrustFolder, type DraftName, type TrustFolder } from '../trust/trust-folder.ts';
import { trustWarnings } from '../trust/warnings.ts';

const endOf = (expires: string): ReturnType<typeof parseInstant> => parseInstant(expires.replace(/Z$/, '.000Z'));

export async function trustShow(context: Context, path: string, pinned: string | undefined): Promise<ExitCode> {
  const { output, settings, world } = context;
  const now = world.now();
  const folder = openTrustFolder(path, pinned);
  const { published } = folder;
  const states = draftStates(folder);
  const warnings = published === undefined ? [] : warningsOf(folder, now);
  if (settings.isJson) {
    output.json({
      root: published?.root,
      bundle: published?.trust?.opened.bundle,
      versions: published?.trust?.opened.versions,
      expiresAt: published?.trust?.opened.expiresAt,
      drafts: states.map(({ name, digest, words, owed }) => ({ name, digest, words, owed })),
      warnings,
    });
    return EXIT.ok;
  }
  if (published === undefined) output.line('nothing is published in this folder yet');
  else {
    const opened = published.trust?.opened;
    output.lines(rootLines(published.root, opened?.bundle));
    if (opened !== undefined)
      output.lines(['', ...bundleLines(opened.bundle, now), '', `everything is valid until ${opened.expiresAt}`]);
  }
  for (const state of states)
    output.lines(['', ...stateLines(state, folder.drafts.targets?.bundle ?? published?.trust?.opened.bundle)]);
  if (warnings.length > 0) output.lines(['', ...warnings.map((warning) => `warning: ${warning}`)]);
  return EXIT.ok;
}

function warningsOf({ published }: TrustFolder, now: Parameters<typeof trustWarnings>[0]['now']): readonly string[] {
  if (published === undefined) return [];
  const timestamp =
    published.trust === undefined
      ? undefined
      : readTufTimestamp(Buffer.from(published.trust.metadata.timestamp, 'base64'));
  return trustWarnings({
    root: published.root,
    bundle: published.trust?.opened.bundle,
    freshUntil: timestamp?.ok === true ? endOf(timestamp.value.signed.expires) : undefined,
    rootUntil: endOf(published.root.expires),
    now,
  });
}

/** After a step: the draft as its signers will read it. */
export function showDraft(context: Context, path: string, name: DraftName): ExitCode {
  return shown(context, openTrustFolder(path), (state) => state.name === name);
}

export function showDrafts(context: Context, path: string): ExitCode {
  return shown(context, openTrustFolder(path), () => true);
}

function shown({ output, settings }: Context, folder: TrustFolder, isWanted: (state: DraftState) => boolean): ExitCode {
  const states = draftStates(folder).filter(isWanted);
  if (settings.isJson)
    output.json({
      folder: folder.path,
      drafts: states.map((state) => ({
        name: state.name,
        digest: state.digest,
        words: state.words,
        isComplete: isComplete(state),
      })),
    });
  else for (const state of states) output.lines([...draftPage(state, folder), '']);
  output.note(`next: \`cs trust sign ${folder.path} --key LOCATOR\`, by as many as are owed`);
  return EXIT.ok;
}
