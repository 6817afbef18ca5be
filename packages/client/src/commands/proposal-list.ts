/** `cs proposal list`: every page, as a table or as one document. */
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { table } from '../cli/output.ts';
import { safe } from '../cli/safe-text.ts';
import type { ProposalSummary } from '../sdk/views.ts';

export interface Listing {
  readonly state: string | undefined;
  readonly limit: number | undefined;
  readonly empty: string;
}

export async function proposalList(context: Context, options: Omit<Listing, 'empty'>): Promise<ExitCode> {
  await listProposals(context, { ...options, empty: 'there are no proposals' });
  return EXIT.ok;
}

export async function listProposals(context: Context, { state, limit, empty }: Listing): Promise<void> {
  const { client, output, settings } = context;
  const items: ProposalSummary[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.proposals({
      ...(state !== undefined && { state }),
      ...(cursor !== undefined && { cursor }),
    });
    items.push(...page.items);
    cursor = page.next;
  } while (cursor !== undefined && items.length < (limit ?? Infinity));
  const shown = items.slice(0, limit);
  if (settings.isJson) return output.json(shown);
  if (shown.length === 0) return output.note(empty);
  output.lines(
    table([['PROPOSAL', 'STATE', 'WHERE', 'TITLE'].map((head) => output.style('bold', head)), ...shown.map(row)]),
  );
}

const row = ({ id, state, environment, title }: ProposalSummary): readonly string[] => [
  safe(id, 64),
  safe(state, 20),
  safe(environment ?? '-', 20),
  safe(title, 100),
];
