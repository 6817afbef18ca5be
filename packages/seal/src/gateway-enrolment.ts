/**
 * A gateway asks for its certificate (O4): the key was made inside the enclave, and this is signed with it, so that nobody is certified
 * for a key of somebody else. The one-time secret stands beside it and is never kept by anyone.
 */
import {
  id,
  instant,
  literal,
  object,
  ok,
  readShape,
  text,
  type EnclaveId,
  type Instant,
  type OrganisationId,
  type Result,
  type Shape,
} from '@countersign/core';
import { canonicalBytes } from './canonical.ts';
import { signEnvelope, verifyEnvelope, type DsseEnvelope } from './dsse.ts';
import { no } from './hostile-text.ts';
import { decodePublicKey, encodePublicKey, type PublicKey, type SignerKey } from './keys.ts';
import { PAYLOAD } from './payload.ts';
import { readStrictJson } from './strict-json.ts';

export interface GatewayEnrolment {
  readonly type: 'gateway-enrolment';
  readonly organisation: OrganisationId;
  readonly enclave: EnclaveId;
  /** SPKI, base64; P-256. */
  readonly publicKey: string;
  readonly requestedAt: Instant;
}

/** What a person carries to the enclave: where to ask, whom to believe there, and the secret that is good for once. */
export interface GatewayInvitation {
  readonly type: 'gateway-invitation';
  readonly organisation: OrganisationId;
  readonly enclave: EnclaveId;
  readonly url: string;
  /** 64 hex digits. */
  readonly secret: string;
  /** PEM of the authority whose certificates the gateway accepts, and no other. */
  readonly authority: string;
  readonly expiresAt: Instant;
}

const MAX_BYTES = 4096;
const enrolmentShape: Shape<GatewayEnrolment> = object<GatewayEnrolment>({
  type: literal('gateway-enrolment'),
  organisation: id(),
  enclave: id(),
  publicKey: text({ min: 40, max: 400 }),
  requestedAt: instant,
});
export const gatewayInvitationShape: Shape<GatewayInvitation> = object<GatewayInvitation>({
  type: literal('gateway-invitation'),
  organisation: id(),
  enclave: id(),
  url: text({ min: 8, max: 300, pattern: /^https:\/\/[A-Za-z0-9.:[\]-]+$/ }),
  secret: text({ min: 64, max: 64, pattern: /^[0-9a-f]{64}$/ }),
  authority: text({ min: 100, max: 8192 }),
  expiresAt: instant,
});

export function signGatewayEnrolment(
  asked: Pick<GatewayEnrolment, 'organisation' | 'enclave' | 'requestedAt'>,
  signer: SignerKey,
): DsseEnvelope {
  const { organisation, enclave, requestedAt } = asked;
  const publicKey = encodePublicKey(signer.publicKey);
  const document: GatewayEnrolment = { type: 'gateway-enrolment', organisation, enclave, publicKey, requestedAt };
  return signEnvelope(PAYLOAD.gatewayEnrolment, canonicalBytes(document), [signer]);
}

export interface OpenedEnrolment extends GatewayEnrolment {
  readonly key: PublicKey;
}

/** Signed by exactly the key it asks a certificate for. */
export function openGatewayEnrolment(envelope: DsseEnvelope): Result<OpenedEnrolment> {
  const payload = Buffer.from(envelope.payload, 'base64');
  const json = readStrictJson(payload, { maxBytes: MAX_BYTES });
  const document = json.ok ? readShape(enrolmentShape, json.value) : json;
  if (!document.ok) return document;
  const key = decodePublicKey(document.value.publicKey);
  if (!key.ok) return key;
  if (key.value.kind !== 'p256') return no('bad-key', 'a gateway has a P-256 key');
  const rule = { payloadType: PAYLOAD.gatewayEnrolment, trusted: [key.value], threshold: 1 };
  const verified = verifyEnvelope(envelope, rule);
  if (!verified.ok) return verified;
  return Buffer.compare(verified.value.payload, payload) === 0
    ? ok({ ...document.value, key: key.value })
    : no('malformed', 'the payload is not in its one form');
}
