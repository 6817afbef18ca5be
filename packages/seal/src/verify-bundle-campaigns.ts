/**
 * Capsules that people signed through a campaign (C4), by the rule of the runner: the manifest holds this very capsule and says nothing
 * of it that is not so, people signed the manifest, the receipts of the stage before released this one; and the record has all of it.
 */
import {
  campaignApprovalShape,
  checkCampaignApproval,
  checkMember,
  checkRelease,
  evaluateQuorum,
  exclusionsOfCampaign,
  ok,
  readShape,
  receiptShape,
  refuse,
  type CampaignApproval,
  type Digest,
  type Instant,
  type Leaf,
  type Receipt,
  type Result,
  type TrustBundle,
  type Vote,
} from '@countersign/core';
import { keysOf, openSigned, prefixed } from './bundle-envelope.ts';
import { readCampaign, verifyCampaignMember, type OpenedCampaign } from './campaign.ts';
import { digestOf } from './digest.ts';
import { payloadOf, verifyEnvelope, type DsseEnvelope } from './dsse.ts';
import type { BundledCampaign, EvidenceBundle } from './evidence-bundle.ts';
import { keysThatSigned } from './human-signature.ts';
import { campaignApprovalLeafBody, leafBodyDigest, receiptLeafBody } from './leaf-bodies.ts';
import { subjectOf, type LeafPlaces, type PlacedLeaf } from './leaf-places.ts';
import { PAYLOAD } from './payload.ts';
import { readStrictJson } from './strict-json.ts';
import type { ActContext, VerifiedCapsule } from './verify-bundle-acts.ts';
import { missingLeaf } from './verify-bundle-owed.ts';

/** The runner's clock margin. */
const SKEW_MS = 5000;

/** Entries of a campaign belong to no one remediation; these are the ones a file may hold beside its own. */
export const campaignSubjects = ({ campaigns = [] }: Pick<EvidenceBundle, 'campaigns'>): ReadonlySet<string> =>
  new Set(
    campaigns.flatMap(({ manifest }) => {
      const payload = payloadOf(manifest);
      return payload.ok ? [subjectOf('campaign', digestOf(payload.value))] : [];
    }),
  );

/** Whether an entry is of one of these campaigns and of no remediation. */
export const isOfCampaigns = ({ event, subject, correlation }: Leaf, subjects: ReadonlySet<string>): boolean =>
  correlation === '' && event.startsWith('campaign.') && subjects.has(subject);

export interface CampaignBehind {
  readonly opened: OpenedCampaign;
  /** Votes of the people of this roster, when together they are whom the manifest asks. */
  readonly votesBy: (roster: TrustBundle, at: Instant) => Result<readonly Vote[]>;
}

interface SignedVote {
  readonly approval: CampaignApproval;
  readonly dsse: DsseEnvelope;
}

/** By the capsule each stands behind. */
export function verifyCampaigns(
  { campaigns = [] }: EvidenceBundle,
  context: ActContext,
  capsules: readonly VerifiedCapsule[],
): Result<ReadonlyMap<Digest, CampaignBehind>> {
  const found = new Map<Digest, CampaignBehind>();
  for (const bundled of campaigns) {
    const held = capsules.find(({ digest }) => digest === bundled.capsule);
    if (held === undefined || found.has(bundled.capsule))
      return refuse('bad-proof', 'a campaign stands beside no capsule of the file', { clause: 'C4' });
    const behind = verifyCampaign(bundled, context, held);
    if (!behind.ok) return prefixed('a campaign', behind.refusal);
    found.set(bundled.capsule, behind.value);
  }
  const released = context.leaves.filter(({ leaf }) => leaf.event === 'campaign.released');
  const named = new Set([...found.values()].map(({ opened }) => subjectOf('campaign', opened.digest)));
  return released.every(({ leaf }) => named.has(leaf.subject))
    ? ok(found)
    : refuse('bad-proof', 'the record names a campaign that is not in the file', { clause: 'C4' });
}

function verifyCampaign(bundled: BundledCampaign, context: ActContext, held: VerifiedCapsule): Result<CampaignBehind> {
  const opened = openManifest(bundled.manifest, context);
  if (!opened.ok) return opened;
  const { manifest, digest, members } = opened.value;
  const { index, proof } = bundled;
  const placed = members[index];
  const included = verifyCampaignMember({
    root: manifest.root,
    size: manifest.size,
    capsule: held.digest,
    index,
    proof,
  });
  if (placed === undefined || !included.ok)
    return refuse('bad-proof', 'the capsule is not at this place of it', { clause: 'C4' });
  const [untrue] = checkMember(manifest, placed, held);
  if (untrue !== undefined) return refuse('bad-proof', `${untrue.at} ${untrue.problem}`, { clause: 'C4' });
  const sent = sentThrough(digest, held, context.places);
  if (!sent.ok) return sent;
  const votes = openVotes(bundled.approvals, opened.value, { places: context.places, sent: sent.value });
  if (!votes.ok) return votes;
  const receipts = openReceipts(bundled.receipts, { opened: opened.value, context, sent: sent.value });
  if (!receipts.ok) return receipts;
  const now = sent.value.leaf.at;
  const release = { manifest, campaign: digest, stage: placed.stage, receipts: receipts.value, now, skewMs: SKEW_MS };
  const released = checkRelease(release);
  if (!released.ok) return released;
  if (now >= manifest.notAfter || now < manifest.notBefore)
    return refuse('bad-proof', 'the capsule was dispatched outside its window', { clause: 'C4' });
  return ok({
    opened: opened.value,
    votesBy: (roster, at) => votesBy(votes.value, { opened: opened.value, held, roster, at }),
  });
}

