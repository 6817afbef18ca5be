/** `cs envelope history`: every version with who, why, ticket and when; `--cab` for a change advisory board (E3). `gate` stores tests (E5). */
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { safe, safeLines } from '../cli/safe-text.ts';
import { readCases } from './envelope-test-local.ts';

export async function envelopeHistory(
  { client, output, settings }: Context,
  cab: 'csv' | 'text' | undefined,
): Promise<ExitCode> {
  if (settings.isJson) output.json(await client.envelopeHistory());
  else output.lines(safeLines((await client.envelopeHistoryAs(cab ?? 'text')).replaceAll('\r\n', '\n')));
  return EXIT.ok;
}

export async function envelopeGate(
  { client, output, settings }: Context,
  file: string,
  name: string,
): Promise<ExitCode> {
  const suite = readCases(file);
  const answer = await client.storeEnvelopeTests(name, suite);
  if (settings.isJson) output.json(answer);
  else output.line(`${suite.cases.length} tests are stored as ${safe(name)}: every later version has to pass them`);
  return EXIT.ok;
}
