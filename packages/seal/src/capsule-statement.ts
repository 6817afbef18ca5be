/**
 * The capsule as an in-toto statement (C2): subjects are change, validation and rollback by the digest of their canonical bytes, so
 * that other tools can bind to them; the predicate is the capsule. One reader for everybody, so that nobody accepts what another
 * refuses.
 */
import {
  capsuleShape,
  counterCapsuleOf,
  ok,
  readShape,
  refuse,
  renderCapsule,
  stateToCapture,
  type BoundChange,
  type Capsule,
  type Complaint,
  type Digest,
  type Result,
} from '@countersign/core';
import { changeDigestOf } from './change-digest.ts';
import { digestOf, digestOfDocument, digestWords } from './digest.ts';
import { payloadOf, signEnvelope, type DsseEnvelope } from './dsse.ts';
import type { SealKey } from './keys.ts';
import {
  INTOTO_TYPE,
  readStatement,
  STATEMENT_TYPE,
  statementBytes,
  subjectOf,
  type Statement,
  type StatementSubject,
} from './statement.ts';

export const CAPSULE_PREDICATE = 'https://countersign.dev/capsule/v1';

export interface ReadCapsule {
  readonly capsule: Capsule;
  /** SHA-256 of the payload bytes as received: the capsule's name. */
  readonly digest: Digest;
}

export const capsuleSubjects = ({ change, validation, rollback }: BoundChange): readonly StatementSubject[] => [
  subjectOf('change', digestOfDocument(change)),
  subjectOf('validation', digestOfDocument(validation)),
  subjectOf('rollback', digestOfDocument(rollback)),
];

/** Digest of the way back, see `counterCapsuleOf`. */
export const counterCapsuleDigestOf = (capsule: Omit<Capsule, 'counterCapsule'>): Digest =>
  digestOfDocument(counterCapsuleOf(capsule));

/** Completes a capsule with what follows from the rest of it: the state to capture and the way back (X6). */
export function withWayBack(rest: Omit<Capsule, 'capture' | 'counterCapsule'>): Capsule {
  const capsule = { ...rest, capture: stateToCapture(rest.change) };
  return { ...capsule, counterCapsule: counterCapsuleDigestOf(capsule) };
}

/** The document whose canonical bytes are signed. */
export const capsuleStatementOf = (
  capsule: Capsule,
): Pick<Statement, '_type' | 'subject' | 'predicateType'> & { readonly predicate: Capsule } => ({
  _type: STATEMENT_TYPE,
  subject: capsuleSubjects(capsule),
  predicateType: CAPSULE_PREDICATE,
  predicate: capsule,
});

export const capsuleBytes = (capsule: Capsule): Uint8Array => statementBytes(capsuleStatementOf(capsule));

export interface SignedCapsuleFile extends ReadCapsule {
  readonly dsse: DsseEnvelope;
}

export function signCapsule(capsule: Capsule, signers: readonly SealKey[]): SignedCapsuleFile {
  const payload = capsuleBytes(capsule);
  return { capsule, digest: digestOf(payload), dsse: signEnvelope(INTOTO_TYPE, payload, signers) };
}

/** Form, and that every digest a capsule says about itself is true; nothing about signatures. */
export function readCapsule(payload: Uint8Array): Result<ReadCapsule> {
  const statement = readStatement(payload, CAPSULE_PREDICATE);
  if (!statement.ok) return statement;
  const read = readShape(capsuleShape, statement.value.predicate);
  if (!read.ok) return read;
  const capsule = read.value;
  if (changeDigestOf(capsule) !== capsule.changeDigest)
    return refuse('change-digest', 'the change is not the one its digest names', { clause: 'L4' });
  const complaints = [...subjectComplaints(statement.value, capsule), ...selfComplaints(capsule)];
  if (complaints.length === 0) return ok({ capsule, digest: digestOf(payload) });
  return refuse('malformed', 'the capsule is not what it says it is', { clause: 'C1', complaints });
}

/** The same from the envelope, whoever signed it. */
export function readSignedCapsule(dsse: DsseEnvelope): Result<SignedCapsuleFile> {
  if (dsse.payloadType !== INTOTO_TYPE) return refuse('wrong-type', 'the envelope does not hold a capsule');
  const payload = payloadOf(dsse);
  const read = payload.ok ? readCapsule(payload.value) : payload;
  return read.ok ? ok({ ...read.value, dsse }) : read;
}

function subjectComplaints({ subject }: Statement, capsule: Capsule): readonly Complaint[] {
  const expected = capsuleSubjects(capsule);
  if (subject.length !== expected.length)
    return [{ at: '/subject', problem: `must name exactly ${expected.map(({ name }) => name).join(', ')}` }];
  return expected.flatMap(({ name, digest }, index) => {
    const found = subject[index];
    const isRight = found?.name === name && found.digest.sha256 === digest.sha256;
    return isRight ? [] : [{ at: `/subject/${index}`, problem: `must be the ${name} of the capsule` }];
  });
}

function selfComplaints(capsule: Capsule): readonly Complaint[] {
  const ids = capsule.targets.map(({ id }) => id);
  const isTrue = counterCapsuleDigestOf(capsule) === capsule.counterCapsule;
  return [
    ...(new Set(ids).size < ids.length ? [{ at: '/predicate/targets', problem: 'a target is named twice' }] : []),
    ...(isTrue ? [] : [{ at: '/predicate/counterCapsule', problem: 'must be the way back of this capsule' }]),
  ];
}

/** The page of a capsule (C3), the one function behind every channel, and its digest, which approvers sign. */
export const capsulePageOf = ({ capsule, digest }: ReadCapsule): string =>
  renderCapsule(capsule, digest, digestWords(digest));
export const capsuleShownDigest = (read: ReadCapsule): Digest =>
  digestOf(new TextEncoder().encode(capsulePageOf(read)));
