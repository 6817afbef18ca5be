/** What a proposal wants, without its words: so that a rejected wish does not come back rephrased (A3). */
import type { Instant, SignalId, TargetId } from '../shared/brand.ts';
import type { Signal } from '../signal/signal.ts';
import type { ActionType } from './change.ts';
import type { ProposalDraft } from './proposal.ts';

export interface Intent {
  /** Rules of the triggering signals, sorted, each once. */
  readonly rules: readonly string[];
  readonly action: ActionType;
  readonly targets: readonly TargetId[];
  /** One text for the three, equal exactly when they are; hash it where it is kept. */
  readonly key: string;
}

/** A rejected intent. Evidence it did not have opens it; so does its end. */
export interface IntentLock {
  readonly intent: string;
  readonly until: Instant;
  readonly signals: readonly SignalId[];
}

/** By code unit: the same on every machine. */
const sorted = <T extends string>(items: readonly T[]): readonly T[] =>
  [...new Set(items)].toSorted((a, b) => (a < b ? -1 : Number(a > b)));

/** Signals that are not known stand for themselves. */
export function intentOf(
  draft: Pick<ProposalDraft, 'change' | 'targets' | 'signals'>,
  signals: ReadonlyMap<SignalId, Pick<Signal, 'rule'>>,
): Intent {
  const rules = sorted(draft.signals.map((signal) => signals.get(signal)?.rule ?? `signal ${signal}`));
  const targets = sorted(draft.targets);
  const { action } = draft.change;
  return { rules, action, targets, key: JSON.stringify([rules, action, targets]) };
}
