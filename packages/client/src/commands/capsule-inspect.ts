/** `cs capsule inspect FILE`: the page, rendered here from the bytes (C3). A signed capsule, its statement, or a delivery. */
import { digestWords, capsulePageOf } from '@countersign/seal';
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { safeLines } from '../cli/safe-text.ts';
import { readCapsuleFile } from '../signing/capsule-file.ts';

export async function capsuleInspect({ output, settings }: Context, file: string): Promise<ExitCode> {
  const { read } = readCapsuleFile(file);
  const { capsule, digest } = read;
  const page = capsulePageOf(read);
  if (settings.isJson) output.json({ digest, words: digestWords(digest), capsule, page });
  else output.lines([...safeLines(page), '', 'Signatures were not checked: `cs capsule verify FILE --roots FILE`.']);
  return EXIT.ok;
}
