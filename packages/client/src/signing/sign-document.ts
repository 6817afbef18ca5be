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

export function signDocument(payloadType: string, document: object, signer: SignerKey): DsseEnvelope {
  const payload = canonicalBytes(document);
  const armoured = signSsh(signer, APPROVAL_NAMESPACE, preAuthEncoding(payloadType, payload));
  const signature = sshSignature(armoured, sshPublicKeyLine(publicKeyOf(signer)));
  if (!signature.ok) throw unverified(signature.refusal);
  return { payloadType, payload: encodeBase64(payload), signatures: [signature.value] };
}
