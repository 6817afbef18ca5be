/** A document signed by a person's SSH key: the namespace keeps it from being taken for a signature made for another purpose. */
import {
  APPROVAL_NAMESPACE,
  canonicalBytes,
  encodeBase64,
  preAuthEncoding,
  sshSignature,
  type DsseEnvelope,
} from '@countersign/seal';
import type { SshSigner } from '@countersign/signer';
import { unverified } from '../cli/failure.ts';

export const signDocument = (payloadType: string, document: object, signer: SshSigner): Promise<DsseEnvelope> =>
  signBytes(payloadType, canonicalBytes(document), signer);

/** The same over bytes that others have signed or will sign: they are never written anew. The key is let go of afterwards. */
export async function signBytes(payloadType: string, payload: Uint8Array, signer: SshSigner): Promise<DsseEnvelope> {
  const armoured = await signer.signSsh(APPROVAL_NAMESPACE, preAuthEncoding(payloadType, payload));
  await signer.close();
  const signature = armoured.ok ? sshSignature(armoured.value, signer.publicKey) : armoured;
  if (!signature.ok) throw unverified(signature.refusal);
  return { payloadType, payload: encodeBase64(payload), signatures: [signature.value] };
}
