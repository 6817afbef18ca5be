/** What a conformance run found. A twin is the same act where it is allowed, or the same check where the control is off. */
export interface CaseResult {
  readonly name: string;
  readonly kind: 'check' | 'twin';
  readonly state: 'passed' | 'failed' | 'skipped';
  readonly requirements: readonly string[];
  readonly threats: readonly string[];
  /** What was not as it must be, or why it was skipped. */
  readonly complaints: readonly string[];
  readonly ms: number;
  /** Codes of what runners refused meanwhile, as they reported it: what stood in the way of an attack. */
  readonly refusedBy?: readonly string[];
}

export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Twins that did what a twin must do; each is counted in `passed` too. */
  readonly twins: number;
  readonly results: readonly CaseResult[];
}

export function tallyOf(results: readonly CaseResult[]): Tally {
  const count = (state: CaseResult['state']): number => results.filter((result) => result.state === state).length;
  return {
    passed: count('passed'),
    failed: count('failed'),
    skipped: count('skipped'),
    twins: results.filter(({ kind, state }) => kind === 'twin' && state === 'passed').length,
    results,
  };
}

/** Nothing failed, and something was looked at. */
export const isGood = ({ passed, failed }: Tally): boolean => failed === 0 && passed > 0;
