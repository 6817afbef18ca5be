/** Closures of changes whose evidence stays inside (V2): each is in the record, and here its signature is checked again. */
import {
  checkClosure,
  evidenceClosureShape,
  exclusionsOf,
  object,
  readShape,
  refuse,
  ok,
  withoutWaitingKeys,
  digest,
  id,
  text,
  type Capsule,
  type Digest,
  type EvidenceClosure,
  type Instant,
  type Result,
  type Shape,
  type TrustBundle,
} from '@countersign/core';
import { prefixed, type VerifiedLeaf } from './bundle-envelope.ts';
import { dsseShape, payloadOf, type DsseEnvelope } from './dsse.ts';
import { keysThatSigned } from './human-signature.ts';
import { subjectOf } from './leaf-places.ts';
import { PAYLOAD } from './payload.ts';
import { readStrictJson } from './strict-json.ts';
import type { ActContext, VerifiedCapsule } from './verify-bundle-acts.ts';

/** What the entry `evidence.closed` holds: the signed document, and its words beside it. */
export interface ClosureEntry {
  readonly capsule: Digest;
  readonly evidence: Digest;
  readonly verdict: string;
  readonly person: string;
  readonly closure: DsseEnvelope;
}
export const closureEntryShape: Shape<ClosureEntry> = object<ClosureEntry>({
  capsule: digest,
  evidence: digest,
  verdict: text({ min: 1, max: 40 }),
  person: id(),
  closure: dsseShape,
});

const ENTRY_BYTES = 262_144;

/** The newest closure of each capsule; one whose body was removed at its time says nothing. */
export function verifyClosures(
  { leaves, versions }: ActContext,
  capsules: readonly VerifiedCapsule[],
): Result<ReadonlyMap<Digest, EvidenceClosure>> {
  const found = new Map<Digest, EvidenceClosure>();
  for (const { leaf, body } of leaves) {
    if (leaf.event !== 'evidence.closed' || body === undefined) continue;
    const closure = openEntry({ leaf, body }, { versions, capsules });
    if (!closure.ok) return prefixed('a closure of evidence', closure.refusal);
    found.set(closure.value.capsule, closure.value);
  }
  return ok(found);
}

function openEntry(
  { leaf, body }: Pick<VerifiedLeaf, 'leaf'> & { readonly body: Uint8Array },
  { versions, capsules }: { readonly versions: readonly TrustBundle[]; readonly capsules: readonly VerifiedCapsule[] },
): Result<EvidenceClosure> {
  const json = readStrictJson(body, { maxBytes: ENTRY_BYTES });
  const entry = json.ok ? readShape(closureEntryShape, json.value) : json;
  if (!entry.ok) return entry;
  const closure = openClosure(entry.value.closure);
  if (!closure.ok) return closure;
  const { capsule, evidence, verdict, person } = closure.value;
  const said = entry.value;
  const isSame =
    said.capsule === capsule && said.evidence === evidence && said.verdict === verdict && said.person === person;
  const held = capsules.find((one) => one.digest === capsule);
  if (!isSame || held === undefined || leaf.subject !== subjectOf('capsule', capsule))
    return refuse('bad-proof', 'its entry says what the document does not', { clause: 'V2' });
  let last: Result<never> = refuse('bad-signature', 'nobody is known who could have signed it', { clause: 'V2' });
  // The roster in force at that moment is one of these; none is mixed with another.
  for (const version of versions.toReversed()) {
    const signed = signedUnder(version, { dsse: said.closure, closure: closure.value, held, at: leaf.at });
    if (signed.ok) return closure;
    last = signed;
  }
  return last;
}

function openClosure(dsse: DsseEnvelope): Result<EvidenceClosure> {
  if (dsse.payloadType !== PAYLOAD.evidenceClosure)
    return refuse('wrong-type', 'it is of another type', { clause: 'V2' });
  const payload = payloadOf(dsse);
  const json = payload.ok ? readStrictJson(payload.value) : payload;
  return json.ok ? readShape(evidenceClosureShape, json.value) : json;
}

interface Closing {
  readonly dsse: DsseEnvelope;
  readonly closure: EvidenceClosure;
  readonly held: VerifiedCapsule;
  /** When it came in, as the record has it. */
  readonly at: Instant;
}

function signedUnder({ people, agents }: TrustBundle, { dsse, closure, held, at }: Closing): Result<true> {
  const { capsule, digest: own } = held;
  const roster = withoutWaitingKeys(people, at);
  const facts = { capsule, digest: own, roster, exclusions: exclusions(capsule, { people, agents }) };
  const person = checkClosure(closure, facts);
  if (!person.ok) return person;
  return keysThatSigned(dsse, person.value.credentials) === undefined || dsse.signatures.length !== 1
    ? refuse('bad-signature', 'it is not signed by the person it names', { clause: 'A2' })
    : ok(true);
}

const exclusions = (
  { proposal, environment }: Capsule,
  { people, agents }: Pick<TrustBundle, 'people' | 'agents'>,
): ReturnType<typeof exclusionsOf> =>
  exclusionsOf({
    owner: proposal.owner,
    authors: agents.filter(({ id: name }) => name === proposal.agent).map(({ owner }) => owner),
    initiators: [],
    editors: [],
    contributors: [],
    environment,
    roster: people,
    ties: [],
  });
