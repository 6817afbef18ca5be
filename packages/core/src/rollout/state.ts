/**
 * The handle of a rollout. It is a value in the sense of a fold: applying an event spends the old handle and gives a new one,
 * so the memory behind it can be changed in place. Reading or applying to a spent handle is a broken invariant and throws.
 */
import type { Ledger } from './ledger.ts';

export class RolloutState {
  readonly #ledger: Ledger;
  readonly #version: number;

  private constructor(ledger: Ledger) {
    this.#ledger = ledger;
    this.#version = ledger.version;
  }

  /** Only the reducer has a ledger to give. */
  static over(ledger: Ledger): RolloutState {
    return new RolloutState(ledger);
  }

  /** The ledger behind a handle that is not spent. */
  static read(state: RolloutState): Ledger {
    if (state.#ledger.version !== state.#version) throw new Error('a spent rollout state was used again');
    return state.#ledger;
  }
}
