/** Agents and other people's tokens for tests: valid wholes, made with node:crypto alone, of which a test changes one thing. */
import { createHash, createPrivateKey, generateKeyPairSync, randomUUID, sign, type KeyObject } from 'node:crypto';
import { encodePublicKey, signerPem, type SignerKey } from '@countersign/seal';

export type Json = Readonly<Record<string, unknown>>;
export interface Parts {
  readonly header?: Json;
  readonly claims?: Json;
  /** Whole text of a part instead of its JSON. */
  readonly rawHeader?: string;
  readonly rawClaims?: string;
  readonly key?: KeyObject;
}

const b64 = (bytes: Uint8Array | string): string => Buffer.from(bytes).toString('base64url');

/** A compact token over exactly these texts. */
export function compact(key: KeyObject, header: string, claims: string): string {
  const input = `${b64(header)}.${b64(claims)}`;
  const isEdwards = key.asymmetricKeyType === 'ed25519';
  const hash = isEdwards ? null : 'sha256';
  const signature = sign(hash, Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
  return `${input}.${b64(signature)}`;
}

export function tokenOf(
  own: { readonly key: KeyObject; readonly header: Json; readonly claims: Json },
  parts: Parts = {},
): string {
  const text = (value: Json): string => JSON.stringify(value);
  return compact(
    parts.key ?? own.key,
    parts.rawHeader ?? text({ ...own.header, ...parts.header }),
    parts.rawClaims ?? text({ ...own.claims, ...parts.claims }),
  );
}

export const privateKeyOf = (signer: SignerKey): KeyObject => createPrivateKey(signerPem(signer));
export const encodedKey = (signer: SignerKey): string => encodePublicKey(signer.publicKey);
const algorithmOfKey = (key: KeyObject): string => (key.asymmetricKeyType === 'ed25519' ? 'EdDSA' : 'ES256');

/** A key pair for proofs, with the public half as it stands in the header. */
export interface ProofKey {
  readonly key: KeyObject;
  readonly jwk: Json;
}
export function proofKey(kind: 'p256' | 'ed25519' = 'p256'): ProofKey {
  const { privateKey, publicKey } =
    kind === 'p256' ? generateKeyPairSync('ec', { namedCurve: 'prime256v1' }) : generateKeyPairSync('ed25519');
  return { key: privateKey, jwk: { ...publicKey.export({ format: 'jwk' }) } };
}

export interface Proving {
  readonly method: string;
  readonly url: string;
  readonly nowMs: number;
  readonly token?: string;
}
export function proofOf({ key, jwk }: ProofKey, { method, url, nowMs, token }: Proving, parts: Parts = {}): string {
  const header = { typ: 'dpop+jwt', alg: algorithmOfKey(key), jwk };
  const ath = token === undefined ? {} : { ath: createHash('sha256').update(token).digest('base64url') };
  const claims = { htm: method, htu: url, iat: Math.floor(nowMs / 1000), jti: randomUUID(), ...ath };
  return tokenOf({ key, header, claims }, parts);
}

export interface Asserting {
  readonly clientId: string;
  readonly audience: string;
  readonly nowMs: number;
}
export function assertionOf(key: KeyObject, { clientId, audience, nowMs }: Asserting, parts: Parts = {}): string {
  const now = Math.floor(nowMs / 1000);
  const header = { typ: 'client-authentication+jwt', alg: algorithmOfKey(key) };
  const claims = { iss: clientId, sub: clientId, aud: audience, iat: now, exp: now + 60, jti: randomUUID() };
  return tokenOf({ key, header, claims }, parts);
}
