/** A decision as it was recorded: of the document what a replay reads, and its verdict; the rest explains it to people (D2). */
import type { Result } from '../shared/result.ts';
import {
  digest,
  id,
  integer,
  list,
  object,
  oneOf,
  optional,
  readShape,
  text,
  type Fields,
  type Shape,
} from '../shared/shape.ts';
import type { Decision } from './decision.ts';
import { KNOWERS, type Provenance } from './fact-table.ts';
import { factsShape } from './facts-shape.ts';
import { predictionShape } from './prediction-shape.ts';
import type { RecordedInputs } from './replay-decision.ts';

export type RecordedDecision = RecordedInputs & Pick<Decision, 'verdict' | 'envelope'>;

const count = integer({ min: 0, max: 1_000_000_000 });
const words = list(text({ max: 20_000 }), { max: 5000 });
type Named = Decision['envelope'];
const named: Shape<Named> = object<Named>({ digest, version: count });
type Finding = Decision['findings'][number];

const FIELDS: Fields<RecordedDecision> = {
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
};
const recordedShape: Shape<RecordedDecision> = object<RecordedDecision>(FIELDS);

/** `document`: the whole decision; what it says beside these fields is left aside, and none of them may be absent or of another form. */
export function readRecordedDecision(document: Readonly<Record<string, unknown>>): Result<RecordedDecision> {
  const read = Object.keys(FIELDS).filter((name) => document[name] !== undefined);
  return readShape(recordedShape, Object.fromEntries(read.map((name) => [name, document[name]])));
}
