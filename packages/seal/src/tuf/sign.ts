/** Signatures on trust metadata: by keys in this process, or brought by SSH, a passkey or a port. Order does not matter. */
import { ok, type Result } from '@countersign/core';
import { encodeBase64Url, encodeHex } from '../base64.ts';
import type { SignerKey } from '../keys.ts';
import type { PasskeyAssertion } from '../passkey.ts';
import { readSshArmour } from '../sshsig.ts';
import { tufKeyId, tufKeyOf } from './keys.ts';
import { tufSignedBytes, type TufKey, type TufMetadata, type TufSignature, type TufSigned } from './metadata.ts';

/** Of raw Ed25519 or DER-encoded ECDSA bytes over `tufSignedBytes`. */
export const tufSignature = (key: TufKey, signature: Uint8Array): TufSignature => ({
  keyid: tufKeyId(key),
  sig: encodeHex(signature),
});

/** Of what `ssh-keygen -Y sign -n trust@countersign` printed over `tufSignedBytes`. */
export function tufSignatureOfSsh(key: TufKey, armored: string): Result<TufSignature> {
  const blob = readSshArmour(armored);
  return blob.ok ? ok(tufSignature(key, blob.value)) : blob;
}

/** Of what a browser returned for the challenge SHA-256(`tufSignedBytes`). */
export const tufSignatureOfPasskey = (key: TufKey, assertion: PasskeyAssertion): TufSignature => ({
  ...tufSignature(key, assertion.signature),
  webauthn: {
    authenticatorData: encodeBase64Url(assertion.authenticatorData),
    clientDataJSON: encodeBase64Url(assertion.clientDataJSON),
  },
});

/** Adds a signature; one of the same key is replaced. */
export const addTufSignature = <Signed extends TufSigned>(
  { signed, signatures }: TufMetadata<Signed>,
  signature: TufSignature,
): TufMetadata<Signed> => ({
  signatures: [...signatures.filter(({ keyid }) => keyid !== signature.keyid), signature],
  signed,
});

export function signTufMetadata<Signed extends TufSigned>(
  signed: Signed,
  signers: readonly SignerKey[],
): TufMetadata<Signed> {
  const bytes = tufSignedBytes(signed);
  const signatures = signers.map((signer) => tufSignature(tufKeyOf(signer.publicKey), signer.sign(bytes)));
  return signatures.reduce<TufMetadata<Signed>>(addTufSignature, { signatures: [], signed });
}
