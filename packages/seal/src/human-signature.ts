/**
 * One question for every way a person can sign: does entry `index` of this envelope verify under this enrolled credential (A2)?
 * All schemes sign the same bytes, the pre-authentication encoding. Who holds the credential is the roster's business.
 */
import { ok, type Result } from '@countersign/core';
import { decodeBase64, decodeBase64Url, decodeEitherBase64, encodeBase64, encodeBase64Url } from './base64.ts';
import { readCoseKey } from './cose-key.ts';
import { decodeUtf8 } from './strict-json.ts';
import { payloadOf, preAuthEncoding, type DsseEnvelope, type DsseSignature } from './dsse.ts';
import { no } from './hostile-text.ts';
import { decodePublicKey } from './keys.ts';
import { challengeOf, verifyPasskeyAssertion, type PasskeyAssertion } from './passkey.ts';
import { parseSshPublicKey, sshFingerprint } from './ssh-key.ts';
import { verifySshSignature } from './sshsig.ts';

/** SSH signatures made for another purpose never count as approvals. */
export const APPROVAL_NAMESPACE = 'approval@countersign';

export interface PasskeyCredential {
  readonly kind: 'passkey';
  /** Credential id, base64url. */
  readonly id: string;
  /** COSE public key, base64url. */
  readonly cose: string;
  readonly rpId: string;
  readonly origins: readonly string[];
  readonly allowBackup: boolean;
}
export interface SshCredential {
  readonly kind: 'ssh';
  /** A `.pub` line. */
  readonly publicKey: string;
  /** For hardware keys: PIN or biometrics at every signature. */
  readonly requireUserVerification?: boolean;
}
export interface RawCredential {
  readonly kind: 'raw';
  /** Base64 SPKI. */
  readonly publicKey: string;
}
export type HumanCredential = PasskeyCredential | SshCredential | RawCredential;

export interface VerifiedHumanSignature {
  readonly scheme: HumanCredential['kind'];
  /** The key id of the credential, see `keyidOfCredential`. */
  readonly keyid: string;
  /** Passkeys only: the page that asked for the signature. */
  readonly origin?: string;
  /** The authenticator checked a PIN or biometrics. */
  readonly isUserVerified: boolean;
}

/** Where to look in an envelope for the signature of a credential; undefined when the credential cannot be read. */
export function keyidOfCredential(credential: HumanCredential): string | undefined {
  switch (credential.kind) {
    case 'passkey':
      return `webauthn:${credential.id}`;
    case 'ssh': {
      const key = parseSshPublicKey(credential.publicKey);
      return key.ok ? `ssh:${sshFingerprint(key.value.blob)}` : undefined;
    }
    case 'raw': {
      const key = decodePublicKey(credential.publicKey);
      return key.ok ? key.value.keyid : undefined;
    }
  }
}

export function verifyHumanSignature(
  envelope: DsseEnvelope,
  signatureIndex: number,
  credential: HumanCredential,
): Result<VerifiedHumanSignature> {
  const entry = envelope.signatures[signatureIndex];
  if (entry === undefined) return no('malformed', `the envelope has no signature ${signatureIndex}`);
  const payload = payloadOf(envelope);
  if (!payload.ok) return payload;
  const keyid = keyidOfCredential(credential);
  if (keyid === undefined) return no('bad-key', 'the enrolled credential is not valid');
  // Not what makes the signature count, but an entry that names another credential is not this person's.
  if (entry.keyid !== undefined && entry.keyid !== keyid)
    return no('bad-signature', 'the signature names another credential');
  const signed = { payloadType: envelope.payloadType, body: payload.value };
  switch (credential.kind) {
    case 'passkey':
      return verifyWithPasskey(entry, signed, credential);
    case 'ssh':
      return verifyWithSsh(entry, signed, credential);
    case 'raw':
      return verifyWithRawKey(entry, signed, credential);
  }
}

interface Signed {
  readonly payloadType: string;
  readonly body: Uint8Array;
}

function verifyWithPasskey(
  entry: DsseSignature,
  signed: Signed,
  credential: PasskeyCredential,
): Result<VerifiedHumanSignature> {
  const cose = decodeBase64Url(credential.cose);
  if (cose === undefined) return no('bad-key', 'the enrolled credential is not valid');
  const assertion = assertionOf(entry);
  if (assertion === undefined) return no('malformed', 'the signature is not a passkey assertion');
  const { rpId, origins, allowBackup } = credential;
  const challenge = challengeOf(signed.payloadType, signed.body);
  const rule = { cose, rpId, origins, allowBackup, challenge, requireUserVerification: true };
  const verified = verifyPasskeyAssertion(assertion, rule);
  if (!verified.ok) return verified;
  const { origin, isUserVerified } = verified.value;
  return ok({ scheme: 'passkey', keyid: `webauthn:${credential.id}`, origin, isUserVerified });
}

