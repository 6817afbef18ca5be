/** The second engine a decision is put to; its answer must agree with our own evaluator, rule for rule. */
import type { AgentId, Digest } from '../shared/brand.ts';
import type { ActionType } from '../proposal/change.ts';
import type { Attributes, Mode } from '../envelope/attributes.ts';
import type { CedarPolicies } from '../envelope/cedar.ts';

export interface OracleQuestion {
  /** Names the policies: equal digests mean equal policies, so an engine may keep them parsed. */
  readonly envelope: Digest;
  readonly cedar: CedarPolicies;
  readonly agent: AgentId;
  readonly action: ActionType;
  readonly mode: Mode;
  readonly attributes: Attributes;
}

/** `determining` as the engine gives it, in any order. An engine that cannot answer says so; it never throws and never guesses. */
export type OracleAnswer =
  | {
      readonly kind: 'answer';
      readonly isAllowed: boolean;
      readonly determining: readonly string[];
      readonly engine: string;
    }
  | { readonly kind: 'error'; readonly problem: string; readonly engine: string };

export type Oracle = (question: OracleQuestion) => OracleAnswer;
