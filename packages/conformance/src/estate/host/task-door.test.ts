import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestOf, encodePublicKey, generateSigner, signTaskCredential, type TaskClaims } from '@countersign/seal';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TaskDoor } from './task-door.ts';

let folder = '';
let file = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'estate-door-'));
  file = join(folder, 'task-keys.json');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const [key, other] = [generateSigner('ed25519'), generateSigner('ed25519')];
const NOW_S = 1_800_000_000;
const about = { host: 'host-1', operation: 'service.restart', nowMs: NOW_S * 1000 };
let serial = 0;
const credential = (change: Partial<TaskClaims> = {}, signer = key): string => {
  serial += 1;
  const claims: TaskClaims = {
    iss: 'runner-1',
    aud: 'host-1',
    operation: 'service.restart',
    capsule: digestOf(Buffer.from('capsule')),
    jti: String(serial).padStart(32, '0'),
    iat: NOW_S,
    exp: NOW_S + 16,
  };
  return signTaskCredential({ ...claims, ...change }, signer);
};
const trust = (signer = key): void =>
  writeFileSync(file, JSON.stringify([{ issuer: 'runner-1', publicKey: encodePublicKey(signer.publicKey) }]));

test('X3: a credential opens once', () => {
  trust();
  const door = new TaskDoor(file);
  const token = credential();
  expect([door.open(token, about), door.open(token, about), door.open(credential(), about)]).toEqual([
    true,
    false,
    true,
  ]);
});

test('X3: nobody is obeyed without the file, or by a runner it does not name', () => {
  expect(new TaskDoor(file).open(credential(), about)).toBe(false);
  trust();
  const door = new TaskDoor(file);
  expect(door.open(credential({}, other), about)).toBe(false);
  expect(door.open(credential({ iss: 'runner-2' }), about)).toBe(false);
  writeFileSync(file, 'nonsense');
  utimesSync(file, 1, 1);
  expect(door.open(credential(), about)).toBe(false);
});

test('X3: a key that was replaced opens nothing any more', () => {
  trust();
  const door = new TaskDoor(file);
  expect(door.open(credential(), about)).toBe(true);
  trust(other);
  utimesSync(file, 2, 2);
  expect([door.open(credential(), about), door.open(credential({}, other), about)]).toEqual([false, true]);
});

test.each([
  ['another host', { aud: 'host-2' }],
  ['another operation', { operation: 'host.isolate' }],
  ['an hour ago', { iat: NOW_S - 3600, exp: NOW_S - 3580 }],
  ['tomorrow', { iat: NOW_S + 86_400, exp: NOW_S + 86_410 }],
])('X3: a credential for %s opens nothing', (_what, change) => {
  trust();
  expect(new TaskDoor(file).open(credential(change), about)).toBe(false);
});
