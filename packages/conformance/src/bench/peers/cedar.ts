/** Cedar as published, with schema and policies parsed once: the peer of our evaluator, asked as its own guide says. */
import * as cedar from '@cedar-policy/cedar-wasm/nodejs';
import {
  attributesOf,
  cedarContext,
  type Attributes,
  type CedarPolicies,
  type Facts,
  type Mode,
} from '@countersign/core';

interface CedarAnswer {
  readonly isAllowed: boolean;
  /** Ids of the policies that decided, sorted. */
  readonly determining: readonly string[];
}

let names = 0;

interface CedarQuestion {
  readonly agent: string;
  readonly action: string;
  readonly mode: Mode;
  readonly attributes: Attributes;
}

export interface OpenCedar {
  readonly ask: (facts: Facts, mode: Mode) => CedarAnswer;
  readonly askAbout: (question: CedarQuestion) => CedarAnswer;
}

export function openCedar({ schema, policies }: CedarPolicies): OpenCedar {
  names += 1;
  const name = `peer-${names}`;
  const parsed = [
    cedar.preparseSchema(name, schema),
    cedar.preparsePolicySet(name, { staticPolicies: { ...policies } }),
  ];
  for (const answer of parsed)
    if (answer.type === 'failure') throw new Error(answer.errors.map(({ message }) => message).join('; '));
  const askAbout = (question: CedarQuestion): CedarAnswer => askCedar(name, question);
  return {
    askAbout,
    ask: (facts, mode) => askAbout({ agent: facts.agent, action: facts.action, mode, attributes: attributesOf(facts) }),
  };
}

/** Always with the schema: without it a missing attribute skips a forbid. */
function askCedar(name: string, { agent, action, mode, attributes }: CedarQuestion): CedarAnswer {
  const answer = cedar.statefulIsAuthorized({
    principal: { type: 'Agent', id: agent },
    action: { type: 'Action', id: action },
    resource: { type: 'Operation', id: 'operation' },
    context: cedarContext(attributes, mode),
    entities: [],
    preparsedPolicySetId: name,
    preparsedSchemaName: name,
    validateRequest: true,
  });
  if (answer.type === 'failure') throw new Error(answer.errors.map(({ message }) => message).join('; '));
  const { decision, diagnostics } = answer.response;
  if (diagnostics.errors.length > 0) throw new Error('a policy failed');
  return { isAllowed: decision === 'allow', determining: diagnostics.reason.toSorted() };
}
