/** Who let each capsule run (I1): its dispatch in the record, and the quorum of people or the verdict that stood behind it. */
import {
  approvalShape,
  checkApprovalBinding,
  evaluateQuorum,
  exclusionsOf,
  floorDemands,
  mergeDemands,
  ok,
  readShape,
  refuse,
  MAX_CARRY_DEPTH,
  wideningOf,
  type Approval,
  type Capsule,
  type Decision,
  type Demand,
  type Digest,
  type Enrolled,
  type Instant,
  type Person,
  type Result,
  type TrustBundle,
  type ValidationReport,
} from '@countersign/core';
import { approvalFactsIn, capsuleChain, votesIn, type CapsuleChain, type NarrowsEnvelope } from './capsule-chain.ts';
import type { ReadCapsule } from './capsule-statement.ts';
import { readPolicy, type OpenedPolicy } from './open-policy.ts';
import { digestOf } from './digest.ts';
import { payloadOf, type DsseEnvelope } from './dsse.ts';
import type { EvidenceBundle } from './evidence-bundle.ts';
import { keysThatSigned } from './human-signature.ts';
import { approvalLeafBody, leafBodyDigest } from './leaf-bodies.ts';
import { isJsonObject } from './statement.ts';
import { readStrictJson } from './strict-json.ts';
import type { ActContext, VerifiedCapsule } from './verify-bundle-acts.ts';
import { decidedAgain } from './verify-bundle-decisions.ts';
import type { CampaignBehind } from './verify-bundle-campaigns.ts';
import { missingLeaf } from './verify-bundle-owed.ts';
import { PAYLOAD } from './wire.ts';

export type Seats = readonly { readonly person: string; readonly role: string }[];
/** The runner's clock margin; approvals of a bundle were within it when they were used. */
const SKEW_MS = 5000;

interface Signed {
  readonly approval: Approval;
  readonly dsse: DsseEnvelope;
  /** Where the record has it. */
  readonly index: number;
}

/** For every dispatched capsule the people behind it; empty when policy let it run alone. */
export function verifyAuthority(
  bundle: EvidenceBundle,
  context: ActContext,
  {
    capsules,
    policies,
    validations,
    campaigns,
  }: {
    readonly capsules: readonly VerifiedCapsule[];
    /** The authority envelopes that the capsules name, by digest. */
    readonly policies: ReadonlyMap<Digest, OpenedPolicy>;
    readonly validations: readonly ValidationReport[];
    readonly campaigns: ReadonlyMap<Digest, CampaignBehind>;
  },
): Result<ReadonlyMap<Digest, Seats>> {
  const approvals: Signed[] = [];
  for (const dsse of bundle.approvals) {
    const approval = openApproval(dsse, context.versions);
    if (!approval.ok) return refuse(approval.refusal.code, `an approval: ${approval.refusal.detail}`, { clause: 'A2' });
    if (!capsules.some(({ digest }) => digest === approval.value.capsule))
      return refuse('bad-proof', 'an approval is for a capsule that is not in the file', { clause: 'A2' });
    const index = receivedAt(dsse, approval.value, context);
    if (index === undefined) return missingLeaf('approval.received', `the approval of \`${approval.value.person}\``);
    approvals.push({ approval: approval.value, dsse, index });
  }
  const dispatched = new Map<Digest, Seats>();
  for (const one of capsules) {
    // The leaf's body is the signed statement, so the leaf holds the capsule's own digest.
    const sent = context.places.ofBody('capsule.dispatched', one.digest);
    if (sent === undefined) continue;
    const campaign = campaigns.get(one.digest);
    const policy = policies.get(one.capsule.envelope.digest);
    if (policy === undefined) return refuse('bad-proof', 'its authority envelope is not in the file', { clause: 'E2' });
    const seats = authorityOf(one, {
      at: sent.leaf.at,
      policy,
      // What came in behind the dispatch did not let it through.
      approvals: approvals.filter(({ index }) => index < sent.index),
      versions: context.versions,
      earlier: capsules,
      narrows: narrowsAmong(bundle),
      ...(campaign !== undefined && { campaign }),
    });
    if (!seats.ok) return seats;
    const proof = stagingProof(one, validations);
    if (!proof.ok) return proof;
    dispatched.set(one.digest, seats.value);
  }
  return ok(dispatched);
}

