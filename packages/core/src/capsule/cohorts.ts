/**
 * Cohort sizes (X4, AG-706 4.9): the canary, then as many targets as are verified healthy so far, so that the verified
 * count doubles until a cohort is as large as the window.
 */
export interface CohortRule {
  readonly canary: number;
  readonly window: number;
}

/** Size of the cohort after those that passed. At least one, so that a resumed rollout without a healthy target starts small. */
export const nextCohortSize = (healthy: number, rule: CohortRule): number =>
  Math.max(1, Math.min(healthy, rule.window));

/** Where each cohort ends in the target list if every target turns out healthy; the last entry is `targets`. */
export function plannedCohorts(targets: number, rule: CohortRule): readonly number[] {
  const ends: number[] = [];
  let end = Math.min(Math.max(1, rule.canary), targets);
  while (end < targets) {
    ends.push(end);
    end = Math.min(targets, end + nextCohortSize(end, rule));
  }
  return targets > 0 ? [...ends, targets] : ends;
}
