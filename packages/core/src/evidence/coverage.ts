/**
 * Coverage (W4): from each module's spec over its checks and their last runs to the kinds of change they vouch for, and what is
 * missing on the way. A check that never ran covers nothing, and so does one that did not pass.
 */
import type { Id, Instant, RunId } from '../shared/brand.ts';
import type { ActionType } from '../proposal/change.ts';
import { flakyChecks, type SpecRun } from './flaky.ts';
import type { ValidationSpec } from './validation-spec.ts';

interface CheckCoverage {
  readonly check: Id<'Check'>;
  readonly what: string;
  /** The last run of this check of this version after a change; absent: it never ran. */
  readonly last?: { readonly run: RunId; readonly result: SpecRun['result']; readonly at: Instant };
  readonly isFlaky: boolean;
  /** Kinds of change on which it has passed. */
  readonly actionClasses: readonly ActionType[];
}

interface SpecCoverage {
  readonly spec: Id<'Spec'>;
  readonly version: number;
  readonly owner: string;
  readonly checks: readonly CheckCoverage[];
}

export type Gap =
  /** Nobody wrote down what must hold for it. */
  | { readonly kind: 'module-without-spec' }
  /** A kind of change that may happen here and that no spec of the module is about. */
  | { readonly kind: 'action-without-spec'; readonly action: ActionType }
  /** A spec is about it, and no check of that spec has passed on such a change. */
  | { readonly kind: 'action-without-run'; readonly action: ActionType; readonly spec: Id<'Spec'> }
  | { readonly kind: 'check-never-ran'; readonly spec: Id<'Spec'>; readonly check: Id<'Check'> }
  | { readonly kind: 'check-not-passed'; readonly spec: Id<'Spec'>; readonly check: Id<'Check'>; readonly run: RunId }
  | { readonly kind: 'check-flaky'; readonly spec: Id<'Spec'>; readonly check: Id<'Check'> }
  | { readonly kind: 'no-reproduction'; readonly spec: Id<'Spec'> };

export interface ModuleCoverage {
  readonly module: string;
  readonly specs: readonly SpecCoverage[];
  readonly missing: readonly Gap[];
  /** Checks whose last run passed and that are not flaky, of all checks, in per cent rounded down. */
  readonly coveredPercent: number;
}

export interface Coverage {
  readonly modules: readonly ModuleCoverage[];
  /** Runs of specs, versions or checks that nobody registered, newest first: they cover nothing. */
  readonly unknownRuns: readonly SpecRun[];
}

/**
 * `modules` are those that ought to be covered; a spec's module is added when it is not among them. `actionClasses` are the kinds of
 * change that may happen. Of each spec its newest version counts: what an older one proved has to be proved again.
 */
export function coverageOf(
  specs: readonly ValidationSpec[],
  runs: readonly SpecRun[],
  { actionClasses, modules }: { readonly actionClasses: readonly ActionType[]; readonly modules: readonly string[] },
): Coverage {
  const newest = newestVersions(specs);
  const flaky = new Set(flakyChecks(runs).map(({ spec, check }) => checkKey(spec, check)));
  const after = Map.groupBy(
    runs.filter(({ phase }) => phase === 'after'),
    ({ spec, check }) => checkKey(spec, check),
  );
  const names = [...new Set([...modules, ...newest.map(({ module }) => module)])].toSorted();
  return {
    modules: names.map((module) =>
      moduleCoverage(
        module,
        newest.filter((spec) => spec.module === module),
        { after, flaky, actionClasses },
      ),
    ),
    unknownRuns: unknownRuns(specs, runs),
  };
}

const checkKey = (spec: { readonly id: string; readonly version: number }, check: string): string =>
  JSON.stringify([spec.id, spec.version, check]);

