import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { Journal } from '../journal/journal.ts';
import { until } from '../testkit/runner-house.ts';
import { signResume, signStatus } from '../testkit/signed.ts';
import { begin, cleanUp, hasReport, ids, payload, stage, types, type Stage } from '../testkit/stage.ts';

afterEach(cleanUp);

const refusals = ({ house }: Stage): readonly { code: string; detail: string }[] =>
  house
    .reports()
    .filter(({ report }) => report.kind === 'refusal')
    .map(({ report }) => payload(report) as { code: string; detail: string });
const restarts = ({ estate }: Stage): readonly number[] => [...estate.hosts.values()].map((host) => host.restarts);

test('X5, X7: a halt leaves the inbox only when it is on disk, so that a crash in between loses none', async () => {
  const at = await stage(20);
  const { house, estate, world } = at;
  estate.onRestart = (id) => {
    if (id === 'host-000') house.deliver({ kind: 'halt', capsule: world.digest, by: 'oz' });
  };
  begin(at);
  await until('the halt is taken', () => types(at).includes('halted') && readdirSync(house.config.inbox).length === 0);
  await house.stop();
  const journal = new Journal(join(house.config.state, 'journal.db'));
  expect(journal.events(world.digest).map(({ type }) => type)).toContain('halted');
  journal.close();
});

test('X5: a halt that overtakes its capsule stops it all the same, also after a restart', async () => {
  const at = await stage(2);
  const { house, world, now } = at;
  house.deliver(
    { kind: 'trust', trust: world.trust },
    { kind: 'status', status: signStatus(world, now()) },
    { kind: 'halt', capsule: world.digest, by: 'oz' },
  );
  house.start();
  await until('the halt is taken', () => readdirSync(house.config.inbox).length === 0);
  await house.stop();
  house.deliver(world.delivery);
  house.start();
  await until('a refusal', () => hasReport(at, 'refusal'));
  expect(refusals(at)).toMatchObject([{ code: 'halted', detail: 'halted by oz before it came' }]);
  expect(restarts(at)).toEqual([0, 0]);
});

test('X5: a stop that is dropped a second time under the same name stops again', async () => {
  const at = await stage(3, { rollback: { isAutomatic: false } });
  const { house, estate, world, now } = at;
  const gates = ids(3).map(() => Promise.withResolvers<void>());
  estate.beforeRestart = async (id) => gates[ids(3).indexOf(id)]?.promise;
  const halts = (): number => types(at).filter((type) => type === 'halted').length;
  // In an air gap people copy the same file again.
  const dropped = (): void =>
    house.inbox.put('urgent-halt.json', JSON.stringify({ kind: 'halt', capsule: 'all', by: 'oz' }));
  begin(at);
  await until('an act is in flight', () => estate.requests.includes('POST /hosts/host-000/restart'));
  dropped();
  await until('halted', () => halts() === 1);
  gates[0]?.resolve();
  await until('a verdict', () => types(at).includes('verdict'));
  house.deliver({ kind: 'resume', resume: signResume(world, { trip: 1, now: now() }) });
  await until('the next act', () => estate.requests.includes('POST /hosts/host-001/restart'));
  dropped();
  await until('the file is taken', () => !readdirSync(house.config.inbox).includes('urgent-halt.json'));
  gates[1]?.resolve();
  gates[2]?.resolve();
  await until('a second verdict', () => types(at).filter((type) => type === 'verdict').length > 1);
  expect([halts(), restarts(at)[2]]).toEqual([2, 0]);
});

test('X6: a way back that was refused once is heard when it is dropped again under the same name', async () => {
  const at = await stage(2);
  const { house, world, now } = at;
  const dropped = (): void =>
    house.inbox.put('back.json', JSON.stringify({ kind: 'rollback', capsule: world.digest, by: 'oz' }));
  house.start();
  dropped();
  await until('refused', () => hasReport(at, 'refusal'));
  house.deliver(
    { kind: 'trust', trust: world.trust },
    { kind: 'status', status: signStatus(world, now()) },
    world.delivery,
  );
  await until('evidence', () => hasReport(at, 'evidence'));
  dropped();
  await until('the file is taken', () => !readdirSync(house.config.inbox).includes('back.json'));
  await until('second evidence', () => house.reports().filter(({ report }) => report.kind === 'evidence').length === 2);
  expect(ids(2).map((id) => at.estate.content(id))).toEqual(ids(2).map(() => '{"version":"1"}'));
});