function receivedAt(dsse: DsseEnvelope, approval: Approval, { places }: ActContext): number | undefined {
  const payload = payloadOf(dsse);
  if (!payload.ok) return undefined;
  const body = leafBodyDigest(approvalLeafBody(approval, digestOf(payload.value)));
  return places.ofBody('approval.received', body)?.index;
}

function openApproval(dsse: DsseEnvelope, versions: readonly TrustBundle[]): Result<Approval> {
  if (dsse.payloadType !== PAYLOAD.approval) return refuse('wrong-type', 'it is of another type');
  const payload = payloadOf(dsse);
  const json = payload.ok ? readStrictJson(payload.value) : payload;
  const approval = json.ok ? readShape(approvalShape, json.value) : json;
  if (!approval.ok) return approval;
  const people = versions.flatMap((version) => version.people.filter(({ id }) => id === approval.value.person));
  return people.some(({ credentials }) => keysThatSigned(dsse, credentials) !== undefined)
    ? approval
    : refuse('bad-signature', 'it is not signed by a credential of the person it names');
}

/** Keys that this roster pins to the signer and that verify. */
const keysOf = (dsse: DsseEnvelope, { person }: Approval, people: readonly Person[]): readonly Enrolled[] =>
  keysThatSigned(
    dsse,
    people.filter(({ id }) => id === person).flatMap(({ credentials }) => credentials),
  ) ?? [];

interface Dispatch {
  readonly at: Instant;
  readonly policy: OpenedPolicy;
  readonly approvals: readonly Signed[];
  readonly versions: readonly TrustBundle[];
  /** Every capsule of the file: among them the versions before this one (C1, D6). */
  readonly earlier: readonly VerifiedCapsule[];
  readonly narrows: NarrowsEnvelope;
  readonly campaign?: CampaignBehind;
}

/** Back to the first version that is not in the file or over which nothing carries. */
function chainBehind(
  newest: ReadCapsule,
  capsules: readonly VerifiedCapsule[],
  narrows: NarrowsEnvelope,
): Result<CapsuleChain> {
  const parents: ReadCapsule[] = [];
  let chain = capsuleChain(newest, parents, narrows);
  for (let { parent } = newest.capsule; parent !== undefined && parents.length < MAX_CARRY_DEPTH;) {
    const before = capsules.find(({ digest }) => digest === parent);
    if (before === undefined) break;
    parents.push({ capsule: before.capsule, digest: before.digest });
    const longer = capsuleChain(newest, parents, narrows);
    if (!longer.ok || longer.value.versions.some(({ since }) => since?.kind === 'void'))
      return longer.ok ? chain : longer;
    chain = longer;
    ({ parent } = before.capsule);
  }
  return chain;
}

/** Proved from the authority envelopes of the file, each of which policy admins signed. */
function narrowsAmong({ envelopes }: EvidenceBundle): NarrowsEnvelope {
  const known = envelopes.flatMap((one) => {
    const read = readPolicy(one);
    return read.ok ? [read.value] : [];
  });
  return (before, after) => {
    const [was, is] = [before, after].map((digest) => known.find((one) => one.digest === digest)?.envelope);
    return was !== undefined && is !== undefined && !wideningOf(was, is).isWidening;
  };
}

/** The trust bundle in force at that moment is one of these; it was the root keys that signed each of them. */
function authorityOf(one: VerifiedCapsule, dispatch: Dispatch): Result<Seats> {
  if (one.capsule.decision.verdict === 'prohibited')
    return refuse('bad-proof', 'a prohibited capsule was dispatched', { clause: 'D1' });
  const behind = approvalsBehind(one, dispatch);
  if (!behind.ok) return behind;
  let last: Result<Seats> = refuse('bad-proof', 'no trust bundle is in the file', { clause: 'I1' });
  for (const version of dispatch.versions) {
    last = authorityUnder(version, one, { ...dispatch, ...behind.value });
    if (last.ok) return last;
  }
  return last;
}

