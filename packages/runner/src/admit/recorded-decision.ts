/** The decision as it was recorded: only bytes with the digest in the capsule are read, and of them what a replay needs (D2). */
import {
  digest,
  factsShape,
  id,
  integer,
  KNOWERS,
  list,
  object,
  ok,
  oneOf,
  optional,
  predictionShape,
  readShape,
  refuse,
  text,
  type Capsule,
  type Decision,
  type Provenance,
  type Result,
  type Shape,
} from '@countersign/core';
import { decodeBase64, digestOf, digestOfDocument, isJsonObject, readStrictJson } from '@countersign/seal';

const count = integer({ min: 0, max: 1_000_000_000 });
const words = list(text({ max: 20_000 }), { max: 5000 });

type Named = { readonly digest: Decision['envelope']['digest']; readonly version: number };
const named: Shape<Named> = object<Named>({ digest, version: count });

/** What of a decision is replayed; the rest of the document explains it to people. */
export type RecordedDecision = Pick<
  Decision,
  | 'proposal'
  | 'revision'
  | 'changeDigest'
  | 'stage'
  | 'verdict'
  | 'missing'
  | 'facts'
  | 'findings'
  | 'prediction'
  | 'provenance'
  | 'envelope'
  | 'graph'
  | 'engines'
>;
type Finding = Decision['findings'][number];
const recordedShape: Shape<RecordedDecision> = object<RecordedDecision>({
  proposal: id(),
  revision: integer({ min: 1, max: 1_000_000 }),
  changeDigest: digest,
  stage: oneOf('before-staging', 'after-staging'),
  verdict: oneOf('autonomous', 'needs-approval', 'prohibited'),
  missing: words,
  facts: factsShape,
  findings: list(object<Finding>({ clause: text({ max: 100 }), text: text({ max: 20_000 }) }), { max: 5000 }),
  prediction: optional(predictionShape),
  provenance: list(
    object<Provenance>({ knower: oneOf(...KNOWERS), documents: list(text({ max: 300 }), { max: 5000 }) }),
    { max: KNOWERS.length },
  ),
  envelope: named,
  graph: named,
  engines: list(text({ max: 300 }), { max: 16 }),
});
const FIELDS = [
  'proposal',
  'revision',
  'changeDigest',
  'stage',
  'verdict',
  'missing',
  'facts',
  'findings',
  'prediction',
  'provenance',
  'envelope',
  'graph',
  'engines',
] as const;

const MAX_DECISION_BYTES = 2_097_152;

export function readDecision(encoded: string, capsule: Capsule): Result<RecordedDecision> {
  const bytes = decodeBase64(encoded);
  if (bytes === undefined || digestOf(bytes) !== capsule.decision.digest)
    return refuse('decision-other', 'the decision is not the one the capsule names', { clause: 'D2' });
  const json = readStrictJson(bytes, { maxBytes: MAX_DECISION_BYTES });
  if (!json.ok) return json;
  const document = json.value;
  if (!isJsonObject(document)) return refuse('malformed', 'the decision is not an object');
  const read = readShape(
    recordedShape,
    Object.fromEntries(FIELDS.flatMap((name) => (document[name] === undefined ? [] : [[name, document[name]]]))),
  );
  if (!read.ok) return read;
  // The facts that were decided upon, as they were written down (C1).
  if (digestOfDocument(document['facts']) !== capsule.decision.inputs.facts)
    return refuse('decision-other', 'the facts of the decision are not those the capsule names', { clause: 'D2' });
  return checkSame(read.value, capsule);
}

function checkSame(decision: RecordedDecision, capsule: Capsule): Result<RecordedDecision> {
  const isSame =
    decision.proposal === capsule.proposal.id &&
    decision.revision === capsule.proposal.revision &&
    decision.changeDigest === capsule.changeDigest &&
    decision.verdict === capsule.decision.verdict &&
    decision.envelope.digest === capsule.envelope.digest &&
    decision.graph.digest === capsule.graph.digest;
  if (isSame) return ok(decision);
  return refuse('decision-other', 'the decision is about another proposal, change, envelope or graph', {
    clause: 'D6',
  });
}
