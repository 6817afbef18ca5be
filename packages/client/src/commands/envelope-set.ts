/** `cs envelope set FILE PATH VALUE`: one value, everything else as it was written, comments included. */
import { writeFileSync } from 'node:fs';
import { compileEnvelopeFile } from '../authoring/compile.ts';
import { pathFrom, setInFile } from '../authoring/edit.ts';
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { Failure } from '../cli/failure.ts';
import { safe } from '../cli/safe-text.ts';
import { faulty, yamlText } from './envelope-file.ts';

export interface Edit {
  readonly file: string;
  readonly path: string;
  readonly value: string;
}

/** The file is written only when it compiles afterwards. */
export async function envelopeSet({ output, settings }: Context, { file, path, value }: Edit): Promise<ExitCode> {
  const edited = setInFile(yamlText(file), pathFrom(path), value);
  if (!edited.ok) throw new Failure(EXIT.failed, edited.refusal);
  const compiled = await compileEnvelopeFile(edited.value);
  if (!compiled.ok) throw faulty(compiled.findings);
  writeFileSync(file, edited.value);
  if (settings.isJson) output.json({ file, path, value });
  else output.line(`${safe(path)} is ${safe(value)} in ${safe(file)}`);
  return EXIT.ok;
}
