/**
 * What a person signs over a campaign (A2, C4): exactly one manifest, with what was shown. Another document type and another payload
 * type than an approval of a capsule, so that neither is ever read as the other.
 */
import type { Digest, Instant, OrganisationId, PersonId } from '../shared/brand.ts';
import type { Role, Surface } from '../people/person.ts';
import { ok, refuse, type Result } from '../shared/result.ts';
import { digest, id, instant, literal, object, oneOf, text, type Shape } from '../shared/shape.ts';
import type { CampaignManifest } from '../capsule/campaign.ts';
import type { Approval } from './approval.ts';
import { timeComplaints } from './statement.ts';

export interface CampaignApproval {
  readonly type: 'campaign-approval';
  readonly organisation: OrganisationId;
  /** Digest of the manifest's bytes: stages, totals, root and release rules with it. */
  readonly campaign: Digest;
  /** Digest of the plain text the signer was shown, rendered by each runner from the manifest. */
  readonly shown: Digest;
  readonly verdict: 'approve';
  readonly person: PersonId;
  readonly role: Role;
  readonly surface: Approval['surface'];
  readonly signedAt: Instant;
  readonly expiresAt: Instant;
  readonly nonce: string;
}

export const campaignApprovalShape: Shape<CampaignApproval> = object<CampaignApproval>({
  type: literal('campaign-approval'),
  organisation: id(),
  campaign: digest,
  shown: digest,
  verdict: literal('approve'),
  person: id(),
  role: id(),
  surface: oneOf('console', 'cli', 'page'),
  signedAt: instant,
  expiresAt: instant,
  nonce: text({ min: 32, max: 32, pattern: /^[0-9a-f]{32}$/ }),
});

/** What the checker computed by itself from the manifest's bytes. */
export interface CampaignFacts {
  readonly manifest: CampaignManifest;
  readonly digest: Digest;
  readonly shown: Digest;
  /** Where the keys that verified sign, as the roster has it. */
  readonly surfaces: readonly Surface[];
  readonly skewMs: number;
}

/** Every field that differs is named; one is enough to refuse. */
export function checkCampaignApproval(
  approval: CampaignApproval,
  { manifest, digest: campaign, shown, surfaces, skewMs }: CampaignFacts,
  now: Instant,
): Result<CampaignApproval> {
  const expected = { organisation: manifest.organisation, campaign, shown } as const;
  const fields = ['organisation', 'campaign', 'shown'] as const;
  // A page of the server that claims to be something else would make the record lie about what the signer saw.
  const isTrue = approval.surface === 'console' || surfaces.includes('own');
  const complaints = [
    ...fields.flatMap((name) =>
      approval[name] === expected[name] ? [] : [{ at: `/${name}`, problem: 'is not that of the campaign' }],
    ),
    ...(isTrue ? [] : [{ at: '/surface', problem: 'is not where this key signs' }]),
    ...timeComplaints(approval, skewMs, now),
  ];
  if (complaints.length === 0) return ok(approval);
  return refuse('approval-not-bound', `the approval of \`${approval.person}\` does not fit the campaign`, {
    clause: 'C4',
    complaints,
  });
}
