/** `cs queue`: what waits for people, most pressing first as the server orders it. */
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { listProposals } from './proposal-list.ts';

export async function queue(context: Context, options: { readonly limit: number | undefined }): Promise<ExitCode> {
  await listProposals(context, { state: 'PENDING', ...options, empty: 'nothing waits for a countersignature' });
  return EXIT.ok;
}
