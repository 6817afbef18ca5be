import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ok, refuse } from '@countersign/core';
import { decodePublicKey, digestOf } from '@countersign/seal';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { good } from '../testkit/made.ts';
import { Permit } from './permit.ts';
import { taskKey } from './task-credentials.ts';

let state = '';
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'countersign-task-'));
});
afterEach(() => rmSync(state, { recursive: true, force: true }));

test('X3: the key is made inside, once, for its owner alone; its public half lies beside it', () => {
  const first = good(taskKey(state));
  expect(good(taskKey(state)).keyid).toBe(first.keyid);
  expect(statSync(join(state, 'task-key.pem')).mode & 0o777).toBe(0o600);
  const known = readFileSync(join(state, 'task-key.pub'), 'utf8').trim();
  expect(good(decodePublicKey(known)).keyid).toBe(first.keyid);
  expect(readdirSync(state).toSorted()).toEqual(['task-key.pem', 'task-key.pub']);
});

test('X3: a public half that was changed is put right, a key that was spoilt is not replaced', () => {
  const first = good(taskKey(state));
  writeFileSync(join(state, 'task-key.pub'), 'another');
  good(taskKey(state));
  expect(good(decodePublicKey(readFileSync(join(state, 'task-key.pub'), 'utf8').trim())).keyid).toBe(first.keyid);
  writeFileSync(join(state, 'task-key.pem'), 'spoilt');
  expect(taskKey(state).ok).toBe(false);
});

test('X3: without leave there is no permit, and without a permit no credential can be asked for', () => {
  const capsule = digestOf(Buffer.from('capsule'));
  expect(Permit.act(capsule, refuse('halted', 'stopped'))).toEqual(refuse('halted', 'stopped'));
  expect(good(Permit.act(capsule, ok(true))).capsule).toBe(capsule);
  expect(JSON.stringify(Permit.goBack(capsule))).toBe(JSON.stringify(capsule));
});
