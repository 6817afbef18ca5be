/** What a working row keeps of a proposal after its time (V2): names and numbers that lists and rules go by, and none of its text. */
import type { Digest } from '../shared/brand.ts';
import type { Proposal } from './proposal.ts';

/** What stands in the place of a text: the digest still leads to the record. */
export const expiredText = (body: Digest): string => `expired, digest ${body}`;

/**
 * `body`: of the entry that held it. What people signed stays in the capsule (0025). The bound checks stay too: they are addresses and numbers,
 * and manual work that is still open is closed by them.
 */
export function emptiedProposal(proposal: Proposal, body: Digest): Proposal {
  const gone = expiredText(body);
  const { contingencyPlan, ...kept } = proposal;
  return {
    ...kept,
    title: gone,
    hypothesis: gone,
    failingCheck: gone,
    trace: gone,
    reproduction: gone,
    change: { ...proposal.change, summary: gone, steps: [] },
    context: { model: gone, prompt: gone, toolCalls: [] },
    ...(contingencyPlan !== undefined && { contingencyPlan: gone }),
  };
}
