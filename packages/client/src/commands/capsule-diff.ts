/** `cs capsule diff BEFORE AFTER`: what changed between two capsules, and what it does to signatures over the first (D6). */
import { capsuleChanges, linkBetween, type Link } from '@countersign/core';
import { deltaPageOf, digestWords, type ReadCapsule } from '@countersign/seal';
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { safeLines } from '../cli/safe-text.ts';
import { readCapsuleFile } from '../signing/capsule-file.ts';

/** Two files prove nothing about their authority envelopes, so another one is always shown as new. */
const NOT_PROVED = { narrowsEnvelope: false };

const MEANING: Readonly<Record<Link['kind'] | 'unrelated', readonly [ExitCode, string]>> = {
  narrower: [EXIT.ok, 'signatures over the first stand for the second: it only narrows'],
  delta: [EXIT.pending, 'signatures over the first stand once the same people also sign what changed'],
  void: [EXIT.conflict, 'no signature over the first stands: everybody signs the second'],
  unrelated: [EXIT.conflict, 'no signature over the first stands: the second is not the version that follows it'],
};

export async function capsuleDiff({ output, settings }: Context, first: string, second: string): Promise<ExitCode> {
  const [before, after] = [readCapsuleFile(first).read, readCapsuleFile(second).read];
  const kind = kindBetween(before, after);
  const [exit, meaning] = MEANING[kind];
  const page = deltaPageOf(before, after);
  if (settings.isJson)
    output.json({
      before: before.digest,
      after: after.digest,
      words: digestWords(after.digest),
      signatures: kind,
      meaning,
      changes: capsuleChanges(before.capsule, after.capsule, NOT_PROVED),
      page,
    });
  else output.lines([...safeLines(page), '', meaning]);
  return before.digest === after.digest ? EXIT.ok : exit;
}

function kindBetween(before: ReadCapsule, after: ReadCapsule): Link['kind'] | 'unrelated' {
  if (before.digest === after.digest) return 'narrower';
  const link = linkBetween(before, after, NOT_PROVED);
  return link.ok ? link.value.kind : 'unrelated';
}
