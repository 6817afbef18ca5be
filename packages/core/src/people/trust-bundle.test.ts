import { expect, test } from 'vitest';
import { acceptedUnknown, acceptedWrong, leftOut } from '../shared/shape.builder.ts';
import { readShape } from '../shared/shape.ts';
import { demandShape, environmentShape, ENVIRONMENTS, trustBundleShape } from './trust-bundle.ts';

const KEY = { name: 'signer-1', publicKey: 'MCowBQYDK2VwAyEA'.repeat(3) };
const FLOOR = {
  quorums: [{ environment: 'production', demands: [{ role: 'release-approver', count: 2 }] }],
  humanOnlyActions: ['billing.change'],
  autonomousTargets: 25,
};
const KEYS = {
  capsuleSigners: [KEY],
  graphOwners: [KEY],
  relays: [{ ...KEY, source: 'alerts', lineage: ['alertmanager'] }],
  runners: [{ ...KEY, runner: 'prod-1', enclave: 'prod', environment: 'production' }],
  statusSigners: [KEY],
  log: 'countersign.example+00000000+key',
  witnesses: ['witness.example+00000001+key'],
  witnessQuorum: 1,
};
const KEY_OF_KIM = {
  kind: 'raw',
  publicKey: 'MCow',
  surface: 'own',
  enrolledAt: '2026-11-20T00:00:00.000Z',
  usableFrom: '2026-11-21T00:00:00.000Z',
};
const ENROLMENT = {
  coolingOffMs: 86_400_000,
  authenticators: ['ee882879-721c-4913-9775-3dfcce97072a'],
  allowUnattested: false,
  allowBackup: false,
};
const BUNDLE = {
  type: 'trust-bundle',
  organisation: 'acme',
  version: 3,
  issuedAt: '2026-11-21T10:00:00.000Z',
  expiresAt: '2026-12-21T10:00:00.000Z',
  isDemo: false,
  people: [{ id: 'kim', name: 'Kim', roles: ['release-approver'], credentials: [KEY_OF_KIM] }],
  agents: [
    { id: 'playbook', owner: 'olga', duty: 'decide', purpose: 'web tier', expiresAt: '2026-12-31T00:00:00.000Z' },
  ],
  floor: FLOOR,
  enrolment: ENROLMENT,
  tiers: [{ match: 'target', id: 'plc-7', least: 'safety-critical' }],
  revocations: [{ keyid: 'a'.repeat(64), notAfter: '2026-11-20T00:00:00.000Z', reason: 'stolen' }],
  keys: KEYS,
};

const placesOf = (more: Record<string, unknown>): readonly string[] => {
  const read = readShape(trustBundleShape, { ...BUNDLE, ...more });
  return read.ok ? [] : (read.refusal.complaints ?? []).map(({ at }) => at);
};
const inKeys = (more: Record<string, unknown>): readonly string[] => placesOf({ keys: { ...KEYS, ...more } });
const inFloor = (more: Record<string, unknown>): readonly string[] => placesOf({ floor: { ...FLOOR, ...more } });

test('X1: a trust bundle is read whole', () => {
  expect(readShape(trustBundleShape, BUNDLE)).toEqual({ ok: true, value: BUNDLE });
});

test('X1: nothing in a trust bundle may be left out: no key, no floor, no end', () => {
  expect(leftOut(trustBundleShape, BUNDLE)).toEqual([]);
});

test('X1: every field of a trust bundle has its own type', () => {
  expect(acceptedWrong(trustBundleShape, BUNDLE)).toEqual([]);
});

test('X1: nothing may be added to a trust bundle, at no depth', () => {
  expect(acceptedUnknown(trustBundleShape, BUNDLE)).toEqual([]);
});

test.each<[string, Record<string, unknown>, string]>([
  ['another type', { type: 'envelope' }, '/type'],
  ['version 0', { version: 0 }, '/version'],
  ['a version that is no integer', { version: 1.5 }, '/version'],
  ['an end that never comes', { expiresAt: 'never' }, '/expiresAt'],
  ['demo as a word', { isDemo: 'false' }, '/isDemo'],
  ['a nameless organisation', { organisation: '' }, '/organisation'],
])('X1: refuses a bundle with %s', (_, more, at) => {
  expect(placesOf(more)).toEqual([at]);
});

