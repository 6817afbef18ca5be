import { parseId, parseInstant, readShape, type Id, type Instant } from '@countersign/core';
import { describe, expect, test } from 'vitest';
import { canonicalBytes } from './canonical.ts';
import { signEnvelope, type DsseEnvelope } from './dsse.ts';
import { gatewayInvitationShape, openGatewayEnrolment, signGatewayEnrolment } from './gateway-enrolment.ts';
import { encodePublicKey, generateSigner } from './keys.ts';
import { PAYLOAD } from './payload.ts';

const id = <Name extends string>(text: string): Id<Name> => parseId<Name>(text)!;
const at = (text: string): Instant => parseInstant(text)!;
const ASKED = {
  organisation: id<'Organisation'>('acme'),
  enclave: id<'Enclave'>('plant-7'),
  requestedAt: at('2026-11-21T08:00:00.000Z'),
};
const [key, other] = [generateSigner('p256'), generateSigner('p256')];
const codeOf = (envelope: DsseEnvelope): string => {
  const opened = openGatewayEnrolment(envelope);
  return opened.ok ? 'ok' : opened.refusal.code;
};
const made = (change: object, signer = key, payloadType: string = PAYLOAD.gatewayEnrolment): DsseEnvelope =>
  signEnvelope(
    payloadType,
    canonicalBytes({ type: 'gateway-enrolment', ...ASKED, publicKey: encodePublicKey(key.publicKey), ...change }),
    [signer],
  );

describe('O4: a gateway asks for a certificate', () => {
  test('with the key it shall be for', () => {
    const opened = openGatewayEnrolment(signGatewayEnrolment(ASKED, key));
    expect(opened.ok && { ...opened.value, key: opened.value.key.keyid }).toEqual({
      type: 'gateway-enrolment',
      ...ASKED,
      publicKey: encodePublicKey(key.publicKey),
      key: key.keyid,
    });
  });

  test.each([
    ['signed with another key', made({}, other), 'too-few-signatures'],
    ['for the key of somebody else', made({ publicKey: encodePublicKey(other.publicKey) }), 'too-few-signatures'],
    ['of another type', made({}, key, PAYLOAD.approval), 'wrong-type'],
    ['that says it is another document', made({ type: 'approval' }), 'malformed'],
    ['with an enclave that is a path', made({ enclave: '../x' }), 'malformed'],
    ['with more than it needs', made({ roles: ['admin'] }), 'malformed'],
    ['without a moment', made({ requestedAt: '' }), 'malformed'],
  ])('not %s', (_what, envelope, code) => {
    expect(codeOf(envelope)).toBe(code);
  });

  test('not with a key of another kind, or of small order', () => {
    const ed = generateSigner('ed25519');
    expect(codeOf(made({ publicKey: encodePublicKey(ed.publicKey) }, ed))).toBe('bad-key');
    const small = `MCowBQYDK2VwAyEA${'A'.repeat(43)}=`;
    expect(codeOf(made({ publicKey: small }))).toBe('bad-key');
  });

  test('and no bit of it may differ', () => {
    const good = signGatewayEnrolment(ASKED, key);
    const body = Buffer.from(good.payload, 'base64');
    for (let bit = 0; bit < body.length * 8; bit += 7) {
      const turned = Uint8Array.from(body);
      turned[bit >> 3]! ^= 1 << (bit & 7);
      expect(codeOf({ ...good, payload: Buffer.from(turned).toString('base64') })).not.toBe('ok');
    }
  });
});

test('O4: an invitation names an https address without a path, and a whole secret', () => {
  const invitation = {
    type: 'gateway-invitation',
    organisation: 'acme',
    enclave: 'plant-7',
    url: 'https://control.example:4443',
    secret: 'a'.repeat(64),
    authority: 'x'.repeat(200),
    expiresAt: '2026-11-21T08:10:00.000Z',
  };
  const isRead = (change: object): boolean => readShape(gatewayInvitationShape, { ...invitation, ...change }).ok;
  expect(isRead({})).toBe(true);
  for (const url of ['http://control.example', 'https://a/b', 'https://user@a', 'https://a?x', 'file:///etc'])
    expect(isRead({ url })).toBe(false);
  for (const secret of ['', 'a'.repeat(63), 'A'.repeat(64), `${'a'.repeat(63)}g`])
    expect(isRead({ secret })).toBe(false);
});
