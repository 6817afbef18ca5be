/** `cs help exit-codes`. */
import type { Context } from '../cli/context.ts';
import { EXIT, EXIT_MEANINGS, type ExitCode } from '../cli/exit-codes.ts';
import { table } from '../cli/output.ts';

export async function exitCodes({ output, settings }: Context): Promise<ExitCode> {
  if (settings.isJson) output.json(EXIT_MEANINGS.map(([code, meaning]) => ({ code, meaning })));
  else output.lines(table(EXIT_MEANINGS.map(([code, meaning]) => [String(code), meaning])));
  return EXIT.ok;
}