test.each<[string, Record<string, unknown>, string]>([
  ['a quorum of nobody', { quorums: [{ environment: 'production', demands: [] }] }, '/quorums/0/demands'],
  [
    'a demand of nobody',
    { quorums: [{ environment: 'production', demands: [{ role: 'a', count: 0 }] }] },
    '/quorums/0/demands/0/count',
  ],
  [
    'a demand of ten, which nobody can meet',
    { quorums: [{ environment: 'production', demands: [{ role: 'a', count: 10 }] }] },
    '/quorums/0/demands/0/count',
  ],
  ['an environment that is none', { quorums: [{ environment: 'prod', demands: [] }] }, '/quorums/0/environment'],
  ['an action without a name', { humanOnlyActions: [''] }, '/humanOnlyActions/0'],
  ['fewer than no targets', { autonomousTargets: -1 }, '/autonomousTargets'],
  ['targets without limit', { autonomousTargets: Number.POSITIVE_INFINITY }, '/autonomousTargets'],
])('L7: refuses a floor with %s', (_, more, at) => {
  expect(inFloor(more)).toContain(`/floor${at}`);
});

test('L7: a floor of no autonomous target at all is the strictest, and it can be said', () => {
  expect(inFloor({ autonomousTargets: 0, quorums: [], humanOnlyActions: [] })).toEqual([]);
});

test.each(['capsuleSigners', 'graphOwners', 'statusSigners'])('X1: %s are keys with names, at most 32', (field) => {
  expect(inKeys({ [field]: [] })).toEqual([]);
  expect(inKeys({ [field]: [{ ...KEY, name: '' }] })).toEqual([`/keys/${field}/0/name`]);
  expect(inKeys({ [field]: [{ ...KEY, publicKey: 'short' }] })).toEqual([`/keys/${field}/0/publicKey`]);
  expect(inKeys({ [field]: [{ ...KEY, publicKey: `${KEY.publicKey} ` }] })).toEqual([`/keys/${field}/0/publicKey`]);
  expect(inKeys({ [field]: [KEY, { publicKey: KEY.publicKey }] })).toEqual([`/keys/${field}/1/name`]);
  expect(inKeys({ [field]: Array.from({ length: 33 }, () => KEY) })).toEqual([`/keys/${field}`]);
});

test('X1: a key of a runner says which runner, which enclave and which environment it is good for', () => {
  const [runner] = KEYS.runners;
  expect(inKeys({ runners: [KEY] })).toEqual([
    '/keys/runners/0/runner',
    '/keys/runners/0/enclave',
    '/keys/runners/0/environment',
  ]);
  expect(inKeys({ runners: [{ ...runner, environment: '*' }] })).toEqual(['/keys/runners/0/environment']);
  expect(inKeys({ runners: [{ ...runner, enclave: '*' }] })).toEqual(['/keys/runners/0/enclave']);
});

test('D3: a key of a relay says which source it speaks for and where that has its facts from', () => {
  expect(inKeys({ relays: [KEY] })).toEqual(['/keys/relays/0/source', '/keys/relays/0/lineage']);
  expect(inKeys({ relays: [{ ...KEYS.relays[0], lineage: [''] }] })).toEqual(['/keys/relays/0/lineage/0']);
});

test('V3: the record has one key, and the witnesses are counted', () => {
  expect(inKeys({ log: '' })).toEqual(['/keys/log']);
  expect(inKeys({ log: [KEYS.log] })).toEqual(['/keys/log']);
  expect(inKeys({ witnesses: ['short'] })).toEqual(['/keys/witnesses/0']);
  expect(inKeys({ witnessQuorum: 17 })).toEqual(['/keys/witnessQuorum']);
  expect(inKeys({ witnessQuorum: -1 })).toEqual(['/keys/witnessQuorum']);
});

test('everything that is wrong with a bundle is named at once', () => {
  expect(
    placesOf({ version: 0, isDemo: 1, floor: { ...FLOOR, autonomousTargets: -1 }, keys: { ...KEYS, log: '' } }),
  ).toEqual(['/version', '/isDemo', '/floor/autonomousTargets', '/keys/log']);
});

test.each(ENVIRONMENTS)('%s is an environment', (environment) => {
  expect(readShape(environmentShape, environment)).toEqual({ ok: true, value: environment });
});

test.each(['prod', 'Production', 'production ', '', 'development', null])('%j is no environment', (environment) => {
  expect(readShape(environmentShape, environment).ok).toBe(false);
});

test.each([
  [{ role: 'owner', count: 1 }, true],
  [{ role: 'owner', count: 9 }, true],
  [{ role: 'owner', count: 0 }, false],
  [{ role: 'owner', count: 10 }, false],
  [{ role: 'an owner', count: 1 }, false],
  [{ role: 'owner' }, false],
  [{ role: 'owner', count: 1, person: 'kim' }, false],
])('A4: the demand %j is read: %s', (demand, isRead) => {
  expect(readShape(demandShape, demand).ok).toBe(isRead);
});
