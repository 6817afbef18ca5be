/** The document a passkey signs, and the bytes its challenge is made of (A2). */
import {
  approvalFor,
  instantOf,
  plusMs,
  type Approval,
  type Instant,
  type PersonId,
  type Role,
} from '@countersign/core';
import type { DocumentSignature, SignedDocument } from '@countersign/client';
import { canonical } from '../capsule/canonical.ts';
import { bytesOf, fromBase64Url, sha256, toBase64, toBase64Url, toHex } from '../capsule/encoding.ts';
import type { OpenCapsule } from '../capsule/open-capsule.ts';
import { PAYLOAD_TYPES } from '../capsule/payload-types.ts';

export interface Signer {
  readonly person: PersonId;
  readonly role: Role;
}

/** The server's console, or the page that the organisation hosts itself. */
export type PageSurface = Extract<Approval['surface'], 'console' | 'page'>;

const VALID_MS = 8 * 3_600_000;

/** Valid for eight hours, and never longer than the capsule. */
export function approvalOf(
  opened: OpenCapsule,
  signer: Signer,
  at: { readonly now: Instant; readonly nonce: string; readonly surface: PageSurface },
): Approval {
  const { capsule, digest, pageDigest, since } = opened;
  const end = plusMs(at.now, VALID_MS);
  return approvalFor(capsule, {
    ...signer,
    capsuleDigest: digest,
    surface: at.surface,
    ...(since !== undefined && { since }),
    shown: pageDigest,
    signedAt: at.now,
    expiresAt: end < capsule.notAfter ? end : capsule.notAfter,
    nonce: at.nonce,
  });
}

export const newNonce = (): string => toHex(crypto.getRandomValues(new Uint8Array(16)));
export const currentInstant = (): Instant => instantOf(Date.now());

/** `DSSEv1 <length of type> <type> <length of body> <body>`. */
export function preAuthEncoding(payloadType: string, body: string): Uint8Array<ArrayBuffer> {
  return bytesOf(`DSSEv1 ${bytesOf(payloadType).length} ${payloadType} ${bytesOf(body).length} ${body}`);
}

export interface Unsigned {
  /** Canonical text of the approval: what is signed. */
  readonly text: string;
  /** Base64url of the 32 bytes the browser puts before the authenticator. */
  readonly challenge: string;
}

export async function unsigned(approval: Approval): Promise<Unsigned> {
  const text = canonical(approval);
  if (text === undefined) throw new TypeError('the approval has no canonical form');
  return { text, challenge: toBase64Url(await sha256(preAuthEncoding(PAYLOAD_TYPES.approval, text))) };
}

/** What a browser gives back; all base64url. */
export interface Assertion {
  readonly id: string;
  readonly response: {
    readonly authenticatorData: string;
    readonly clientDataJSON: string;
    readonly signature: string;
  };
}

/** The envelope as `seal` verifies it: the assertion beside the very bytes its challenge was made of. */
export function signedApproval({ text }: Unsigned, { id, response }: Assertion): SignedDocument {
  const signature = fromBase64Url(response.signature);
  if (signature === undefined) throw new TypeError('the authenticator gave a signature that is not base64url');
  const entry: DocumentSignature = {
    keyid: `webauthn:${id}`,
    sig: toBase64(signature),
    webauthn: { authenticatorData: response.authenticatorData, clientDataJSON: response.clientDataJSON },
  };
  return { payloadType: PAYLOAD_TYPES.approval, payload: toBase64(bytesOf(text)), signatures: [entry] };
}