test('X5: a resume that comes while an act is in flight is refused aloud, is not used up, and counts later', async () => {
  const at = await stage(2, { rollback: { isAutomatic: false } });
  const { house, estate, world, now } = at;
  const gate = Promise.withResolvers<void>();
  estate.beforeRestart = async (id) => (id === 'host-000' ? gate.promise : undefined);
  begin(at);
  await until('an act is in flight', () => estate.requests.includes('POST /hosts/host-000/restart'));
  house.deliver({ kind: 'halt', capsule: 'all', by: 'oz' });
  await until('halted', () => types(at).includes('halted'));
  const resume = signResume(world, { trip: 1, now: now() });
  house.deliver({ kind: 'resume', resume });
  await until('refused', () => hasReport(at, 'refusal'));
  expect(refusals(at)).toMatchObject([{ code: 'resume-refused', detail: 'an act is still without a verdict' }]);
  gate.resolve();
  await until('verdicts', () => types(at).includes('verdict'));
  house.deliver({ kind: 'resume', resume });
  await until('evidence', () => hasReport(at, 'evidence'));
  expect(restarts(at)).toEqual([1, 1]);
});

test('X6: a rollback asked for while a rollout runs stops it, waits for what is in flight, and takes everything back', async () => {
  const at = await stage(20);
  const { house, estate, world } = at;
  estate.onRestart = (id) => {
    if (id === 'host-004') house.deliver({ kind: 'rollback', capsule: world.digest, by: 'oz' });
  };
  begin(at);
  await until('evidence', () => hasReport(at, 'evidence'));
  expect(types(at).filter((type) => type === 'halted')).toHaveLength(1);
  expect(types(at).indexOf('rollback-started')).toBeGreaterThan(types(at).lastIndexOf('verdict'));
  expect(ids(20).map((id) => estate.content(id))).toEqual(ids(20).map(() => '{"version":"1"}'));
});

test('X6, X7: a rollback that was asked for is carried out after a restart', async () => {
  const at = await stage(3, { rollback: { isAutomatic: false } });
  const { house, estate, world } = at;
  const gate = Promise.withResolvers<void>();
  estate.beforeRestart = async (id) => (id === 'host-000' ? gate.promise : undefined);
  begin(at);
  await until('an act is in flight', () => estate.requests.includes('POST /hosts/host-000/restart'));
  house.deliver({ kind: 'rollback', capsule: world.digest, by: 'oz' });
  await until('halted', () => types(at).includes('halted') && readdirSync(house.config.inbox).length === 0);
  await house.stop();
  gate.resolve();
  estate.beforeRestart = async () => undefined;
  house.start();
  await until('evidence', () => hasReport(at, 'evidence'));
  expect(ids(3).map((id) => estate.content(id))).toEqual(ids(3).map(() => '{"version":"1"}'));
});

test('X6: what cannot be rolled back is refused aloud', async () => {
  const at = await stage(2, { rollback: { kind: 'none', isAutomatic: false, windowMinutes: 0 } });
  begin(at);
  await until('evidence', () => hasReport(at, 'evidence'));
  at.house.deliver({ kind: 'rollback', capsule: at.world.digest, by: 'oz' });
  await until('refused', () => hasReport(at, 'refusal'));
  expect(refusals(at)).toMatchObject([{ code: 'rollback-refused', detail: 'the capsule has no rollback' }]);
});

test('X6: a file that somebody changed since is not taken back over their work, and the target is named', async () => {
  const at = await stage(2);
  const { house, estate, world } = at;
  begin(at);
  await until('evidence', () => hasReport(at, 'evidence'));
  estate.write('host-001', '{"version":"3"}');
  house.deliver({ kind: 'rollback', capsule: world.digest, by: 'oz' });
  await until('second evidence', () => house.reports().filter(({ report }) => report.kind === 'evidence').length === 2);
  expect(types(at)).toContain('revert-failed');
  expect([estate.content('host-000'), estate.content('host-001')]).toEqual(['{"version":"1"}', '{"version":"3"}']);
});

test('I5: a stop that comes between the intent and the first step leaves the target as it was', async () => {
  const at = await stage(1);
  const { house, estate, world, now } = at;
  const gate = Promise.withResolvers<void>();
  let asked = 0;
  estate.beforeHealth = async (id) => {
    if (id !== 'host-000') return;
    asked += 1;
    await gate.promise;
  };
  begin(at);
  await until('health is being read before the act', () => asked > 0);
  house.deliver({ kind: 'status', status: signStatus(world, now(), { halts: ['all'] }) });
  await until('halted', () => types(at).includes('halted'));
  gate.resolve();
  await until('a verdict', () => types(at).includes('verdict'));
  expect(restarts(at)).toEqual([0]);
  expect(estate.content('host-000')).toBe('{"version":"1"}');
});
