/** `cs graph install`: hands a signed graph to the server, which checks for itself that an owner signed it (G3). */
import { readFileSync, statSync } from 'node:fs';
import { MAX_GRAPH_ENVELOPE_BYTES, readEnvelope } from '@countersign/seal';
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { Failure, usage } from '../cli/failure.ts';
import { safe } from '../cli/safe-text.ts';

export async function graphInstall({ client, output, settings }: Context, file: string): Promise<ExitCode> {
  if (statSync(file).size > MAX_GRAPH_ENVELOPE_BYTES)
    throw usage(`\`${file}\` has more than ${MAX_GRAPH_ENVELOPE_BYTES} bytes`);
  const envelope = readEnvelope(readFileSync(file), MAX_GRAPH_ENVELOPE_BYTES);
  if (!envelope.ok) throw new Failure(EXIT.failed, { ...envelope.refusal, next: ['sign it first: cs graph sign'] });
  await client.installGraph(envelope.value);
  const { version, digest } = await client.graph();
  if (settings.isJson) output.json({ version, digest });
  else output.line(`the server uses graph v${version}  ${safe(digest)}`);
  return EXIT.ok;
}
