/** `cs rollout resume`: leave of one numbered trip, signed by a person; used once (I9). No option skips the question. */
import { parseDigest, parseId, plusMs, type Resume } from '@countersign/core';
import { digestWords, PAYLOAD } from '@countersign/seal';
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { Failure, usage } from '../cli/failure.ts';
import { unsignedTrustBundle } from '../cli/roots.ts';
import { safeLines } from '../cli/safe-text.ts';
import type { Client } from '../client.ts';
import { personOf, type Signer } from '../signing/choose-role.ts';
import { confirm } from '../signing/confirm.ts';
import { openKey } from '../signing/open-key.ts';
import { signDocument } from '../signing/sign-document.ts';
import { capsuleDigestOf } from './rollout-of.ts';
import { rolloutLines } from './rollout-show.ts';

export interface ResumeOptions {
  readonly key: string | undefined;
  readonly role: string;
  readonly reason: string | undefined;
  /** Named by a script that cannot be asked. */
  readonly digest: string | undefined;
  /** The trip a script means; a person is shown it. */
  readonly trip: number | undefined;
}

const VALID_MS = 15 * 60_000;
const MIN_REASON = 3;

export async function rolloutResume(context: Context, name: string, options: ResumeOptions): Promise<ExitCode> {
  const { client, output, settings, world } = context;
  const { key, reason = '' } = options;
  if (key === undefined) throw usage('a resume is signed: name your key with `--key FILE`');
  if (reason.length < MIN_REASON) throw usage('a resume needs a reason: `-m "why it may go on"`');
  const signer = signerOf(settings.person, options.role);
  const digest = parseDigest(await capsuleDigestOf(context, name));
  if (digest === undefined) throw usage('the server named something that is not a digest');
  const rollout = await client.rollout(digest);
  if (options.trip !== undefined && options.trip !== rollout.trip)
    throw new Failure(EXIT.conflict, {
      code: 'stale-trip',
      detail: `trip ${rollout.trip} is the last one, not ${options.trip}`,
    });
  if (rollout.trip < 1)
    throw new Failure(EXIT.conflict, { code: 'not-stopped', detail: 'this rollout was never stopped' });
  const organisation = await organisationOf(client);
  for (const line of [
    ...rolloutLines(rollout).flatMap(safeLines),
    `This signs: go on after stop number ${rollout.trip}.`,
  ])
    output.note(line);
  await confirm(context, { digest, words: digestWords(digest), named: options.digest });
  const now = world.now();
  const resume: Resume = {
    type: 'resume',
    organisation,
    capsule: digest,
    trip: rollout.trip,
    ...signer,
    reason,
    signedAt: now,
    expiresAt: plusMs(now, VALID_MS),
    nonce: world.randomHex(16),
  };
  const answer = await client.resume(digest, await signDocument(PAYLOAD.resume, resume, await openKey(key, world)));
  if (settings.isJson) output.json({ capsule: digest, trip: rollout.trip, ...signer, answer });
  else output.line(`signed the resume of stop ${rollout.trip} as ${signer.person}, ${signer.role}`);
  return EXIT.ok;
}

function signerOf(id: string | undefined, name: string): Signer {
  const role = parseId<'Role'>(name);
  if (role === undefined) throw usage('`--role` must be the name of a duty');
  return { person: personOf(id), role };
}

/** The capsule is named by its digest, so a wrong organisation makes the resume worthless and nothing else. */
async function organisationOf(client: Client): Promise<Resume['organisation']> {
  const { trust } = await client.trust();
  return unsignedTrustBundle(trust).organisation;
}
