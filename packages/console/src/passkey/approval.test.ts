import { createHash } from 'node:crypto';
import {
  approvalShape,
  checkApprovalBinding,
  parseId,
  parseInstant,
  readShape,
  type Instant,
  type Person,
  type PersonId,
  type Role,
} from '@countersign/core';
import { encodeBase64Url, generateSigner, publicKeyOf, verifyHumanSignature } from '@countersign/seal';
import { expect, test } from 'vitest';
import { openSigning, type OpenCapsule } from '../capsule/open-capsule.ts';
import { capsuleOf, signingOf } from '../testkit/signing.builder.ts';
import { approvalOf, signedApproval, unsigned } from './approval.ts';
import { nameOf, passkeysOf, peopleIn } from './roster.ts';

const signer = { person: parseId<'Person'>('ana') as PersonId, role: parseId<'Role'>('release-approver') as Role };
const at = (text: string): Instant => parseInstant(text) as Instant;
const nonce = '0f'.repeat(16);

async function opened(): Promise<OpenCapsule> {
  const result = await openSigning(await signingOf(), 'P-1');
  if (!result.isMatch) throw new Error(result.problems.join());
  return result.opened;
}

test('A2: the document fits the capsule field by field, as the runner checks it', async () => {
  const capsule = await opened();
  const now = at('2026-11-21T03:00:00.000Z');
  const approval = approvalOf(capsule, signer, { now, nonce, surface: 'console' });
  const facts = {
    capsule: capsule.capsule,
    digest: capsule.digest,
    shown: capsule.pageDigest,
    surfaces: ['served'] as const,
    skewMs: 5000,
  };
  expect(checkApprovalBinding(approval, facts, now)).toEqual({ ok: true, value: approval });
  expect(approval).toMatchObject({ surface: 'console', person: 'ana', expiresAt: '2026-11-21T11:00:00.000Z' });
});

test('an approval never outlives its capsule', async () => {
  const approval = approvalOf(await opened(), signer, {
    now: at('2026-11-21T23:00:00.000Z'),
    nonce,
    surface: 'console',
  });
  expect(approval.expiresAt).toBe(capsuleOf().notAfter);
});

/** What a browser and an authenticator make of a challenge. */
function assertion(challenge: string, options: { readonly origin: string }): Parameters<typeof signedApproval>[1] {
  const clientData = Buffer.from(
    JSON.stringify({ type: 'webauthn.get', challenge, origin: options.origin, crossOrigin: false }),
  );
  const data = Buffer.concat([createHash('sha256').update('localhost').digest(), Buffer.from([0x05, 0, 0, 0, 1])]);
  const signature = key.sign(Buffer.concat([data, createHash('sha256').update(clientData).digest()]));
  return {
    id: 'Y3JlZA',
    response: {
      authenticatorData: encodeBase64Url(data),
      clientDataJSON: encodeBase64Url(clientData),
      signature: encodeBase64Url(signature),
    },
  };
}
const key = generateSigner('p256');
const point = publicKeyOf(key).point();
const cose = Buffer.concat([
  Buffer.from('a5010203262001215820', 'hex'),
  point.subarray(1, 33),
  Buffer.from('225820', 'hex'),
  point.subarray(33),
]).toString('base64url');
const credential = {
  kind: 'passkey',
  id: 'Y3JlZA',
  cose,
  rpId: 'localhost',
  origins: ['http://localhost:4600'],
  allowBackup: false,
  surface: 'served',
  enrolledAt: at('2026-01-01T00:00:00.000Z'),
  usableFrom: at('2026-01-01T00:00:00.000Z'),
} as const;

test('A2: what the page hands in verifies under the enrolled passkey, bytes as they were signed', async () => {
  const document = await unsigned(
    approvalOf(await opened(), signer, { now: at('2026-11-21T03:00:00.000Z'), nonce, surface: 'console' }),
  );
  const envelope = signedApproval(document, assertion(document.challenge, { origin: 'http://localhost:4600' }));
  expect(verifyHumanSignature(envelope, 0, credential)).toMatchObject({
    ok: true,
    value: { scheme: 'passkey', isUserVerified: true },
  });
  const payload: unknown = JSON.parse(Buffer.from(envelope.payload, 'base64').toString('utf8'));
  expect(readShape(approvalShape, payload).ok).toBe(true);
});

test('a signature made on another page, or over another document, does not', async () => {
  const document = await unsigned(
    approvalOf(await opened(), signer, { now: at('2026-11-21T03:00:00.000Z'), nonce, surface: 'console' }),
  );
  const elsewhere = signedApproval(document, assertion(document.challenge, { origin: 'http://evil.localhost:4600' }));
  expect(verifyHumanSignature(elsewhere, 0, credential).ok).toBe(false);
  const other = await unsigned(
    approvalOf(await opened(), signer, { now: at('2026-11-21T03:00:01.000Z'), nonce, surface: 'console' }),
  );
  const moved = signedApproval(other, assertion(document.challenge, { origin: 'http://localhost:4600' }));
  expect(verifyHumanSignature(moved, 0, credential).ok).toBe(false);
});

test('a roster that cannot be read has nobody in it, so nobody can sign', () => {
  const nothing = { roots: [], timestamp: '', snapshot: '', targets: '' };
  for (const bundle of ['', '*', 'AAAA', Buffer.from('{"people":[]}').toString('base64')])
    expect(peopleIn({ ...nothing, bundle })).toEqual([]);
  expect(passkeysOf([], { person: 'ana', origin: 'http://localhost:4600' })).toEqual([]);
  expect(nameOf([], 'ana')).toBe('ana');
});

test('A2: a page offers only passkeys of its own origin, and only those of the person who looks', () => {
  const other = { ...credential, id: 'b3du', origins: ['http://localhost:4700'], surface: 'own' } as const;
  const person = (id: string): Person => ({
    id: parseId<'Person'>(id) as PersonId,
    name: id,
    roles: [],
    credentials: [credential, other],
  });
  const people = [person('ana'), { ...person('ben'), credentials: [] }];
  expect(passkeysOf(people, { person: 'ana', origin: 'http://localhost:4600' })).toEqual(['Y3JlZA']);
  expect(passkeysOf(people, { person: 'ana', origin: 'http://localhost:4700' })).toEqual(['b3du']);
  expect(passkeysOf(people, { person: 'ana', origin: 'http://localhost:47000' })).toEqual([]);
  expect(passkeysOf(people, { person: 'ben', origin: 'http://localhost:4700' })).toEqual([]);
});
