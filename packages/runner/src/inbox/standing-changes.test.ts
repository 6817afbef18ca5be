import { afterEach, expect, test } from 'vitest';
import { instantOf, plusMs, type RolloutEvent } from '@countersign/core';
import type { Delivery } from '@countersign/seal';
import type { Clock } from '../preflight/clock.ts';
import { makeBundle, personKey, signBundle } from '../testkit/house.ts';
import { until } from '../testkit/runner-house.ts';
import { signResume, signStatus } from '../testkit/signed.ts';
import { begin, cleanUp, events, hasReport, KEYS, payload, stage, types, type Stage } from '../testkit/stage.ts';

afterEach(cleanUp);

/** A wall clock that somebody sets. */
class SetClock implements Clock {
  offsetMs = 0;
  readonly now = (): ReturnType<Clock['now']> => instantOf(Date.now() + this.offsetMs);
  readonly monotonicMs = (): number => performance.now();
}

const halted = (at: Stage): Extract<RolloutEvent, { type: 'halted' }> | undefined =>
  events(at).find((event) => event.type === 'halted');
const touched = ({ estate }: Stage): number => [...estate.hosts.values()].filter(({ restarts }) => restarts > 0).length;

/** Does something at the third restart and waits for the halt that follows. */
async function haltAfter(at: Stage, what: () => void, clock?: Clock): Promise<string> {
  let isDone = false;
  at.estate.onRestart = (id) => {
    if (id !== 'host-002' || isDone) return;
    isDone = true;
    what();
  };
  begin(at, clock === undefined ? {} : { clock });
  await until('halted', () => halted(at) !== undefined);
  await until(
    'verdicts',
    () =>
      types(at).filter((type) => type === 'leased').length === types(at).filter((type) => type === 'verdict').length,
  );
  expect(touched(at)).toBeLessThan(40);
  expect(types(at)).not.toContain('rollback-started');
  return halted(at)?.by ?? '';
}
const deliver = (at: Stage, make: () => Delivery) => (): void => at.house.deliver(make());

test.each([
  ['back', -3_600_000, 'the clock went backwards against the journal'],
  ['ahead', 60_000, 'clock-jumped'],
] as const)(
  'T15: a clock that is set %s in the middle stops further leases, and a signed resume alone does not help',
  async (_way, offsetMs, why) => {
    const at = await stage(40, { rollback: { isAutomatic: false } });
    const clock = new SetClock();
    at.estate.nowMs = () => Date.now() + clock.offsetMs;
    at.estate.onRestart = (id) => {
      if (id === 'host-002') clock.offsetMs = offsetMs;
    };
    begin(at, { clock });
    const stops = (): number => types(at).filter((type) => type === 'tripped' || type === 'halted').length;
    await until('stopped', () => stops() > 0);
    await until(
      'verdicts',
      () =>
        types(at).filter((type) => type === 'leased').length === types(at).filter((type) => type === 'verdict').length,
    );
    const before = touched(at);
    expect(before).toBeLessThan(12);
    at.house.deliver({ kind: 'resume', resume: signResume(at.world, { trip: stops(), now: clock.now() }) });
    const told = (): string => JSON.stringify([at.house.lines, events(at)]);
    await until('no', () => told().includes(why));
    expect(touched(at)).toBe(before);
  },
);

test('I5: after the window less the margin there is no further lease, and what was touched stays named and can be taken back', async () => {
  const notAfter = instantOf(Date.now() + 6500);
  const at = await stage(40, {
    capsule: { notAfter, rollout: { canary: 2, window: 4, bakeMs: 2500, healthTimeoutMs: 400 } },
  });
  begin(at);
  await until('halted', () => halted(at) !== undefined);
  expect(halted(at)?.by).toContain('window-over: the authority ended at');
  expect(touched(at)).toBe(2);
  at.house.deliver({ kind: 'rollback', capsule: at.world.digest, by: 'oz' });
  await until('evidence', () => hasReport(at, 'evidence'));
  expect(types(at).filter((type) => type === 'reverted')).toHaveLength(2);
});

test('I5, trap 4: an approver who is struck off while it runs lets no further cohort go', async () => {
  const at = await stage(40);
  const without = (): Delivery => {
    const bundle = makeBundle(KEYS, at.now());
    const people = bundle.people.filter(({ id }) => id !== 'kim');
    return { kind: 'trust', trust: signBundle(KEYS, makeBundle(KEYS, at.now(), { version: 4, people })) };
  };
  expect(await haltAfter(at, deliver(at, without))).toContain('approver-unknown');
});

