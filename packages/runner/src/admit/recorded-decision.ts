/** The decision as it was recorded: only bytes with the digest in the capsule are read, and of them what a replay needs (D2). */
import { ok, readRecordedDecision, refuse, type Capsule, type RecordedDecision, type Result } from '@countersign/core';
import { decodeBase64, digestOf, digestOfDocument, isJsonObject, readStrictJson } from '@countersign/seal';

const MAX_DECISION_BYTES = 2_097_152;

export function readDecision(encoded: string, capsule: Capsule): Result<RecordedDecision> {
  const bytes = decodeBase64(encoded);
  if (bytes === undefined || digestOf(bytes) !== capsule.decision.digest)
    return refuse('decision-other', 'the decision is not the one the capsule names', { clause: 'D2' });
  const json = readStrictJson(bytes, { maxBytes: MAX_DECISION_BYTES });
  if (!json.ok) return json;
  const document = json.value;
  if (!isJsonObject(document)) return refuse('malformed', 'the decision is not an object');
  const read = readRecordedDecision(document);
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
