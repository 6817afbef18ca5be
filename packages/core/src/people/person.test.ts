import { expect, test } from 'vitest';
import { acceptedUnknown, acceptedWrong, leftOut } from '../shared/shape.builder.ts';
import { readShape, type Shape } from '../shared/shape.ts';
import { agentShape, credentialShape, personShape } from './person.ts';

const ENROLLED = { surface: 'own', enrolledAt: '2026-11-20T00:00:00.000Z', usableFrom: '2026-11-21T00:00:00.000Z' };
const PASSKEY = {
  kind: 'passkey',
  id: 'AbC-_1',
  cose: 'pQECAyYgASFY',
  rpId: 'countersign.example',
  origins: ['https://countersign.example'],
  allowBackup: false,
  ...ENROLLED,
};
const SSH = {
  kind: 'ssh',
  publicKey: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA==',
  ...ENROLLED,
};
const RAW = { kind: 'raw', publicKey: 'MCowBQYDK2VwAyEA', ...ENROLLED };
const PERSON = { id: 'kim', name: 'Kim Doe', roles: ['release-approver', 'auditor'], credentials: [PASSKEY, SSH, RAW] };
const AGENT = {
  id: 'playbook',
  owner: 'olga',
  duty: 'decide',
  purpose: 'web tier',
  expiresAt: '2026-12-31T00:00:00.000Z',
};

const placesOf = (shape: Shape<unknown>, value: unknown): readonly string[] => {
  const read = readShape(shape, value);
  return read.ok ? [] : (read.refusal.complaints ?? []).map(({ at }) => at);
};

test.each<[string, Shape<unknown>, unknown]>([
  ['a passkey', credentialShape, PASSKEY],
  ['an SSH key', credentialShape, SSH],
  ['a raw key', credentialShape, RAW],
  ['an agent', agentShape, AGENT],
])('A2, L8: %s is read whole; every field is owed, has its own type, and none may be added', (_, shape, value) => {
  expect(readShape(shape, value)).toEqual({ ok: true, value });
  expect(acceptedWrong(shape, value)).toEqual([]);
  expect(acceptedUnknown(shape, value)).toEqual([]);
  expect(leftOut(shape, value)).toEqual([]);
});

test('A2: a person is read with all their keys', () => {
  expect(readShape(personShape, PERSON)).toEqual({ ok: true, value: PERSON });
  expect(acceptedWrong(personShape, PERSON)).toEqual([]);
  expect(acceptedUnknown(personShape, PERSON)).toEqual([]);
  expect(leftOut(personShape, PERSON)).toEqual([]);
});

test('A2: a person may have no duty and no key yet; the fields are there all the same', () => {
  expect(placesOf(personShape, { ...PERSON, roles: [], credentials: [] })).toEqual([]);
});

test.each(['https://a.example', 'https://a.example:8443', 'http://localhost:1', 'https://10.0.0.1'])(
  'A2: %j is an origin that a passkey may be pinned to',
  (origin) => {
    expect(placesOf(credentialShape, { ...PASSKEY, origins: [origin] })).toEqual([]);
  },
);

test.each([
  'a.example',
  'https://a.example/',
  'https://a.example/login',
  'https://a.example?x',
  'https://a.example#x',
  'https://user@a.example',
  'https://*',
  'https://A.example',
  'https://a.example:',
  'https://a.example:123456',
  'ftp://a.example',
  'javascript:alert(1)',
  'null',
  '',
  'https://a.example\nhttps://b.example',
  'https://\u0430.example',
])('A2: an origin is pinned letter by letter: %j is none', (origin) => {
  expect(placesOf(credentialShape, { ...PASSKEY, origins: [origin] })).toEqual(['/origins/0']);
});

test('A2: a passkey without an origin would be good everywhere, so it is refused', () => {
  expect(placesOf(credentialShape, { ...PASSKEY, origins: [] })).toEqual(['/origins']);
  expect(
    placesOf(credentialShape, { ...PASSKEY, origins: Array.from({ length: 9 }, () => PASSKEY.origins[0]) }),
  ).toEqual(['/origins']);
});

