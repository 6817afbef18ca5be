/**
 * Where a remediation can go from here (L1). Each state has one function; it reads what the tables say and takes at most the
 * steps the proposal's machine allows. Nothing here sends: what is dispatched waits for its place in the witnessed record.
 */
import { authorize, isTerminal, plusMs, type Decision, type Demand, type Instant } from '@countersign/core';
import { decodeBase64, digestOf } from '@countersign/seal';
import { campaignSubject } from '../campaigns/stored-campaign.ts';
import { campaignStanding, type CampaignStanding } from '../campaigns/campaign-standing.ts';
import type { DecisionMade } from '../decisions/make-decision.ts';
import type { Attached, AttachedRollout } from './attached.ts';
import type { Carrier } from './carrier.ts';
import { keepKnown, quorumOf } from './signed-so-far.ts';
import type { Standing } from './standing.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** After the window a runner may still be on its way to say that it started (trap 15). */
const WINDOW_MARGIN_MS = 120_000;
/** What nobody mends or repeats is closed after so long. */
const ABANDONED_MS = 30 * DAY_MS;

export function advanceIn(carrier: Carrier, attached: Attached): Standing {
  const waitMs = step(carrier, attached) ?? HOUR_MS;
  const { state } = carrier.row;
  return { state, isOver: isTerminal(state), waitMs: Math.min(waitMs, HOUR_MS) };
}

/** Takes the steps that are due; returns how long nothing more is due, undefined when only a message can change that. */
function step(carrier: Carrier, attached: Attached): number | undefined {
  switch (carrier.row.state) {
    case 'DRAFT':
      return submit(carrier);
    case 'VALIDATING':
      return afterStaging(carrier, attached);
    case 'PENDING':
      return whilePending(carrier, attached);
    case 'DISPATCHED':
    case 'WITHDRAWING':
      return awaitRunner(carrier, attached);
    case 'PROHIBITED':
      return tryMended(carrier, attached);
    case 'STAGING_FAILED':
    case 'NEEDS_INFO':
    case 'DEFERRED':
      return expireAt(carrier, plusMs(carrier.row.createdAt, ABANDONED_MS), 'nobody took it up');
    case 'APPROVED':
    case 'RUNNING':
    case 'VERIFYING':
    case 'UNKNOWN':
    case 'REJECTED':
    case 'WITHDRAWN':
    case 'EXPIRED':
    case 'SUPERSEDED':
    case 'SUCCEEDED':
    case 'ROLLED_BACK':
    case 'FAILED':
      return undefined;
  }
}

/** The first decision: what is owed (L1). */
function submit(carrier: Carrier): number | undefined {
  const made = carrier.decide('before-staging');
  const { verdict, owesStaging } = made.decision;
  if (verdict === 'prohibited') return prohibit(carrier, made.decision);
  if (owesStaging) {
    carrier.move({ type: 'submitted' }, 'staging validation is asked for');
    return requestValidation(carrier, made);
  }
  if (verdict === 'autonomous') return runAlone(carrier, made);
  carrier.move({ type: 'submitted' }, 'staging is skipped for this low-risk class');
  return askPeople(carrier, made, 'staging-skipped');
}

function requestValidation(carrier: Carrier, made: DecisionMade): number | undefined {
  const built = carrier.build('validation', made);
  if (!built.ok) return prohibitBecause(carrier, built.refusal.detail);
  const { digest, capsule } = built.value;
  carrier.change({ validationCapsule: digest });
  const { spec, stagingTargets } = capsule.validation;
  carrier.leaf({
    event: 'validation.requested',
    body: { capsule: digest, spec, stagingTargets, changeDigest: capsule.changeDigest },
  });
  carrier.dispatch(built.value);
  return carrier.untilMs(capsule.notAfter, WINDOW_MARGIN_MS);
}

