/** `cs envelope compile FILE`: the JSON that people sign, and the same rules as Cedar for whoever wants to run them alone. */
import { writeFileSync } from 'node:fs';
import { canonicalBytes, digestOf } from '@countersign/seal';
import { compileEnvelopeFile } from '../authoring/compile.ts';
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { usage } from '../cli/failure.ts';
import { safe } from '../cli/safe-text.ts';
import { faulty, isYaml, yamlText } from './envelope-file.ts';

export interface CompileOptions {
  readonly out?: string;
  readonly cedar?: string;
  readonly jsonPolicies?: string;
}

/** The bytes written are the ones that are signed: canonical, without a line end. */
export async function envelopeCompile(context: Context, file: string, options: CompileOptions): Promise<ExitCode> {
  const { output, settings } = context;
  if (!isYaml(file)) throw usage(`\`${file}\` is no YAML file`, 'JSON is what compiling makes');
  const compiled = await compileEnvelopeFile(yamlText(file));
  if (!compiled.ok) throw faulty(compiled.findings);
  const { envelope, cedar, json, findings } = compiled.value;
  const bytes = canonicalBytes(envelope);
  if (options.out !== undefined) writeFileSync(options.out, bytes);
  if (options.cedar !== undefined) writeFileSync(options.cedar, `${Object.values(cedar.policies).join('\n\n')}\n`);
  if (options.jsonPolicies !== undefined) writeFileSync(options.jsonPolicies, canonicalBytes(json));
  const warnings = findings.filter(({ severity }) => severity === 'warning').length;
  const digest = digestOf(bytes);
  if (settings.isJson) output.json({ digest, policies: envelope.policies, warnings, envelope });
  else if (options.out === undefined) output.line(new TextDecoder().decode(bytes));
  else output.line(`envelope v${envelope.version}  ${digest}  rules ${envelope.policies}`);
  if (warnings > 0) output.note(`${warnings} warning${warnings === 1 ? '' : 's'}: cs envelope lint ${safe(file)}`);
  return EXIT.ok;
}