function newestVersions(specs: readonly ValidationSpec[]): readonly ValidationSpec[] {
  const newest = new Map<string, ValidationSpec>();
  for (const spec of specs) if (spec.version > (newest.get(spec.id)?.version ?? 0)) newest.set(spec.id, spec);
  return [...newest.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

interface Ran {
  readonly after: ReadonlyMap<string, readonly SpecRun[]>;
  readonly flaky: ReadonlySet<string>;
  readonly actionClasses: readonly ActionType[];
}

function moduleCoverage(module: string, specs: readonly ValidationSpec[], ran: Ran): ModuleCoverage {
  const covered = specs.map((spec) => specCoverage(spec, ran));
  const checks = covered.flatMap((spec) => spec.checks);
  const good = checks.filter(({ last, isFlaky }) => last?.result === 'passed' && !isFlaky).length;
  return {
    module,
    specs: covered,
    missing: [
      ...(specs.length === 0 ? [{ kind: 'module-without-spec' } as const] : []),
      ...specs.flatMap((spec, place) => specGaps(spec, covered[place])),
      ...actionGaps(specs, covered, ran.actionClasses),
    ],
    coveredPercent: checks.length === 0 ? 0 : Math.floor((good * 100) / checks.length),
  };
}

function specCoverage(spec: ValidationSpec, { after, flaky }: Ran): SpecCoverage {
  const { id, version, owner } = spec;
  const checks = spec.checks.map(({ id: check, what }): CheckCoverage => {
    const key = checkKey(spec, check);
    const own = after.get(key) ?? [];
    const last = own.reduce<SpecRun | undefined>(later, undefined);
    const passed = own.filter(({ result }) => result === 'passed').map(({ action }) => action);
    return {
      check,
      what,
      ...(last !== undefined && { last: { run: last.run, result: last.result, at: last.at } }),
      isFlaky: flaky.has(key),
      actionClasses: [...new Set(passed)].toSorted(),
    };
  });
  return { spec: id, version, owner, checks };
}

/** Of two at the same moment the one that did not pass. */
const later = (newest: SpecRun | undefined, run: SpecRun): SpecRun =>
  newest === undefined || run.at > newest.at || (run.at === newest.at && run.result !== 'passed') ? run : newest;

function specGaps(spec: ValidationSpec, covered: SpecCoverage | undefined): readonly Gap[] {
  const named = { spec: spec.id };
  const checks = (covered?.checks ?? []).flatMap(({ check, last, isFlaky }): readonly Gap[] => {
    if (last === undefined) return [{ kind: 'check-never-ran', ...named, check }];
    const gaps: Gap[] = [];
    if (last.result !== 'passed') gaps.push({ kind: 'check-not-passed', ...named, check, run: last.run });
    if (isFlaky) gaps.push({ kind: 'check-flaky', ...named, check });
    return gaps;
  });
  return spec.reproduction === undefined ? [{ kind: 'no-reproduction', ...named }, ...checks] : checks;
}

function actionGaps(
  specs: readonly ValidationSpec[],
  covered: readonly SpecCoverage[],
  actionClasses: readonly ActionType[],
): readonly Gap[] {
  return [...new Set(actionClasses)].toSorted().flatMap((action): readonly Gap[] => {
    const about = specs.filter((spec) => spec.actionClasses.includes(action));
    if (about.length === 0) return specs.length === 0 ? [] : [{ kind: 'action-without-spec', action }];
    return about.flatMap(({ id }): readonly Gap[] => {
      const checks = covered.find(({ spec }) => spec === id)?.checks ?? [];
      const isProved = checks.some((check) => check.actionClasses.includes(action));
      return isProved ? [] : [{ kind: 'action-without-run', action, spec: id }];
    });
  });
}

const MAX_UNKNOWN = 100;

function unknownRuns(specs: readonly ValidationSpec[], runs: readonly SpecRun[]): readonly SpecRun[] {
  const known = new Set(specs.flatMap((spec) => spec.checks.map((check) => checkKey(spec, check.id))));
  return runs
    .filter(({ spec, check }) => !known.has(checkKey(spec, check)))
    .toSorted((a, b) => (a.at === b.at ? (a.run < b.run ? -1 : 1) : a.at > b.at ? -1 : 1))
    .slice(0, MAX_UNKNOWN);
}
