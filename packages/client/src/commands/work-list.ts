/** `cs work list`: what policy keeps from running and people do by hand, oldest first (D1). */
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { safe } from '../cli/safe-text.ts';

export async function workList(
  { client, output, settings }: Context,
  { state }: { readonly state: string | undefined },
): Promise<ExitCode> {
  const { items } = await client.work({ ...(state !== undefined && { state }) });
  if (settings.isJson) output.json(items);
  else if (items.length === 0) output.note('nothing is left to do by hand');
  else
    output.lines(
      items.flatMap(({ proposal, state: at, title, why, missing, doneBy }) => [
        `${safe(proposal)}  ${safe(at)}${doneBy === undefined ? '' : ` by ${safe(doneBy)}`}  ${safe(title)}`,
        `    ${safe(why)}`,
        ...missing.map((one) => `    missing: ${safe(one)}`),
      ]),
    );
  return EXIT.ok;
}
