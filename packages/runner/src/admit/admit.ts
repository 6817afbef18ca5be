/**
 * The gate (X1), in the order of the design: each step is its own function with its own refusal, the first no ends it. What comes
 * out is the only thing `Rollout` takes; it does not survive a restart: there the gate is asked again.
 */
import {
  checkCapsule as capsuleComplaints,
  CUMULATIVE_WINDOW_MS,
  ok,
  plusMs,
  refuse,
  type Capsule,
  type Digest,
  type Instant,
  type NodeId,
  type OperationRecord,
  type RecordedDecision,
  type Refusal,
  type Result,
} from '@countersign/core';
import { digestOf, type CapsuleDelivery, type PolicyChain, type PolicyVersion } from '@countersign/seal';
import { checkCatalogue } from '../preflight/catalogue.ts';
import { checkAudience, checkBudget, checkFree, checkRolloutRule, checkUnused } from './addressed.ts';
import type { VerifiedApproval } from './approvals.ts';
import { checkAuthority, checkFloor, type Authority } from './authority.ts';
import { ownFacts, readBacking, type OwnFacts } from './backed-facts.ts';
import { checkCampaign, type VerifiedCampaign } from './campaign.ts';
import { checkCapsule, type SignedCapsule } from './capsule.ts';
import { checkCarriedApprovals } from './carried-approvals.ts';
import { checkCompleteness, type AuthorityRecord } from './completeness.ts';
import type { GateContext } from './context.ts';
import { checkEnvelope, newestOf, parseNewest, type VerifiedPolicy } from './envelope.ts';
import { checkGraph, checkLocalTargets, graphValidUntil } from './graph.ts';
import { checkInclusion, parseSeen, type SeenCheckpoint } from './inclusion.ts';
import { readDecision } from './recorded-decision.ts';
import { replayDecision } from './replay-decision.ts';
import { checkAutonomyStanding, checkNotHalted, checkNotSuperseded } from './status.ts';
import { checkTrustFresh, type Trust } from './trust.ts';
import { checkClock, checkWindow } from './window.ts';

interface Admission extends SignedCapsule {
  readonly delivery: CapsuleDelivery;
  readonly authority: Authority;
  /** The earliest end of everything this rests on. */
  readonly until: Instant;
  /** Services watched: those of the capsule and those the signed graph names here. */
  readonly dependants: readonly NodeId[];
  readonly record: AuthorityRecord;
  /** Place of the dispatch in the record. */
  readonly index: number;
  readonly seen: SeenCheckpoint;
  /** The newest envelope version known here, this one's included. */
  readonly newest: PolicyVersion | undefined;
}

/** Proof that the gate let this capsule in. */
export class Admitted {
  readonly #admission: Admission;

  private constructor(admission: Admission) {
    this.#admission = admission;
    Object.freeze(this);
  }

  /** `isKnown`: the journal holds it already, and this is a restart. */
  static check(delivery: CapsuleDelivery, context: GateContext, isKnown = false): Result<Admitted> {
    const admission = admit(delivery, context, isKnown);
    return admission.ok ? ok(new Admitted(admission.value)) : admission;
  }

  get capsule(): Capsule {
    return this.#admission.capsule;
  }
  get digest(): Digest {
    return this.#admission.digest;
  }
  get authority(): Authority {
    return this.#admission.authority;
  }
  get until(): Instant {
    return this.#admission.until;
  }
  get dependants(): readonly NodeId[] {
    return this.#admission.dependants;
  }
  get record(): AuthorityRecord {
    return this.#admission.record;
  }
  get index(): number {
    return this.#admission.index;
  }
  get seen(): SeenCheckpoint {
    return this.#admission.seen;
  }
  get newest(): PolicyVersion | undefined {
    return this.#admission.newest;
  }
  get delivery(): CapsuleDelivery {
    return this.#admission.delivery;
  }
}

function admit(delivery: CapsuleDelivery, context: GateContext, isKnown: boolean): Result<Admission> {
  const opened = openCapsule(delivery, context);
  if (!opened.ok) return opened;
  const { trust, signed } = opened.value;
  const decided = decideAgain(delivery, context, { ...opened.value, isKnown });
  if (!decided.ok) return decided;
  const { authority, until, index, seen, newest, dependants, record } = decided.value;
  const { capsule, digest } = signed;
  const refusal = firstRefusal([
    () => checkAudience(capsule, context),
    () => (isKnown ? ok(true) : checkUnused(capsule, digest, context)),
    () => (isKnown ? ok(true) : checkFree(capsule, context)),
    () => checkCatalogue(context.catalogue, capsule.change),
    // What was let in was counted then; later statements count it as long as its hour lasts.
    () => (isKnown ? ok(true) : budget(context, { capsule, authority, trust, index })),
  ]);
  if (refusal !== undefined) return { ok: false, refusal };
  return ok({ ...signed, delivery, authority, until, dependants, record, index, seen, newest });
}

