/** `cs evidence masking`: what a sanitised view may say of what stays inside, rule by rule, and the digest of exactly this list (V2). */
import { MASKING_RULES } from '@countersign/core';
import { maskingDigest } from '@countersign/seal';
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';

export function evidenceMasking({ output, settings }: Context): ExitCode {
  const digest = maskingDigest();
  if (settings.isJson) output.json({ digest, rules: MASKING_RULES });
  else {
    output.line(digest);
    for (const { id, reads, gives } of MASKING_RULES) {
      output.line(`${id}  gives ${gives}`);
      output.line(`  reads ${reads.join(', ')}`);
    }
  }
  return EXIT.ok;
}
