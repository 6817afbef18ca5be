/** Fields at their limits: the longest that is read, the next one that is not, and text around what a field may hold. */
import { readShape } from '@countersign/core';
import { describe, expect, test } from 'vitest';
import { canonicalBytes } from './canonical.ts';
import { signEnvelope } from './dsse.ts';
import { gatewayInvitationShape, openGatewayEnrolment } from './gateway-enrolment.ts';
import { encodePublicKey, generateSigner } from './keys.ts';
import { PAYLOAD } from './payload.ts';
import { recordLinkShape } from './record-link.ts';
import { readStatement, STATEMENT_TYPE } from './statement.ts';
import { signTaskCredential, verifyTaskCredential, type TaskClaims } from './task-credential.ts';

/** Which of these lengths are read. */
const read = (lengths: readonly number[], isRead: (length: number) => boolean): readonly number[] =>
  lengths.filter((length) => isRead(length));
/** What a pattern without its beginning or end would let through. */
const around = (good: string): readonly string[] => [` ${good}`, `${good} `, `${good}\n`, `x ${good}`, `${good}/`];

const HASH = 'a'.repeat(64);
const many = (count: number): object => ({
  subject: Array.from({ length: count }, (_, place) => ({ name: `${place}`, digest: { sha256: HASH } })),
});

const named = (name: string, sha256 = HASH): object => ({ subject: [{ name, digest: { sha256 } }] });

describe('C2: an in-toto statement', () => {
  const TYPE = 'https://example.org/capsule/v1';
  const isRead = (change: object, type = TYPE): boolean =>
    readStatement(
      canonicalBytes({
        _type: STATEMENT_TYPE,
        subject: [{ name: 'change', digest: { sha256: HASH } }],
        predicateType: type,
        predicate: {},
        ...change,
      }),
      type,
    ).ok;

  test('has 1 to 1000 subjects with names of 1 to 500 characters', () => {
    expect(read([0, 1, 500, 501], (length) => isRead(named('x'.repeat(length))))).toEqual([1, 500]);
    expect(read([0, 1, 1000, 1001], (count) => isRead(many(count)))).toEqual([1, 1000]);
  });

  test('has digests of 64 lower-case digits and nothing around them', () => {
    expect(read([0, 63, 64, 65], (length) => isRead(named('x', 'a'.repeat(length))))).toEqual([64]);
    for (const hash of [...around('a'.repeat(62)), ...around('a'.repeat(63)), 'g'.repeat(64), 'A'.repeat(64)])
      expect([hash, isRead(named('x', hash))]).toEqual([hash, false]);
  });

  test('has a predicate type of 1 to 200 characters', () => {
    expect(read([0, 1, 200, 201], (length) => isRead({}, 'x'.repeat(length)))).toEqual([1, 200]);
  });

  test('has at most 3 MiB', () => {
    const frame = canonicalBytes({
      _type: STATEMENT_TYPE,
      subject: [{ name: 'change', digest: { sha256: HASH } }],
      predicateType: TYPE,
      predicate: { x: '' },
    }).length;
    const most = 3_145_728;
    expect(read([most, most + 1], (length) => isRead({ predicate: { x: 'x'.repeat(length - frame) } }))).toEqual([
      most,
    ]);
  });
});