interface Behind {
  readonly chain: CapsuleChain;
  /** Approvals of this version and of those it carries on, each of which fits its capsule. */
  readonly bound: readonly Signed[];
}

function approvalsBehind({ capsule, digest }: VerifiedCapsule, about: Dispatch): Result<Behind> {
  const chain = chainBehind({ capsule, digest }, about.earlier, about.narrows);
  if (!chain.ok) return chain;
  const versions = new Set(chain.value.versions.map(({ read }) => read.digest));
  const signed = about.approvals.filter(({ approval }) => versions.has(approval.capsule));
  const everybody = about.versions.flatMap(({ people }) => people);
  const isBound = ({ approval, dsse }: Signed): boolean => {
    const surfaces = keysOf(dsse, approval, everybody).map(({ surface }) => surface);
    const facts = approvalFactsIn(chain.value, approval);
    return facts !== undefined && checkApprovalBinding(approval, { ...facts, surfaces, skewMs: SKEW_MS }, about.at).ok;
  };
  const bound = signed.filter(isBound);
  return signed.every((one) => one.approval.capsule !== digest || bound.includes(one))
    ? ok({ chain: chain.value, bound })
    : refuse('bad-proof', 'an approval does not fit its capsule', { clause: 'A2' });
}

function authorityUnder(version: TrustBundle, one: VerifiedCapsule, dispatch: Dispatch & Behind): Result<Seats> {
  const { people, agents, floor } = version;
  const { capsule, digest } = one;
  const { at, policy, campaign, chain, bound } = dispatch;
  const again = decidedAgain(one, { policy, floor, dispatchedAt: at });
  if (!again.ok) return again;
  const demands = demandsOn(capsule, again.value, floor);
  if (demands.length === 0 && (capsule.purpose === 'validation' || again.value.verdict === 'autonomous')) return ok([]);
  const through = campaign?.votesBy(version, at) ?? ok([]);
  if (!through.ok) return through;
  const keyed = bound.map(({ approval, dsse }) => ({ approval, keys: keysOf(dsse, approval, people) }));
  const exclusions = exclusionsOf({
    owner: capsule.proposal.owner,
    // Whoever answers for the agent in the trust bundle, whatever owner the capsule names (A4).
    authors: agents.filter(({ id }) => id === capsule.proposal.agent).map(({ owner }) => owner),
    initiators: [],
    editors: [],
    contributors: [],
    environment: capsule.environment,
    roster: people,
    ties: [],
  });
  const quorum = evaluateQuorum({
    capsule: digest,
    demands,
    approvals: [...votesIn(chain, keyed, at), ...through.value],
    exclusions,
    roster: people,
    environment: capsule.environment,
    now: at,
  });
  return quorum.ok
    ? ok(quorum.value.seats.map(({ person, role }) => ({ person, role })))
    : refuse('bad-proof', `a capsule was dispatched without the people it asks for: ${quorum.refusal.detail}`, {
        clause: 'I1',
      });
}

/** As at the runner: whatever the capsule asks for, and no less than envelope and floor ask for (L7). */
function demandsOn(capsule: Capsule, again: Decision, floor: TrustBundle['floor']): readonly Demand[] {
  if (again.verdict === 'autonomous' && capsule.purpose === 'rollout') return capsule.demands;
  const ofFloor = floorDemands(floor, [capsule.environment]);
  const ofRules = capsule.purpose === 'rollout' ? (again.requirement?.demands ?? []) : [];
  return mergeDemands([...ofFloor, ...capsule.demands, ...ofRules]);
}

/** A decision that counts on staging needs the staging runner's signed word in the same file. */
function stagingProof({ capsule, decision }: VerifiedCapsule, validations: readonly ValidationReport[]): Result<true> {
  const facts = decision['facts'] ?? null;
  const isClaimed = capsule.purpose === 'rollout' && isJsonObject(facts) && facts['stagingValidated'] === true;
  const isProved = validations.some(({ isPassed, changeDigest }) => isPassed && changeDigest === capsule.changeDigest);
  return isClaimed && !isProved
    ? refuse('bad-proof', 'staging validation is claimed and not in the file', { clause: 'L4' })
    : ok(true);
}
