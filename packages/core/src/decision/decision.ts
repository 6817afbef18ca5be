/** The verdict on a proposal and everything needed to explain it and to reach it again (D1, D2). */
import type { Digest, Id, Instant, ProposalId } from '../shared/brand.ts';
import type { Demand } from '../people/person.ts';
import type { Prediction } from '../impact/prediction.ts';
import type { FactChange } from './fact-change.ts';
import type { Provenance } from './fact-table.ts';
import type { Facts } from './facts.ts';
import type { Margin } from './margins.ts';

/** `prohibited` outranks `needs-approval`, which outranks `autonomous`. */
export type Verdict = 'autonomous' | 'needs-approval' | 'prohibited';

/** One rule as it was consulted: every condition with the fact it read. */
export interface RuleTrace {
  readonly id: string;
  readonly clause: string;
  readonly effect: 'permit' | 'forbid' | 'route';
  readonly isMatched: boolean;
  /** Conditions that did not hold; empty when the rule matched. */
  readonly unmet: readonly { readonly fact: string; readonly need: string; readonly got: string }[];
}

/** The whole debt to people: every demand has to be met by different natural persons (A1, A4). */
export interface ApprovalRequirement {
  readonly routes: readonly Id<'Rule'>[];
  readonly demands: readonly Demand[];
  readonly stepUp: boolean;
}

/** A smallest set of changes with which it would run alone under this grant: none of them can be left out. */
export interface Counterfactual {
  readonly rule: string;
  /** What the changes ask of whoever proposes, added up; in no unit, only to compare. */
  readonly cost: number;
  readonly changes: readonly FactChange[];
}

export interface Decision {
  readonly type: 'decision';
  readonly proposal: ProposalId;
  readonly revision: number;
  readonly changeDigest: Digest;
  /** Decided twice: what is owed before staging, and again with the signed result (L1). */
  readonly stage: 'before-staging' | 'after-staging';
  readonly decidedAt: Instant;
  readonly verdict: Verdict;
  readonly owesStaging: boolean;
  /** Why, most important first; each names its clause and the facts it read. */
  readonly reasons: readonly { readonly clause: string; readonly text: string }[];
  /** Facts that were needed and are not there; any of them prohibits (D1). */
  readonly missing: readonly string[];
  readonly requirement?: ApprovalRequirement;
  readonly rules: readonly RuleTrace[];
  /** The nearest first; empty when nothing anybody can change would have made it autonomous. */
  readonly counterfactuals: readonly Counterfactual[];
  /** How near each cap of the grant that covers it, or of the nearest grant, it is (4.12). */
  readonly margins: readonly Margin[];
  /** What the act means for the estate and why its trigger is doubted, in sentences (G4, 4.11). */
  readonly findings: readonly { readonly clause: string; readonly text: string }[];
  /** The dry run (D4); absent: without a graph nothing can be foreseen. */
  readonly prediction?: Prediction;
  /** Who vouches for the facts, with what (X1); `FACT_TABLE` says which facts are whose. */
  readonly provenance: readonly Provenance[];
  readonly facts: Facts;
  readonly envelope: { readonly digest: Digest; readonly version: number };
  readonly graph: { readonly digest: Digest; readonly version: number };
  /**
   * What decided: `cedar 4.13.0 sha256:…` (its program), `own 1`, `tzdata 2026a`, `policies sha256:…` (the rules in Cedar's JSON
   * form); sorted. Whoever replays it years later knows what to replay it with.
   */
  readonly engines: readonly string[];
  /** An engine could not answer or answered otherwise: an operator is called. Absent: they agreed. */
  readonly alarm?: string;
}
