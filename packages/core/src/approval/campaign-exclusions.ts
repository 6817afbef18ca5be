/** Who has no say on any capsule of a campaign (A4, C4): whoever answers for one of them, by the manifest or by the trust bundle. */
import type { CampaignMember } from '../capsule/campaign.ts';
import { exclusionsOf, type Exclusion } from '../people/duties.ts';
import type { TrustBundle } from '../people/trust-bundle.ts';

export function exclusionsOfCampaign(
  opened: readonly { readonly member: Pick<CampaignMember, 'environment' | 'proposal'> }[],
  { people, agents }: Pick<TrustBundle, 'agents' | 'people'>,
): readonly Exclusion[] {
  const members = opened.map(({ member }) => member);
  const [first] = members;
  if (first === undefined) return [];
  const named = new Set(members.map(({ proposal }) => proposal.agent));
  const owners = new Set(members.map(({ proposal }) => proposal.owner));
  return exclusionsOf({
    owner: first.proposal.owner,
    // Whoever answers for an agent in the trust bundle, whatever owner the manifest names.
    authors: [...owners, ...agents.filter(({ id }) => named.has(id)).map(({ owner }) => owner)],
    initiators: [],
    editors: [],
    contributors: [],
    // One capsule for production, and fleet operators have no say on the others either.
    environment: members.some(({ environment }) => environment === 'production') ? 'production' : first.environment,
    roster: people,
    ties: [],
  });
}
