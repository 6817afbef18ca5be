/** `cs watch`: one proposal until it ends, or everything that happens. */
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { usage } from '../cli/failure.ts';
import { endedAs } from '../cli/wait.ts';
import type { Recorded } from '../sdk/events.ts';
import { follow, summarize, type Watching } from '../watch/follow.ts';
import type { RolloutBoard } from '../watch/rollout-board.ts';
import { capsuleDigestOf } from './rollout-of.ts';

export interface WatchOptions {
  readonly all: boolean;
  /** End when every rollout that was seen has ended. */
  readonly once: boolean;
  /** Begin after this number instead of at the beginning. */
  readonly after: number | undefined;
  /** Tell only what happens from now on. */
  readonly fromNow: boolean;
  readonly purpose: string;
}

/** Begins with the first event: -1 is the place before it. */
const BEGINNING = -1;

export async function watch(context: Context, id: string | undefined, options: WatchOptions): Promise<ExitCode> {
  if ((id === undefined) !== options.all)
    throw usage('watch one thing or everything', 'cs watch P-1', 'cs watch --all');
  const after = options.fromNow ? undefined : (options.after ?? BEGINNING);
  const { once, purpose } = options;
  return id === undefined ? watchAll(context, { after, purpose, once }) : watchOne(context, id, { after, purpose });
}

type From = Pick<Watching, 'after' | 'purpose'>;

async function watchAll(context: Context, { once, ...from }: From & Pick<WatchOptions, 'once'>): Promise<ExitCode> {
  const end = new EndOfStory(context);
  const isEnd = async ({ seq, leaf }: Recorded, board: RolloutBoard): Promise<boolean> => {
    if (!once || !board.isFinished) return false;
    // A staging run is a rollout too: what counts is that the proposals themselves have ended.
    if (ENDING.has(leaf.event) && (await haveEnded(context, board))) await end.reach();
    return end.isAt(seq);
  };
  const board = await follow(context, { ...from, wants: () => true, isEnd });
  summarize(context, board);
  if (context.world.interrupted.aborted) return EXIT.interrupted;
  return isWell(board) ? EXIT.ok : EXIT.halted;
}

async function haveEnded({ client }: Context, board: RolloutBoard): Promise<boolean> {
  const proposals = new Set(board.rollouts.map(({ proposal }) => proposal));
  for (const id of proposals) if (endedAs((await client.proposal(id)).state) === undefined) return false;
  return true;
}

async function watchOne(context: Context, id: string, from: From): Promise<ExitCode> {
  const { client, world, output } = context;
  const end = new EndOfStory(context);
  // An id nobody knows is told at once instead of being waited for.
  let outcome = endedAs((await client.proposal(id)).state);
  if (outcome !== undefined) await end.reach();
  const isEnd = async ({ seq, leaf }: Recorded): Promise<boolean> => {
    if (outcome === undefined && isAbout(leaf, id) && ENDING.has(leaf.event)) {
      outcome = endedAs((await client.proposal(id)).state);
      if (outcome !== undefined) await end.reach();
    }
    return end.isAt(seq);
  };
  const board = await follow(context, { ...from, wants: ({ leaf }) => isAbout(leaf, id), isEnd });
  summarize(context, board);
  if (world.interrupted.aborted) return EXIT.interrupted;
  output.note(`${id} has ended`);
  return outcome ?? EXIT.ok;
}

/** States are of now, events may be of long ago: what has ended is told up to where the record is when that was learned. */
class EndOfStory {
  readonly #context: Context;
  #last: number | undefined;

  constructor(context: Context) {
    this.#context = context;
  }

  async reach(): Promise<void> {
    this.#last ??= (await this.#context.client.checkpoint()).size - 1;
  }

  isAt(seq: number): boolean {
    return this.#last !== undefined && seq >= this.#last;
  }
}

/** Events after which a proposal may have ended. */
const ENDING: ReadonlySet<string> = new Set([
  'proposal.withdrawn',
  'proposal.expired',
  'proposal.refused',
  'approval.rejected',
  'decision.made',
  'validation.finished',
  'capsule.refused',
  'rollout.completed',
  'rollout.rolled-back',
  'rollout.rollback-failed',
  'evidence.received',
  'remediation.closed',
  'manual-work.opened',
]);

export const isAbout = (leaf: Recorded['leaf'], id: string): boolean =>
  leaf.correlation === id || leaf.subject === `proposal:${id}`;

/** A rollback that nobody was driven to, such as the drill of a staging run, is well. */
const isWell = (board: RolloutBoard): boolean =>
  board.rollouts.every(
    ({ outcome, isTripped }) => !isTripped && (outcome === 'completed' || outcome === 'rolled-back'),
  );

/** `cs rollout watch`: until this rollout has ended. */
export async function rolloutWatch(context: Context, name: string, purpose: string): Promise<ExitCode> {
  const capsule = await capsuleDigestOf(context, name);
  const hex = capsule.slice('sha256:'.length);
  const board = await follow(context, {
    after: BEGINNING,
    purpose,
    wants: ({ leaf }) => leaf.subject.endsWith(hex),
    isEnd: (_recorded, seen) => seen.isFinished,
  });
  summarize(context, board);
  if (context.world.interrupted.aborted) return EXIT.interrupted;
  return isWell(board) ? EXIT.ok : EXIT.halted;
}
