import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readCapsule, readEvidence, readSignal, readSigned } from './floor-documents.ts';
import { FLOOR_WORK, startFloor, type Floor } from './floor.ts';

let folder = '';
let floor: Floor | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-floor-test-'));
});
afterEach(async () => {
  await floor?.stop();
  floor = undefined;
  rmSync(folder, { recursive: true, force: true });
});

test('really does its work: intent and receipt at control, intent and evidence at the runner, the file at the target', async () => {
  floor = await startFloor(folder);
  const took = await floor.round(3);
  expect(took).toHaveLength(3);
  expect(took.every((ms) => ms > 0 && ms < 10_000)).toBe(true);
  const lines = (name: string): readonly string[] => readFileSync(join(folder, name), 'utf8').trim().split('\n');
  expect(lines('control.log')).toHaveLength(6);
  expect(lines('runner.journal')).toHaveLength(6);
  expect(lines('runner.journal')[0]).toBe('intent s1');
  expect(readFileSync(join(folder, 'target.conf'), 'utf8')).toBe('version=s3');
});

test('answers one round after another and ends when told', async () => {
  floor = await startFloor(folder);
  await floor.round(1);
  expect(await floor.round(2)).toHaveLength(2);
  const { pid } = floor;
  await floor.stop();
  expect(existsSync(`/proc/${pid}`)).toBe(false);
});

test('its source flushes exactly as often as it says', () => {
  const sources = ['floor.main.ts', 'floor-runner.main.ts'].map((name) =>
    readFileSync(join(import.meta.dirname, name), 'utf8'),
  );
  const uses = (pattern: RegExp): number => sources.reduce((sum, text) => sum + [...text.matchAll(pattern)].length, 0);
  // Each half has one `append` with one flush in it; the target's file is flushed besides.
  expect(uses(/^ {2}append\(/gm) + uses(/^ {2}fsyncSync\(/gm)).toBe(FLOOR_WORK.serialFsyncs);
  expect(uses(/^ {2}fdatasyncSync\(/gm)).toBe(2);
  expect(uses(/\bsign\(null/g)).toBe(FLOOR_WORK.signatures);
  expect(uses(/\bverify\(null/g)).toBe(FLOOR_WORK.verifications);
});

test.each([readSignal, readCapsule, readEvidence, readSigned])('%o refuses what is not its document', (read) => {
  expect(() => read('{}')).toThrow('malformed');
  expect(() => read('[]')).toThrow('malformed');
  expect(() => read('{"id":"s1","extra":true}')).toThrow('malformed');
});
