/** Flaky checks (W3): the same check of the same spec on the same change and target that did not end the same each time. */
import type { Digest, Id, Instant, RunId, TargetId } from '../shared/brand.ts';
import type { ActionType } from '../proposal/change.ts';

/** One check of one run, as the staging runner signed it, with what it was asked about (W2). */
export interface SpecRun {
  readonly spec: { readonly id: Id<'Spec'>; readonly version: number };
  readonly check: Id<'Check'>;
  readonly run: RunId;
  readonly phase: 'before' | 'after';
  readonly result: 'passed' | 'failed' | 'error';
  readonly target: TargetId;
  readonly changeDigest: Digest;
  /** What the change was. */
  readonly action: ActionType;
  readonly at: Instant;
}

export interface FlakyCheck {
  readonly spec: SpecRun['spec'];
  readonly check: Id<'Check'>;
  readonly changeDigest: Digest;
  readonly target: TargetId;
  /** In order of time. */
  readonly runs: readonly RunId[];
  readonly passed: number;
  readonly failed: number;
}

/** Only runs after the change say something of it; an error is not a pass. A run that was reported twice is one run. */
export function flakyChecks(runs: readonly SpecRun[]): readonly FlakyCheck[] {
  const after = new Map(
    runs
      .filter(({ phase }) => phase === 'after')
      .map((run) => [JSON.stringify([run.run, run.check, run.target, run.at, run.result]), run]),
  );
  const same = Map.groupBy([...after.values()], ({ spec, check, changeDigest, target }) =>
    JSON.stringify([spec.id, spec.version, check, target, changeDigest]),
  );
  return [...same.entries()]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, group]): readonly FlakyCheck[] => {
      const [first] = group;
      const passed = group.filter(({ result }) => result === 'passed').length;
      if (first === undefined || passed === 0 || passed === group.length) return [];
      const { spec, check, changeDigest, target } = first;
      const ordered = group.toSorted((a, b) => (a.at === b.at ? (a.run < b.run ? -1 : 1) : a.at < b.at ? -1 : 1));
      return [
        {
          spec,
          check,
          changeDigest,
          target,
          runs: ordered.map(({ run }) => run),
          passed,
          failed: group.length - passed,
        },
      ];
    });
}
