/**
 * `cs approve P`: with a key file it signs what it rendered itself; without one it names the page where a passkey signs, and
 * waits. There is no option that skips the question (A2).
 */
import { approvalFor, plusMs, type Approval, type Instant } from '@countersign/core';
import { PAYLOAD } from '@countersign/seal';
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { Failure, unverified } from '../cli/failure.ts';
import { safe, safeLines } from '../cli/safe-text.ts';
import { waitForDecision } from '../cli/wait.ts';
import { chooseRole, personOf, type Signer } from '../signing/choose-role.ts';
import { confirm } from '../signing/confirm.ts';
import { loadKey } from '../signing/load-key.ts';
import { openSigning, type OpenCapsule } from '../signing/open-capsule.ts';
import { signDocument } from '../signing/sign-document.ts';

export interface ApproveOptions {
  readonly key: string | undefined;
  readonly role: string | undefined;
  /** Named by a script that cannot be asked. */
  readonly digest: string | undefined;
  readonly timeoutMs: number;
  readonly wait: boolean;
}

const VALID_MS = 8 * 3_600_000;

export async function approve(context: Context, id: string, options: ApproveOptions): Promise<ExitCode> {
  return options.key === undefined ? waitForPage(context, id, options) : signHere(context, id, options, options.key);
}

async function waitForPage(context: Context, id: string, { wait, timeoutMs }: ApproveOptions): Promise<ExitCode> {
  const { output, settings, client } = context;
  const { state } = await client.proposal(id);
  const { token, person, isDemoToken } = settings;
  // The fragment stays in the browser. Only the demo's own tokens are handed over like this.
  const session = isDemoToken ? `#as=${person ?? ''}&token=${token ?? ''}` : '';
  const page = `${settings.url}/sign/${encodeURIComponent(id)}${session}`;
  if (settings.isJson) output.json({ proposal: id, state, page });
  else output.line(page);
  output.note('sign there with your passkey; Ctrl-C leaves the proposal as it is');
  return wait ? waitForDecision(context, id, timeoutMs) : EXIT.pending;
}

async function signHere(context: Context, id: string, options: ApproveOptions, keyFile: string): Promise<ExitCode> {
  const { client, output, settings, world } = context;
  const person = personOf(settings.person);
  const data = await client.signing(id);
  if (data.state !== undefined && data.state !== 'PENDING')
    throw new Failure(EXIT.conflict, {
      code: 'illegal-transition',
      detail: `\`${id}\` does not wait for signatures, it is ${data.state}`,
    });
  const opened = openSigning(data, id);
  if (!opened.ok) throw unverified(opened.refusal);
  const { digest, words } = opened.value;
  showForSigning(context, opened.value, data.decision.reasons);
  const signer = chooseRole(data.eligible, person, options.role);
  const key = loadKey(keyFile);
  await confirm(context, { digest, words, named: options.digest });
  const approval = approvalOf(opened.value, signer, { now: world.now(), nonce: world.randomHex(16) });
  const answer = await client.approve(signDocument(PAYLOAD.approval, approval, key));
  if (settings.isJson) output.json({ proposal: id, digest, words, person, role: signer.role, answer });
  else output.line(`signed ${digest} (${words}) as ${signer.person}, ${signer.role}`);
  return EXIT.ok;
}

/** The page goes to stderr when stdout is for a document. */
function showForSigning(
  context: Context,
  opened: OpenCapsule,
  reasons: readonly { clause: string; text: string }[],
): void {
  const { output, settings } = context;
  const lines = [
    ...safeLines(opened.page),
    '',
    ...reasons.map(({ clause, text }) => `why asked: ${safe(text)} (${safe(clause)})`),
    `in words: ${opened.words}`,
  ];
  if (settings.isJson) for (const line of lines) output.note(line);
  else output.lines(lines);
}

function approvalOf(opened: OpenCapsule, signer: Signer, { now, nonce }: { now: Instant; nonce: string }): Approval {
  const { capsule, digest, pageDigest } = opened;
  const expiresAt = [plusMs(now, VALID_MS), capsule.notAfter].toSorted()[0] ?? capsule.notAfter;
  if (expiresAt <= now)
    throw new Failure(EXIT.conflict, { code: 'expired', detail: `the capsule was valid until ${capsule.notAfter}` });
  return approvalFor(capsule, {
    ...signer,
    capsuleDigest: digest,
    surface: 'cli',
    shown: pageDigest,
    signedAt: now,
    expiresAt,
    nonce,
  });
}
