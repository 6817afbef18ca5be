/** SSH signatures (PROTOCOL.sshsig) with any key the port reaches, hardware keys in an agent included: approvals and ceremonies. */
import { ok, type Result } from '@countersign/core';
import {
  armourSshSignature,
  sshBlobOf,
  sshFingerprint,
  sshPublicKeyLine,
  sshSignatureBlob,
  sshSignedData,
  verifySshSignature,
} from '@countersign/seal';
import type { AgentKey } from './agent/agent-signer.ts';
import { no } from './codes.ts';
import { numbersOf } from './ecdsa-form.ts';
import type { Signer } from './signer.ts';

export interface SshSigner {
  /** A `.pub` line without a comment. */
  readonly publicKey: string;
  readonly fingerprint: string;
  /** The armoured signature; the namespace keeps it from being taken for one made for another purpose. Verified before it is answered. */
  readonly signSsh: (namespace: string, message: Uint8Array) => Promise<Result<string>>;
  readonly close: () => Promise<void>;
}

interface SshKey {
  readonly publicBlob: Uint8Array;
  readonly publicKey: string;
  readonly signBlob: (data: Uint8Array) => Promise<Result<Uint8Array>>;
  readonly close: () => Promise<void>;
}

export const sshSignerOf = (signer: Signer): SshSigner =>
  sshSigner({
    publicBlob: sshBlobOf(signer.publicKey),
    publicKey: sshPublicKeyLine(signer.publicKey),
    close: signer.close,
    async signBlob(data) {
      const signature = await signer.sign(data);
      if (!signature.ok) return signature;
      const raw = signer.algorithm === 'p256' ? numbersOf(signature.value) : signature.value;
      return raw === undefined
        ? no('bad-answer', 'the signature is not the one DER spelling of two numbers')
        : ok(sshSignatureBlob(signer.algorithm, raw));
    },
  });

export function sshSignerOfAgent({ key, signBlob }: AgentKey): SshSigner {
  const publicKey = `${key.type} ${Buffer.from(key.blob).toString('base64')}`;
  return sshSigner({ publicBlob: key.blob, publicKey, signBlob, close: async () => undefined });
}

function sshSigner({ publicBlob, publicKey, signBlob, close }: SshKey): SshSigner {
  return {
    publicKey,
    fingerprint: sshFingerprint(publicBlob),
    close,
    async signSsh(namespace, message) {
      const signature = await signBlob(sshSignedData(namespace, message));
      if (!signature.ok) return signature;
      const armoured = armourSshSignature({ publicBlob, namespace, signature: signature.value });
      const verified = verifySshSignature(armoured, { namespace, message, publicKey: publicBlob });
      return verified.ok ? ok(armoured) : no('bad-answer', verified.refusal.detail);
    },
  };
}
