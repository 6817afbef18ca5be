/** The verdict on a proposal and everything needed to explain it and to reach it again (D1, D2). */
import type { Digest, Id, Instant, ProposalId } from '../shared/brand.ts';
import type { Demand } from '../people/person.ts';
import type { Facts } from './facts.ts';

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
  /** Smallest changes that would have made it autonomous, as the nearest grant sees it. */
  readonly counterfactuals: readonly { readonly rule: string; readonly changes: readonly string[] }[];
  readonly facts: Facts;
  readonly envelope: { readonly digest: Digest; readonly version: number };
  readonly graph: { readonly digest: Digest; readonly version: number };
  /** Versions of what decided, e.g. `cedar 4.13.0`, `own 1`. */
  readonly engines: readonly string[];
}