function openManifest(manifest: DsseEnvelope, { versions }: ActContext): Result<OpenedCampaign> {
  const trusted = keysOf(versions.flatMap(({ keys }) => keys.capsuleSigners));
  const verified = verifyEnvelope(manifest, { payloadType: PAYLOAD.campaign, trusted, threshold: 1 });
  if (!verified.ok) return verified;
  if (verified.value.signers.length !== manifest.signatures.length)
    return refuse('bad-signature', 'it holds a signature that is not of a trusted key');
  return readCampaign(verified.value.payload);
}

/** Made, released for this remediation, and only then sent. */
function sentThrough(digest: Digest, { digest: capsule }: VerifiedCapsule, places: LeafPlaces): Result<PlacedLeaf> {
  const made = places.ofBody('campaign.made', digest);
  const released = places.ofSubject('campaign.released', subjectOf('campaign', digest));
  const sent = places.ofBody('capsule.dispatched', capsule);
  if (made === undefined) return missingLeaf('campaign.made', 'the campaign');
  if (released === undefined || released.index < made.index)
    return missingLeaf('campaign.released', 'the campaign for this remediation');
  if (sent === undefined || sent.index < released.index) return missingLeaf('capsule.dispatched', 'its capsule');
  return ok(sent);
}

function openVotes(
  envelopes: readonly DsseEnvelope[],
  { manifest, digest }: OpenedCampaign,
  { places, sent }: { readonly places: LeafPlaces; readonly sent: PlacedLeaf },
): Result<readonly SignedVote[]> {
  const votes: SignedVote[] = [];
  for (const dsse of envelopes) {
    if (dsse.payloadType !== PAYLOAD.campaignApproval)
      return refuse('wrong-type', 'an approval of it is of another type', { clause: 'C4' });
    const payload = payloadOf(dsse);
    const json = payload.ok ? readStrictJson(payload.value) : payload;
    const approval = json.ok ? readShape(campaignApprovalShape, json.value) : json;
    if (!payload.ok) return payload;
    if (!approval.ok) return approval;
    if (approval.value.campaign !== digest || approval.value.organisation !== manifest.organisation)
      return refuse('bad-proof', 'an approval is of another campaign', { clause: 'C4' });
    const body = leafBodyDigest(campaignApprovalLeafBody(approval.value, digestOf(payload.value)));
    const signed = places.ofBody('campaign.signed', body);
    if (signed === undefined || signed.index > sent.index)
      return missingLeaf('campaign.signed', `the approval of \`${approval.value.person}\``);
    votes.push({ approval: approval.value, dsse });
  }
  return ok(votes);
}

interface ReceiptQuestion {
  readonly opened: OpenedCampaign;
  readonly context: ActContext;
  readonly sent: PlacedLeaf;
}

function openReceipts(
  envelopes: readonly DsseEnvelope[],
  { opened: { members }, context, sent }: ReceiptQuestion,
): Result<readonly Receipt[]> {
  const runners = context.versions.flatMap(({ keys }) => keys.runners);
  const receipts: Receipt[] = [];
  for (const envelope of envelopes) {
    const rule = { payloadType: PAYLOAD.receipt, trusted: keysOf(runners) };
    const receipt = openSigned(envelope, rule, receiptShape);
    if (!receipt.ok) return receipt;
    const { document, digest, signers } = receipt.value;
    const member = members.find(({ member: one }) => one.capsule === document.capsule)?.member;
    const own = keysOf(
      runners.filter(
        ({ runner, enclave, environment }) =>
          runner === member?.runner && enclave === member.enclave && environment === member.environment,
      ),
    );
    if (!own.some(({ keyid }) => signers.includes(keyid)))
      return refuse('bad-proof', 'a receipt is not of the runner of its capsule', { clause: 'C4' });
    const leaf = context.places.ofBody('campaign.receipt', leafBodyDigest(receiptLeafBody(document, digest)));
    if (leaf === undefined || leaf.index > sent.index)
      return missingLeaf('campaign.receipt', `a receipt of \`${document.runner}\``);
    receipts.push(document);
  }
  return ok(receipts);
}

interface VoteQuestion {
  readonly opened: OpenedCampaign;
  readonly held: VerifiedCapsule;
  readonly roster: TrustBundle;
  readonly at: Instant;
}

/** All of them must be good, and whoever answers for any capsule of the campaign has no say on any of them (A4). */
function votesBy(signed: readonly SignedVote[], question: VoteQuestion): Result<readonly Vote[]> {
  const { opened, held, roster, at } = question;
  const { manifest, digest } = opened;
  const votes: Vote[] = [];
  for (const { approval, dsse } of signed) {
    const person = roster.people.find(({ id }) => id === approval.person);
    const keys = person === undefined ? undefined : keysThatSigned(dsse, person.credentials);
    if (keys === undefined)
      return refuse('bad-signature', `an approval is not signed by \`${approval.person}\``, { clause: 'A2' });
    const surfaces = keys.map(({ surface }) => surface);
    const bound = checkCampaignApproval(approval, { ...opened, surfaces, skewMs: SKEW_MS }, at);
    if (!bound.ok) return bound;
    votes.push({ person: approval.person, role: approval.role, capsule: digest, keys });
  }
  const exclusions = exclusionsOfCampaign(opened.members, roster);
  const quorum = evaluateQuorum({
    capsule: digest,
    demands: manifest.demands,
    approvals: votes,
    exclusions,
    roster: roster.people,
    environment: held.capsule.environment,
    now: at,
  });
  if (!quorum.ok) return quorum;
  const excluded = new Set(exclusions.map(({ person }) => person));
  return ok(votes.filter(({ person }) => !excluded.has(person)).map((vote) => ({ ...vote, capsule: held.digest })));
}
