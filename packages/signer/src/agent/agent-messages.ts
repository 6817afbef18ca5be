/**
 * The few messages of the SSH agent protocol (draft-ietf-sshm-ssh-agent) that are needed: which keys are there, sign with one.
 * Whatever answers on the socket is not trusted: sizes and counts are limited, an answer has exactly its form or it is none.
 */
import { ok, type Result } from '@countersign/core';
import { WireReader, wireString, wireUint32 } from '@countersign/seal';
import { no } from '../codes.ts';

/** The limit of OpenSSH's own agent. */
export const MAX_MESSAGE_BYTES = 262_144;
const MAX_IDENTITIES = 2048;

const FAILURE = 5;
const REQUEST_IDENTITIES = 11;
const IDENTITIES_ANSWER = 12;
const SIGN_REQUEST = 13;
const SIGN_RESPONSE = 14;

const framed = (...parts: readonly Uint8Array[]): Uint8Array => wireString(Buffer.concat(parts));

export const identitiesRequest = (): Uint8Array => framed(Uint8Array.of(REQUEST_IDENTITIES));

export const signRequest = (keyBlob: Uint8Array, message: Uint8Array): Uint8Array =>
  framed(Uint8Array.of(SIGN_REQUEST), wireString(keyBlob), wireString(message), wireUint32(0));

/** Public key blobs of the keys the agent holds; a kind we do not know is listed like any other. */
export function readIdentities(answer: Uint8Array): Result<readonly Uint8Array[]> {
  const reader = new WireReader(answer);
  const type = reader.byte();
  if (type === FAILURE) return no('agent-refused', 'the SSH agent does not say which keys it holds');
  const count = reader.uint32();
  if (type !== IDENTITIES_ANSWER || count > MAX_IDENTITIES) return faulty();
  const blobs: Uint8Array[] = [];
  for (let index = 0; index < count; index += 1) {
    blobs.push(reader.string());
    reader.string(); // the comment
  }
  return reader.isComplete ? ok(blobs) : faulty();
}

/** The signature as SSH writes it: type, content and, from hardware keys, flags and counter. */
export function readSignature(answer: Uint8Array): Result<Uint8Array> {
  const reader = new WireReader(answer);
  const type = reader.byte();
  if (type === FAILURE) return no('agent-refused', 'the SSH agent refused to sign');
  const signature = reader.string();
  return type === SIGN_RESPONSE && reader.isComplete && signature.length > 0 ? ok(signature) : faulty();
}

const faulty = (): ReturnType<typeof no> => no('bad-answer', 'the answer of the SSH agent does not have its form');