test.each([
  ['a comment after it', `${SSH.publicKey} kim@laptop`],
  ['an option before it', `command="sh" ${SSH.publicKey}`],
  ['two lines', `${SSH.publicKey}\n${SSH.publicKey}`],
  ['a type in capitals', SSH.publicKey.toUpperCase()],
  ['no blob', 'ssh-ed25519-without-blob'],
  ['too short a text', 'ssh-ed25519 AAAA'],
  ['a private key', '-----BEGIN OPENSSH PRIVATE KEY-----'],
])('A2: an SSH key is one line of type and blob: refuses %s', (_, publicKey) => {
  expect(placesOf(credentialShape, { ...SSH, publicKey })).toEqual(['/publicKey']);
});

test.each(['sk-ssh-ed25519@openssh.com', 'ecdsa-sha2-nistp256', 'ssh-rsa'])(
  'A2: the type %s is a form that is read; whether it is strong enough is judged by who verifies',
  (type) => {
    expect(placesOf(credentialShape, { ...SSH, publicKey: `${type} AAAAC3NzaC1lZDI1NTE5` })).toEqual([]);
  },
);

test.each(['', ' ', 'a b', 'a\n', 'ä', 'x'.repeat(4001)])('A2: %j is no key in base64', (publicKey) => {
  expect(placesOf(credentialShape, { ...RAW, publicKey })).toEqual(['/publicKey']);
});

test.each(['password', 'PASSKEY', 'totp', 'toString', ''])('A2: there is no credential of the kind %j', (kind) => {
  expect(placesOf(credentialShape, { ...RAW, kind })).toEqual(['/kind']);
});

test.each<[string, Record<string, unknown>, string]>([
  ['no name', { name: '' }, '/name'],
  ['a name of 121 characters', { name: 'x'.repeat(121) }, '/name'],
  ['a role with a space', { roles: ['release approver'] }, '/roles/0'],
  ['more than 16 roles', { roles: Array.from({ length: 17 }, (_, n) => `r${n}`) }, '/roles'],
  ['more than 8 keys', { credentials: Array.from({ length: 9 }, () => RAW) }, '/credentials'],
  ['an id that is a path', { id: '../kim' }, '/id'],
])('A2: refuses a person with %s', (_, more, at) => {
  expect(placesOf(personShape, { ...PERSON, ...more })).toEqual([at]);
});

test.each([
  ['approve', false],
  ['observe', true],
  ['decide', true],
  ['execute', true],
  ['Decide', false],
])('L8: an agent has one of three duties, and none of them is to approve: %s is one: %s', (duty, isRead) => {
  expect(placesOf(agentShape, { ...AGENT, duty })).toEqual(isRead ? [] : ['/duty']);
});

test('L8: an agent without an end or without an owner is none', () => {
  expect(placesOf(agentShape, { ...AGENT, expiresAt: 'never' })).toEqual(['/expiresAt']);
  expect(placesOf(agentShape, { ...AGENT, owner: '' })).toEqual(['/owner']);
});

test.each<[string, unknown, readonly string[]]>([
  ['PIN or biometrics at every signature of a hardware key', { ...SSH, requireUserVerification: true }, []],
  ['no word for it', { ...SSH, requireUserVerification: 'yes' }, ['/requireUserVerification']],
  ['a raw key that asks for it', { ...RAW, requireUserVerification: true }, ['/requireUserVerification']],
  ['a passkey of the server', { ...PASSKEY, surface: 'served' }, []],
  ['an SSH key of the server', { ...SSH, surface: 'served' }, ['/surface']],
  ['a raw key of the server', { ...RAW, surface: 'served' }, ['/surface']],
  ['a surface that is none', { ...PASSKEY, surface: 'page' }, ['/surface']],
  ['two origins', { ...PASSKEY, origins: ['https://a.example', 'https://b.example'] }, ['/origins']],
])('A2: a key says where it signs and what it asks for: %s', (_, credential, places) => {
  expect(placesOf(credentialShape, credential)).toEqual(places);
});

test('A2: a role that was given has a time from which it counts', () => {
  const grants = [{ role: 'service-owner', usableFrom: '2026-11-22T00:00:00.000Z' }];
  expect(placesOf(personShape, { ...PERSON, grants })).toEqual([]);
  expect(placesOf(personShape, { ...PERSON, grants: [{ role: 'service-owner' }] })).toEqual(['/grants/0/usableFrom']);
});