test('X1, X6: a trust bundle that ends in the middle stops further leases, and what was done is still taken back', async () => {
  const at = await stage(40);
  const ended = (): Delivery => ({
    kind: 'trust',
    trust: signBundle(KEYS, makeBundle(KEYS, at.now(), { version: 4 }), KEYS.registrars, {
      onlineVersion: 4,
      onlineExpires: plusMs(at.now(), -1000),
    }),
  });
  expect(await haltAfter(at, deliver(at, ended))).toContain('trust-expired');
  const before = types(at).filter((type) => type === 'reverted').length;
  at.house.deliver({ kind: 'rollback', capsule: at.world.digest, by: 'oz' });
  await until('evidence', () => hasReport(at, 'evidence'));
  expect(before).toBe(0);
  expect(types(at).filter((type) => type === 'reverted').length).toBeGreaterThan(0);
});

test('X1, A2: the key of an approver that is revoked while it runs lets no further cohort go', async () => {
  const at = await stage(40);
  const revoked = (): Delivery => {
    const notAfter = plusMs(at.now(), -60_000);
    const revocations = [{ keyid: personKey(KEYS, 'kim').keyid, notAfter, reason: 'stolen' }];
    return { kind: 'trust', trust: signBundle(KEYS, makeBundle(KEYS, at.now(), { version: 4, revocations })) };
  };
  expect(await haltAfter(at, deliver(at, revoked))).toContain('approval-forged');
});

test('X1: a revoked capsule signer lets no further cohort go', async () => {
  const at = await stage(40);
  const revoked = (): Delivery => {
    const revocations = [{ keyid: KEYS.capsules.keyid, notAfter: plusMs(at.now(), -1), reason: 'stolen' }];
    return { kind: 'trust', trust: signBundle(KEYS, makeBundle(KEYS, at.now(), { version: 4, revocations })) };
  };
  expect(await haltAfter(at, deliver(at, revoked))).toMatch(/capsule/);
});

test('I5: an envelope that is suspended in the middle stops what runs alone', async () => {
  const at = await stage(9, { authority: 'envelope', capsule: {} });
  const without = (): Delivery => ({ kind: 'status', status: signStatus(at.world, at.now(), { envelope: undefined }) });
  expect(await haltAfter(at, deliver(at, without))).toContain('envelope-inactive');
});

test('I5, E2: an envelope that is superseded in the middle stops also what people signed', async () => {
  const at = await stage(40);
  const { envelopeDigest: digest } = at.world;
  const newer = (): Delivery => ({
    kind: 'status',
    status: signStatus(at.world, at.now(), { envelope: { digest, version: 8 } }),
  });
  expect(await haltAfter(at, deliver(at, newer))).toContain('envelope-superseded');
});

test('X1: a trust bundle that the record has and this runner was not given stops further leases', async () => {
  const at = await stage(40);
  const newer = (): Delivery => ({ kind: 'status', status: signStatus(at.world, at.now(), { trustVersion: 4 }) });
  expect(await haltAfter(at, deliver(at, newer))).toContain('trust-superseded');
});

test('X1: another bundle under the version that is known is refused, and so is an older one after a restart', async () => {
  const at = await stage(1);
  const { house, world, now } = at;
  house.deliver({ kind: 'trust', trust: world.trust });
  house.start();
  const other = signBundle(KEYS, makeBundle(KEYS, now(), { agents: [] }));
  house.deliver({ kind: 'trust', trust: other });
  await until('refused', () => hasReport(at, 'refusal'));
  await house.stop();
  house.start();
  house.deliver({ kind: 'trust', trust: signBundle(KEYS, makeBundle(KEYS, now(), { version: 2 })) });
  await until('refused again', () => house.lines.filter((line) => line.startsWith('refused')).length === 2);
  const codes = house.lines
    .filter((line) => line.startsWith('refused'))
    .map((line) => /"code":"([a-z-]+)"/.exec(line)?.[1]);
  expect(codes).toEqual(['trust-forked', 'trust-rolled-back']);
});

test('X5: the word of a witness that was kept from what followed does not lift a halt, however new it is', async () => {
  const at = await stage(2);
  const { house, world, now } = at;
  const root = Buffer.alloc(32).toString('base64');
  const said = (size: number, halts: readonly string[]): Delivery => ({
    kind: 'status',
    status: signStatus(world, now(), { checkpoint: { size, root }, halts }),
  });
  house.deliver({ kind: 'trust', trust: world.trust }, said(9, ['all']), said(8, []));
  house.start();
  const refused = (): string => JSON.stringify(house.reports().map(({ report }) => payload(report)));
  await until('the older word is refused', () => refused().includes('status-older'));
  house.deliver(world.delivery);
  await until('the capsule is refused', () => refused().includes('halted'));
  expect(touched(at)).toBe(0);
});
