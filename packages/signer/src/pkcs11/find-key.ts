/** The key pair with a label on an open token: its private handle, and its public key in the one form the product knows. */
import { ok, type Result } from '@countersign/core';
import { escapeHostile, publicKeyFromPoint, type KeyKind, type PublicKey } from '@countersign/seal';
import { no } from '../codes.ts';
import type { Attribute, Cryptoki, Handle } from './module.parse.ts';

export interface TokenKey {
  readonly handle: Handle;
  readonly publicKey: PublicKey;
}

const CKA_CLASS = 0x00;
const CKA_LABEL = 0x03;
const CKA_KEY_TYPE = 0x1_00;
const CKA_ID = 0x1_02;
const CKA_EXTRACTABLE = 0x1_62;
const CKA_EC_PARAMS = 0x1_80;
const CKA_EC_POINT = 0x1_81;
const CKO_PUBLIC_KEY = 2;
const CKO_PRIVATE_KEY = 3;
const CKK_EC = 0x03;
const CKK_EC_EDWARDS = 0x40;

/** Curves as tokens write them: the object identifier, for Edwards also its name. */
const CURVES: readonly { readonly type: number; readonly kind: KeyKind; readonly params: readonly string[] }[] = [
  { type: CKK_EC, kind: 'p256', params: ['06082a8648ce3d030107'] },
  { type: CKK_EC_EDWARDS, kind: 'ed25519', params: ['06032b6570', '130c656477617264733235353139'] },
];
const POINT_BYTES: Readonly<Record<KeyKind, number>> = { p256: 65, ed25519: 32 };

/** Throws what the library throws. */
export function findKey(module: Cryptoki, session: Handle, label: string): Result<TokenKey> {
  const shown = `\`${escapeHostile(label)}\``;
  const ofClass = (value: number): readonly Attribute[] => [
    { type: CKA_CLASS, value },
    { type: CKA_LABEL, value: label },
  ];
  const [handle, second] = findObjects(module, session, ofClass(CKO_PRIVATE_KEY));
  if (handle === undefined) return no('no-key', `the token has no private key ${shown}`);
  if (second !== undefined) return no('key-ambiguous', `the token has several private keys ${shown}`);
  if (isSet(attribute(module, session, [handle, CKA_EXTRACTABLE])))
    return no('key-exposed', `the private key ${shown} can be taken out of the token`);

  const id = attribute(module, session, [handle, CKA_ID]);
  const withId: readonly Attribute[] = [...ofClass(CKO_PUBLIC_KEY), { type: CKA_ID, value: id }];
  const [publicHandle, otherPublic] = findObjects(module, session, withId);
  if (publicHandle === undefined)
    return no('no-key', `the token has no public key ${shown} with the id of the private one`);
  if (otherPublic !== undefined) return no('key-ambiguous', `the token has several public keys ${shown}`);
  const publicKey = publicKeyOf(module, session, publicHandle);
  return publicKey.ok ? ok({ handle, publicKey: publicKey.value }) : publicKey;
}

function findObjects(module: Cryptoki, session: Handle, template: readonly Attribute[]): readonly Handle[] {
  module.C_FindObjectsInit(session, template);
  try {
    return module.C_FindObjects(session, 2);
  } finally {
    module.C_FindObjectsFinal(session);
  }
}

const attribute = (module: Cryptoki, session: Handle, [object, type]: readonly [Handle, number]): Buffer =>
  module.C_GetAttributeValue(session, object, [{ type }])[0]?.value ?? Buffer.alloc(0);

/** A token that does not say counts as one that gives the key away. */
const isSet = (value: Buffer): boolean => value.length === 0 || value.some((byte) => byte !== 0);

function publicKeyOf(module: Cryptoki, session: Handle, handle: Handle): Result<PublicKey> {
  const [type] = attribute(module, session, [handle, CKA_KEY_TYPE]);
  const ofType = CURVES.find((one) => type === one.type);
  // Keys of other types have no curve, and tokens answer a question for it with an error.
  const params = ofType === undefined ? '' : attribute(module, session, [handle, CKA_EC_PARAMS]).toString('hex');
  const curve = ofType?.params.includes(params) === true ? ofType : undefined;
  if (curve === undefined) return no('bad-key', 'the key on the token is neither P-256 nor Ed25519');
  const point = pointIn(attribute(module, session, [handle, CKA_EC_POINT]), POINT_BYTES[curve.kind]);
  const key = point === undefined ? undefined : publicKeyFromPoint(curve.kind, point);
  if (key === undefined) return no('bad-key', 'the public key on the token has another form than its curve');
  return key.ok ? key : no('bad-key', key.refusal.detail);
}

/** The point itself, or wrapped as an octet string or a bit string: modules differ. */
function pointIn(value: Buffer, bytes: number): Uint8Array | undefined {
  if (value.length === bytes) return value;
  const isOctets = value.length === bytes + 2 && value[0] === 0x04 && value[1] === bytes;
  const isBits = value.length === bytes + 3 && value[0] === 0x03 && value[1] === bytes + 1 && value[2] === 0;
  return isOctets || isBits ? value.subarray(-bytes) : undefined;
}
