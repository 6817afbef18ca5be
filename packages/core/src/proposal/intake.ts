/**
 * Intake (L2): an incomplete proposal is refused with everything that is missing at once, before anyone spends time on it.
 * A rejected intent stays locked until there is new evidence or the lock ends (A3).
 */
import type { Instant, RunId, SignalId, TargetId } from '../shared/brand.ts';
import { ok, refuse, type Complaint, type Result } from '../shared/result.ts';
import { checkAgent } from '../people/duties.ts';
import type { Agent } from '../people/person.ts';
import type { Signal } from '../signal/signal.ts';
import type { ActionType } from './change.ts';
import { intentOf, type IntentLock } from './intent.ts';
import type { ProposalDraft } from './proposal.ts';

/** What the desk knows when a draft arrives. */
export interface IntakeKnowledge {
  readonly now: Instant;
  /** The agent behind the authenticated identity; never taken from the draft. */
  readonly agent: Agent | undefined;
  readonly signals: ReadonlyMap<SignalId, Pick<Signal, 'rule'>>;
  /** Runs on record. */
  readonly runs: ReadonlySet<RunId>;
  readonly targets: ReadonlySet<TargetId>;
  readonly locks: readonly IntentLock[];
}

/** Actions whose failure can be shown in staging, so that it has to be (L4). */
const REPRODUCIBLE: ReadonlySet<ActionType> = new Set([
  'config.change',
  'package.patch',
  'service.restart',
  'flag.rollback',
  'workload.scale',
]);
/** Actions that change no file: with a config step they would be another class under a harmless name (L7). */
const WITHOUT_FILES: ReadonlySet<ActionType> = new Set(['service.restart', 'process.kill', 'workload.scale']);
const EMPTY_WORDS: ReadonlySet<string> = new Set([
  '-',
  '--',
  '?',
  '.',
  'n/a',
  'na',
  'none',
  'null',
  'tbd',
  'todo',
  'unknown',
  'x',
]);

export function acceptDraft(draft: ProposalDraft, knowledge: IntakeKnowledge): Result<ProposalDraft> {
  const agent = checkAgent(knowledge.agent, 'decide', knowledge.now);
  if (!agent.ok) return agent;
  const complaints = [
    ...evidenceComplaints(draft, knowledge),
    ...changeComplaints(draft),
    ...validationComplaints(draft, knowledge),
    ...targetComplaints(draft, knowledge),
    ...timingComplaints(draft, knowledge.now),
  ];
  if (complaints.length > 0)
    return refuse('incomplete', `${complaints.length} things are missing or wrong in the proposal`, {
      clause: 'L2',
      complaints,
    });
  return checkLock(draft, knowledge);
}

/** Texts that say nothing count as missing. */
const says = (text: string): boolean => text.trim() !== '' && !EMPTY_WORDS.has(text.trim().toLowerCase());
const when = (isWrong: boolean, at: string, problem: string): readonly Complaint[] =>
  isWrong ? [{ at, problem }] : [];

function unknownItems<T>(
  items: readonly T[],
  known: { readonly has: (item: T) => boolean },
  at: string,
): readonly Complaint[] {
  return items.flatMap((item, index) => when(!known.has(item), `${at}/${index}`, 'is not known here'));
}

function evidenceComplaints(draft: ProposalDraft, knowledge: IntakeKnowledge): readonly Complaint[] {
  const prose = (['title', 'hypothesis', 'failingCheck', 'trace', 'reproduction'] as const).flatMap((field) =>
    when(!says(draft[field]), `/${field}`, 'is missing'),
  );
  return [
    ...prose,
    ...when(draft.signals.length === 0, '/signals', 'is missing'),
    ...unknownItems(draft.signals, knowledge.signals, '/signals'),
    ...when(draft.runIds.length === 0, '/runIds', 'is missing'),
    ...unknownItems(draft.runIds, knowledge.runs, '/runIds'),
    ...when(!says(draft.context.model), '/context/model', 'is missing'),
    ...when(!says(draft.context.prompt), '/context/prompt', 'is missing'),
  ];
}

