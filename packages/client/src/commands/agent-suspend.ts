/** `cs agent suspend|restraints|lift`: stopping needs one person, letting go on a policy admin's signature (D7). */
import { parseId, plusMs, type RestraintLift } from '@countersign/core';
import { PAYLOAD, readPolicy } from '@countersign/seal';
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { unverified, usage } from '../cli/failure.ts';
import { safe } from '../cli/safe-text.ts';
import { personOf } from '../signing/choose-role.ts';
import { openKey } from '../signing/open-key.ts';
import { signDocument } from '../signing/sign-document.ts';

const MIN_REASON = 3;
const VALID_MS = 15 * 60_000;

export async function suspend(
  { client, output, settings }: Context,
  id: string,
  { kind, reason = '' }: { readonly kind: 'agent' | 'source'; readonly reason: string | undefined },
): Promise<ExitCode> {
  if (reason.length < MIN_REASON) throw usage('a suspension needs a reason: `-m "why"`');
  const answer = await client.suspend(kind, id, reason);
  if (settings.isJson) output.json(answer);
  else output.line(`${kind} ${safe(id)} is suspended; \`cs agent lift\` with a policy admin's key lets it go on`);
  return EXIT.ok;
}

export async function restraintList({ client, output, settings }: Context): Promise<ExitCode> {
  const { items } = await client.restraints();
  if (settings.isJson) output.json(items);
  else if (items.length === 0) output.note('nobody is held back');
  else
    output.lines(
      items.map(
        ({ id, subjectKind, subject, kind, reasons, by, since }) =>
          `${safe(id)}  ${safe(subjectKind)} ${safe(subject)}  ${safe(kind)} since ${safe(since)} by ${safe(by)}: ${reasons.map((one) => safe(one)).join('; ')}`,
      ),
    );
  return EXIT.ok;
}

export async function restraintLift(
  { client, output, settings, world }: Context,
  id: string,
  { key, reason = '' }: { readonly key: string | undefined; readonly reason: string | undefined },
): Promise<ExitCode> {
  if (key === undefined) throw usage('lifting is signed: name your key with `--key FILE`');
  if (reason.length < MIN_REASON) throw usage('lifting needs a reason: `-m "why it may go on"`');
  const restraint = parseId<'Restraint'>(id);
  if (restraint === undefined) throw usage('a restraint has an id such as `H-12`');
  const read = readPolicy((await client.envelope()).envelope);
  if (!read.ok) throw unverified(read.refusal);
  const now = world.now();
  const lift: RestraintLift = {
    type: 'restraint-lift',
    organisation: read.value.envelope.organisation,
    restraint,
    person: personOf(settings.person),
    reason,
    signedAt: now,
    expiresAt: plusMs(now, VALID_MS),
  };
  const answer = await client.liftRestraint(
    id,
    await signDocument(PAYLOAD.restraintLift, lift, await openKey(key, world)),
  );
  if (settings.isJson) output.json(answer);
  else output.line(`${safe(id)} is lifted`);
  return EXIT.ok;
}
