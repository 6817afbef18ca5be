/**
 * What is about to be signed, opened in this browser (A2): digest, words and page come from the capsule's bytes, and all that
 * the server says beside them must lead to the digests inside. One disagreement, and there is nothing to sign here.
 */
import {
  capsuleShape,
  digestWords,
  parseDigest,
  readShape,
  renderCapsule,
  type Capsule,
  type Digest,
} from '@countersign/core';
import type { SignedDocument, SigningData } from '@countersign/client';
import { canonical, readCanonical } from './canonical.ts';
import { falseDigests } from './own-digests.ts';
import { bytesOf, fromBase64, sha256, textOf, toHex } from './encoding.ts';
import { CAPSULE_PREDICATE, PAYLOAD_TYPES, STATEMENT_TYPE } from './payload-types.ts';

export interface OpenCapsule {
  readonly capsule: Capsule;
  readonly digest: Digest;
  readonly words: string;
  /** Exactly what is signed, as text. */
  readonly page: string;
  readonly pageDigest: Digest;
  /** The version this person signed before, when only what changed since is signed (D6). */
  readonly since?: Digest;
}
/** Either the capsule, or everything that does not match, in words. */
export type Opened =
  | { readonly isMatch: true; readonly opened: OpenCapsule }
  | { readonly isMatch: false; readonly problems: readonly string[] };

export async function digestOfText(text: string): Promise<Digest> {
  const digest = parseDigest(`sha256:${toHex(await sha256(bytesOf(text)))}`);
  if (digest === undefined) throw new TypeError('a SHA-256 hash has 32 bytes');
  return digest;
}

export async function openCapsule(envelope: SignedDocument): Promise<Opened> {
  const text = textOf(fromBase64(envelope.payload) ?? new Uint8Array());
  if (envelope.payloadType !== PAYLOAD_TYPES.capsule || text === undefined || text === '')
    return mismatch('the envelope does not hold a capsule');
  const statement = statementOf(readCanonical(text)?.value);
  if (statement === undefined) return mismatch('the capsule is not in its one canonical form');
  const read = readShape(capsuleShape, statement.get('predicate'));
  if (!read.ok) return mismatch('the capsule does not have the form this page knows');
  const untrue = await falseDigests(read.value, statement.get('subject'));
  if (untrue.length > 0) return mismatch(...untrue);
  const digest = await digestOfText(text);
  const words = digestWords(digest);
  const page = renderCapsule(read.value, digest, words);
  return { isMatch: true, opened: { capsule: read.value, digest, words, page, pageDigest: await digestOfText(page) } };
}

const mismatch = (...problems: readonly string[]): Opened => ({ isMatch: false, problems });

function statementOf(statement: unknown): ReadonlyMap<string, unknown> | undefined {
  if (typeof statement !== 'object' || statement === null) return undefined;
  const fields = new Map<string, unknown>(Object.entries(statement));
  const isCapsule = fields.get('_type') === STATEMENT_TYPE && fields.get('predicateType') === CAPSULE_PREDICATE;
  return isCapsule && fields.size === 4 ? fields : undefined;
}

/** Compares every claim of the server with what the bytes say. */
export async function openSigning(data: SigningData, proposal: string): Promise<Opened> {
  const result = await openCapsule(data.capsule);
  if (!result.isMatch) return result;
  const { capsule, digest } = result.opened;
  const problems = [
    ...(data.digest === digest ? [] : ['the server names another digest than the bytes have']),
    ...(capsule.proposal.id === proposal ? [] : ['the capsule belongs to another proposal']),
    ...((await leadsTo(data.decision, capsule.decision.digest))
      ? []
      : ['the decision shown is not the one in the capsule']),
    ...((await leadsTo(data.riskAssessment, capsule.riskAssessment))
      ? []
      : ['the risk assessment shown is not the one in the capsule']),
  ];
  return problems.length === 0 ? result : { isMatch: false, problems };
}

async function leadsTo(document: unknown, digest: Digest): Promise<boolean> {
  const text = canonical(document);
  return text !== undefined && (await digestOfText(text)) === digest;
}
