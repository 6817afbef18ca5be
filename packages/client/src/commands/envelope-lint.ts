/** `cs envelope lint FILE`: every finding at once with its line, offline, YAML or JSON, signed or not. */
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { safe } from '../cli/safe-text.ts';
import { faulty, lintSetting, openEnvelope, type Finding } from './envelope-file.ts';

export interface LintOptions {
  readonly trust?: string;
  readonly graph?: string;
}

export async function envelopeLint(
  { output, settings }: Context,
  file: string,
  options: LintOptions = {},
): Promise<ExitCode> {
  const { envelope, findings } = await openEnvelope(file, lintSetting(options));
  if (envelope === undefined) {
    if (!settings.isJson) output.lines(findings.filter(({ severity }) => severity !== 'error').map(findingLine));
    throw faulty(findings);
  }
  if (settings.isJson) {
    output.json({ file, version: envelope.version, complaints: [], findings });
    return EXIT.ok;
  }
  output.lines(findings.map(findingLine));
  output.line(`envelope v${envelope.version} has no faults that can be found without running it`);
  return EXIT.ok;
}

const findingLine = ({ line, column, severity, at, problem, advice, clause }: Finding): string =>
  safe(`${line === undefined ? '' : `${line}:${column} `}${severity} ${at} ${problem}; ${advice} (${clause})`);
