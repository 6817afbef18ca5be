// The judges of the attacks, judged: with answers as a runner that does wrong would give them.
import { instantOf } from '@countersign/core';
import { beforeAll, expect, test } from 'vitest';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Keyring } from '../demo/keyring.ts';
import type { Scene } from './attack.ts';
import { attemptOf, carriedOut, refusedAs } from './trials.ts';
import { order } from './world/order.ts';
import type { SeenReport } from './world/reports.ts';
import { people } from './world/shorthand.ts';
import { World } from './world/world.ts';

let world: World;

beforeAll(() => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-judged-'));
  world = new World(new Keyring(join(folder, 'keys')));
  return () => rmSync(folder, { recursive: true, force: true });
});

/** A runner that answers with these reports and restarts as told. */
function scene(reports: readonly SeenReport[], restarts: readonly number[] = [0, 0]): Scene {
  let asked = 0;
  const enclave = {
    mark: () => 0,
    drop: () => 'letter.json',
    linked: (letter: unknown) => letter,
    until: async (_from: number, match: (report: SeenReport) => unknown) => {
      for (const report of reports) {
        const found = match(report);
        if (found !== undefined) return found;
      }
      throw new Error('no such answer');
    },
  };
  const hosts = { restarts: async () => restarts[asked++] ?? 0 };
  return { world, enclave, hosts } as unknown as Scene;
}

const refusal = (code: string, subject: string): SeenReport =>
  ({
    kind: 'refusal',
    refusal: {
      type: 'refusal',
      organisation: 'demo',
      runner: 'runner-production',
      subject,
      code,
      detail: 'no',
      at: instantOf(0),
    },
  }) as SeenReport;
const started = { kind: 'progress', capsule: `sha256:${'1'.repeat(64)}`, events: [] } as unknown as SeenReport;
const ended = (outcome: string, targets: number): SeenReport =>
  ({ kind: 'evidence', statement: { capsule: '', outcome, counts: { targets } } }) as unknown as SeenReport;

const made = () => order(world, people());

test('an attack that is refused with its code and touches nothing passes', async () => {
  const one = made();
  const trial = refusedAs('quorum-missing', (on) => attemptOf(on, one));
  expect(await trial(scene([refusal('quorum-missing', one.digest)]))).toEqual([]);
});

test('the code of a refusal is kept, whichever it is: what said no is told with the attack', async () => {
  const one = made();
  const refusals: string[] = [];
  const on = { ...scene([refusal('malformed', one.digest)]), refusals };
  await refusedAs('quorum-missing', (at) => attemptOf(at, one))(on);
  expect(refusals).toEqual(['malformed']);
});

test('an attack that is carried out fails, and says so', async () => {
  const trial = refusedAs('quorum-missing', (on) => attemptOf(on, made()));
  expect(await trial(scene([started], [0, 1]))).toEqual([expect.stringContaining('it was carried out'), '1 restarts']);
});

test('an attack that is refused for another reason fails: the control was not the one that stopped it', async () => {
  const one = made();
  const trial = refusedAs('quorum-missing', (on) => attemptOf(on, one));
  expect(await trial(scene([refusal('malformed', one.digest)]))).toEqual([
    expect.stringContaining('refused as malformed'),
  ]);
});

test('an attack that is refused after a restart fails', async () => {
  const one = made();
  const trial = refusedAs('quorum-missing', (on) => attemptOf(on, one));
  expect(await trial(scene([refusal('quorum-missing', one.digest)], [3, 4]))).toEqual(['1 restarts']);
});

test('a refusal of something else is not the refusal of the attack', async () => {
  const trial = refusedAs('quorum-missing', (on) => attemptOf(on, made()));
  expect(await trial(scene([refusal('quorum-missing', `sha256:${'9'.repeat(64)}`)]))).toEqual([
    'the refusal names another subject',
  ]);
});

test('a twin that is refused fails: the control refuses everything', async () => {
  const trial = carriedOut((on) => attemptOf(on, made()));
  expect(await trial(scene([refusal('quorum-missing', '')]))).toEqual(['refused as quorum-missing: no']);
});

test('a twin has to be carried out to its end, on every host it names', async () => {
  const trial = carriedOut((on) => attemptOf(on, made()));
  expect(await trial(scene([ended('halted', 1)], [0, 1]))).toEqual(['it ended as halted']);
  expect(await trial(scene([ended('completed', 2)], [0, 1]))).toEqual(['1 restarts for 2 targets']);
  expect(await trial(scene([ended('completed', 1)], [0, 1]))).toEqual([]);
});
