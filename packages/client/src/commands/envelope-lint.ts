/** `cs envelope lint FILE`: every complaint at once, offline, signed or not. */
import { checkEnvelope, envelopeShape } from '@countersign/core';
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { Failure } from '../cli/failure.ts';
import { readDocument } from '../cli/read-document.ts';

export async function envelopeLint({ output, settings }: Context, file: string): Promise<ExitCode> {
  const envelope = readDocument(file, envelopeShape);
  const complaints = checkEnvelope(envelope);
  if (complaints.length > 0)
    throw new Failure(EXIT.failed, {
      code: 'malformed',
      detail: `${complaints.length} thing${complaints.length === 1 ? ' is' : 's are'} wrong with the envelope`,
      complaints,
    });
  if (settings.isJson) output.json({ file, version: envelope.version, complaints });
  else output.line(`envelope v${envelope.version} has no faults that can be found without running it`);
  return EXIT.ok;
}