function assertionOf({ sig, webauthn }: DsseSignature): PasskeyAssertion | undefined {
  const authenticatorData = decodeEitherBase64(webauthn?.authenticatorData ?? '*');
  const clientDataJSON = decodeEitherBase64(webauthn?.clientDataJSON ?? '*');
  const signature = decodeEitherBase64(sig);
  if (authenticatorData === undefined || clientDataJSON === undefined || signature === undefined) return undefined;
  return { authenticatorData, clientDataJSON, signature };
}

function verifyWithSsh(
  entry: DsseSignature,
  signed: Signed,
  credential: SshCredential,
): Result<VerifiedHumanSignature> {
  const armored = decodeUtf8(decodeBase64(entry.sig) ?? new Uint8Array());
  if (armored === undefined || entry.webauthn !== undefined)
    return no('malformed', 'the signature is not an SSH signature');
  const verified = verifySshSignature(armored, {
    namespace: APPROVAL_NAMESPACE,
    message: preAuthEncoding(signed.payloadType, signed.body),
    publicKey: credential.publicKey,
    requireUserVerification: credential.requireUserVerification ?? false,
  });
  if (!verified.ok) return verified;
  const { fingerprint, isUserVerified } = verified.value;
  return ok({ scheme: 'ssh', keyid: `ssh:${fingerprint}`, isUserVerified });
}

function verifyWithRawKey(
  entry: DsseSignature,
  signed: Signed,
  credential: RawCredential,
): Result<VerifiedHumanSignature> {
  const key = decodePublicKey(credential.publicKey);
  if (!key.ok) return key;
  const signature = entry.webauthn === undefined ? decodeEitherBase64(entry.sig) : undefined;
  if (signature === undefined) return no('malformed', 'the signature is not base64');
  return key.value.verify(preAuthEncoding(signed.payloadType, signed.body), signature)
    ? ok({ scheme: 'raw', keyid: key.value.keyid, isUserVerified: false })
    : no('bad-signature', 'the signature does not fit the document');
}

/**
 * The key itself, whatever its encoding: what tells two names with one key (A4). Undefined for what no roster may hold: RSA and
 * unknown algorithms, points of small order or in a second spelling, anything that cannot be read.
 */
export function keyMaterialOf(credential: HumanCredential): string | undefined {
  switch (credential.kind) {
    case 'passkey': {
      const key = readCoseKey(decodeBase64Url(credential.cose) ?? new Uint8Array());
      return key.ok && key.value.algorithm !== 'RS256' ? key.value.keyid : undefined;
    }
    case 'ssh': {
      const key = parseSshPublicKey(credential.publicKey);
      return key.ok ? key.value.key.keyid : undefined;
    }
    case 'raw': {
      const key = decodePublicKey(credential.publicKey);
      return key.ok ? key.value.keyid : undefined;
    }
  }
}

/**
 * The credentials of one person that made this envelope. Every entry must be theirs: a second, foreign signature means that
 * somebody is trying something. Undefined when one is not, or when there is none.
 */
export function keysThatSigned<C extends HumanCredential>(
  envelope: DsseEnvelope,
  credentials: readonly C[],
): readonly C[] | undefined {
  const keys = envelope.signatures.map((_, index) =>
    credentials.find((credential) => verifyHumanSignature(envelope, index, credential).ok),
  );
  const known = keys.flatMap((key) => (key === undefined ? [] : [key]));
  return known.length > 0 && known.length === keys.length ? known : undefined;
}

/** The envelope entry for what a browser returned. */
export const passkeySignature = (credentialId: string, assertion: PasskeyAssertion): DsseSignature => ({
  keyid: `webauthn:${credentialId}`,
  sig: encodeBase64(assertion.signature),
  webauthn: {
    authenticatorData: encodeBase64Url(assertion.authenticatorData),
    clientDataJSON: encodeBase64Url(assertion.clientDataJSON),
  },
});

/** The envelope entry for an armoured SSH signature over the pre-authentication encoding, from `signSsh` or `ssh-keygen -Y sign`. */
export function sshSignature(armored: string, publicKeyLine: string): Result<DsseSignature> {
  const key = parseSshPublicKey(publicKeyLine);
  if (!key.ok) return key;
  return ok({ keyid: `ssh:${sshFingerprint(key.value.blob)}`, sig: encodeBase64(Buffer.from(armored, 'utf8')) });
}
