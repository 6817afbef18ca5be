/**
 * Offline verification of a WebAuthn assertion as a signature over a document (A2): the challenge is SHA-256 of the pre-authentication
 * encoding, so the assertion binds payload type and bytes. The credential comes from the signed roster, never from the envelope.
 */
import { ok, type Result } from '@countersign/core';
import { decodeBase64Url } from './base64.ts';
import { readCbor, readCoseKey } from './cose-key.ts';
import { sha256 } from './digest.ts';
import { preAuthEncoding } from './dsse.ts';
import { no, quote } from './hostile-text.ts';
import { sameBytes } from './merkle.ts';
import { isJsonObject } from './statement.ts';
import { readStrictJson, type JsonObject } from './strict-json.ts';

export interface PasskeyAssertion {
  readonly authenticatorData: Uint8Array;
  readonly clientDataJSON: Uint8Array;
  readonly signature: Uint8Array;
}
export interface PasskeyRule {
  /** COSE public key. */
  readonly cose: Uint8Array;
  readonly rpId: string;
  /** Exact origins, e.g. `https://approve.example`. */
  readonly origins: readonly string[];
  readonly challenge: Uint8Array;
  readonly requireUserVerification: boolean;
  /** False refuses synced passkeys, whose private key left the authenticator. */
  readonly allowBackup: boolean;
}
export interface VerifiedPasskey {
  readonly origin: string;
  readonly isUserVerified: boolean;
  readonly isBackedUp: boolean;
}

const MAX_CLIENT_DATA = 4096;
const MAX_AUTHENTICATOR_DATA = 2048;
const MAX_SIGNATURE = 1024;
const HEADER_BYTES = 37;
const USER_PRESENT = 0x01;
const USER_VERIFIED = 0x04;
const BACKUP_ELIGIBLE = 0x08;
const BACKED_UP = 0x10;
const HAS_CREDENTIAL = 0x40;
const HAS_EXTENSIONS = 0x80;

/** The 32 bytes a browser signs for a document. */
export const challengeOf = (payloadType: string, body: Uint8Array): Uint8Array =>
  sha256(preAuthEncoding(payloadType, body));

/** Steps of WebAuthn level 3, 7.2, that need no server state; the signature counter means nothing offline. */
export function verifyPasskeyAssertion(assertion: PasskeyAssertion, rule: PasskeyRule): Result<VerifiedPasskey> {
  const { authenticatorData, clientDataJSON, signature } = assertion;
  if (signature.length > MAX_SIGNATURE) return no('malformed', 'the signature is too long');
  const origin = readClientData(clientDataJSON, rule);
  if (!origin.ok) return origin;
  const flags = readAuthenticatorData(authenticatorData, rule);
  if (!flags.ok) return flags;
  const key = readCoseKey(rule.cose);
  if (!key.ok) return key;
  if (!key.value.verify(Buffer.concat([authenticatorData, sha256(clientDataJSON)]), signature))
    return no('bad-signature', 'the passkey signature does not fit the document');
  return ok({ origin: origin.value, ...flags.value });
}

function readClientData(bytes: Uint8Array, rule: PasskeyRule): Result<string> {
  const json = readStrictJson(bytes, { maxBytes: MAX_CLIENT_DATA });
  if (!json.ok) return json;
  if (!isJsonObject(json.value)) return no('malformed', 'the client data is not an object');
  const { type, origin, challenge } = fieldsOf(json.value);
  if (type !== 'webauthn.get') return no('bad-signature', 'the passkey was asked for something else than a signature');
  if (typeof origin !== 'string' || !rule.origins.includes(origin))
    return no('bad-signature', `the passkey was used on ${quote(String(origin))}, which is not an allowed origin`);
  if (json.value['crossOrigin'] === true || Object.hasOwn(json.value, 'topOrigin'))
    return no('bad-signature', 'the passkey was used inside a page of another origin');
  const signed = typeof challenge === 'string' ? decodeBase64Url(challenge) : undefined;
  if (signed === undefined || !sameBytes(signed, rule.challenge))
    return no('bad-signature', 'the passkey signed another document');
  return ok(origin);
}

// Members that the platform may add later are ignored, as WebAuthn 5.8.1 requires.
const fieldsOf = (data: JsonObject): { readonly [K in 'type' | 'origin' | 'challenge']: unknown } => ({
  type: data['type'],
  origin: data['origin'],
  challenge: data['challenge'],
});

function readAuthenticatorData(data: Uint8Array, rule: PasskeyRule): Result<Omit<VerifiedPasskey, 'origin'>> {
  const flags = data[32] ?? 0;
  const has = (flag: number): boolean => Math.floor(flags / flag) % 2 === 1;
  if (data.length < HEADER_BYTES || data.length > MAX_AUTHENTICATOR_DATA || has(HAS_CREDENTIAL))
    return no('malformed', 'the authenticator data does not have the form of an assertion');
  const isWhole = has(HAS_EXTENSIONS)
    ? readCbor(data.subarray(HEADER_BYTES)) instanceof Map
    : data.length === HEADER_BYTES;
  if (!isWhole) return no('malformed', 'the authenticator data does not have the form of an assertion');
  if (!sameBytes(data.subarray(0, 32), sha256(Buffer.from(rule.rpId))))
    return no('bad-signature', 'the passkey belongs to another relying party');
  if (!has(USER_PRESENT)) return no('bad-signature', 'nobody touched the authenticator');
  if (rule.requireUserVerification && !has(USER_VERIFIED))
    return no('bad-signature', 'the authenticator did not verify the person');
  if (has(BACKED_UP) && !has(BACKUP_ELIGIBLE)) return no('malformed', 'the backup flags contradict each other');
  if (has(BACKUP_ELIGIBLE) && !rule.allowBackup) return no('bad-signature', 'synced passkeys are not allowed here');
  return ok({ isUserVerified: has(USER_VERIFIED), isBackedUp: has(BACKED_UP) });
}
