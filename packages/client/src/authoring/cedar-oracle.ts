/** Cedar for envelope tests on this machine: it reads only text our own compiler printed, so it needs no thread of its own. */
import { createRequire } from 'node:module';
import type * as CedarModule from '@cedar-policy/cedar-wasm/nodejs';
import { cedarContext, type Oracle, type OracleAnswer } from '@countersign/core';

type Cedar = typeof CedarModule;

const isCedar = (loaded: unknown): loaded is Cedar =>
  typeof loaded === 'object' && loaded !== null && 'isAuthorized' in loaded && 'getCedarVersion' in loaded;

function loadCedar(): Cedar {
  const loaded: unknown = createRequire(import.meta.url)('@cedar-policy/cedar-wasm/nodejs');
  if (!isCedar(loaded)) throw new Error('the policy engine could not be loaded');
  return loaded;
}

/** Every question with the schema, and any error is no answer. */
export function createLocalOracle(): Oracle {
  const cedar = loadCedar();
  const engine = `cedar ${cedar.getCedarVersion()}`;
  let prepared: { readonly policies: unknown; readonly problem: string | undefined } | undefined;
  const ask: Oracle = ({ cedar: rules, agent, action, mode, attributes }): OracleAnswer => {
    if (prepared?.policies !== rules.policies) prepared = { policies: rules.policies, problem: prepare(cedar, rules) };
    if (prepared.problem !== undefined) return { kind: 'error', problem: prepared.problem, engine };
    const answer = cedar.statefulIsAuthorized({
      principal: { type: 'Agent', id: agent },
      action: { type: 'Action', id: action },
      resource: { type: 'Operation', id: 'operation' },
      context: cedarContext(attributes, mode),
      entities: [],
      preparsedPolicySetId: 'envelope-tests',
      preparsedSchemaName: 'countersign',
      validateRequest: true,
    });
    const errors =
      answer.type === 'failure' ? answer.errors : answer.response.diagnostics.errors.map(({ error }) => error);
    if (answer.type === 'failure' || errors.length > 0)
      return { kind: 'error', problem: errors.map(({ message }) => message).join('; '), engine };
    const { decision, diagnostics } = answer.response;
    return { kind: 'answer', isAllowed: decision === 'allow', determining: diagnostics.reason, engine };
  };
  return (question) => {
    try {
      return ask(question);
    } catch (error) {
      return { kind: 'error', problem: error instanceof Error ? error.message : 'the engine stopped', engine };
    }
  };
}

function prepare(
  cedar: Cedar,
  rules: { readonly schema: string; readonly policies: Readonly<Record<string, string>> },
): string | undefined {
  const staticPolicies = { ...rules.policies };
  const answers = [
    cedar.preparseSchema('countersign', rules.schema),
    cedar.preparsePolicySet('envelope-tests', { staticPolicies }),
  ];
  const failed = answers.flatMap((answer) => (answer.type === 'failure' ? answer.errors : []));
  return failed.length > 0 ? failed.map(({ message }) => message).join('; ') : undefined;
}
