/** What a capsule may not contradict in itself, whoever signed it (C1, X4, X6). All complaints at once, with their places. */
import type { Complaint } from '../shared/result.ts';
import type { Capsule } from './capsule.ts';
import { stateToCapture, type CapturedState } from './captured-state.ts';

/** Above this many targets there is a canary and growing cohorts (X4, AG-706 4.4). */
export const CANARY_ABOVE = 10;

const when = (isWrong: boolean, at: string, problem: string): readonly Complaint[] =>
  isWrong ? [{ at, problem }] : [];
const hasTwice = (items: readonly string[]): boolean => new Set(items).size < items.length;

/** Whether the digest of the way back is true is for whoever can hash. */
type Unhashed = Omit<Capsule, 'counterCapsule'>;

export function checkCapsule(capsule: Unhashed): readonly Complaint[] {
  return [...targetRules(capsule), ...validationRules(capsule), ...rollbackRules(capsule), ...authorityRules(capsule)];
}

function targetRules({ targets, rollout, dependants, change }: Unhashed): readonly Complaint[] {
  const total = targets.length;
  const paths = change.steps.flatMap((step) => (step.adapter === 'config' ? [step.path] : []));
  return [
    ...when(total === 0, '/targets', 'must not be empty'),
    ...when(hasTwice(targets.map(({ id }) => id)), '/targets', 'must not name a target twice'),
    ...when(hasTwice(dependants), '/dependants', 'must not name a dependant twice'),
    ...when(change.steps.length === 0, '/change/steps', 'must not be empty'),
    ...when(hasTwice(paths), '/change/steps', 'must not write a file twice'),
    ...when(rollout.canary < 1, '/rollout/canary', 'must be at least 1'),
    ...when(rollout.window < 1, '/rollout/window', 'must be at least 1'),
    ...when(rollout.canary > total, '/rollout/canary', 'must not be more than there are targets'),
    ...when(total > CANARY_ABOVE && rollout.canary >= total, '/rollout/canary', 'must be fewer than all targets'),
    ...when(total > CANARY_ABOVE && rollout.window >= total, '/rollout/window', 'must be fewer than all targets'),
  ];
}

function validationRules({ purpose, environment, validation, targets }: Unhashed): readonly Complaint[] {
  const staging = new Set<string>(validation.stagingTargets);
  const inStaging = targets.filter(({ id }) => staging.has(id)).length;
  const isRun = purpose === 'validation';
  return [
    ...when(isRun && environment !== 'staging', '/environment', 'must be staging for a validation run'),
    ...when(isRun && inStaging < targets.length, '/targets', 'must be staging targets of the validation'),
    ...when(!isRun && environment !== 'staging' && inStaging > 0, '/targets', 'must not be staging targets'),
    ...when(hasTwice(validation.checks.map(({ id }) => id)), '/validation/checks', 'must not name a check twice'),
  ];
}

const nameOf = (state: CapturedState): string =>
  state.kind === 'file' ? `file ${state.path}` : `service ${state.service}`;
const namesOf = (states: readonly CapturedState[]): string => JSON.stringify(states.map(nameOf));

function rollbackRules({ rollback, capture, change }: Unhashed): readonly Complaint[] {
  return [
    ...when(namesOf(capture) !== namesOf(stateToCapture(change)), '/capture', 'must be exactly what the steps touch'),
    ...when(
      rollback.kind === 'none' && rollback.isAutomatic,
      '/rollback/isAutomatic',
      'must be false without a rollback',
    ),
    ...when(rollback.kind === 'restore' && rollback.windowMinutes < 1, '/rollback/windowMinutes', 'must be at least 1'),
  ];
}

function authorityRules(capsule: Unhashed): readonly Complaint[] {
  const { decision, demands, rollback } = capsule;
  const isAlone = decision.verdict === 'autonomous';
  const losesData = rollback.dataEffects === 'lost' || rollback.dataEffects === 'unknown';
  return [
    ...when(capsule.notBefore >= capsule.notAfter, '/notAfter', 'must be later than notBefore'),
    ...when(capsule.version > 1 && capsule.parent === undefined, '/parent', 'must name the version before'),
    ...when(capsule.version === 1 && capsule.parent !== undefined, '/parent', 'must be absent in version 1'),
    ...when(decision.verdict === 'prohibited', '/decision/verdict', 'must not be prohibited'),
    ...when(isAlone && demands.length > 0, '/demands', 'must be empty when it runs alone'),
    ...when(isAlone && losesData, '/rollback/dataEffects', 'must be known and without loss when it runs alone'),
    ...when(
      capsule.purpose === 'rollout' && decision.verdict === 'needs-approval' && demands.length === 0,
      '/demands',
      'must not be empty when approval is needed',
    ),
    ...when(hasTwice(capsule.proposal.signals), '/proposal/signals', 'must not name a signal twice'),
    ...when(
      isAlone && capsule.targets.some(({ tier }) => tier === 'safety-critical'),
      '/decision/verdict',
      'must not be autonomous on a safety-critical target',
    ),
  ];
}
