/** The rollouts that were seen while watching, with the newest counts of each: what is told when one ends and at the end. */
import type { Recorded } from '../sdk/events.ts';
import type { RolloutCountsView } from '../sdk/views.ts';

export interface SeenRollout {
  /** Digest of its capsule. */
  readonly capsule: string;
  readonly proposal: string;
  readonly isTripped: boolean;
  readonly outcome: 'running' | 'halted' | 'completed' | 'rolled-back' | 'rollback-failed';
  readonly counts: RolloutCountsView | undefined;
}

const OUTCOMES: Readonly<Record<string, SeenRollout['outcome']>> = {
  'rollout.started': 'running',
  'rollout.progressed': 'running',
  'rollout.tripped': 'halted',
  'rollout.halted': 'halted',
  'rollout.resumed': 'running',
  'rollout.completed': 'completed',
  'rollout.rolled-back': 'rolled-back',
  'rollout.rollback-failed': 'rollback-failed',
};

const REVERSED: ReadonlySet<SeenRollout['outcome']> = new Set(['rolled-back', 'rollback-failed']);

const isOver = ({ outcome }: SeenRollout): boolean => outcome !== 'running' && outcome !== 'halted';
const isRolloutEvent = (event: string): boolean => Object.hasOwn(OUTCOMES, event);

/** `capsule:<hex>` in a leaf names the digest `sha256:<hex>`. */
export function capsuleNamedIn({ leaf }: Recorded): string | undefined {
  const [, hex] = /^(?:capsule|rollout):(?:sha256:)?([0-9a-f]{64})$/.exec(leaf.subject) ?? [];
  return hex === undefined || !isRolloutEvent(leaf.event) ? undefined : `sha256:${hex}`;
}

export class RolloutBoard {
  readonly #seen = new Map<string, SeenRollout>();

  /** The rollout after this event; undefined when the event is about none. */
  note(recorded: Recorded, counts: RolloutCountsView | undefined): SeenRollout | undefined {
    const capsule = capsuleNamedIn(recorded);
    if (capsule === undefined) return undefined;
    const before = this.#seen.get(capsule);
    const { event, correlation } = recorded.leaf;
    // Progress that arrives after a stop (acts that had begun) does not start it again.
    const said = event === 'rollout.progressed' ? (before?.outcome ?? 'running') : (OUTCOMES[event] ?? 'running');
    const now: SeenRollout = {
      capsule,
      proposal: correlation,
      isTripped: (before?.isTripped ?? false) || event === 'rollout.tripped',
      // A rollout that was completed can still be put back within its window; nothing else changes how it ended.
      outcome: before !== undefined && isOver(before) && !REVERSED.has(said) ? before.outcome : said,
      counts: counts ?? before?.counts,
    };
    this.#seen.set(capsule, now);
    return now;
  }

  get rollouts(): readonly SeenRollout[] {
    return [...this.#seen.values()];
  }

  /** At least one was seen, and none goes on. */
  get isFinished(): boolean {
    return this.#seen.size > 0 && this.rollouts.every(isOver);
  }
}

export { isOver };
