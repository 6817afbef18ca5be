/** `cs graph sign`: the owner of the graph signs a snapshot (G3). What is signed is read and checked here first. */
import { writeFileSync } from 'node:fs';
import { canonicalBytes, digestOf, digestWords, PAYLOAD, payloadOf, signEnvelope } from '@countersign/seal';
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { Failure } from '../cli/failure.ts';
import { safe } from '../cli/safe-text.ts';
import { readSnapshotFile } from '../graph-files/graph-document.ts';
import { loadKey } from '../signing/load-key.ts';

export interface GraphSignOptions {
  readonly key: string;
  readonly out: string;
}

export async function graphSign(
  { output, settings }: Context,
  file: string,
  options: GraphSignOptions,
): Promise<ExitCode> {
  const { snapshot } = readSnapshotFile(file);
  const bytes = canonicalBytes(snapshot);
  const signed = signEnvelope(PAYLOAD.graph, bytes, [loadKey(options.key)]);
  const payload = payloadOf(signed);
  if (!payload.ok)
    throw new Failure(EXIT.failed, {
      code: 'malformed',
      detail: `the graph has ${bytes.length} bytes, more than a signed document can carry`,
      next: ['leave out labels that no rule needs, or split the estate by organisation'],
    });
  writeFileSync(options.out, JSON.stringify(signed), { mode: 0o600 });
  const digest = digestOf(bytes);
  if (settings.isJson)
    output.json({ file: options.out, digest, words: digestWords(digest), version: snapshot.version });
  else output.line(`${safe(options.out)}  version ${snapshot.version}  ${digest}  ${digestWords(digest)}`);
  return EXIT.ok;
}
