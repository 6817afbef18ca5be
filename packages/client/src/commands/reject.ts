/** `cs reject P`: one call, no ceremony. The code is machine state that the agent gets back (A3). */
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { usage } from '../cli/failure.ts';
import { safe } from '../cli/safe-text.ts';

export const REJECTION_CODES = ['scope', 'evidence', 'timing', 'false-positive', 'other'] as const;

export interface RejectOptions {
  readonly reason: string | undefined;
  readonly message: string | undefined;
}

export async function reject(context: Context, id: string, { reason, message }: RejectOptions): Promise<ExitCode> {
  const { client, output, settings } = context;
  const code = REJECTION_CODES.find((known) => known === reason);
  if (code === undefined) throw usage('`--reason` says why', ...REJECTION_CODES.map((known) => `--reason ${known}`));
  const rationale = message ?? (await asked(context));
  const answer = await client.reject(id, { code, rationale });
  if (settings.isJson) output.json({ proposal: id, code, rationale, answer });
  else output.line(`rejected ${safe(id)}: ${code}`);
  return EXIT.ok;
}

async function asked({ world, settings }: Context): Promise<string> {
  const answer =
    settings.mayAsk && world.isInTerminal ? await world.ask('Why (one sentence for the agent): ') : undefined;
  if (answer !== undefined && answer.trim() !== '') return answer.trim();
  throw usage('a rejection needs a sentence that explains it', 'add `-m "why"`');
}
