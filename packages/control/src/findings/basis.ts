/**
 * What findings are ranked by (G5): the graph, whether it is young enough to prove anything, and the envelope's mapping of severities.
 * Its name is kept with the ranking; another name means that everything is ranked anew.
 */
import {
  msOf,
  reachFromEntries,
  type GraphIndex,
  type Instant,
  type OrganisationId,
  type ReachMap,
} from '@countersign/core';
import type { Deps } from '../deps.ts';

export interface RankingBasis {
  readonly name: string;
  readonly graph: GraphIndex | undefined;
  readonly reach: ReachMap;
  readonly severities: Readonly<Record<string, number>>;
  readonly now: Instant;
}

interface BasisParts {
  readonly graph: { readonly index: GraphIndex; readonly digest: string } | undefined;
  /** The envelope in force; absent: nothing says how old a graph may be, so none proves anything. */
  readonly envelope:
    | {
        readonly digest: string;
        readonly envelope: {
          readonly maxGraphAgeMinutes: number;
          readonly severities: Readonly<Record<string, number>>;
        };
      }
    | undefined;
  readonly now: Instant;
}

const CLOCK_SKEW_MS = 60_000;
/** One walk for each snapshot this process holds; it goes when the snapshot goes. */
const walks = new WeakMap<GraphIndex, ReachMap>();

export function basisFor({ graph, envelope, now }: BasisParts): RankingBasis {
  const isFresh = graph !== undefined && envelope !== undefined && isYoung(graph.index, envelope.envelope, now);
  return {
    name: [graph?.digest ?? 'none', isFresh ? 'fresh' : 'stale', envelope?.digest ?? 'none'].join(' '),
    graph: graph?.index,
    reach: reachOf(graph?.index, isFresh),
    severities: envelope?.envelope.severities ?? {},
    now,
  };
}

/** What rules now, as it is remembered; loaded before a transaction is opened. */
export async function basisOf(
  { trust }: Pick<Deps, 'trust'>,
  organisation: OrganisationId,
  now: Instant,
): Promise<RankingBasis> {
  const [graph, envelope] = await Promise.all([trust.graph(organisation), trust.envelope(organisation)]);
  return basisFor({ graph, envelope: envelope.ok ? envelope.value : undefined, now });
}

function isYoung(
  { snapshot }: GraphIndex,
  { maxGraphAgeMinutes }: { readonly maxGraphAgeMinutes: number },
  now: Instant,
): boolean {
  const ageMs = msOf(now) - msOf(snapshot.takenAt);
  return ageMs >= -CLOCK_SKEW_MS && ageMs <= maxGraphAgeMinutes * 60_000;
}

function reachOf(index: GraphIndex | undefined, isGraphFresh: boolean): ReachMap {
  if (index === undefined || !isGraphFresh) return reachFromEntries(index, { isGraphFresh });
  const walked = walks.get(index) ?? reachFromEntries(index, { isGraphFresh });
  walks.set(index, walked);
  return walked;
}