function changeComplaints({ change, rollback }: ProposalDraft): readonly Complaint[] {
  const paths = change.steps.flatMap((step) => (step.adapter === 'config' ? [step.path] : []));
  const isPatch = change.action === 'package.patch';
  return [
    ...when(!says(change.summary), '/change/summary', 'is missing'),
    ...when(change.steps.length === 0, '/change/steps', 'is missing'),
    ...when(new Set(paths).size < paths.length, '/change/steps', 'must not write a file twice'),
    ...when(
      paths.length > 0 && WITHOUT_FILES.has(change.action),
      '/change/action',
      'does not allow a step that writes a file',
    ),
    ...when(paths.length === 0 && change.action === 'config.change', '/change/steps', 'must write a file'),
    ...when(isPatch && Object.keys(change.intendedVersions).length === 0, '/change/intendedVersions', 'is missing'),
    ...when(
      rollback.kind === 'restore' && rollback.windowMinutes === 0,
      '/rollback/windowMinutes',
      'must be at least 1',
    ),
    ...when(
      rollback.kind === 'none' && rollback.isAutomatic,
      '/rollback/isAutomatic',
      'must be false without a rollback',
    ),
  ];
}

function validationComplaints(draft: ProposalDraft, { targets }: IntakeKnowledge): readonly Complaint[] {
  const { checks, reproduction, stagingTargets } = draft.validation;
  const ids = checks.map((check) => check.id);
  const owed = REPRODUCIBLE.has(draft.change.action);
  const production = new Set(draft.environment === 'staging' ? [] : draft.targets);
  return [
    ...when(checks.length === 0, '/validation/checks', 'is missing'),
    ...when(new Set(ids).size < ids.length, '/validation/checks', 'must not name a check twice'),
    ...when(owed && reproduction === undefined, '/validation/reproduction', 'is missing'),
    ...when(
      (owed || reproduction !== undefined) && stagingTargets.length === 0,
      '/validation/stagingTargets',
      'is missing',
    ),
    ...unknownItems(stagingTargets, targets, '/validation/stagingTargets'),
    ...stagingTargets.flatMap((target, index) =>
      when(production.has(target), `/validation/stagingTargets/${index}`, 'is a target of the change itself'),
    ),
  ];
}

function targetComplaints(draft: ProposalDraft, { targets }: IntakeKnowledge): readonly Complaint[] {
  return [
    // An empty selector is zero targets, never all.
    ...when(draft.targets.length === 0, '/targets', 'is missing'),
    ...when(new Set(draft.targets).size < draft.targets.length, '/targets', 'must not name a target twice'),
    ...unknownItems(draft.targets, targets, '/targets'),
  ];
}

function timingComplaints({ timing }: ProposalDraft, now: Instant): readonly Complaint[] {
  const { notBefore, notAfter } = timing;
  if (notAfter === undefined) return [];
  return [
    ...when(notAfter <= now, '/timing/notAfter', 'is over'),
    ...when(notBefore !== undefined && notBefore >= notAfter, '/timing/notAfter', 'must be later than notBefore'),
  ];
}

/** Wording does not matter: the same rules, action and targets are the same intent. */
function checkLock(draft: ProposalDraft, { signals, locks, now }: IntakeKnowledge): Result<ProposalDraft> {
  const intent = intentOf(draft, signals);
  const holds = (lock: IntentLock): boolean =>
    lock.intent === intent.key && now < lock.until && draft.signals.every((signal) => lock.signals.includes(signal));
  const lock = locks.find(holds);
  if (lock === undefined) return ok(draft);
  return refuse('intent-locked', `the same intent was rejected and is locked until ${lock.until}`, {
    clause: 'A3',
    next: ['attach a signal that the rejected proposal did not have', 'let the owner contest the rejection once'],
  });
}
