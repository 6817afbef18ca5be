import { expect, test } from 'vitest';
import { plusMs } from '@countersign/core';
import { encodeBase64 } from '@countersign/seal';
import { ALONE, KEYS, NOW, PEOPLE, world } from '../testkit/attack.ts';
import { gateOf } from '../testkit/gate.ts';
import { encoded } from '../testkit/house.ts';
import { Admitted } from './admit.ts';
import { checkAutonomyStanding } from './status.ts';
import { verifyTrust } from './trust.ts';

test('I4: what was admitted once is a replay, also as another capsule with the same nonce', () => {
  const context = gateOf(PEOPLE);
  const { digest, capsule } = PEOPLE;
  context.journal.write([{ kind: 'admitted', capsule: digest, nonce: capsule.nonce, at: NOW, delivery: '{}' }]);
  const again = Admitted.check(PEOPLE.delivery, context);
  const other = world('people', { capsule: { id: 'C-2' } });
  const sameNonce = Admitted.check(other.delivery, context);
  const known = Admitted.check(PEOPLE.delivery, context, true);
  context.journal.close();
  expect([again, sameNonce].map((one) => !one.ok && one.refusal.code)).toEqual(['replay', 'replay']);
  expect(known.ok).toBe(true);
});

test('T15: a clock behind the journal refuses', () => {
  const context = gateOf(PEOPLE);
  context.journal.write([{ kind: 'latest', key: 'clock', value: plusMs(NOW, 1) }]);
  const admitted = Admitted.check(PEOPLE.delivery, context);
  context.journal.close();
  expect(!admitted.ok && admitted.refusal.code).toBe('clock-backwards');
});

test('V3: a smaller record that a witness signed later is a rollback; an overtaken delivery is not', () => {
  const context = gateOf(PEOPLE);
  const seconds = Math.floor(Date.parse(NOW) / 1000);
  const root = encodeBase64(new Uint8Array(32));
  const seen = (size: number, timeSeconds: number): string => JSON.stringify({ size, root, timeSeconds });
  const codes = [seen(9, seconds - 1), seen(9, seconds + 5), seen(2, seconds)].map((value) => {
    context.journal.write([{ kind: 'latest', key: 'checkpoint', value }]);
    const admitted = Admitted.check(PEOPLE.delivery, context);
    return admitted.ok ? 'admitted' : admitted.refusal.code;
  });
  context.journal.close();
  expect(codes).toEqual(['record-rolled-back', 'admitted', 'record-forked']);
});

test('X1: a trust bundle needs the pinned roots, never goes back and is no demo', () => {
  const rule = {
    organisation: PEOPLE.capsule.organisation,
    rootKeys: [encoded(KEYS.root)],
    rootThreshold: 1,
    allowDemo: false,
  };
  const codes = [
    verifyTrust(PEOPLE.trust, rule, 3),
    verifyTrust(PEOPLE.trust, { ...rule, rootKeys: [encoded(KEYS.capsules)] }, 0),
    verifyTrust(PEOPLE.trust, { ...rule, rootKeys: [encoded(KEYS.root), encoded(KEYS.graph)], rootThreshold: 2 }, 0),
    verifyTrust(PEOPLE.trust, rule, 4),
    verifyTrust(world('people', { bundle: { isDemo: true } }).trust, rule, 0),
    verifyTrust(world('people', { bundle: { isDemo: true } }).trust, { ...rule, allowDemo: true }, 0),
  ].map((one) => (one.ok ? 'ok' : one.refusal.code));
  expect(codes).toEqual(['ok', 'trust-unsigned', 'trust-unsigned', 'trust-rolled-back', 'demo-trust', 'ok']);
});

test('I5: standing is asked again later: the same capsule loses it when the status grows old', () => {
  const { status } = gateOf(ALONE);
  const about = { capsule: ALONE.capsule };
  expect(checkAutonomyStanding(status, { ...about, now: plusMs(NOW, 299_000) }).ok).toBe(true);
  expect(checkAutonomyStanding(status, { ...about, now: plusMs(NOW, 301_000) }).ok).toBe(false);
});
