import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { generateSigner, signEnvelope, PAYLOAD, type Delivery } from '@countersign/seal';
import { KEYS, NOW, PEOPLE } from '../testkit/attack.ts';
import { makeBundle, rootOf, signBundle } from '../testkit/house.ts';
import { gatewayConfigOf } from '../testkit/runner-house.ts';
import { signResume, signStatus } from '../testkit/signed.ts';
import { isNotice, noticeName, noticeOf } from './notice.ts';
import { verifierOf, type Verifier } from './verify-delivery.ts';

const folder = (): string => {
  const fresh = mkdtempSync(join(tmpdir(), 'countersign-verify-'));
  mkdirSync(join(fresh, 'state'));
  return fresh;
};
function verifier(at: string, root: Uint8Array | 'open' = rootOf(KEYS)): Verifier {
  const paths = { inbox: 'i', outbox: 'o', held: 'h', state: join(at, 'state') };
  const link = { kind: 'folder', dropIn: 'a', dropOut: 'b' };
  const fields = { organisation: 'acme', enclave: 'prod', egress: 'sanitized', ...paths, link };
  return verifierOf(gatewayConfigOf(fields, root === 'open' ? undefined : root), () => NOW);
}
const said = (of: Verifier, delivery: Delivery): string => {
  const checked = of.check(delivery);
  return checked.ok ? 'in' : checked.refusal.code;
};
const trust: Delivery = { kind: 'trust', trust: PEOPLE.trust };
const stranger = generateSigner('ed25519');
const STATUS: Delivery = { kind: 'status', status: signStatus(PEOPLE, NOW) };

test('X1: nothing signed gets in before the trust bundle, and only what it names after', () => {
  const of = verifier(folder());
  expect([said(of, PEOPLE.delivery), said(of, STATUS)]).toEqual(['trust-missing', 'trust-missing']);
  expect([said(of, trust), said(of, PEOPLE.delivery), said(of, STATUS)]).toEqual(['in', 'in', 'in']);
  const payload = Buffer.from(PEOPLE.delivery.capsule.payload, 'base64');
  const forged = { ...PEOPLE.delivery, capsule: signEnvelope(PAYLOAD.capsule, payload, [stranger]) };
  expect(said(of, forged)).toBe('not-signed');
  expect(said(of, { kind: 'status', status: signStatus(PEOPLE, NOW, {}, stranger) })).toBe('not-signed');
  expect(said(of, { kind: 'graph', graph: signEnvelope(PAYLOAD.graph, payload, [stranger]) })).toBe('not-signed');
  expect(said(of, { kind: 'graph', graph: signEnvelope(PAYLOAD.graph, payload, [KEYS.graph]) })).toBe('in');
  expect(said(of, { kind: 'envelope', envelope: PEOPLE.delivery.capsule })).toBe('envelope-type');
});

test('X1: the trust bundle is remembered over a restart, never goes back and needs the pinned root', () => {
  const at = folder();
  expect(said(verifier(at), trust)).toBe('in');
  const again = verifier(at);
  expect(said(again, PEOPLE.delivery)).toBe('in');
  const old = signBundle(KEYS, makeBundle(KEYS, NOW, { version: 2 }));
  expect(said(again, { kind: 'trust', trust: old })).toBe('trust-rolled-back');
  expect(
    said(again, { kind: 'trust', trust: signBundle(KEYS, makeBundle(KEYS, NOW), [stranger, KEYS.registrars[0]]) }),
  ).toBe('trust-unsigned');
});

test('X5: a stop, a resume and a rollback are never held up at the gateway', () => {
  const of = verifier(folder());
  expect(said(of, { kind: 'halt', capsule: 'all', by: 'oz' })).toBe('in');
  expect(said(of, { kind: 'rollback', capsule: PEOPLE.digest, by: 'oz' })).toBe('in');
  expect(said(of, { kind: 'resume', resume: signResume(PEOPLE, { trip: 1, now: NOW }) })).toBe('in');
});

test('X1: without pinned roots the gateway lets everything of the right shape through to the runner', () => {
  expect(said(verifier(folder(), 'open'), PEOPLE.delivery)).toBe('in');
});

test('X1: what was not let in is told by the digest of the capsule, under a name of its own', () => {
  const refusal = { code: 'not-signed', detail: 'x'.repeat(600) };
  expect(noticeOf(PEOPLE.delivery, refusal)).toMatchObject({ subject: PEOPLE.digest, code: 'not-signed' });
  expect(noticeOf(PEOPLE.delivery, refusal).detail).toHaveLength(400);
  expect(noticeOf(STATUS, refusal).subject).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect([isNotice(noticeName('0001')), isNotice('0001-capsule.json')]).toEqual([true, false]);
});
