import { generateSigner } from '@countersign/seal';
import { describe, expect, test } from 'vitest';
import type { Pkcs11Locator } from '../locator.ts';
import type { Signer } from '../signer.ts';
import { CkrError, FAKE_PIN, FakeCryptoki } from '../testkit/fake-cryptoki.builder.ts';
import { openOnModule } from './pkcs11-signer.ts';
import { CKR_CODES } from './token.ts';

const locator: Pkcs11Locator = {
  kind: 'pkcs11',
  module: '/fake.so',
  token: 'release',
  object: 'capsule',
  pin: { in: 'environment', name: 'PIN' },
};
const message = Buffer.from('exactly these bytes');

function openOn(fake: FakeCryptoki): Signer {
  const opened = openOnModule(fake, locator, FAKE_PIN);
  if (!opened.ok) throw new Error(opened.refusal.detail);
  return opened.value;
}
const codeOn = (fake: FakeCryptoki): string | undefined => {
  const opened = openOnModule(fake, locator, FAKE_PIN);
  return opened.ok ? undefined : opened.refusal.code;
};
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const attribute = (type: number, hex: string): ReadonlyMap<number, Buffer> =>
  new Map([[type, Buffer.from(hex, 'hex')]]);

test('an Ed25519 key signs the message itself', async () => {
  const fake = new FakeCryptoki();
  const signature = await openOn(fake).sign(message);
  expect(signature.ok && fake.key.publicKey.verify(message, signature.value)).toBe(true);
});

describe('which key it is', () => {
  test('a token with this label must be there exactly once', () => {
    const fake = new FakeCryptoki();
    fake.labels = ['other'];
    expect(codeOn(fake)).toBe('token-missing');
    fake.labels = ['release', 'release'];
    expect(codeOn(fake)).toBe('token-missing');
    fake.labels = [];
    expect(codeOn(fake)).toBe('token-missing');
    fake.labels = ['release2', 'release'];
    expect(codeOn(fake)).toBeUndefined();
  });

  test('a private key with this label must be there exactly once, its public key too', () => {
    const fake = new FakeCryptoki();
    fake.objects = [];
    expect(codeOn(fake)).toBe('no-key');
    fake.objects = fake.pair('other', fake.key);
    expect(codeOn(fake)).toBe('no-key');
    const [publicKey, privateKey] = fake.pair('capsule', fake.key);
    fake.objects = [privateKey!];
    expect(codeOn(fake)).toBe('no-key');
    fake.objects = [publicKey!];
    expect(codeOn(fake)).toBe('no-key');
    fake.objects = [publicKey!, privateKey!, privateKey!];
    expect(codeOn(fake)).toBe('key-ambiguous');
    fake.objects = [publicKey!, publicKey!, privateKey!];
    expect(codeOn(fake)).toBe('key-ambiguous');
  });

  test('a key that may leave the token is refused, and one whose token does not say', () => {
    const fake = new FakeCryptoki();
    fake.objects = fake.pair('capsule', fake.key, attribute(0x1_62, '01'));
    expect(codeOn(fake)).toBe('key-exposed');
    fake.objects = fake.pair('capsule', fake.key, attribute(0x1_62, ''));
    expect(codeOn(fake)).toBe('key-exposed');
  });

  const p256 = generateSigner('p256');
  const ed25519 = generateSigner('ed25519');
  test.each([
    ['P-384', p256, 0x1_80, '06052b81040022'],
    ['a curve spelled out', p256, 0x1_80, `30${'00'.repeat(90)}`],
    ['no curve', p256, 0x1_80, ''],
    ['Ed448', ed25519, 0x1_80, '06032b6571'],
    ['RSA', p256, 0x1_00, '00'],
    ['Montgomery', ed25519, 0x1_00, '41'],
    ['no type', ed25519, 0x1_00, ''],
    ['no point', p256, 0x1_81, ''],
    ['a compressed point', p256, 0x1_81, `0421${'02'.repeat(33)}`],
    ['a point off the curve', p256, 0x1_81, `044104${'11'.repeat(64)}`],
    ['a point cut short', ed25519, 0x1_81, `0420${'22'.repeat(31)}`],
    ['a point of small order', ed25519, 0x1_81, `0420${'01'.padEnd(64, '0')}`],
    ['a point with bits to spare', ed25519, 0x1_81, `032101${hexOf(ed25519.publicKey.point())}`],
  ])('%s is refused', (_name, key, type, hex) => {
    const fake = new FakeCryptoki();
    fake.objects = fake.pair('capsule', key, attribute(type, hex));
    expect(codeOn(fake)).toBe('bad-key');
  });

  test.each([
    ['as it is', ''],
    ['as octets', '0420'],
    ['as bits', '032100'],
  ])('the point is read %s', (_name, wrapping) => {
    const fake = new FakeCryptoki();
    const point = hexOf(fake.key.publicKey.point());
    fake.objects = fake.pair('capsule', fake.key, attribute(0x1_81, `${wrapping}${point}`));
    expect(openOn(fake).publicKey.keyid).toBe(fake.key.publicKey.keyid);
  });

  test('the curve of an Edwards key is read by its name too', () => {
    const fake = new FakeCryptoki();
    fake.objects = fake.pair('capsule', fake.key, attribute(0x1_80, '130c656477617264733235353139'));
    expect(openOn(fake).algorithm).toBe('ed25519');
  });
});