interface Opened {
  readonly trust: Trust;
  readonly signed: SignedCapsule;
  readonly approvals: readonly VerifiedApproval[];
  readonly campaign?: VerifiedCampaign;
}

/** Signatures: the capsule's, the trust bundle's, each person's. */
function openCapsule(delivery: CapsuleDelivery, context: GateContext): Result<Opened> {
  const trust = context.trust;
  if (trust === undefined) return refuse('trust-missing', 'no trust bundle was delivered yet', { clause: 'X1' });
  const signed = checkCapsule(delivery.capsule, trust);
  if (!signed.ok) return signed;
  const fresh = checkTrustFresh(trust, context.now);
  if (!fresh.ok) return fresh;
  const { capsule, digest } = signed.value;
  const complaints = capsuleComplaints(capsule);
  if (complaints.length > 0)
    return refuse('capsule-faulty', 'the capsule contradicts itself', { clause: 'C1', complaints });
  const { approvals: signatures, parents = [] } = delivery;
  const approvals = checkCarriedApprovals(
    { approvals: signatures, parents },
    { capsule, digest, trust, documents: context.documents, roster: trust.bundle.people, now: context.now },
  );
  if (!approvals.ok) return approvals;
  const opened = { trust, signed: signed.value };
  if (delivery.campaign === undefined) return ok({ ...opened, approvals: approvals.value });
  const { status, now } = context;
  const campaign = checkCampaign(delivery.campaign, { ...signed.value, trust, status, now });
  if (!campaign.ok) return campaign;
  return ok({ ...opened, approvals: [...approvals.value, ...campaign.value.votes], campaign: campaign.value });
}

interface Decided {
  readonly authority: Authority;
  readonly until: Instant;
  readonly index: number;
  readonly seen: SeenCheckpoint;
  readonly newest: PolicyVersion | undefined;
  readonly dependants: readonly NodeId[];
  readonly record: AuthorityRecord;
}

interface Policy extends VerifiedPolicy {
  readonly recorded: RecordedDecision;
}

const policyIn = ({ envelope, since = [] }: CapsuleDelivery): PolicyChain | undefined =>
  envelope === undefined ? undefined : { policy: envelope, since };

/** Floor, envelope, status, window and clock. */
function checkPolicy(delivery: CapsuleDelivery, context: GateContext, { trust, signed }: Opened): Result<Policy> {
  const { capsule, digest } = signed;
  const { now, status, documents } = context;
  const recorded = readDecision(delivery.decision, capsule);
  if (!recorded.ok) return recorded;
  const floor = checkFloor(capsule, recorded.value, trust.bundle);
  if (!floor.ok) return floor;
  const newest = newestKnown(context);
  const policy = checkEnvelope(policyIn(delivery), { capsule, status, trust, documents, newest, now });
  if (!policy.ok) return policy;
  const refusal = firstRefusal([
    () => checkRolloutRule(capsule, policy.value.envelope),
    () => checkRisk(delivery, capsule),
    () => checkNotHalted(status, digest),
    () => (context.isStopped ? refuse('halted', 'everything is stopped here', { clause: 'X5' }) : ok(true)),
    () => (runsAlone(capsule) ? checkAutonomyStanding(status, { capsule, now }) : ok(true)),
    () => checkNotSuperseded(status, { capsule, trust }),
    () => checkWindow(capsule, now),
    () => checkClock(context),
  ]);
  if (refusal !== undefined) return { ok: false, refusal };
  return ok({ recorded: recorded.value, ...policy.value });
}

const newestKnown = ({ newest, journal }: GateContext): PolicyVersion | undefined =>
  newest ?? parseNewest(journal.latest('envelope-version'));

interface Weighed {
  readonly authority: Authority;
  readonly watch: readonly NodeId[];
  readonly record: AuthorityRecord;
  readonly graphUntil: Instant;
}

