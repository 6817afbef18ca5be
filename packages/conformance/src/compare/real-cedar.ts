/**
 * Real Cedar as the judge of our own answers. It is asked only with the schema, because without it a missing attribute skips a
 * forbid; any error is thrown: a test has no use for a guess.
 */
import {
  preparsePolicySet,
  preparseSchema,
  statefulIsAuthorized,
  validate,
  type Policy,
} from '@cedar-policy/cedar-wasm/nodejs';
import { cedarContext, toCedar, type ActionType, type Attributes, type Mode, type Rule } from '@countersign/core';

const SCHEMA_NAME = 'comparison';

export interface Asked {
  readonly mode: Mode;
  readonly action: ActionType;
  readonly attributes: Attributes;
}
export interface RealAnswer {
  readonly isAllowed: boolean;
  /** Sorted. */
  readonly determining: readonly string[];
}

const failed = (answer: { readonly errors: readonly { readonly message: string }[] }): Error =>
  new Error(answer.errors.map(({ message }) => message).join('; '));

/**
 * Parsed once, asked often. Parsed sets are never freed by the engine, so a `slot` is a name that is used again: whoever loads
 * another set into it makes the one before unusable.
 */
export function realCedar(
  rules: readonly Rule[],
  { slot, policies }: { readonly slot: string; readonly policies?: Readonly<Record<string, Policy>> },
): (asked: Asked) => RealAnswer {
  const printed = toCedar(rules);
  const staticPolicies = { ...(policies ?? printed.policies) };
  const schema = preparseSchema(SCHEMA_NAME, printed.schema);
  if (schema.type === 'failure') throw failed(schema);
  const checked = validate({ schema: printed.schema, policies: { staticPolicies } });
  if (checked.type === 'failure') throw failed(checked);
  const [problem] = checked.validationErrors;
  if (problem !== undefined) throw new Error(`policy ${problem.policyId}: ${problem.error.message}`);
  const parsed = preparsePolicySet(slot, { staticPolicies });
  if (parsed.type === 'failure') throw failed(parsed);
  return ({ mode, action, attributes }) => {
    const answer = statefulIsAuthorized({
      principal: { type: 'Agent', id: 'agent' },
      action: { type: 'Action', id: action },
      resource: { type: 'Operation', id: 'operation' },
      context: cedarContext(attributes, mode),
      entities: [],
      preparsedPolicySetId: slot,
      preparsedSchemaName: SCHEMA_NAME,
      validateRequest: true,
    });
    if (answer.type === 'failure') throw failed(answer);
    const { decision, diagnostics } = answer.response;
    // An erroring policy is skipped by Cedar: a forbid that fails would permit.
    if (diagnostics.errors.length > 0) throw new Error(`policies failed: ${JSON.stringify(diagnostics.errors)}`);
    return { isAllowed: decision === 'allow', determining: diagnostics.reason.toSorted() };
  };
}
