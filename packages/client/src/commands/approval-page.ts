/** `cs approval-page build`: the page that the organisation hosts on its own origin, with the hash to pin (A2). */
import { writeFileSync } from 'node:fs';
import { digestOf } from '@countersign/seal';
import { buildApprovalPage } from '../approval-page/build-page.ts';
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';

export interface BuildPageOptions {
  readonly control: string;
  readonly out: string;
}

export function buildPage({ output, settings }: Context, { control, out: file }: BuildPageOptions): ExitCode {
  const bytes = Buffer.from(buildApprovalPage(control), 'utf8');
  const digest = digestOf(bytes);
  writeFileSync(file, bytes);
  if (settings.isJson) output.json({ file, bytes: bytes.length, digest, control });
  else {
    output.line(`${digest}  ${file}`);
    output.note(
      `${bytes.length} bytes; it asks ${control} and nobody else. Host it on an origin that this server does not own,`,
    );
    output.note('name that origin in APPROVAL_ORIGINS of the control plane, and pin the digest where you host it');
  }
  return EXIT.ok;
}
