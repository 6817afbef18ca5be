/** `cs trust status`: whether what the server has will last: 1 and what to do as soon as something ends soon, for whoever is called at night (X1). */
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { safe } from '../cli/safe-text.ts';

export async function trustStatus({ client, output, settings }: Context): Promise<ExitCode> {
  const { version, digest, warnings = [] } = await client.trust();
  if (settings.isJson) output.json({ version, digest, warnings });
  else {
    output.line(`trust bundle ${version}  ${safe(digest)}`);
    output.lines(warnings.length === 0 ? ['nothing ends soon'] : warnings.map((one) => `warning: ${safe(one, 500)}`));
  }
  return warnings.length === 0 ? EXIT.ok : EXIT.failed;
}