/** The graph, this enclave's own tiers, the facts that are backed here, and who therefore lets it run. */
function weigh(delivery: CapsuleDelivery, context: GateContext, opened: Opened & Policy): Result<Weighed> {
  const { trust, signed, approvals, recorded, envelope, signers, narrowing } = opened;
  const { capsule, digest } = signed;
  const { bundle } = trust;
  const { now, inventory, documents } = context;
  const graph = checkGraph(delivery.graph, { capsule, envelope, trust, documents, now });
  if (!graph.ok) return graph;
  const targets = checkLocalTargets(capsule, { inventory, rules: bundle.tiers, graph: graph.value });
  if (!targets.ok) return targets;
  const backing = readBacking(delivery.facts, trust);
  const operations = otherOperations(context, digest);
  const facts = { ...signed, recorded, backing, envelope, graph: graph.value, trust, inventory, operations, now };
  const own = ownFacts(facts);
  const replayed = replayDecision({ ...facts, own, signers, ...(narrowing !== undefined && { narrowing }) });
  if (!replayed.ok) return replayed;
  const isSafetyCritical = touchesSafety(own, capsule, context);
  const authority = checkAuthority({ ...signed, bundle, approvals, own: replayed.value.own, isSafetyCritical, now });
  if (!authority.ok) return authority;
  const record = checkCompleteness({ ...signed, authority: authority.value, backing, own, envelope, bundle });
  if (!record.ok) return record;
  return ok({
    authority: authority.value,
    watch: own.impact.watch,
    record: record.value,
    graphUntil: graphValidUntil(graph.value, envelope),
  });
}

/**
 * What ran and runs here, of which nobody has to tell this runner (D5, I14): a server that counts too little changes nothing. Each counts
 * for itself: where decisions are made a proposal is one operation, but here a server can cut one proposal into many capsules.
 */
const otherOperations = ({ journal, now }: GateContext, digest: Digest): readonly OperationRecord[] =>
  journal
    .operations(plusMs(now, -CUMULATIVE_WINDOW_MS))
    .filter(({ capsule }) => capsule !== digest)
    .map(({ agent, action, targets, startedAt, isOngoing }) => ({ agent, action, targets, startedAt, isOngoing }));

/** By the signed graph or by this enclave's own word; a target the graph does not know is (T17). */
function touchesSafety({ impact }: OwnFacts, { targets }: Capsule, { inventory }: GateContext): boolean {
  const local = targets.map(({ id }) => inventory.targets.get(id)?.tier ?? 'safety-critical');
  return (
    impact.unknownTargets.length > 0 || [...local, ...impact.tiers, ...impact.affectedTiers].includes('safety-critical')
  );
}

function decideAgain(
  delivery: CapsuleDelivery,
  context: GateContext,
  opened: Opened & { readonly isKnown: boolean },
): Result<Decided> {
  const { trust, signed, approvals, campaign, isKnown } = opened;
  const { capsule } = signed;
  const policy = checkPolicy(delivery, context, opened);
  if (!policy.ok) return policy;
  const weighed = weigh(delivery, context, { ...opened, ...policy.value });
  if (!weighed.ok) return weighed;
  const seen = context.seen ?? parseSeen(context.journal.latest('checkpoint'));
  const inclusion = checkInclusion(delivery, { ...signed, trust, seen, isKnown });
  if (!inclusion.ok) return inclusion;
  const { authority, watch, record, graphUntil } = weighed.value;
  const approvedUntil = approvals.map(({ approval }) => approval.expiresAt);
  const campaignUntil = campaign === undefined ? [] : [campaign.until];
  const { validUntil } = policy.value.envelope;
  const ends = [capsule.notAfter, validUntil, graphUntil, trust.expiresAt, ...campaignUntil, ...approvedUntil];
  return ok({
    authority,
    record: {
      ...record,
      ...(campaign !== undefined && { campaign: { digest: campaign.digest, stage: campaign.stage } }),
    },
    until: ends.reduce((earliest, end) => (end < earliest ? end : earliest)),
    index: inclusion.value.index,
    seen: inclusion.value.seen,
    newest: newestOf(policy.value, newestKnown(context)),
    dependants: [...new Set([...capsule.dependants, ...watch])].toSorted(),
  });
}

/** Whether no person's signature stands behind the capsule. */
export const runsAlone = (capsule: Capsule): boolean =>
  capsule.decision.verdict === 'autonomous' || (capsule.purpose === 'validation' && capsule.demands.length === 0);

function checkRisk(delivery: CapsuleDelivery, capsule: Capsule): Result<true> {
  const isSame = digestOf(Buffer.from(delivery.riskAssessment, 'base64')) === capsule.riskAssessment;
  return isSame
    ? ok(true)
    : refuse('risk-other', 'the risk assessment is not the one the capsule names', { clause: 'L2' });
}

function budget(
  context: GateContext,
  about: Pick<SignedCapsule, 'capsule'> & {
    readonly authority: Authority;
    readonly trust: Trust;
    readonly index: number;
  },
): Result<true> {
  const { status } = context;
  if (about.authority.kind !== 'envelope') return ok(true);
  if (status === undefined) return refuse('status-missing', 'no status statement was delivered', { clause: 'X1' });
  const { capsule, trust, index } = about;
  return checkBudget(capsule, { bundle: trust.bundle, status, index });
}

function firstRefusal(checks: readonly (() => Result<unknown>)[]): Refusal | undefined {
  for (const check of checks) {
    const result = check();
    if (!result.ok) return result.refusal;
  }
  return undefined;
}
