/** A document signed by a person's SSH key: the namespace keeps it from being taken for a signature made for another purpose. */
import {
  APPROVAL_NAMESPACE,
  canonicalBytes,
  encodeBase64,
  preAuthEncoding,
  publicKeyOf,
  signSsh,
  sshPublicKeyLine,
  sshSignature,
  type DsseEnvelope,
  type SignerKey,
} from '@countersign/seal';
import { unverified } from '../cli/failure.ts';

export const signDocument = (payloadType: string, document: object, signer: SignerKey): DsseEnvelope =>
  signBytes(payloadType, canonicalBytes(document), signer);

/** The same over bytes that others have signed or will sign: they are never written anew. */
export function signBytes(payloadType: string, payload: Uint8Array, signer: SignerKey): DsseEnvelope {
  const armoured = signSsh(signer, APPROVAL_NAMESPACE, preAuthEncoding(payloadType, payload));
  const signature = sshSignature(armoured, sshPublicKeyLine(publicKeyOf(signer)));
  if (!signature.ok) throw unverified(signature.refusal);
  return { payloadType, payload: encodeBase64(payload), signatures: [signature.value] };
}
