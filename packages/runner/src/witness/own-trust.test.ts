import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { id, parseInstant, type Instant } from '@countersign/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeBundle, makeKeys, personKey, rootOf, signBundle } from '../testkit/house.ts';
import { made } from '../testkit/made.ts';
import { writeTrustFolder } from '../testkit/trust-folder.ts';
import { OwnTrust } from './own-trust.ts';

const NOW = parseInstant('2026-11-21T02:14:00.000Z') as Instant;
const KEYS = makeKeys();
let folder = '';
let told: string[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-own-trust-'));
  told = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = (organisation = 'acme'): OwnTrust =>
  new OwnTrust({ organisation: made(id<'Organisation'>(), organisation), folder, root: rootOf(KEYS) }, (_, about) => {
    told.push(String(Reflect.get(about ?? {}, 'code')));
  });
const publish = (version: number, change: object = {}, keys = KEYS.registrars): void =>
  writeTrustFolder(folder, signBundle(KEYS, makeBundle(KEYS, NOW, { version, ...change }), keys));

test('X1: what registrars bring is read as it comes, the revocations in it among the rest', () => {
  const trust = open();
  expect([trust.version(), told]).toEqual([0, ['malformed']]);
  publish(4);
  expect(trust.version()).toBe(4);
  publish(5, { revocations: [{ keyid: personKey(KEYS, 'kim').keyid, notAfter: NOW, reason: 'stolen' }] });
  expect([trust.version(), told.length]).toEqual([5, 1]);
});

test('X1: an older one, one that nobody signed, half of one or none takes nothing back, and is told', () => {
  const trust = open();
  publish(5);
  expect(trust.version()).toBe(5);
  publish(4);
  expect(trust.version()).toBe(5);
  publish(6, {}, [KEYS.capsules, KEYS.graph]);
  expect(trust.version()).toBe(5);
  publish(6);
  writeFileSync(join(folder, 'timestamp.json'), '{');
  expect(trust.version()).toBe(5);
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
  expect([trust.version(), told]).toEqual([5, ['trust-rolled-back', 'trust-unsigned', 'malformed', 'malformed']]);
});

test('O3: that of another organisation says nothing here', () => {
  publish(4);
  expect([open('globex').version(), told]).toEqual([0, ['trust-other']]);
});
