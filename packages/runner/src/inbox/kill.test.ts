import { fork, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { instantOf } from '@countersign/core';
import { Journal } from '../journal/journal.ts';
import { FakeEstate } from '../testkit/fake-estate.ts';
import { makeKeys } from '../testkit/house.ts';
import { RunnerHouse, until } from '../testkit/runner-house.ts';
import { signStatus } from '../testkit/signed.ts';
import { makeWorld } from '../testkit/world.ts';

const PROGRAM = join(import.meta.dirname, '..', 'runner.ts');
const KEYS = makeKeys();

function launch(config: string): Promise<ChildProcess> {
  const child = fork(PROGRAM, [config], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  const { promise, resolve, reject } = Promise.withResolvers<ChildProcess>();
  child.on('message', (message) => {
    expect(message).toEqual({ up: 'runner' });
    resolve(child);
  });
  child.on('exit', (status) => reject(new Error(`the runner ended with ${status}`)));
  return promise;
}

/** The host whose restart is the moment of death: before it happens, or after it happened and before its answer is read. */
test.each([
  ['host-00', 'before'],
  ['host-00', 'after'],
  ['host-05', 'before'],
  ['host-05', 'after'],
  ['host-11', 'after'],
] as const)(
  'X7, I4, I6: kill -9 at %s, %s its act: the rollout ends by rule and no target is begun twice',
  async (victim, moment) => {
    const folder = mkdtempSync(join(tmpdir(), 'countersign-kill-'));
    const ids = Array.from({ length: 12 }, (_, place) => `host-${String(place).padStart(2, '0')}`);
    const estate = new FakeEstate(folder, ids);
    await estate.listen();
    const now = instantOf(Date.now());
    const world = makeWorld(
      { now, targets: ids.map((id) => ({ id, tier: 'non-critical' })), authority: 'people' },
      KEYS,
    );
    const house = new RunnerHouse(KEYS, estate);
    const config = house.writeConfig();
    house.deliver(
      { kind: 'trust', trust: world.trust },
      { kind: 'status', status: signStatus(world, now) },
      world.delivery,
    );
    const first = await launch(config);
    let isDead = false;
    estate.onRestart = (id) => {
      if (id !== victim || isDead) return;
      isDead = true;
      const host = estate.hosts.get(id)!;
      // Before: the request reached the host, and its power went at the same moment.
      if (moment === 'before') estate.behaviour.set(id, 'never-restarts');
      first.kill('SIGKILL');
      setImmediate(() => {
        estate.behaviour.set(id, 'normal');
        if (moment === 'before') host.restarts -= 1;
      });
    };
    await until('the runner is dead', () => isDead && (first.exitCode !== null || first.signalCode !== null));
    const second = await launch(config);
    await until('evidence', () => house.reports().some(({ report }) => report.kind === 'evidence'));
    second.kill('SIGTERM');
    await until('the runner ends', () => second.exitCode !== null || second.signalCode !== null);
    expect(second.exitCode).toBe(0);
    const journal = new Journal(join(house.config.state, 'journal.db'));
    const events = journal.events(world.digest);
    journal.close();
    const leased = events.flatMap((event) => (event.type === 'leased' ? [event.target] : []));
    expect(new Set(leased).size).toBe(leased.length);
    const isRolledBack = events.some(({ type }) => type === 'restored');
    const most = Math.max(...[...estate.hosts.values()].map(({ restarts }) => restarts));
    expect(most).toBeLessThanOrEqual(isRolledBack ? 2 : 1);
    expect(ids.map((id) => estate.content(id))).toEqual(
      ids.map(() => (isRolledBack ? '{"version":"1"}' : '{"version":"2"}')),
    );
    await house.remove();
    await estate.close();
    rmSync(folder, { recursive: true, force: true });
  },
);

test('the runner says what is wrong with its configuration and ends with 2', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-config-'));
  writeFileSync(join(folder, 'runner.json'), '{"organisation":"acme","surprise":1}');
  const child = fork(PROGRAM, [join(folder, 'runner.json')], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  const lines: string[] = [];
  child.stderr?.on('data', (chunk: Buffer) => lines.push(chunk.toString()));
  const status = await new Promise((resolve) => void child.on('close', resolve));
  rmSync(folder, { recursive: true });
  expect(status).toBe(2);
  expect(lines.join('')).toContain('is not a known field');
});
