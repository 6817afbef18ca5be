/** `cs signal label S`: what became of a signal, from a named person with a reason (D3). */
import { OUTCOME_LABELS } from '@countersign/core';
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { usage } from '../cli/failure.ts';
import { safe } from '../cli/safe-text.ts';

export interface LabelOptions {
  readonly label: string | undefined;
  readonly message: string | undefined;
}

export async function signalLabel(context: Context, id: string, { label, message }: LabelOptions): Promise<ExitCode> {
  const { client, output, settings } = context;
  const known = OUTCOME_LABELS.find((one) => one === label);
  if (known === undefined)
    throw usage('`--label` says what became of it', ...OUTCOME_LABELS.map((one) => `--label ${one}`));
  const rationale = message ?? (await asked(context));
  const answer = await client.labelSignal(id, { label: known, rationale });
  if (settings.isJson) output.json(answer);
  else output.line(`labelled ${safe(id)}: ${known}`);
  return EXIT.ok;
}

async function asked({ world, settings }: Context): Promise<string> {
  const answer = settings.mayAsk && world.isInTerminal ? await world.ask('What shows it (one sentence): ') : undefined;
  if (answer !== undefined && answer.trim() !== '') return answer.trim();
  throw usage('a label needs a sentence that explains it', 'add `-m "what shows it"`');
}
