/** The decision as it was recorded: only bytes with the digest in the capsule are read, and of them what a replay needs (D2). */
import {
  ACTION_TYPES,
  boolean,
  digest,
  environmentShape,
  id,
  instant,
  integer,
  list,
  object,
  ok,
  oneOf,
  readShape,
  refuse,
  text,
  tierShape,
  type Capsule,
  type Decision,
  type Facts,
  type Result,
  type Shape,
} from '@countersign/core';
import { decodeBase64, digestOf, isJsonObject, readStrictJson } from '@countersign/seal';

const count = integer({ min: 0, max: 1_000_000_000 });
const signed = integer({ min: -1, max: 1_000_000_000 });
const words: Shape<readonly string[]> = list(text({ max: 200 }), { max: 5000 });

const factsShape: Shape<Facts> = object<Facts>({
  now: instant,
  agent: id(),
  isAgentListed: boolean,
  action: oneOf(...ACTION_TYPES),
  environments: list(environmentShape, { max: 3 }),
  tiers: list(tierShape, { max: 3 }),
  zones: words,
  dataClasses: words,
  targets: count,
  unknownTargets: count,
  targetsPerTier: object<Facts['targetsPerTier']>({
    'non-critical': count,
    'production-critical': count,
    'safety-critical': count,
  }),
  percentOfTier: count,
  affectedServices: count,
  affectedTiers: list(tierShape, { max: 3 }),
  unhandledDependants: count,
  isGraphFresh: boolean,
  severity: signed,
  independentSignals: count,
  matchesKnownBenign: boolean,
  stagingValidated: boolean,
  openCalendars: words,
  rollbackKind: oneOf('restore', 'none'),
  rollbackWindowMinutes: count,
  rollbackLosesData: boolean,
  drillAgeDays: signed,
  actionsLastHour: count,
  cumulativeTargets: count,
  isBreakerOpen: boolean,
  isSuspended: boolean,
  overlapsOperation: boolean,
});

type Named = { readonly digest: Decision['envelope']['digest']; readonly version: number };
const named: Shape<Named> = object<Named>({ digest, version: count });

/** What of a decision is replayed; the rest of the document explains it to people. */
export type RecordedDecision = Pick<
  Decision,
  'proposal' | 'revision' | 'changeDigest' | 'stage' | 'verdict' | 'missing' | 'facts' | 'envelope' | 'graph'
>;
const recordedShape: Shape<RecordedDecision> = object<RecordedDecision>({
  proposal: id(),
  revision: integer({ min: 1, max: 1_000_000 }),
  changeDigest: digest,
  stage: oneOf('before-staging', 'after-staging'),
  verdict: oneOf('autonomous', 'needs-approval', 'prohibited'),
  missing: words,
  facts: factsShape,
  envelope: named,
  graph: named,
});
const FIELDS = [
  'proposal',
  'revision',
  'changeDigest',
  'stage',
  'verdict',
  'missing',
  'facts',
  'envelope',
  'graph',
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
  const read = readShape(recordedShape, Object.fromEntries(FIELDS.map((name) => [name, document[name]])));
  return read.ok ? checkSame(read.value, capsule) : read;
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
