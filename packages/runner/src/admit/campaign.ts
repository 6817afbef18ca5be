/**
 * The place of a capsule in a campaign (C4), checked offline: the manifest holds this very capsule, people signed the manifest, and the
 * signed receipts of the stage before release this one by the rule that is in the manifest, which no server can lower.
 */
import {
  campaignApprovalShape,
  checkCampaignApproval,
  checkMember,
  evaluateQuorum,
  exclusionsOfCampaign,
  ok,
  readShape,
  refuse,
  type CampaignApproval,
  type Digest,
  type Enrolled,
  type Instant,
  type Person,
  type PlacedMember,
  type Result,
  type Status,
} from '@countersign/core';
import {
  digestOf,
  keysThatSigned,
  PAYLOAD,
  payloadOf,
  readCampaign,
  readStrictJson,
  verifyCampaignMember,
  verifyEnvelope,
  type CampaignDelivery,
  type DsseEnvelope,
  type OpenedCampaign,
} from '@countersign/seal';
import type { SignedCapsule } from './capsule.ts';
import { SKEW_MS } from './context.ts';
import { checkStage } from './stage.ts';
import { checkNotHalted } from './status.ts';
import type { Trust } from './trust.ts';
import { checkWindow } from './window.ts';

const MAX_APPROVAL_BYTES = 16_384;

export interface CampaignQuestion extends SignedCapsule {
  readonly trust: Trust;
  readonly status: Status | undefined;
  readonly now: Instant;
}

/** A signature over the campaign; the person counts as having signed each of its capsules. */
interface CampaignVote {
  readonly approval: CampaignApproval;
  /** Digest of the signed bytes. */
  readonly digest: Digest;
  /** The enrolled keys that verified. */
  readonly keys: readonly Enrolled[];
}

export interface VerifiedCampaign {
  readonly digest: Digest;
  /** Stage of this capsule, from 0. */
  readonly stage: number;
  readonly until: Instant;
  /** Only of people who have a say on every capsule of the campaign. */
  readonly votes: readonly CampaignVote[];
}

export function checkCampaign(delivery: CampaignDelivery, question: CampaignQuestion): Result<VerifiedCampaign> {
  const { trust, status, now } = question;
  const opened = openManifest(delivery.manifest, trust);
  if (!opened.ok) return opened;
  const { manifest, digest } = opened.value;
  const placed = checkPlace(delivery, opened.value, question);
  if (!placed.ok) return placed;
  const halted = checkNotHalted(status, digest);
  if (!halted.ok) return halted;
  const window = checkWindow(manifest, now);
  if (!window.ok) return window;
  const votes = checkVotes(delivery.approvals, opened.value, question);
  if (!votes.ok) return votes;
  const counted = checkSigned(votes.value, opened.value, question);
  if (!counted.ok) return counted;
  const { stage } = placed.value;
  const released = checkStage(delivery.receipts, { ...opened.value, stage, trust, now });
  if (!released.ok) return released;
  return ok({ digest, stage, until: manifest.notAfter, votes: counted.value });
}

function openManifest(envelope: DsseEnvelope, { capsuleSigners }: Trust): Result<OpenedCampaign> {
  const rule = { payloadType: PAYLOAD.campaign, trusted: capsuleSigners, threshold: 1 };
  const verified = verifyEnvelope(envelope, rule);
  if (!verified.ok) return refuse('campaign-unsigned', `the campaign: ${verified.refusal.detail}`, { clause: 'C4' });
  return readCampaign(verified.value.payload);
}

/** Leaf `index` of the signed root is this capsule, and every word that the manifest says of it is true. */
function checkPlace(
  { index, proof }: CampaignDelivery,
  { manifest, members }: OpenedCampaign,
  { capsule, digest }: SignedCapsule,
): Result<PlacedMember> {
  const { root, size } = manifest;
  const placed = members[index];
  const included = verifyCampaignMember({ root, size, capsule: digest, index, proof });
  if (placed === undefined || !included.ok)
    return refuse('campaign-other', 'the capsule is not at this place of the campaign', { clause: 'C4' });
  const complaints = checkMember(manifest, placed, { capsule, digest });
  return complaints.length === 0
    ? ok(placed)
    : refuse('campaign-other', 'the campaign says of the capsule what is not so', { clause: 'C4', complaints });
}

/** All of them must be good: a forged one beside a real one means that somebody is trying. */
function checkVotes(
  envelopes: readonly DsseEnvelope[],
  opened: OpenedCampaign,
  { trust, now }: CampaignQuestion,
): Result<readonly CampaignVote[]> {
  const votes: CampaignVote[] = [];
  for (const envelope of envelopes) {
    const vote = checkVote(envelope, opened, { people: trust.bundle.people, now });
    if (!vote.ok) return vote;
    votes.push(vote.value);
  }
  return ok(votes);
}

function checkVote(
  envelope: DsseEnvelope,
  { manifest, digest, shown }: OpenedCampaign,
  { people, now }: { readonly people: readonly Person[]; readonly now: Instant },
): Result<CampaignVote> {
  if (envelope.payloadType !== PAYLOAD.campaignApproval)
    return refuse('approval-type', 'an approval of the campaign is of another type', { clause: 'C4' });
  const payload = payloadOf(envelope);
  if (!payload.ok) return payload;
  const json = readStrictJson(payload.value, { maxBytes: MAX_APPROVAL_BYTES });
  if (!json.ok) return json;
  const approval = readShape(campaignApprovalShape, json.value);
  if (!approval.ok) return approval;
  const person = people.find(({ id }) => id === approval.value.person);
  if (person === undefined)
    return refuse('approver-unknown', 'an approval is of a person who is not on the roster', { clause: 'A2' });
  const keys = keysThatSigned(envelope, person.credentials);
  if (keys === undefined)
    return refuse('approval-forged', `the approval of \`${person.id}\` is not signed by a credential of that person`, {
      clause: 'A2',
    });
  const surfaces = keys.map(({ surface }) => surface);
  const bound = checkCampaignApproval(approval.value, { manifest, digest, shown, surfaces, skewMs: SKEW_MS }, now);
  return bound.ok ? ok({ approval: bound.value, digest: digestOf(payload.value), keys }) : bound;
}

/** The quorum of the manifest itself; whoever answers for any of its capsules has no say on any of them (A4). */
function checkSigned(
  votes: readonly CampaignVote[],
  opened: OpenedCampaign,
  question: CampaignQuestion,
): Result<readonly CampaignVote[]> {
  const { capsule, trust, now } = question;
  const { people: roster } = trust.bundle;
  const { manifest, digest } = opened;
  const exclusions = exclusionsOfCampaign(opened.members, trust.bundle);
  const quorum = evaluateQuorum({
    capsule: digest,
    demands: manifest.demands,
    approvals: votes.map(({ approval: { person, role }, keys }) => ({ person, role, capsule: digest, keys })),
    exclusions,
    roster,
    environment: capsule.environment,
    now,
  });
  if (!quorum.ok) return quorum;
  const excluded = new Set(exclusions.map(({ person }) => person));
  return ok(votes.filter(({ approval }) => !excluded.has(approval.person)));
}