describe('the PIN', () => {
  test.each(Object.entries(CKR_CODES))('answer %d to the login is `%s`, and the session is closed', (code, meaning) => {
    const fake = new FakeCryptoki();
    fake.faults.set('C_Login', new CkrError('CKR_SOMETHING', Number(code)));
    expect(codeOn(fake)).toBe(meaning);
    expect(fake.count('C_CloseSession')).toBe(1);
  });

  test('somebody in this process is logged in already: that is enough', () => {
    const fake = new FakeCryptoki();
    fake.faults.set('C_Login', new CkrError('CKR_USER_ALREADY_LOGGED_IN', 0x1_00));
    expect(codeOn(fake)).toBeUndefined();
  });

  test('a PIN that was changed meanwhile is tried once, never again: tokens lock themselves', async () => {
    const fake = new FakeCryptoki();
    const signer = openOn(fake);
    fake.pin = '9999';
    fake.faults.set('C_SignInit', new CkrError('CKR_SESSION_HANDLE_INVALID', 0xb3));
    for (let round = 0; round < 4; round += 1)
      expect(await signer.sign(message)).toMatchObject({ ok: false, refusal: { code: 'pin-wrong' } });
    expect(fake.count('C_Login')).toBe(2);
  });
});

describe('a token that goes away', () => {
  test.each([
    ['CKR_DEVICE_ERROR', 0x30],
    ['CKR_DEVICE_REMOVED', 0x32],
    ['CKR_KEY_HANDLE_INVALID', 0x60],
    ['CKR_OBJECT_HANDLE_INVALID', 0x82],
    ['CKR_SESSION_CLOSED', 0xb0],
    ['CKR_SESSION_HANDLE_INVALID', 0xb3],
    ['CKR_TOKEN_NOT_PRESENT', 0xe0],
    ['CKR_USER_NOT_LOGGED_IN', 0x1_01],
  ])('%s: it is opened once more, and signs', async (name, code) => {
    for (const call of ['C_SignInit', 'C_Sign'] as const) {
      const fake = new FakeCryptoki();
      const signer = openOn(fake);
      fake.faults.set(call, new CkrError(name, code));
      const signature = await signer.sign(message);
      expect(signature.ok && fake.key.publicKey.verify(message, signature.value)).toBe(true);
      expect(fake.count('C_OpenSession')).toBe(2);
    }
  });

  test('one that stays away is refused, and used again when it is back', async () => {
    const fake = new FakeCryptoki();
    const signer = openOn(fake);
    fake.labels = [];
    fake.faults.set('C_Sign', new CkrError('CKR_DEVICE_REMOVED', 0x32));
    expect(await signer.sign(message)).toMatchObject({ ok: false, refusal: { code: 'token-missing' } });
    expect(await signer.sign(message)).toMatchObject({ ok: false, refusal: { code: 'token-missing' } });
    fake.labels = ['release'];
    expect((await signer.sign(message)).ok).toBe(true);
  });

  test('one that comes back with another key under the same label is not used', async () => {
    const fake = new FakeCryptoki();
    const signer = openOn(fake);
    fake.key = generateSigner('ed25519');
    fake.objects = fake.pair('capsule', fake.key);
    fake.faults.set('C_Sign', new CkrError('CKR_DEVICE_REMOVED', 0x32));
    expect(await signer.sign(message)).toMatchObject({ ok: false, refusal: { code: 'no-key' } });
    expect(fake.count('C_OpenSession') - fake.count('C_CloseSession')).toBe(0);
  });

  test('after any other fault its session is not used again', async () => {
    const fake = new FakeCryptoki();
    const signer = openOn(fake);
    fake.faults.set('C_Sign', new CkrError('CKR_FUNCTION_FAILED', 0x06));
    expect(await signer.sign(message)).toMatchObject({ ok: false, refusal: { code: 'token-failed' } });
    expect((await signer.sign(message)).ok).toBe(true);
    expect(fake.count('C_OpenSession')).toBe(2);
  });
});

describe('an answer that is no signature', () => {
  test.each([
    ['nothing', Buffer.alloc(0)],
    ['64 zero bytes', Buffer.alloc(64)],
    ['of another key', Buffer.from(generateSigner('ed25519').sign(message))],
    ['too long', Buffer.alloc(128, 1)],
  ])('%s', async (_name, answer) => {
    const fake = new FakeCryptoki();
    const signer = openOn(fake);
    fake.answer = answer;
    expect(await signer.sign(message)).toMatchObject({ ok: false, refusal: { code: 'bad-answer' } });
  });

  test.each([0, 63, 64, 65, 72])('%d bytes from a P-256 key', async (length) => {
    const fake = new FakeCryptoki('p256');
    const signer = openOn(fake);
    fake.answer = Buffer.alloc(length, 9);
    expect(await signer.sign(message)).toMatchObject({ ok: false, refusal: { code: 'bad-answer' } });
  });
});

test.each([
  'C_GetSlotList',
  'C_GetTokenInfo',
  'C_OpenSession',
  'C_FindObjectsInit',
  'C_FindObjects',
  'C_GetAttributeValue',
] as const)('a library that fails in %s refuses, and leaves no session open', (call) => {
  const fake = new FakeCryptoki();
  fake.faults.set(call, new CkrError('CKR_GENERAL_ERROR', 0x05));
  expect(codeOn(fake)).toBe('token-failed');
  const opened = call === 'C_OpenSession' ? 0 : fake.count('C_OpenSession');
  expect(fake.count('C_CloseSession')).toBe(opened);
});
