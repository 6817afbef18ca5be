/** `cs contraction list|lift`: classes that bad outcomes took their autonomy from, and the signature that gives it back (E6). */
import { ACTION_TYPES, parseId, type Restoration } from '@countersign/core';
import { PAYLOAD, readPolicy } from '@countersign/seal';
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { unverified, usage } from '../cli/failure.ts';
import { safe } from '../cli/safe-text.ts';
import { personOf } from '../signing/choose-role.ts';
import { openKey } from '../signing/open-key.ts';
import { signDocument } from '../signing/sign-document.ts';

export async function contractionList({ client, output, settings }: Context): Promise<ExitCode> {
  const { items } = await client.contractions();
  if (settings.isJson) output.json(items);
  else if (items.length === 0) output.note('no class has lost its autonomy');
  else
    output.lines(
      items.map(
        ({ id, action, since, liftedAt, reasons }) =>
          `${safe(id)}  ${safe(action)}  since ${safe(since)}  ${liftedAt === undefined ? 'stands' : `lifted ${safe(liftedAt)}`}  ${reasons.map((one) => safe(one)).join('; ')}`,
      ),
    );
  return EXIT.ok;
}

export async function contractionLift(
  { client, output, settings, world }: Context,
  name: string,
  { key, rationale }: { readonly key: string; readonly rationale: string },
): Promise<ExitCode> {
  const { items } = await client.contractions();
  const found = items.find(({ id }) => id === name);
  const action = ACTION_TYPES.find((one) => one === found?.action);
  const contraction = parseId<'Contraction'>(name);
  if (action === undefined || contraction === undefined) throw usage(`there is no contraction \`${name}\``);
  const read = readPolicy((await client.envelope()).envelope);
  if (!read.ok) throw unverified(read.refusal);
  const { organisation } = read.value.envelope;
  const person = personOf(settings.person);
  const restoration: Restoration = {
    type: 'restoration',
    organisation,
    action,
    contraction,
    person,
    rationale,
    signedAt: world.now(),
  };
  await client.restoreClass(await signDocument(PAYLOAD.restoration, restoration, await openKey(key, world)));
  if (settings.isJson) output.json(restoration);
  else output.line(`${action} may run alone again, as far as the envelope allows`);
  return EXIT.ok;
}
