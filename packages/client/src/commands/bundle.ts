/** `cs bundle P --purpose TEXT -o FILE`: the evidence as one file that anyone can check without us. That it was read is recorded (V6). */
import { writeFileSync } from 'node:fs';
import { digestOf } from '@countersign/seal';
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { safe } from '../cli/safe-text.ts';

export interface BundleOptions {
  readonly out: string;
  readonly purpose: string;
}

export async function bundle(context: Context, id: string, { out: file, purpose }: BundleOptions): Promise<ExitCode> {
  const { client, output, settings } = context;
  const bytes = await client.bundle(id, purpose);
  writeFileSync(file, bytes, { mode: 0o600 });
  const digest = digestOf(bytes);
  if (settings.isJson) output.json({ file, bytes: bytes.length, digest });
  else output.line(`${safe(file)}  ${bytes.length} bytes  ${digest}`);
  output.note(`check it with: cs verify ${safe(file)} --roots FILE`);
  return EXIT.ok;
}
