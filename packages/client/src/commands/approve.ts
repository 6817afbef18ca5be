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
import type { Settings } from '../cli/settings.ts';
import { waitForDecision } from '../cli/wait.ts';
import { chooseRole, personOf, type Signer } from '../signing/choose-role.ts';
import { confirm } from '../signing/confirm.ts';
import { openKey } from '../signing/open-key.ts';
import { openDelta, type OpenDelta } from '../signing/open-delta.ts';
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
  const { state, environment } = await client.proposal(id);
  const page = pageOf(settings, id, environment === 'production');
  const offered = state === 'PENDING' ? await wordsOf(context, id) : undefined;
  if (settings.isJson) output.json({ proposal: id, state, page, ...offered });
  else output.line(page);
  output.note('sign there with your passkey; Ctrl-C leaves the proposal as it is');
  if (offered !== undefined)
    output.note(`the page must show these words, made here from the capsule: ${offered.words}`);
  if (environment === 'production' && settings.approvalPage === undefined)
    output.note('in production one of the signatures has to be made with `--key`, or on a page that you host yourself');
  return wait ? waitForDecision(context, id, timeoutMs) : EXIT.pending;
}

/** What the page has to show, made here from the capsule. */
async function wordsOf({ client }: Context, id: string): Promise<Pick<OpenCapsule, 'digest' | 'words'>> {
  const opened = openSigning(await client.signing(id), id);
  if (!opened.ok) throw unverified(opened.refusal);
  const { digest, words } = opened.value;
  return { digest, words };
}

/** In production the page the organisation hosts itself, where there is one: the server's own is not enough alone (A2). */
function pageOf(
  { url, token, person, isDemoToken, approvalPage }: Settings,
  id: string,
  isProduction: boolean,
): string {
  // The fragment stays in the browser. Only the demo's own tokens are handed over like this.
  const session = isDemoToken ? `as=${person ?? ''}&token=${token ?? ''}` : '';
  if (isProduction && approvalPage !== undefined)
    return `${approvalPage}#proposal=${encodeURIComponent(id)}${session === '' ? '' : `&${session}`}`;
  return `${url}/sign/${encodeURIComponent(id)}${session === '' ? '' : `#${session}`}`;
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
  const signer = chooseRole(data.eligible, person, options.role);
  const delta = openDelta(data, opened.value, signer);
  if (!delta.ok) throw unverified(delta.refusal);
  if (delta.value?.kind === 'narrower') return stands(context, delta.value, digest);
  const shown = signedPage(opened.value, delta.value);
  showForSigning(context, shown, data.decision.reasons);
  const key = await openKey(keyFile, world);
  await confirm(context, { digest, words, named: options.digest });
  const approval = approvalOf(shown, signer, { now: world.now(), nonce: world.randomHex(16) });
  const answer = await client.approve(await signDocument(PAYLOAD.approval, approval, key));
  if (settings.isJson) output.json({ proposal: id, digest, words, person, role: signer.role, answer });
  else output.line(`signed ${digest} (${words}) as ${signer.person}, ${signer.role}`);
  return EXIT.ok;
}

/** D6: what changed since this person signed only narrows, so there is nothing to read and nothing to sign. */
function stands({ output, settings }: Context, { page, version, words }: OpenDelta, digest: string): ExitCode {
  if (settings.isJson) output.json({ digest, stands: true, version, words, page });
  else
    output.lines([...safeLines(page), '', `your signature over version ${version} (${words}) stands; nothing to sign`]);
  return EXIT.ok;
}

type SignedPage = OpenCapsule & Pick<Approval, 'since'>;

/** The whole page, or what changed since this person signed the version before. */
const signedPage = (opened: OpenCapsule, delta: OpenDelta | undefined): SignedPage =>
  delta === undefined ? opened : { ...opened, page: delta.page, pageDigest: delta.pageDigest, since: delta.since };

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

function approvalOf(opened: SignedPage, signer: Signer, { now, nonce }: { now: Instant; nonce: string }): Approval {
  const { capsule, digest, pageDigest, since } = opened;
  const expiresAt = [plusMs(now, VALID_MS), capsule.notAfter].toSorted()[0] ?? capsule.notAfter;
  if (expiresAt <= now)
    throw new Failure(EXIT.conflict, { code: 'expired', detail: `the capsule was valid until ${capsule.notAfter}` });
  return approvalFor(capsule, {
    ...signer,
    capsuleDigest: digest,
    surface: 'cli',
    ...(since !== undefined && { since }),
    shown: pageDigest,
    signedAt: now,
    expiresAt,
    nonce,
  });
}
