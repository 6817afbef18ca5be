/** Plays the record as it grows: a line for each event that says something, a bar for progress, the counts when a rollout ends. */
import { countsText } from '@countersign/core';
import type { Context } from '../cli/context.ts';
import { safe } from '../cli/safe-text.ts';
import { bar } from '../cli/progress.ts';
import type { Following, Recorded } from '../sdk/events.ts';
import { Problem } from '../sdk/problem.ts';
import { isOver, RolloutBoard, type SeenRollout } from './rollout-board.ts';
import { countsIn, tell } from './tell.ts';

export interface Watching {
  /** Which events are told. */
  readonly wants: (recorded: Recorded) => boolean;
  /** Asked after each event, told or not. */
  readonly isEnd: (recorded: Recorded, board: RolloutBoard) => boolean | Promise<boolean>;
  /** Number of the event after which to begin. */
  readonly after: number | undefined;
  /** What it is watched for: recorded, and the reason why causes and counts are told (V6). */
  readonly purpose: string;
}

export async function follow(context: Context, watching: Watching): Promise<RolloutBoard> {
  const { world, output } = context;
  const board = new RolloutBoard();
  const progress = context.progress();
  const stop = new AbortController();
  const signal = AbortSignal.any([world.interrupted, stop.signal]);
  const onState = (state: 'live' | 'lost'): void => {
    if (state === 'lost' && !signal.aborted) output.note('connection lost; coming back');
  };
  const { after, purpose } = watching;
  for await (const recorded of read(context, { signal, onState, purpose, ...(after !== undefined && { after }) })) {
    if (watching.wants(recorded))
      show(context, progress, { recorded, rollout: board.note(recorded, countsIn(recorded.body)) });
    if (await watching.isEnd(recorded, board)) break;
  }
  stop.abort();
  progress.clear();
  return board;
}

/** With bodies where the server gives them; whoever may not read evidence still sees what happens. */
async function* read({ client, output }: Context, following: Following): AsyncGenerator<Recorded, void, void> {
  let { after } = following;
  try {
    for await (const recorded of client.events(following)) {
      after = recorded.seq;
      yield recorded;
    }
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'forbidden') throw error;
    output.note(`${error.detail}; told without causes and counts`);
    const { purpose: _refused, ...rest } = following;
    yield* client.events({ ...rest, ...(after !== undefined && { after }) });
  }
}

interface Shown {
  readonly recorded: Recorded;
  readonly rollout: SeenRollout | undefined;
}

function show(context: Context, progress: ReturnType<Context['progress']>, { recorded, rollout }: Shown): void {
  const { output, settings } = context;
  if (settings.isJson) {
    const { seq, leaf, body } = recorded;
    output.json(
      { seq, ...leaf, ...(body !== undefined && { body }), ...(rollout?.counts && { counts: rollout.counts }) },
      'line',
    );
    return;
  }
  const told = tell(recorded, rollout?.counts);
  if (told !== undefined) {
    progress.clear();
    output.line(told.style === undefined ? told.text : output.style(told.style, told.text));
  }
  if (rollout?.counts === undefined || isOver(rollout)) return;
  const { touched, targets } = rollout.counts;
  progress.show(
    `${safe(rollout.proposal, 40)} ${bar(touched, targets)}  ${countsText(rollout.counts)}`,
    touched / targets,
  );
}

/** The last word: every rollout that was seen, with its numbers. */
export function summarize(context: Context, board: RolloutBoard): void {
  const { output, settings } = context;
  const { rollouts } = board;
  if (settings.isJson) return output.json({ event: 'summary', rollouts }, 'line');
  if (rollouts.length === 0) return undefined;
  output.line();
  for (const { proposal, capsule, outcome, isTripped, counts } of rollouts) {
    const name = `${safe(proposal, 40)}  ${safe(capsule.slice(0, 15), 20)}  ${outcome}${isTripped ? ', after a trip' : ''}`;
    output.line(output.style('bold', name));
    if (counts !== undefined) output.line(`  ${countsText(counts)}`);
  }
  return undefined;
}
