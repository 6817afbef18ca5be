/** One signature on a draft: made with a key this machine reaches, or brought from where the key is. Verified before it is kept. */
import { object, optional, readShape, text, type Shape } from '@countersign/core';
import {
  addTufSignature,
  decodeBase64Url,
  encodeBase64Url,
  readStrictJson,
  sha256,
  tufKeyId,
  tufKeyOf,
  tufKeyOfSsh,
  tufSignature,
  tufSignatureOfPasskey,
  tufSignatureOfSsh,
  tufSignedBytes,
  tufSignersOf,
  TUF_SSH_NAMESPACE,
  type RootSigned,
  type TufSignature,
} from '@countersign/seal';
import { openSigner, openSshSigner, type Surroundings } from '@countersign/signer';
import { EXIT } from '../cli/exit-codes.ts';
import { Failure, unverified } from '../cli/failure.ts';
import { keyLine, type DraftState } from './ceremony.ts';

/** With the key at this locator; which of the two forms is signed follows from how the root lists it. */
export async function signWith(draft: DraftState, locator: string, surroundings: Surroundings): Promise<TufSignature> {
  const bytes = tufSignedBytes(draft.signed);
  const ssh = await openSshSigner(locator, surroundings);
  if (!ssh.ok) throw unverified(ssh.refusal);
  const sshKey = tufKeyOfSsh(ssh.value.publicKey);
  if (sshKey.ok && draft.keys.has(tufKeyId(sshKey.value))) {
    const armoured = await ssh.value.signSsh(TUF_SSH_NAMESPACE, bytes);
    await ssh.value.close();
    const signature = armoured.ok ? tufSignatureOfSsh(sshKey.value, armoured.value) : armoured;
    if (!signature.ok) throw unverified(signature.refusal);
    return counted(draft, signature.value);
  }
  await ssh.value.close();
  // A hardware key of SSH makes no plain signature; then it simply is none of these keys.
  const plain = await openSigner(locator, surroundings);
  if (!plain.ok) throw noSay(draft);
  const key = tufKeyOf(plain.value.publicKey);
  if (!draft.keys.has(tufKeyId(key))) throw noSay(draft);
  const signature = await plain.value.sign(bytes);
  await plain.value.close();
  if (!signature.ok) throw unverified(signature.refusal);
  return counted(draft, tufSignature(key, signature.value));
}

/** Whether the key at the locator may sign this draft at all; asked before a person is. */
export async function maySign(draft: DraftState, locator: string, surroundings: Surroundings): Promise<boolean> {
  const ssh = await openSshSigner(locator, surroundings);
  if (!ssh.ok) throw unverified(ssh.refusal);
  const sshKey = tufKeyOfSsh(ssh.value.publicKey);
  await ssh.value.close();
  if (sshKey.ok && draft.keys.has(tufKeyId(sshKey.value))) return true;
  const plain = await openSigner(locator, surroundings);
  if (!plain.ok) return false;
  await plain.value.close();
  return draft.keys.has(tufKeyId(tufKeyOf(plain.value.publicKey)));
}

const noSay = (draft: DraftState): Failure =>
  new Failure(EXIT.prohibited, {
    code: 'forbidden',
    detail: `this key has no say in the draft of the ${draft.name}`,
    clause: 'X1',
    eligible: [...draft.keys].map(([keyid, key]) => keyLine(keyid, key, undefined)),
  });

/** What counts is only what the verifier counts. */
function counted(draft: DraftState, signature: TufSignature): TufSignature {
  const metadata = addTufSignature({ signatures: [], signed: draft.signed }, signature);
  const roots = rootsOf(draft);
  if (roots.some((root) => tufSignersOf(metadata, root, draft.name).includes(signature.keyid))) return signature;
  throw unverified({
    code: 'bad-signature',
    detail: `the signature does not verify over the draft of the ${draft.name} (${draft.digest})`,
  });
}

/** A root with just these keys: the verifier needs one to look them up. */
function rootsOf({ keys, name, signed }: DraftState): readonly RootSigned[] {
  const role = { keyids: [...keys.keys()], threshold: 1 };
  return [
    {
      _type: 'root',
      spec_version: signed.spec_version,
      version: signed.version,
      expires: signed.expires,
      consistent_snapshot: true,
      keys: Object.fromEntries(keys),
      roles: { root: role, targets: role, snapshot: role, timestamp: role },
      organisation: name,
      demo: false,
    },
  ];
}

