/** A passkey in software, as it signs on one page. */
import { createHash } from 'node:crypto';
import { instantOf, type Credential, type Instant } from '@countersign/core';
import {
  attachSignature,
  challengeOf,
  encodeBase64Url,
  generateSigner,
  passkeySignature,
  publicKeyOf,
  type DsseEnvelope,
} from '@countersign/seal';

export interface SoftPasskey {
  /** As the registrars write it down. */
  readonly credential: Credential;
  /** The same document, signed by this key alone. */
  readonly sign: (document: DsseEnvelope) => DsseEnvelope;
}

interface Place {
  readonly origin: string;
  readonly surface: 'served' | 'own';
  readonly usableFrom?: Instant;
}

const hash = (bytes: string | Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

export function softPasskey({ origin, surface, usableFrom = instantOf(0) }: Place): SoftPasskey {
  const signer = generateSigner('p256');
  const point = publicKeyOf(signer).point();
  const id = encodeBase64Url(createHash('sha256').update(point).digest().subarray(0, 16));
  const parts = [Buffer.from('a5010203262001215820', 'hex'), point.subarray(1, 33), Buffer.from('225820', 'hex')];
  const rpId = new URL(origin).hostname;
  return {
    credential: {
      kind: 'passkey',
      id,
      cose: encodeBase64Url(Buffer.concat([...parts, point.subarray(33)])),
      rpId,
      origins: [origin],
      allowBackup: false,
      surface,
      enrolledAt: instantOf(0),
      usableFrom,
    },
    sign(document) {
      const challenge = encodeBase64Url(challengeOf(document.payloadType, Buffer.from(document.payload, 'base64')));
      const clientDataJSON = Buffer.from(
        JSON.stringify({ type: 'webauthn.get', challenge, origin, crossOrigin: false }),
      );
      const authenticatorData = Buffer.concat([hash(rpId), Buffer.of(0x05, 0, 0, 0, 1)]);
      const signature = signer.sign(Buffer.concat([authenticatorData, hash(clientDataJSON)]));
      const entry = passkeySignature(id, { authenticatorData, clientDataJSON, signature });
      return attachSignature({ ...document, signatures: [] }, entry);
    },
  };
}
