/**
 * `cs envelope sign VERSION --key FILE`: shows the draft and what it newly permits, both computed here from the signed bytes, and signs
 * exactly those bytes (E3). `activate` and `suspend` beside it.
 */
import { digestWords, PAYLOAD } from '@countersign/seal';
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { labelled } from '../cli/output.ts';
import { safe } from '../cli/safe-text.ts';
import { Problem } from '../sdk/problem.ts';
import type { SignedDocument } from '../sdk/views.ts';
import { confirm } from '../signing/confirm.ts';
import { openKey } from '../signing/open-key.ts';
import { newlyPermitted, openDraft } from '../signing/open-policy-draft.ts';
import { signBytes } from '../signing/sign-document.ts';
import { envelopeLines } from './envelope-show.ts';

export interface SignOptions {
  readonly key: string;
  /** Named by a script that cannot be asked. */
  readonly digest: string | undefined;
}

export async function envelopeSign(
  context: Context,
  version: number,
  { key, digest: wanted }: SignOptions,
): Promise<ExitCode> {
  const { client, output, settings } = context;
  const draft = openDraft(await client.envelopeDraft(version));
  const { envelope, digest, payload } = draft;
  const widening = newlyPermitted(envelope, await activeDocument(context));
  const words = digestWords(digest);
  const lines = [
    ...envelopeLines(envelope, digest),
    ...labelled('reason', [`${safe(envelope.reason)} (${safe(envelope.ticket)})`]),
    ...labelled(
      'newly permitted',
      widening.length === 0 ? ['nothing: one signature is enough'] : widening.map((one) => safe(one)),
    ),
    `in words: ${words}`,
  ];
  if (settings.isJson) for (const line of lines) output.note(line);
  else output.lines(lines);
  const signer = await openKey(key, context.world);
  await confirm(context, { digest, words, named: wanted });
  const answer = await client.signEnvelopeDraft(version, await signBytes(PAYLOAD.envelope, payload, signer));
  if (settings.isJson) output.json(answer);
  else if (answer.isActive) output.line(`signed; version ${version} is in force`);
  else output.line(`signed; not in force yet: ${safe(answer.missing?.detail ?? 'more signatures are owed')}`);
  return answer.isActive ? EXIT.ok : EXIT.pending;
}

/** Nothing in force is an answer; that the server could not be asked is none. */
async function activeDocument({ client }: Context): Promise<SignedDocument | undefined> {
  try {
    return (await client.envelope()).envelope;
  } catch (error) {
    if (error instanceof Problem && error.code === 'no-envelope') return undefined;
    throw error;
  }
}

export async function envelopeActivate({ client, output, settings }: Context, version: number): Promise<ExitCode> {
  const answer = await client.activateEnvelopeDraft(version);
  if (settings.isJson) output.json(answer);
  else output.line(`version ${version} is in force`);
  return EXIT.ok;
}

export async function envelopeSuspend({ client, output, settings }: Context): Promise<ExitCode> {
  const answer = await client.suspendEnvelope();
  if (settings.isJson) output.json(answer);
  else output.line('suspended: nothing runs alone until two people have signed a new version');
  return EXIT.ok;
}