describe('X3: the claims of a task', () => {
  const signer = generateSigner('ed25519');
  const CLAIMS = {
    iss: 'r',
    aud: 'h',
    operation: 'o',
    capsule: `sha256:${'c'.repeat(64)}`,
    jti: '0'.repeat(32),
    iat: 1_800_000_000,
    exp: 1_800_000_020,
  };
  const isRead = (change: Partial<typeof CLAIMS>): boolean => {
    const claims = { ...CLAIMS, ...change };
    const rule = {
      keys: new Map([[claims.iss, signer.publicKey]]),
      audience: claims.aud,
      operation: claims.operation,
      nowSeconds: claims.iat,
    };
    return verifyTaskCredential(signTaskCredential(claims as TaskClaims, signer), rule).ok;
  };

  test.each(['iss', 'aud', 'operation'] as const)('%s is a word of 1 to 128 characters', (name) => {
    expect(read([0, 1, 128, 129], (length) => isRead({ [name]: 'x'.repeat(length) }))).toEqual([1, 128]);
    for (const word of [...around('word'), '-word', '.word', ':word', 'wörd', 'wo rd', '*'])
      expect([word, isRead({ [name]: word })]).toEqual([word, false]);
  });

  test('its single use has 32 lower-case digits', () => {
    expect(read([0, 31, 32, 33], (length) => isRead({ jti: 'a'.repeat(length) }))).toEqual([32]);
    for (const jti of [...around('a'.repeat(30)), ...around('a'.repeat(31)), 'g'.repeat(32), 'A'.repeat(32)])
      expect([jti, isRead({ jti })]).toEqual([jti, false]);
  });

  test('its times are seconds of a year with four digits', () => {
    const last = 253_402_300_799;
    expect(read([-1, 0, last - 1, last], (iat) => isRead({ iat, exp: iat + 1 }))).toEqual([0, last - 1]);
  });
});

describe('O4: what a gateway asks for, and what it is told', () => {
  const key = generateSigner('p256');

  test('a request has at most 4096 bytes', () => {
    const document = {
      type: 'gateway-enrolment',
      organisation: 'acme',
      enclave: 'plant-7',
      publicKey: encodePublicKey(key.publicKey),
      requestedAt: '2026-11-21T08:00:00.000Z',
    };
    const bytes = canonicalBytes(document);
    const padded = (length: number): Uint8Array => Buffer.concat([bytes, Buffer.alloc(length - bytes.length, ' ')]);
    expect(
      read(
        [4096, 4097],
        (length) => openGatewayEnrolment(signEnvelope(PAYLOAD.gatewayEnrolment, padded(length), [key])).ok,
      ),
    ).toEqual([4096]);
  });

  test('an invitation is of one https origin, with a whole secret and an authority', () => {
    const INVITATION = {
      type: 'gateway-invitation',
      organisation: 'acme',
      enclave: 'plant-7',
      url: 'https://control.example:4443',
      secret: 'a'.repeat(64),
      authority: 'x'.repeat(200),
      expiresAt: '2026-11-21T08:10:00.000Z',
    };
    const isRead = (change: object): boolean => readShape(gatewayInvitationShape, { ...INVITATION, ...change }).ok;
    expect(read([9, 300, 301], (length) => isRead({ url: `https://${'x'.repeat(length - 8)}` }))).toEqual([9, 300]);
    expect(read([99, 100, 8192, 8193], (length) => isRead({ authority: 'x'.repeat(length) }))).toEqual([100, 8192]);
    expect(read([0, 63, 64, 65], (length) => isRead({ secret: 'a'.repeat(length) }))).toEqual([64]);
    for (const url of [...around('https://a.example'), 'javascript:https://a', 'HTTPS://a.example', 'https://'])
      expect([url, isRead({ url })]).toEqual([url, false]);
    for (const secret of [...around('a'.repeat(62)), ...around('a'.repeat(63))]) expect(isRead({ secret })).toBe(false);
  });
});

test('V3: a link begins at a tree that has something, and holds at most 64 hashes', () => {
  const hash = `${'A'.repeat(43)}=`;
  const isRead = (change: object): boolean => readShape(recordLinkShape, { from: 1, hashes: [hash], ...change }).ok;
  expect(read([0, 1, Number.MAX_SAFE_INTEGER, 2 ** 53], (from) => isRead({ from }))).toEqual([
    1,
    Number.MAX_SAFE_INTEGER,
  ]);
  expect(read([0, 64, 65], (count) => isRead({ hashes: Array.from({ length: count }, () => hash) }))).toEqual([0, 64]);
  expect(read([43, 44, 45], (length) => isRead({ hashes: ['A'.repeat(length)] }))).toEqual([44]);
});
