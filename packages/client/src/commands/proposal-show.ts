/** `cs proposal show P`: why people are asked, what speaks against it, who still has to sign, what to do next. */
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { labelled } from '../cli/output.ts';
import { safe, safeLines } from '../cli/safe-text.ts';
import type { ProposalDetail } from '../sdk/views.ts';

export async function proposalShow(
  context: Context,
  id: string,
  options: { readonly text: boolean },
): Promise<ExitCode> {
  const { client, output, settings } = context;
  if (options.text && !settings.isJson) {
    output.lines(safeLines(await client.proposalText(id)));
    return EXIT.ok;
  }
  const proposal = await client.proposal(id);
  if (settings.isJson) output.json(proposal);
  else output.lines(proposalLines(proposal));
  return EXIT.ok;
}

/** Facts of the machine first; the agent's own words are not here but in the page. */
export function proposalLines(proposal: ProposalDetail): readonly string[] {
  const { id, state, title, environment, agent, reason, missing = [], approvals, capsules } = proposal;
  const decision = proposal.decisions.at(-1);
  const nearest = decision?.counterfactuals?.[0];
  return [
    `${safe(id)}  ${safe(state)}  ${safe(title)}`,
    ...labelled('where', environment === undefined ? [] : [safe(environment)]),
    ...labelled('agent', agent === undefined ? [] : [safe(agent)]),
    ...labelled('reason', reason === undefined || reason === '' ? [] : [safe(reason)]),
    ...labelled('verdict', decision === undefined ? [] : [safe(decision.verdict)]),
    ...labelled(
      'why',
      (decision?.reasons ?? []).map(({ clause, text }) => `${safe(text)} (${safe(clause)})`),
    ),
    ...labelled(
      'missing',
      (decision?.missing ?? []).map((fact) => safe(fact)),
    ),
    ...labelled('nearest', nearest === undefined ? [] : nearest.changes.map(({ words }) => safe(words))),
    ...labelled(
      'signed',
      approvals.map(({ person, role }) => `${safe(person)} as ${safe(role)}`),
    ),
    ...labelled(
      'owed',
      missing.map(({ role, count }) => `${count} x ${safe(role)}`),
    ),
    ...labelled(
      'capsule',
      capsules.map((one) => `${safe(one.digest)}  ${safe(one.purpose)}, ${safe(one.state)}`),
    ),
    ...labelled('explained', decision === undefined ? [] : [`cs explain ${safe(id)}`]),
    ...labelled('next', nextSteps(proposal)),
  ];
}

/** The server names the steps that exist; people want the command that takes them. */
function nextSteps({ id, state, next = [] }: ProposalDetail): readonly string[] {
  if (state === 'PENDING') return [`cs reject ${safe(id)} --reason evidence -m "why"`, `cs approve ${safe(id)}`];
  if (state === 'RUNNING') return [`cs rollout watch ${safe(id)}`, `cs rollout halt ${safe(id)}`];
  return next.length === 0 ? [] : [`may become: ${next.map((step) => safe(step)).join(', ')}`];
}
