/** `cs capsule verify FILE`: every check by its name, ok or refused; one refusal ends with 6 (C2, X1). */
import { digestWords, parseEnvelope, type DsseEnvelope } from '@countersign/seal';
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { unverified } from '../cli/failure.ts';
import { readJson } from '../cli/read-document.ts';
import { openTrustBundle, readRoot } from '../cli/roots.ts';
import { safe } from '../cli/safe-text.ts';
import { readCapsuleFile, type CapsuleFile } from '../signing/capsule-file.ts';
import { verifyCapsule, type CapsuleDocuments, type Check } from '../signing/verify-capsule.ts';

export interface VerifyOptions {
  readonly roots: string;
  /** Trust bundle in a file; else the server is asked for it, and the roots decide whether it counts. */
  readonly trust?: string;
  readonly approval?: readonly string[];
  readonly parent?: readonly string[];
  readonly envelope?: string;
  readonly graph?: string;
}

export async function capsuleVerify(context: Context, file: string, options: VerifyOptions): Promise<ExitCode> {
  const { client, output, settings, world } = context;
  const opened = readCapsuleFile(file);
  const given = options.trust === undefined ? (await client.trust()).trust : readJson(options.trust);
  const trust = openTrustBundle(given, readRoot(options.roots));
  const checks = verifyCapsule(documentsOf(opened, options), trust, world.now());
  const { digest } = opened.read;
  const isVerified = checks.every(({ state }) => state !== 'refused') && opened.envelope !== undefined;
  if (settings.isJson)
    output.json({ verified: isVerified, digest, words: digestWords(digest), checks, trustVersion: trust.version });
  else
    output.lines([
      ...checks.flatMap(lineOf),
      `${isVerified ? 'verified' : 'NOT VERIFIED'} ${digest}`,
      `in words ${digestWords(digest)}`,
    ]);
  return isVerified ? EXIT.ok : EXIT.unverified;
}

const WORDS: Readonly<Record<Check['state'], string>> = { ok: 'ok', refused: 'REFUSED', 'not-given': '-' };
const LABEL = 18;

function lineOf({ name, state, detail, refusal }: Check): readonly string[] {
  const code = refusal === undefined ? '' : ` (${refusal.code})`;
  return [
    `${name.padEnd(LABEL)}${WORDS[state].padEnd(9)}${safe(detail)}${code}`,
    ...(refusal?.complaints ?? []).map(({ at, problem }) => `${' '.repeat(LABEL)}at ${safe(at)} ${safe(problem)}`),
  ];
}

function documentsOf({ read, envelope: signed, delivery }: CapsuleFile, options: VerifyOptions): CapsuleDocuments {
  const { approval = [], parent = [], envelope, graph } = options;
  const policy = envelope === undefined ? delivery?.envelope : envelopeIn(envelope);
  const system = graph === undefined ? delivery?.graph : envelopeIn(graph);
  return {
    read,
    ...(signed !== undefined && { signed }),
    parents: [...(delivery?.parents ?? []), ...parent.map(envelopeIn)],
    ...((delivery !== undefined || approval.length > 0) && {
      approvals: [...(delivery?.approvals ?? []), ...approval.map(envelopeIn)],
    }),
    since: delivery?.since ?? [],
    ...(policy !== undefined && { envelope: policy }),
    ...(system !== undefined && { graph: system }),
    ...(delivery !== undefined && {
      decision: delivery.decision,
      riskAssessment: delivery.riskAssessment,
      inclusion: { leaf: delivery.leaf, proof: delivery.proof },
    }),
  };
}

function envelopeIn(file: string): DsseEnvelope {
  const envelope = parseEnvelope(readJson(file));
  if (envelope.ok) return envelope.value;
  throw unverified({ ...envelope.refusal, detail: `\`${file}\`: ${envelope.refusal.detail}` });
}
