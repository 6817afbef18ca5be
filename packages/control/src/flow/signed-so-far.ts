/** What people have signed of a capsule that waits for them, and what of it still stands (A2, D6). */
import { evaluateQuorum, nodeOf } from '@countersign/core';
import { votesIn } from '@countersign/seal';
import { exclusionsFor, verifyInChain } from '../approvals/verify-approval.ts';
import type { CampaignStanding } from '../campaigns/campaign-standing.ts';
import type { Attached, AttachedRollout } from './attached.ts';
import type { Carrier } from './carrier.ts';

/** Roles and signatures as they are now: whoever lost the role since signing does not count any more (trap 4). */
export function quorumOf(
  carrier: Carrier,
  { approvals }: Attached,
  { rollout, campaign }: { readonly rollout: AttachedRollout; readonly campaign: CampaignStanding | undefined },
): ReturnType<typeof evaluateQuorum> {
  const roster = carrier.authority.trust.bundle.people;
  const bound = approvals.flatMap((dsse) => {
    const approval = verifyInChain(dsse, rollout.chain, { roster, now: carrier.now });
    return approval.ok ? [approval.value] : [];
  });
  const votes = votesIn(rollout.chain, bound, carrier.now);
  const { capsule, digest } = rollout;
  // C4: a signature over the campaign is one over each of its capsules.
  const signed = campaign?.isReleased === true ? campaign.votes : [];
  const byCampaign = signed.map((vote) => ({ ...vote, capsule: digest }));
  return evaluateQuorum({
    capsule: digest,
    demands: capsule.demands,
    approvals: [...votes, ...byCampaign],
    exclusions: exclusionsFor(capsule, roster),
    roster,
    environment: capsule.environment,
    now: carrier.now,
  });
}

/**
 * D6: what people signed for and the graph no longer knows is left out, and the rest keeps their signatures. Before anybody signed, a
 * target that is gone is a fault of the proposal.
 */
export function keepKnown(carrier: Carrier, { capsule, isSigned }: AttachedRollout): void {
  const { graph } = carrier.authority;
  if (!isSigned || graph === undefined) return;
  const known = capsule.targets.map(({ id }) => id).filter((id) => nodeOf(graph.index, id) !== undefined);
  if (known.length > 0 && known.length < carrier.row.proposal.targets.length) carrier.narrowTo(known);
}
