import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findProgram, runChild } from './run-child.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-bench-test-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

test('says how a program ended and what it printed last', async () => {
  const script = 'console.log("x".repeat(5000)); console.error("end"); process.exitCode = 3';
  const run = await runChild(process.execPath, ['-e', script], { cwd: folder, timeoutMs: 20_000 });
  expect(run.status).toBe(3);
  expect(run.tail.trimEnd().endsWith('end') || run.tail.includes('end')).toBe(true);
  expect(run.tail.length).toBeLessThanOrEqual(2000);
});

test.runIf(process.platform === 'linux')('counts the CPU time of a program and of what it started', async () => {
  const burn = 'const until = process.cpuUsage().user + 150000; while (process.cpuUsage().user < until);';
  const outer = `require('node:child_process').spawnSync(process.execPath, ['-e', ${JSON.stringify(burn)}])`;
  const run = await runChild(process.execPath, ['-e', outer], { cwd: folder, timeoutMs: 20_000 });
  expect(run.status).toBe(0);
  expect(run.cpuUs).toBeGreaterThanOrEqual(150_000);
});

test('a program that hangs is killed, and has no status to be taken for success', async () => {
  const run = await runChild(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { cwd: folder, timeoutMs: 300 });
  expect(run.status).toBeNull();
});

test('a program that does not exist is an error', async () => {
  await expect(runChild(join(folder, 'nothing'), [], { cwd: folder, timeoutMs: 1000 })).rejects.toThrow('ENOENT');
});

test('finds a program in the first folder that has it executable', () => {
  const file = join(folder, 'measure-me');
  writeFileSync(file, '#!/bin/sh\n');
  expect(findProgram('measure-me', folder)).toBeUndefined();
  chmodSync(file, 0o755);
  expect(findProgram('measure-me', ['', '/no/such/folder', folder].join(delimiter))).toBe(file);
  expect(findProgram('another', folder)).toBeUndefined();
});
