/** `cs envelope new`: a first envelope in YAML: observe only, three grants switched off, every block explained. */
import { writeFileSync } from 'node:fs';
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { usage } from '../cli/failure.ts';
import { safe } from '../cli/safe-text.ts';
import { isPackName, PACK_NAMES, type PackName } from '../packs/load-pack.ts';
import { starterText } from '../packs/starter.ts';

export interface NewOptions {
  readonly pack?: readonly string[];
  readonly out?: string;
  readonly organisation: string;
  readonly owner: string;
}

const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

export async function envelopeNew({ output, settings, world }: Context, options: NewOptions): Promise<ExitCode> {
  const { organisation, owner, out } = options;
  const packs = (options.pack ?? []).map(packNamed);
  for (const [name, id] of Object.entries({ organisation, owner }))
    if (!ID.test(id)) throw usage(`\`--${name}\` must be an id: 1 to 64 characters A-Z a-z 0-9 . _ -`);
  const text = starterText({ organisation, owner, packs, now: world.now() });
  if (out === undefined) output.lines(text.trimEnd().split('\n'));
  else {
    // Never over a file somebody may have edited.
    writeNew(out, text);
    if (settings.isJson) output.json({ file: out, organisation, owner, packs });
    output.note(`wrote ${safe(out)}; next: cs envelope lint ${safe(out)}`);
  }
  return EXIT.ok;
}

function packNamed(name: string): PackName {
  if (isPackName(name)) return name;
  throw usage(`there is no pack \`${name}\``, `packs are ${PACK_NAMES.join(', ')}`);
}

function writeNew(file: string, text: string): void {
  try {
    writeFileSync(file, text, { flag: 'wx' });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST')
      throw usage(`\`${file}\` exists already`, 'choose another name with `--out`');
    throw error;
  }
}
