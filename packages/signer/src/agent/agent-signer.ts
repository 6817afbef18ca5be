/** A key that an SSH agent holds: found by its fingerprint, asked for each signature. */
import { ok, type Result } from '@countersign/core';
import {
  mpintToFixed,
  isHardwareKey,
  readSshBlob,
  sshFingerprint,
  WireReader,
  type KeyKind,
  type SshPublicKey,
} from '@countersign/seal';
import { no } from '../codes.ts';
import { derOf } from '../ecdsa-form.ts';
import type { AgentLocator } from '../locator.ts';
import { checkedSignature, type Signer } from '../signer.ts';
import { identitiesRequest, readIdentities, readSignature, signRequest } from './agent-messages.ts';
import { askAgent, type AgentPlace } from './ask-agent.ts';

export interface AgentKey {
  readonly key: SshPublicKey;
  /** The signature blob of SSH over these bytes. */
  readonly signBlob: (data: Uint8Array) => Promise<Result<Uint8Array>>;
}

export async function findAgentKey({ fingerprint }: AgentLocator, place: AgentPlace): Promise<Result<AgentKey>> {
  const answer = await askAgent(place, identitiesRequest());
  const blobs = answer.ok ? readIdentities(answer.value) : answer;
  if (!blobs.ok) return blobs;
  const blob = blobs.value.find((one) => sshFingerprint(one) === fingerprint);
  if (blob === undefined)
    return no('no-key', `the SSH agent holds ${blobs.value.length} keys, none with the fingerprint ${fingerprint}`);
  const key = readSshBlob(blob);
  if (!key.ok) return no('bad-key', key.refusal.detail);
  const signBlob = async (data: Uint8Array): Promise<Result<Uint8Array>> => {
    const signed = await askAgent(place, signRequest(blob, data));
    return signed.ok ? readSignature(signed.value) : signed;
  };
  return ok({ key: key.value, signBlob });
}

export async function openAgentSigner(locator: AgentLocator, place: AgentPlace): Promise<Result<Signer>> {
  const found = await findAgentKey(locator, place);
  if (!found.ok) return found;
  const { key, signBlob } = found.value;
  // What a hardware key of SSH signs is not the message but a record about it: only SSH signatures can be made with it.
  if (isHardwareKey(key)) return no('bad-key', 'a hardware key of SSH makes SSH signatures only, not plain ones');
  const { kind } = key.key;
  let isClosed = false;
  return ok({
    algorithm: kind,
    publicKey: key.key,
    sign: (message) =>
      isClosed
        ? Promise.resolve(no('no-key', 'the key was closed'))
        : checkedSignature(key.key, message, plainSignature(kind, signBlob(message))),
    close: async () => {
      isClosed = true;
    },
  });
}

/** From the form of SSH to that of DSSE. */
async function plainSignature(kind: KeyKind, made: Promise<Result<Uint8Array>>): Promise<Result<Uint8Array>> {
  const blob = await made;
  if (!blob.ok) return blob;
  const reader = new WireReader(blob.value);
  const type = reader.text();
  const content = reader.string();
  const expected = kind === 'ed25519' ? 'ssh-ed25519' : 'ecdsa-sha2-nistp256';
  const signature = !reader.isComplete || type !== expected ? undefined : formOf(kind, content);
  return signature === undefined
    ? no('bad-answer', 'the SSH agent answered a signature of another form than its key makes')
    : ok(signature);
}

function formOf(kind: KeyKind, content: Uint8Array): Uint8Array | undefined {
  if (kind === 'ed25519') return content.length === 64 ? content : undefined;
  const reader = new WireReader(content);
  const [r, s] = [mpintToFixed(reader.string(), 32), mpintToFixed(reader.string(), 32)];
  return reader.isComplete && r !== undefined && s !== undefined ? derOf(Buffer.concat([r, s])) : undefined;
}
