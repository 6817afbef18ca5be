/** What the reducer advises, and what a person's wish or the purpose of a validation makes of it. */
import {
  nextCommands,
  type Capsule,
  type Instant,
  type Result,
  type RolloutCommand,
  type RolloutEvent,
  type RolloutState,
  type RolloutView,
} from '@countersign/core';
import type { Entry } from '../journal/entry.ts';

/** What a person wants, with the entries that go to disk together with the event, and who waits for the outcome. */
export interface Ask {
  /** Undefined: what is asked for is so already. */
  readonly event: (view: RolloutView) => RolloutEvent | undefined;
  readonly entries: readonly Entry[];
  readonly answer: (outcome: Result<true>) => void;
}

export interface NextSteps {
  readonly capsule: Capsule;
  readonly state: RolloutState;
  readonly view: RolloutView;
  readonly now: Instant;
  /** A person asked for the rollback. */
  readonly rollbackCause: string | undefined;
  readonly areChecksDone: boolean;
}

/** The rollback has begun, is over, or is not part of the capsule. */
export function hasNoWayBack({ rollback }: Capsule, { phase: { name } }: RolloutView): boolean {
  const hasBegun = name === 'rolling-back' || name === 'rolled-back' || name === 'rollback-failed';
  return hasBegun || rollback.kind === 'none';
}

/** A validation takes its change back by itself, also after a trip: staging is left as it was. */
export function nextSteps({
  capsule,
  state,
  view,
  now,
  rollbackCause,
  areChecksDone,
}: NextSteps): readonly RolloutCommand[] {
  const commands = nextCommands(state, now);
  const { phase, counts, breaker } = view;
  const isStill = breaker.state === 'open' && counts.inFlight === 0 && !hasNoWayBack(capsule, view);
  if (rollbackCause !== undefined && isStill) return [{ type: 'start-rollback', cause: rollbackCause }];
  if (capsule.purpose !== 'validation' || capsule.rollback.kind === 'none') return commands;
  const isDone = phase.name === 'completed' && areChecksDone;
  const isHeld = commands.some(({ type }) => type === 'hold') && phase.name !== 'rolling-back' && counts.inFlight === 0;
  return isDone || isHeld
    ? [{ type: 'start-rollback', cause: isDone ? 'end of the validation' : 'the validation tripped' }]
    : commands;
}

/** A validation that stopped and cannot be taken back has nothing to wait for. */
export const isFailedValidation = ({ purpose, rollback }: Capsule, { breaker }: RolloutView): boolean =>
  purpose === 'validation' && rollback.kind === 'none' && breaker.state === 'open';
