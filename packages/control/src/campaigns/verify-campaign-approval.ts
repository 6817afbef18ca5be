/** One signature over one campaign and the roster as it is now (A2, C4): checked as each runner will check it. */
import {
  campaignApprovalShape,
  checkCampaignApproval,
  evaluateQuorum,
  exclusionsOfCampaign,
  readShape,
  refuse,
  type CampaignApproval,
  type Enrolled,
  type Instant,
  type Person,
  type Result,
  type TrustBundle,
  type Vote,
} from '@countersign/core';
import {
  keysThatSigned,
  PAYLOAD,
  payloadOf,
  readStrictJson,
  type DsseEnvelope,
  type OpenedCampaign,
} from '@countersign/seal';
import { APPROVAL_SKEW_MS } from '../approvals/verify-approval.ts';

const MAX_APPROVAL_BYTES = 16_384;

function readCampaignApproval(dsse: DsseEnvelope): Result<CampaignApproval> {
  if (dsse.payloadType !== PAYLOAD.campaignApproval)
    return refuse('wrong-type', 'the document is not an approval of a campaign', { clause: 'C4' });
  const payload = payloadOf(dsse);
  if (!payload.ok) return payload;
  const json = readStrictJson(payload.value, { maxBytes: MAX_APPROVAL_BYTES });
  return json.ok ? readShape(campaignApprovalShape, json.value) : json;
}

/** Whether it had not run out by then; who signed is not asked here. */
export function wasInForce(dsse: DsseEnvelope, at: Instant): boolean {
  const approval = readCampaignApproval(dsse);
  return approval.ok && at < approval.value.expiresAt;
}

export interface CampaignApprovalRule {
  readonly campaign: OpenedCampaign;
  readonly people: readonly Person[];
  readonly now: Instant;
}

export interface VerifiedCampaignApproval {
  readonly approval: CampaignApproval;
  /** Keys of the roster that verified. */
  readonly keys: readonly Enrolled[];
}

export function verifyCampaignApproval(
  dsse: DsseEnvelope,
  { campaign, people, now }: CampaignApprovalRule,
): Result<VerifiedCampaignApproval> {
  const approval = readCampaignApproval(dsse);
  if (!approval.ok) return approval;
  const person = people.find(({ id }) => id === approval.value.person);
  if (person === undefined) return refuse('approver-unknown', 'this person is not on the roster', { clause: 'A2' });
  const keys = keysThatSigned(dsse, person.credentials);
  if (keys === undefined)
    return refuse('bad-signature', 'no credential that the roster pins to this person made this signature', {
      clause: 'A2',
    });
  const surfaces = keys.map(({ surface }) => surface);
  const bound = checkCampaignApproval(approval.value, { ...campaign, surfaces, skewMs: APPROVAL_SKEW_MS }, now);
  return bound.ok ? { ok: true, value: { approval: bound.value, keys } } : bound;
}

export interface SignedCampaign {
  /** Votes that count for any capsule, by person and role. */
  readonly votes: readonly Omit<Vote, 'capsule'>[];
  /** Whether the people whom the manifest asks have signed it. */
  readonly quorum: ReturnType<typeof evaluateQuorum>;
}

/** What the signatures over a campaign are worth now: roles and keys as they are, not as they were (trap 4). */
export function signedCampaign(
  approvals: readonly DsseEnvelope[],
  { campaign, bundle, now }: { readonly campaign: OpenedCampaign; readonly bundle: TrustBundle; readonly now: Instant },
): SignedCampaign {
  const { people } = bundle;
  const { manifest, digest, members } = campaign;
  const exclusions = exclusionsOfCampaign(members, bundle);
  const excluded = new Set(exclusions.map(({ person }) => person));
  const votes = approvals.flatMap((dsse) => {
    const verified = verifyCampaignApproval(dsse, { campaign, people, now });
    if (!verified.ok || excluded.has(verified.value.approval.person)) return [];
    const { approval, keys } = verified.value;
    return [{ person: approval.person, role: approval.role, keys }];
  });
  const environment = members.some(({ member }) => member.environment === 'production')
    ? 'production'
    : 'pre-production';
  const quorum = evaluateQuorum({
    capsule: digest,
    demands: manifest.demands,
    approvals: votes.map((vote) => ({ ...vote, capsule: digest })),
    exclusions,
    roster: people,
    environment,
    now,
  });
  return { votes, quorum };
}