function afterStaging(carrier: Carrier, { validation: capsule }: Attached): number | undefined {
  const { row, knowledge, now } = carrier;
  const report = knowledge.validation?.capsule === row.validationCapsule ? knowledge.validation?.report : undefined;
  if (report !== undefined) {
    const isReproduced = row.proposal.validation.reproduction === undefined || report.isReproduced;
    if (report.isPassed && isReproduced) return settle(carrier, carrier.decide('after-staging'));
    carrier.move(
      { type: 'staging-failed' },
      report.isPassed ? 'the reproduction did not fail before and pass after' : 'a check failed in staging',
    );
    return undefined;
  }
  if (capsule?.state === 'refused') {
    carrier.move({ type: 'staging-failed' }, `the staging runner refused the run: ${row.reason}`);
    return undefined;
  }
  // Mended from prohibited without a run: validation is owed anew.
  if (capsule === undefined) return settleOrValidate(carrier);
  const end = plusMs(capsule.capsule.notAfter, WINDOW_MARGIN_MS);
  if (now >= end) return expire(carrier, 'the staging runner did not answer in time');
  return carrier.untilMs(end);
}

/** The second decision, with the signed result (L1, L4). */
function settle(carrier: Carrier, made: DecisionMade): number | undefined {
  switch (made.decision.verdict) {
    case 'prohibited':
      return prohibit(carrier, made.decision);
    case 'autonomous':
      return runAlone(carrier, made);
    case 'needs-approval':
      return askPeople(carrier, made, made.decision.facts.stagingValidated ? 'staging-passed' : 'staging-skipped');
  }
}

function settleOrValidate(carrier: Carrier): number | undefined {
  const made = carrier.decide('before-staging');
  if (made.decision.verdict === 'prohibited') return prohibit(carrier, made.decision);
  return made.decision.owesStaging ? requestValidation(carrier, made) : settle(carrier, made);
}

/** Policy alone: authorised and dispatched in this same transaction, from facts read in it (I1, trap 5). */
function runAlone(carrier: Carrier, made: DecisionMade): number | undefined {
  const built = carrier.build('rollout', made);
  if (!built.ok) return prohibitBecause(carrier, built.refusal.detail);
  const { digest, capsule } = built.value;
  const authorized = authorize({ decision: made.decision, capsule, digest });
  if (!authorized.ok) return prohibitBecause(carrier, authorized.refusal.detail);
  carrier.move({ type: 'authorised', verdict: 'autonomous', capsule: digest }, 'the envelope lets it run alone');
  return send(carrier, built.value);
}

function send(carrier: Carrier, capsule: Parameters<Carrier['dispatch']>[0]): number {
  carrier.change({ rolloutCapsule: capsule.digest });
  carrier.dispatch(capsule);
  carrier.move({ type: 'dispatched', capsule: capsule.digest }, 'on its way to the runner');
  return carrier.untilMs(capsule.capsule.notAfter, WINDOW_MARGIN_MS);
}

function askPeople(
  carrier: Carrier,
  made: DecisionMade,
  type: 'staging-passed' | 'staging-skipped',
): number | undefined {
  const built = carrier.build('rollout', made);
  if (!built.ok) return prohibitBecause(carrier, built.refusal.detail);
  carrier.change({ rolloutCapsule: built.value.digest });
  carrier.move({ type }, owed(made.decision));
  return carrier.untilMs(built.value.capsule.notAfter);
}

const owed = ({ requirement }: Decision): string =>
  `waits for ${(requirement?.demands ?? []).map(({ role, count }) => `${count} x ${role}`).join(' and ')}`;

