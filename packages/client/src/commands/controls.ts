/** `cs controls`: which clause of which framework is served by what, and whether its wording was checked (V5). */
import { CONTROLS } from '@countersign/core';
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';

export function controls({ output, settings }: Context): ExitCode {
  if (settings.isJson) output.json(CONTROLS);
  else
    for (const { framework, clause, asks, requirements, evidence, isChecked, checkedAgainst } of CONTROLS) {
      output.line(`${framework}  ${clause}${isChecked ? '' : '  (not checked against its source)'}`);
      output.line(`  asks for   ${asks}`);
      if (checkedAgainst !== undefined) output.line(`  held against  ${checkedAgainst}`);
      output.line(`  served by  ${requirements.join(', ')}`);
      output.line(`  look at    ${evidence.join(', ')}`);
    }
  return EXIT.ok;
}