/** What somebody takes to the machine where their key is. */
export interface SignRequest {
  readonly type: 'trust-sign-request';
  readonly document: string;
  readonly digest: string;
  readonly words: string;
  /** Base64url: SHA-256 of the bytes, which a passkey signs. */
  readonly challenge: string;
  /** Credentials of the passkeys that may answer. */
  readonly passkeys: readonly { readonly credential: string; readonly rpId: string }[];
  /** What to read before signing. */
  readonly page: readonly string[];
}

export function signRequest(draft: DraftState, page: readonly string[]): SignRequest {
  const passkeys = [...draft.keys.values()].flatMap(({ keytype, keyval }) =>
    keytype === 'webauthn' ? [{ credential: keyval['credential'] ?? '', rpId: keyval['rpid'] ?? '' }] : [],
  );
  const challenge = encodeBase64Url(sha256(tufSignedBytes(draft.signed)));
  const { name: document, digest, words } = draft;
  return { type: 'trust-sign-request', document, digest, words, challenge, passkeys, page };
}

interface BroughtAssertion {
  readonly id: string;
  readonly rawId?: string;
  readonly type?: string;
  readonly response: {
    readonly authenticatorData: string;
    readonly clientDataJSON: string;
    readonly signature: string;
    readonly userHandle?: string;
  };
  readonly authenticatorAttachment?: string;
  readonly clientExtensionResults?: object;
}

const base64url = text({ min: 1, max: 8192, pattern: /^[A-Za-z0-9_-]+$/ });
/** `AuthenticationResponseJSON` of WebAuthn, as every browser gives it. */
const assertionShape: Shape<BroughtAssertion> = object<BroughtAssertion>({
  id: base64url,
  rawId: optional(base64url),
  type: optional(text({ max: 32 })),
  response: object<BroughtAssertion['response']>({
    authenticatorData: base64url,
    clientDataJSON: base64url,
    signature: base64url,
    userHandle: optional(text({ max: 256 })),
  }),
  authenticatorAttachment: optional(text({ max: 32 })),
  clientExtensionResults: optional({
    schema: {},
    read: (value) => (typeof value === 'object' && value !== null ? value : undefined),
  }),
});
const MAX_BROUGHT = 16_384;

/** A signature made elsewhere: the armour of `ssh-keygen -Y sign`, or what a browser returned. */
export function readBrought(draft: DraftState, bytes: Uint8Array): TufSignature {
  if (bytes.length > MAX_BROUGHT)
    throw unverified({ code: 'malformed', detail: `a signature has at most ${MAX_BROUGHT} bytes` });
  const content = Buffer.from(bytes).toString('utf8');
  return content.startsWith('-----BEGIN SSH SIGNATURE-----')
    ? broughtSsh(draft, content)
    : broughtPasskey(draft, bytes);
}

function broughtSsh(draft: DraftState, armoured: string): TufSignature {
  for (const key of draft.keys.values()) {
    if (key.keytype !== 'ssh') continue;
    const signature = tufSignatureOfSsh(key, armoured);
    if (!signature.ok) throw unverified(signature.refusal);
    const metadata = addTufSignature({ signatures: [], signed: draft.signed }, signature.value);
    if (rootsOf(draft).some((root) => tufSignersOf(metadata, root, draft.name).length > 0)) return signature.value;
  }
  throw unverified({
    code: 'bad-signature',
    detail: `the SSH signature is of no key that has a say here, or not over the draft of the ${draft.name}`,
    next: [
      `sign exactly the bytes that \`cs trust sign --bytes\` writes, with \`ssh-keygen -Y sign -n ${TUF_SSH_NAMESPACE}\``,
    ],
  });
}

function part(encoded: string): Uint8Array {
  const decoded = decodeBase64Url(encoded);
  if (decoded !== undefined) return decoded;
  throw unverified({ code: 'malformed', detail: 'a part of the passkey assertion is not base64url' });
}

function broughtPasskey(draft: DraftState, bytes: Uint8Array): TufSignature {
  const json = readStrictJson(bytes, { maxBytes: MAX_BROUGHT });
  const read = json.ok ? readShape(assertionShape, json.value) : json;
  if (!read.ok) throw unverified(read.refusal);
  const { id, response } = read.value;
  const key = [...draft.keys.values()].find(
    ({ keytype, keyval }) => keytype === 'webauthn' && keyval['credential'] === id,
  );
  if (key === undefined) throw noSay(draft);
  const assertion = {
    authenticatorData: part(response.authenticatorData),
    clientDataJSON: part(response.clientDataJSON),
    signature: part(response.signature),
  };
  return counted(draft, tufSignatureOfPasskey(key, assertion));
}