function whilePending(carrier: Carrier, attached: Attached): number | undefined {
  const { rollout } = attached;
  const { now, authority } = carrier;
  // Decided under what still rules, and nothing was built: only a change can help.
  if (rollout === undefined && !isDecidedElsewhere(carrier, attached))
    return expireAt(carrier, plusMs(carrier.row.createdAt, ABANDONED_MS), 'nobody took it up');
  if (rollout === undefined || rollout.state !== 'built')
    return decideAgain(carrier, rollout, 'the capsule no longer holds');
  const { capsule } = rollout;
  keepKnown(carrier, rollout);
  if (now >= capsule.notAfter) return expire(carrier, 'nobody approved it in time');
  const changed = [
    ...(authority.envelope?.digest === capsule.envelope.digest ? [] : ['envelope']),
    ...(authority.graph?.digest === capsule.graph.digest ? [] : ['graph']),
  ];
  if (changed.length > 0) return decideAgain(carrier, rollout, `${changed.join(' and ')} changed since the decision`);
  const campaign = standingOf(carrier, attached);
  if (campaign?.isReleased === false) return waitForStage(carrier, rollout, campaign.why);
  const quorum = quorumOf(carrier, attached, { rollout, campaign });
  if (!quorum.ok) return carrier.untilMs(capsule.notAfter);
  // D6: decided again at execution, from facts read in this transaction.
  const again = carrier.decide(capsule.decision.verdict === 'needs-approval' ? stageOf(carrier) : 'after-staging');
  const more = moreThanSigned(again.decision, capsule.demands);
  if (again.decision.verdict === 'prohibited' || more)
    return replace(carrier, rollout, { made: again, why: 'more is owed than was signed' });
  const authorized = authorize({ decision: again.decision, capsule, digest: rollout.digest, quorum: quorum.value });
  if (!authorized.ok) return replace(carrier, rollout, { made: again, why: authorized.refusal.detail });
  carrier.move({ type: 'approved', capsule: rollout.digest }, 'every demanded person has signed');
  if (attached.campaign !== undefined) releasedOnRecord(carrier, attached.campaign, rollout);
  return send(carrier, rollout);
}

/** Bakes end without a message. */
const STAGE_LOOK_MS = 30_000;

const standingOf = ({ authority, now }: Carrier, { campaign }: Attached): CampaignStanding | undefined =>
  campaign === undefined ? undefined : campaignStanding(campaign, { bundle: authority.trust.bundle, now });

/** C4: however many people signed the capsule itself, it waits for its stage. */
function waitForStage(carrier: Carrier, { capsule }: AttachedRollout, why: string): number {
  if (carrier.row.reason !== why) carrier.change({ reason: why });
  return Math.min(STAGE_LOOK_MS, carrier.untilMs(capsule.notAfter));
}

function releasedOnRecord(
  carrier: Carrier,
  { campaign, stage, receipts }: NonNullable<Attached['campaign']>,
  { digest: capsule }: AttachedRollout,
): void {
  const { digest } = campaign;
  const before = receipts.map(({ payload }) => digestOf(decodeBase64(payload) ?? new Uint8Array()));
  const body = { campaign: digest, stage, capsule, receipts: before };
  carrier.leaf({ event: 'campaign.released', subject: campaignSubject(digest), body });
}

export const stageOf = ({ knowledge, row }: Carrier): Decision['stage'] =>
  knowledge.validation?.capsule === row.validationCapsule && row.validationCapsule !== null
    ? 'after-staging'
    : 'before-staging';

export function moreThanSigned({ requirement }: Decision, signed: readonly Demand[]): boolean {
  const owedNow = requirement?.demands ?? [];
  return owedNow.some(({ role }) => peopleOf(owedNow, role) > peopleOf(signed, role));
}

const peopleOf = (demands: readonly Demand[], role: string): number =>
  demands.reduce((sum, demand) => sum + (demand.role === role ? demand.count : 0), 0);

function decideAgain(carrier: Carrier, before: AttachedRollout | undefined, why: string): number | undefined {
  return replace(carrier, before, { made: carrier.decide(stageOf(carrier)), why });
}

/**
 * The authority is void: a new version under the new decision. Signatures over the old one stand only as far as the difference lets
 * them, which is judged from the two versions wherever they are counted (D6, trap 1).
 */
