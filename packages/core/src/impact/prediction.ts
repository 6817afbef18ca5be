/** The dry run as data, and how far it was from what came (D4, E6). Integers and texts only: it goes into the record as it is. */
import type { NodeId } from '../shared/brand.ts';

/** Best first. `unknown` is worse than degraded: nobody can vouch for it. */
export const HEALTHS = ['unaffected', 'degraded', 'unknown', 'down'] as const;
export type Health = (typeof HEALTHS)[number];

export const worseHealth = (one: Health, other: Health): Health =>
  HEALTHS.indexOf(one) >= HEALTHS.indexOf(other) ? one : other;

/** The worst a dependant goes through between the first act and the verified end. */
export interface ForeseenHealth {
  readonly node: NodeId;
  readonly health: Health;
  /** Capacity that stays, in per cent of the whole, rounded down; absent: nobody declared one. */
  readonly capacityLeftPercent?: number;
  readonly because: string;
}

export interface ForeseenFlow {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly after: 'open' | 'cut';
  /** Messages a minute it carries now. */
  readonly perMinute?: number;
}

export interface Prediction {
  /** By node. */
  readonly dependants: readonly ForeseenHealth[];
  /** By both ends. */
  readonly flows: readonly ForeseenFlow[];
  /** Lowest of all dependants; absent: none declared a capacity. */
  readonly capacityLeftPercent?: number;
  readonly downCount: number;
  readonly unknownCount: number;
}

/** The worst that was seen of one node while the act ran and until it was verified. */
export interface SeenHealth {
  readonly node: NodeId;
  readonly health: Health;
}

interface WrongPrediction {
  readonly node: NodeId;
  readonly predicted: Health;
  readonly seen: Health;
  /** The harmful half: it came worse than foreseen. */
  readonly isWorse: boolean;
}

export interface PredictionError {
  /** Nodes with a prediction and a look; the denominator of an error rate. */
  readonly compared: number;
  readonly wrong: readonly WrongPrediction[];
  /** Harmed, and nothing was foreseen of them. */
  readonly unforeseen: readonly NodeId[];
}

const byNode = (one: { readonly node: NodeId }, other: { readonly node: NodeId }): number =>
  one.node < other.node ? -1 : Number(one.node > other.node);

/**
 * Predicted against seen (D4). A node seen more than once counts with its worst. No data is not a look (X4): a node seen
 * `unknown` is not compared. A prediction `unknown` foresaw nothing: harm there is unforeseen.
 */
export function predictionError(
  prediction: Pick<Prediction, 'dependants'>,
  seen: readonly SeenHealth[],
): PredictionError {
  const foreseen = new Map(prediction.dependants.map(({ node, health }) => [node, health]));
  const worst = new Map<NodeId, Health>();
  for (const { node, health } of seen)
    if (health !== 'unknown') worst.set(node, worseHealth(worst.get(node) ?? 'unaffected', health));
  const wrong: WrongPrediction[] = [];
  const unforeseen: NodeId[] = [];
  let compared = 0;
  for (const [node, health] of worst) {
    const predicted = foreseen.get(node) ?? 'unknown';
    if (predicted === 'unknown') {
      if (health !== 'unaffected') unforeseen.push(node);
      continue;
    }
    compared += 1;
    if (predicted !== health)
      wrong.push({ node, predicted, seen: health, isWorse: worseHealth(predicted, health) === health });
  }
  return { compared, wrong: wrong.toSorted(byNode), unforeseen: unforeseen.toSorted() };
}
