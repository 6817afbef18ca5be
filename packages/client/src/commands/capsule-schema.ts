/** `cs capsule schema`: the JSON Schema of the predicate, and what the statement around it says (C2). */
import { capsuleShape, type JsonSchema } from '@countersign/core';
import { CAPSULE_PREDICATE } from '@countersign/seal';
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  id: 'The same in every version; of all versions at most one runs, once.',
  version: 'Counts up from 1.',
  parent: 'Digest of the version before; absent in version 1.',
  organisation: 'Whose it is.',
  purpose: '`validation` proves the change in staging; `rollout` is the governed change.',
  environment: 'Where it runs.',
  audience: 'The one enclave and runner that may run it.',
  notBefore: 'Start of the window.',
  notAfter: 'End of the window.',
  nonce: 'Used once.',
  isDemo: 'Made with demo keys; a production runner refuses it.',
  proposal: 'What was proposed, by which agent, who answers for it, and why.',
  change: 'What is done, as typed steps; never shell text (X2).',
  validation: 'How it is proved, bound to the change (W1).',
  rollback: 'How it is undone (X6).',
  changeDigest:
    'SHA-256 over the canonical JSON of change, rollback and validation: equal in staging and production (L4).',
  capture: 'What is written down of each target beforehand; exactly what the steps touch.',
  counterCapsule:
    'SHA-256 of the counter-capsule, which follows from the rest: the way back that is signed with the change.',
  targets: 'Where, in rollout order, the stratified canary first; nothing outside runs.',
  rollout: 'Canary, window, waits (X4).',
  dependants: 'Services whose health is read before, between and after.',
  egress: 'How much of the evidence may leave (V2).',
  decision: 'Verdict, digest of the decision, and digests of what it was made from (D2).',
  envelope: 'The authority envelope it was decided under.',
  graph: 'The system graph the targets were looked up in.',
  riskAssessment: 'SHA-256 of the risk assessment.',
  demands: 'Who has to approve; a runner adds its own floor.',
};

const isSchema = (value: unknown): value is JsonSchema => typeof value === 'object' && value !== null;

/** Plain JSON Schema 2020-12. */
export function capsuleSchema(): JsonSchema {
  const { properties } = capsuleShape.schema;
  const described = Object.entries(isSchema(properties) ? properties : {}).map(([name, schema]) => [
    name,
    {
      ...(DESCRIPTIONS[name] !== undefined && { description: DESCRIPTIONS[name] }),
      ...(isSchema(schema) ? schema : {}),
    },
  ]);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: CAPSULE_PREDICATE,
    title: 'Capsule',
    ...capsuleShape.schema,
    properties: Object.fromEntries(described),
    $comment:
      'Predicate of an in-toto Statement v1 in a DSSE envelope. Its subjects are `change`, `validation` and `rollback`, in this order, each with the SHA-256 of the canonical JSON (RFC 8785) of the field of that name.',
  };
}

export async function capsuleSchemaCommand({ output }: Context): Promise<ExitCode> {
  output.json(capsuleSchema());
  return EXIT.ok;
}