export function replace(
  carrier: Carrier,
  before: AttachedRollout | undefined,
  { made, why }: { readonly made: DecisionMade; readonly why: string },
): number | undefined {
  if (before?.state === 'built') carrier.writes.capsuleState(before.digest, 'void');
  carrier.change({ rolloutCapsule: null, reason: why });
  if (made.decision.verdict === 'prohibited') return prohibit(carrier, made.decision);
  if (made.decision.verdict === 'autonomous') {
    // A wait for people is never shortened by a later policy; the agent may propose it anew.
    carrier.change({ reason: 'policy would now let this run alone: withdraw and propose it again' });
    return expireAt(carrier, plusMs(carrier.row.createdAt, ABANDONED_MS), 'nobody took it up');
  }
  const built = carrier.build('rollout', made, before);
  if (!built.ok) return prohibitBecause(carrier, built.refusal.detail);
  carrier.change({ rolloutCapsule: built.value.digest, reason: `${why}; ${owed(made.decision)}` });
  return carrier.untilMs(built.value.capsule.notAfter);
}

/** Nothing heard after the window: nobody knows, and that is what is shown (trap 6). */
function awaitRunner(carrier: Carrier, { rollout }: Attached): number | undefined {
  if (rollout === undefined) return undefined;
  const end = plusMs(rollout.capsule.notAfter, WINDOW_MARGIN_MS);
  if (carrier.now < end) return carrier.untilMs(end);
  const why = 'the window is over and the runner has not answered';
  carrier.move({ type: 'window-passed' }, why);
  carrier.leaf({ event: 'proposal.expired', body: { proposal: carrier.row.id, state: carrier.row.state, why } });
  return undefined;
}

/** D1: prohibited until mended; looked at again when envelope or graph are others than those it was decided under. */
function tryMended(carrier: Carrier, attached: Attached): number | undefined {
  const { envelope, graph } = carrier.authority;
  const end = plusMs(carrier.row.createdAt, ABANDONED_MS);
  if (!isDecidedElsewhere(carrier, attached) || envelope === undefined || graph === undefined)
    return expireAt(carrier, end, 'what was missing was not mended');
  const made = carrier.decide('before-staging');
  if (made.decision.verdict === 'prohibited') {
    carrier.change({ reason: reasonOf(made.decision) });
    return expireAt(carrier, end, 'what was missing was not mended');
  }
  carrier.move({ type: 'mended' }, 'what prohibited it was mended');
  carrier.change({ validationCapsule: null });
  if (made.decision.owesStaging) return requestValidation(carrier, made);
  return settle(carrier, made);
}

function isDecidedElsewhere({ authority: { envelope, graph } }: Carrier, { decidedUnder }: Attached): boolean {
  return envelope?.digest !== decidedUnder?.envelope || graph?.digest !== decidedUnder?.graph;
}

const reasonOf = ({ reasons, missing }: Decision): string =>
  reasons[0] === undefined ? `missing: ${missing.join(', ')}` : `${reasons[0].clause}: ${reasons[0].text}`;

function prohibit(carrier: Carrier, decision: Decision): undefined {
  return openManualWork(carrier, reasonOf(decision), decision.missing);
}

const prohibitBecause = (carrier: Carrier, why: string): undefined => openManualWork(carrier, why, [why]);

/** D1: prohibited opens a manual work item with the evidence. */
function openManualWork(carrier: Carrier, why: string, missing: readonly string[]): undefined {
  carrier.move({ type: 'prohibited' }, why);
  const { proposal } = carrier.row;
  carrier.writes.manualWork({
    proposal: proposal.id,
    revision: proposal.revision,
    title: proposal.title,
    why,
    missing,
  });
  carrier.leaf({
    event: 'manual-work.opened',
    body: {
      proposal: proposal.id,
      title: proposal.title,
      why,
      missing,
      signals: proposal.signals,
      targets: proposal.targets.length,
    },
  });
  return undefined;
}

function expire(carrier: Carrier, why: string): undefined {
  carrier.move({ type: 'expired' }, why);
  carrier.leaf({ event: 'proposal.expired', body: { proposal: carrier.row.id, why } });
  return undefined;
}

function expireAt(carrier: Carrier, end: Instant, why: string): number | undefined {
  return carrier.now >= end ? expire(carrier, why) : carrier.untilMs(end);
}
