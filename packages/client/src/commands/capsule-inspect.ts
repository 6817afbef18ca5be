/** `cs capsule inspect FILE`: the page, rendered here from the bytes; and `verify FILE`: who sealed them. */
import { verifyEnvelope, PAYLOAD, parseEnvelope } from '@countersign/seal';
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { unverified } from '../cli/failure.ts';
import { readJson } from '../cli/read-document.ts';
import { openTrustBundle, publicKeyIn, readRoots } from '../cli/roots.ts';
import { safeLines } from '../cli/safe-text.ts';
import { openCapsule } from '../signing/open-capsule.ts';

export async function capsuleInspect({ output, settings }: Context, file: string): Promise<ExitCode> {
  const opened = openCapsule(readJson(file));
  if (!opened.ok) throw unverified(opened.refusal);
  const { capsule, digest, words, page } = opened.value;
  if (settings.isJson) output.json({ digest, words, capsule, page });
  else output.lines([...safeLines(page), '', 'Signatures were not checked: `cs capsule verify FILE --roots FILE`.']);
  return EXIT.ok;
}

export interface VerifyOptions {
  readonly roots: string;
  /** Trust bundle in a file; else the server is asked for it, and the roots decide whether it counts. */
  readonly trust: string | undefined;
}

export async function capsuleVerify(context: Context, file: string, options: VerifyOptions): Promise<ExitCode> {
  const { client, output, settings } = context;
  const opened = openCapsule(readJson(file));
  if (!opened.ok) throw unverified(opened.refusal);
  const given = options.trust === undefined ? (await client.trust()).bundle : readJson(options.trust);
  const envelope = parseEnvelope(given);
  if (!envelope.ok) throw unverified(envelope.refusal);
  const trust = openTrustBundle(envelope.value, readRoots(options.roots));
  const trusted = trust.keys.capsuleSigners.map(({ publicKey }) => publicKeyIn(publicKey));
  const verified = verifyEnvelope(opened.value.envelope, { payloadType: PAYLOAD.capsule, trusted, threshold: 1 });
  if (!verified.ok) throw unverified(verified.refusal);
  const { digest, words } = opened.value;
  const { signers } = verified.value;
  if (settings.isJson) output.json({ verified: true, digest, words, signers, trustVersion: trust.version });
  else output.lines([`verified ${digest}`, `in words ${words}`, ...signers.map((keyid) => `sealed by key ${keyid}`)]);
  return EXIT.ok;
}
