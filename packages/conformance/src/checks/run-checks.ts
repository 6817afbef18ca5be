/** Runs the chosen tests of section 8 on one whole product, and says which attacks on a runner belong to them. */
import type { Attack } from '../attacks/attack.ts';
import { ATTACKS } from '../attacks/table.ts';
import { CLAUSES, type TestId } from '../requirements/ag-706.ts';
import type { LiveState } from '../requirements/maturity.ts';
import type { CaseResult } from '../result.ts';
import { AUTHORITY_CHECKS } from './authority.ts';
import { BOUNDS_CHECKS } from './bounds.ts';
import { POLICY_CHECKS } from './change-of-policy.ts';
import type { Check } from './check.ts';
import { EXECUTION_CHECKS } from './execution.ts';
import { liveState } from './live-state.ts';
import { Product } from './product.ts';

export const CHECKS: readonly Check[] = [...AUTHORITY_CHECKS, ...POLICY_CHECKS, ...BOUNDS_CHECKS, ...EXECUTION_CHECKS];

/** Attacks on the clauses these tests stand for. */
export function attacksFor(tests: readonly TestId[], attacks: readonly Attack[] = ATTACKS): readonly Attack[] {
  const clauses = new Set(
    CLAUSES.filter((clause) => clause.tests.some((test) => tests.includes(test))).map(({ id }) => `AG-706 ${id}`),
  );
  return attacks.filter(({ requirements }) => requirements.some((requirement) => clauses.has(requirement)));
}

export interface Checked {
  readonly results: readonly CaseResult[];
  /** What the deployment shows of itself after the checks. */
  readonly live: LiveState;
}

export async function runChecks(
  tests: readonly TestId[],
  hear: (result: CaseResult) => void,
  say: (text: string) => void,
): Promise<Checked> {
  const chosen = CHECKS.filter(({ test }) => tests.includes(test));
  const product = await Product.start(say);
  const results: CaseResult[] = [];
  try {
    for (const check of chosen)
      for (const kind of ['check', 'twin'] as const) {
        const result = await judged(check, kind, product);
        if (result === undefined) continue;
        results.push(result);
        hear(result);
      }
    return { results, live: await liveState(product) };
  } finally {
    await product.stop();
  }
}

async function judged(check: Check, kind: CaseResult['kind'], product: Product): Promise<CaseResult | undefined> {
  const trial = kind === 'check' ? check.run : check.twin;
  if (trial === undefined) return undefined;
  const started = performance.now();
  const complaints = await trial(product).catch((error: unknown) => [
    error instanceof Error ? error.message : String(error),
  ]);
  const ms = Math.round(performance.now() - started);
  const { name, requirements, test } = check;
  return {
    name: `${test} ${name}`,
    kind,
    state: complaints.length === 0 ? 'passed' : 'failed',
    requirements,
    threats: [],
    complaints,
    ms,
  };
}
