import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { Journal } from '../journal/journal.ts';
import type { Entry } from '../journal/entry.ts';
import { until } from '../testkit/runner-house.ts';
import { begin, cleanUp, hasReport, stage, types } from '../testkit/stage.ts';

afterEach(cleanUp);

test('X5: a thousand junk files hold up neither a halt nor the rollout that is to stop, and all of them are refused', async () => {
  const at = await stage(40);
  const { house, estate } = at;
  estate.onRestart = (id) => {
    if (id !== 'host-003') return;
    for (let place = 0; place < 300; place += 1) house.inbox.put(`0-junk-${place}.json`, `{"junk":${place}}`);
    writeFileSync(house.inbox.at('HALT'), '');
  };
  begin(at);
  await until('halted', () => types(at).includes('halted'));
  expect([...estate.hosts.values()].filter(({ restarts }) => restarts > 0).length).toBeLessThan(20);
  await until('all are refused', () => readdirSync(house.config.inbox).length === 1);
});

test("X1: links, pipes and folders in the inbox are nobody's delivery and stop nothing", async () => {
  const at = await stage(1);
  const { inbox, config } = at.house;
  symlinkSync('/dev/zero', inbox.at('1.json'));
  execFileSync('mkfifo', [inbox.at('2.json')]);
  mkdirSync(inbox.at('3.json'));
  begin(at);
  await until('evidence', () => hasReport(at, 'evidence'));
  expect(readdirSync(config.inbox).toSorted()).toEqual(['1.json', '2.json', '3.json']);
});

test('X1: a delivery that is still being copied into the inbox is taken when it is whole', async () => {
  const at = await stage(1);
  const { house, world } = at;
  const whole = JSON.stringify({ kind: 'trust', trust: world.trust });
  writeFileSync(house.inbox.at('000000-trust.json'), whole.slice(0, 100));
  const { program } = house.start();
  await program.look();
  expect(readdirSync(house.config.inbox)).toEqual(['000000-trust.json']);
  writeFileSync(house.inbox.at('000000-trust.json'), whole);
  await until('it is taken', () => readdirSync(house.config.inbox).length === 0);
  expect(hasReport(at, 'refusal')).toBe(false);
});

test('I4: one capsule under five names at once is carried out once', async () => {
  const at = await stage(3);
  const { house, world, estate } = at;
  for (let copy = 0; copy < 5; copy += 1) house.inbox.put(`9-copy-${copy}.json`, JSON.stringify(world.delivery));
  begin(at);
  await until('evidence', () => hasReport(at, 'evidence'));
  await until('all are taken', () => readdirSync(house.config.inbox).length === 0);
  expect([...estate.hosts.values()].map(({ restarts }) => restarts)).toEqual([1, 1, 1]);
  expect(house.reports().filter(({ report }) => report.kind === 'refusal').length).toBeGreaterThanOrEqual(5);
});

/** A journal whose disk is full from a certain kind of entry on. */
class FullJournal extends Journal {
  isFull: (entries: readonly Entry[]) => boolean = () => false;
  override write(entries: readonly Entry[]): void {
    if (this.isFull(entries)) throw Object.assign(new Error('database or disk is full'), { code: 'ERR_SQLITE_ERROR' });
    super.write(entries);
  }
}

test.each([
  ['the first intent', 0, (entries: readonly Entry[]) => entries.some(({ kind }) => kind === 'admitted')],
  [
    'a verdict',
    2,
    (entries: readonly Entry[]) => entries.some((one) => one.kind === 'event' && one.event.type === 'verdict'),
  ],
] as const)(
  'I6, G7: when %s cannot be written, nothing more is done and one line says why',
  async (_what, most, isFull) => {
    const at = await stage(12);
    const openJournal = (file: string): Journal => Object.assign(new FullJournal(file), { isFull });
    begin(at, { openJournal });
    await until('a fault', () => at.house.lines.includes('fault'));
    expect(at.house.lines.some((line) => line.includes('database or disk is full'))).toBe(true);
    const touched = (): number => [...at.estate.hosts.values()].filter(({ restarts }) => restarts > 0).length;
    expect(touched()).toBeLessThanOrEqual(most);
    await at.house.stop();
    at.house.start();
    await until('with room again it goes on, each target once', () => hasReport(at, 'evidence'));
    expect([...at.estate.hosts.values()].every(({ restarts }) => restarts <= 2)).toBe(true);
  },
);

test("V2: journal and full evidence are for this runner's user alone", async () => {
  const at = await stage(1);
  begin(at);
  await until('evidence', () => hasReport(at, 'evidence'));
  const { state } = at.house.config;
  const [kept] = readdirSync(join(state, 'evidence'));
  const modes = ['', 'evidence', join('evidence', kept!), 'journal.db', 'journal.db-wal'].map(
    (name) => statSync(join(state, name)).mode & 0o777,
  );
  expect(modes).toEqual([0o700, 0o700, 0o600, 0o600, 0o600]);
});
