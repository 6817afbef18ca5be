import { expect, test } from 'vitest';
import { id, plusMs } from '@countersign/core';
import { ALONE, KEYS, NOW, PEOPLE, world } from '../testkit/attack.ts';
import { gateOf } from '../testkit/gate.ts';
import { rootOf } from '../testkit/house.ts';
import { made } from '../testkit/made.ts';
import { Admitted } from './admit.ts';
import { checkAutonomyStanding } from './status.ts';
import { verifyTrust } from './trust.ts';

test('I4: what was admitted once is a replay, also as another capsule with the same nonce', () => {
  const context = gateOf(PEOPLE);
  const { digest, capsule } = PEOPLE;
  context.journal.write([
    {
      kind: 'admitted',
      capsule: digest,
      id: capsule.id,
      version: capsule.version,
      nonce: capsule.nonce,
      at: NOW,
      delivery: '{}',
    },
  ]);
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

test('X1: a trust bundle needs the pinned roots, never goes back and is no demo', () => {
  const rule = {
    organisation: PEOPLE.capsule.organisation,
    root: rootOf(KEYS),
    allowDemo: false,
  };
  const at = { now: NOW };
  const known = (version: number) => ({ ...at, known: { root: 1, timestamp: 1, snapshot: 1, targets: version } });
  const demo = world('people', { bundle: { isDemo: true } }).trust;
  const demoRule = { ...rule, root: rootOf(KEYS, true) };
  const codes = [
    verifyTrust(PEOPLE.trust, rule, known(3)),
    verifyTrust(PEOPLE.trust, { ...rule, root: rootOf({ ...KEYS, root: KEYS.capsules }) }, at),
    verifyTrust({ ...PEOPLE.trust, roots: [] }, { ...rule, root: rootOf({ ...KEYS, online: KEYS.graph }) }, at),
    verifyTrust(PEOPLE.trust, rule, known(4)),
    verifyTrust(PEOPLE.trust, { ...rule, organisation: made(id<'Organisation'>(), 'globex') }, at),
    verifyTrust(demo, rule, at),
    verifyTrust(demo, demoRule, at),
    verifyTrust(demo, { ...demoRule, allowDemo: true }, at),
  ].map((one) => (one.ok ? 'ok' : one.refusal.code));
  expect(codes).toEqual([
    'ok',
    'trust-forked',
    'trust-unsigned',
    'trust-rolled-back',
    'trust-other',
    'trust-forked',
    'demo-trust',
    'ok',
  ]);
});

test('I5: standing is asked again later: the same capsule loses it when the status grows old', () => {
  const { status } = gateOf(ALONE);
  const about = { capsule: ALONE.capsule };
  expect(checkAutonomyStanding(status, { ...about, now: plusMs(NOW, 299_000) }).ok).toBe(true);
  expect(checkAutonomyStanding(status, { ...about, now: plusMs(NOW, 301_000) }).ok).toBe(false);
});

test.each([
  ['a target', { match: 'target', id: 'host-2', least: 'production-critical' }, 'tier-lowered'],
  ['another target', { match: 'target', id: 'host-9', least: 'safety-critical' }, 'ok'],
  ['a target, no higher than it is', { match: 'target', id: 'host-2', least: 'non-critical' }, 'ok'],
])('G1, T17: the registrars raise the tier of %s, whatever graph, inventory and capsule say', (_, rule, expected) => {
  const of = world('people', { bundle: { tiers: [rule] } });
  const context = gateOf(of);
  const admitted = Admitted.check(of.delivery, context);
  context.journal.close();
  expect(admitted.ok ? 'ok' : admitted.refusal.code).toBe(expected);
});
