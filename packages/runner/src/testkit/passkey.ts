/** An authenticator in software, and the page of a browser around it: tests say what either of them does wrong. */
import { createHash } from 'node:crypto';
import {
  attachSignature,
  challengeOf,
  encodeBase64,
  encodeBase64Url,
  generateSigner,
  passkeySignature,
  publicKeyOf,
  type DsseEnvelope,
  type SignerKey,
} from '@countersign/seal';

export interface Passkey {
  readonly signer: SignerKey;
  readonly id: string;
  readonly cose: string;
}

export function makePasskey(id: string): Passkey {
  const signer = generateSigner('p256');
  const point = publicKeyOf(signer).point();
  const cose = Buffer.concat([
    Buffer.from('a5010203262001215820', 'hex'),
    point.subarray(1, 33),
    Buffer.from('225820', 'hex'),
    point.subarray(33),
  ]);
  return { signer, id, cose: encodeBase64Url(cose) };
}

export interface Page {
  readonly origin: string;
  readonly rpId: string;
}

/** As the registrars write it down. */
export const passkeyOn = ({ id, cose }: Passkey, { origin, rpId }: Page, change: object = {}): object => ({
  kind: 'passkey',
  id,
  cose,
  rpId,
  origins: [origin],
  allowBackup: false,
  surface: 'served',
  enrolledAt: '2026-01-01T00:00:00.000Z',
  usableFrom: '2026-01-02T00:00:00.000Z',
  ...change,
});

export interface Assertion extends Page {
  readonly passkey: Passkey;
  /** Fields of the client data in the place of the right ones. */
  readonly client?: Readonly<Record<string, unknown>>;
  /** The client data as text, in the place of all of it. */
  readonly clientText?: string;
  readonly flags?: number;
  readonly extra?: Uint8Array;
}

/** The document signed anew by this passkey, whatever was signed before. */
export function signedOnPage(document: DsseEnvelope, assertion: Assertion): DsseEnvelope {
  const { passkey, origin, rpId, client = {}, clientText, flags = 0x05, extra = new Uint8Array() } = assertion;
  const body = Buffer.from(document.payload, 'base64');
  const challenge = encodeBase64Url(challengeOf(document.payloadType, body));
  const data = { type: 'webauthn.get', challenge, origin, crossOrigin: false, ...client };
  const clientDataJSON = Buffer.from(clientText ?? JSON.stringify(data));
  const authenticatorData = Buffer.concat([hash(rpId), Buffer.of(flags, 0, 0, 0, 1), extra]);
  const signature = passkey.signer.sign(Buffer.concat([authenticatorData, hash(clientDataJSON)]));
  return attachSignature(
    { ...document, payload: encodeBase64(body), signatures: [] },
    passkeySignature(passkey.id, { authenticatorData, clientDataJSON, signature }),
  );
}

const hash = (bytes: string | Uint8Array): Buffer => createHash('sha256').update(bytes).digest();
