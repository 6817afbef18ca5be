/**
 * E3, E4: does a version of the policies permit anything the one before did not, or ask fewer people? Exact over all requests, by
 * decision diagrams; what is too much effort is "not proved", never "no widening".
 */
import type { ActionType } from '../../proposal/change.ts';
import { MODES, type Attributes, type Mode } from '../attributes.ts';
import type { CedarJson } from './est.ts';
import { satisfied } from './matching.ts';
import { Comparer, cubesOfAll, Findings, newlyPermitted, noLongerRouted, PERMITTING } from './questions.ts';
import { readEst, type ReadOptions, type ReadPolicies } from './read-est.ts';
import { classesOf } from './partition.ts';
import type { Request } from './example.ts';

/** A request that the new version treats more freely. */
export interface Widening {
  /** `route`: people who were asked before need not be asked any more. */
  readonly mode: Mode;
  readonly action: ActionType;
  readonly attributes: Attributes;
  /** Rules of the new version that permit it. */
  readonly grantedBy: readonly string[];
  /** Routes it owed before and does not owe now; only in mode `route`. */
  readonly lostRoutes: readonly string[];
  /** False: it breaks an invariant between facts, or stands on an expression that was not understood. It still counts. */
  readonly isRealistic: boolean;
}

export type Comparison =
  /** Proved: `classes` kinds of requests were told apart, as a decimal number. */
  | { readonly kind: 'no-widening'; readonly classes: string; readonly nodes: number }
  | { readonly kind: 'widening'; readonly examples: readonly Widening[] }
  | { readonly kind: 'not-proved'; readonly reason: string };

export interface CompareOptions extends ReadOptions {
  readonly maxSteps?: number;
  readonly maxNodes?: number;
  /** Examples shown of each mode, and of each route one. */
  readonly maxExamples?: number;
}

const MAX_STEPS = 400_000;
const MAX_NODES = 2_000_000;
const MAX_EXAMPLES = 8;

/** Without a version before, everything permitted is new. */
export function compareModes(
  { before, after }: { readonly before: CedarJson | undefined; readonly after: CedarJson },
  options: CompareOptions = {},
): Comparison {
  const [old, next] = [readEst(before ?? { staticPolicies: {} }, options), readEst(after, options)];
  const unread = [old, next].flatMap((read) => (read.ok ? [] : (read.refusal.complaints ?? [])));
  if (!old.ok || !next.ok)
    return { kind: 'not-proved', reason: [...new Set(unread.map(({ at, problem }) => `${at} ${problem}`))].join('; ') };
  return compareRead({ before: old.value, after: next.value }, options);
}

/** As `compareModes`, of policies already read with the same options. */
export function compareRead(
  { before, after }: { readonly before: ReadPolicies; readonly after: ReadPolicies },
  { maxSteps = MAX_STEPS, maxNodes = MAX_NODES, maxExamples = MAX_EXAMPLES }: CompareOptions = {},
): Comparison {
  const comparer = new Comparer([before, after], { maxSteps, maxNodes });
  const modes = MODES.map((mode) => ({
    mode,
    before: comparer.inMode(before, mode),
    after: comparer.inMode(after, mode),
  }));
  const examples: Widening[] = [];
  let isUnsure = false;
  for (const { mode, ...versions } of modes.filter((one) => PERMITTING.includes(one.mode))) {
    const findings = new Findings(maxExamples);
    newlyPermitted(comparer, versions, findings);
    isUnsure ||= findings.isUnsure;
    for (const [, request] of findings.requests) examples.push(wideningOf(after, request, { mode, lostRoutes: [] }));
  }
  const approved = comparer.inMode(after, 'approved');
  const [routes, nowRoutes] = [comparer.inMode(before, 'route'), comparer.inMode(after, 'route')];
  const lost = new Findings(Number.MAX_SAFE_INTEGER);
  for (const route of routes.permits) {
    const now = nowRoutes.permits.find(({ id }) => id === route.id);
    noLongerRouted(comparer, { route, now, approved }, lost);
  }
  isUnsure ||= lost.isUnsure;
  for (const [route, request] of lost.requests)
    examples.push(wideningOf(after, request, { mode: 'route', lostRoutes: [route] }));
  if (examples.length > 0) return { kind: 'widening', examples };
  if (isUnsure) return { kind: 'not-proved', reason: 'the versions differ in too many ways at once to be told apart' };
  return {
    kind: 'no-widening',
    classes: classesOf(comparer.partition, cubesOfAll([before, after])).toString(),
    nodes: comparer.total.nodes,
  };
}

function wideningOf(
  after: ReadPolicies,
  { action, attributes, isRealistic }: Request,
  { mode, lostRoutes }: Pick<Widening, 'mode' | 'lostRoutes'>,
): Widening {
  const asked = mode === 'route' ? 'approved' : mode;
  const grantedBy = satisfied(after, { mode: asked, action, attributes }).permits;
  return { mode, action, attributes, grantedBy, lostRoutes, isRealistic };
}
