// A program whose clock is moved sees another time from the next look on; without it, an attack on clocks would try nothing.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { afterAll, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'countersign-clock-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, 'clock');
const MOVED = new URL('moved-clock.ts', import.meta.url).href;

test('T15: a program that was started with it follows the file, forwards and back, while it runs', async () => {
  writeFileSync(file, '3600000');
  const asked = 'process.stdin.on("data", () => process.stdout.write(`${Date.now()}\\n`))';
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', '--import', MOVED, '-e', asked], {
    env: { ...process.env, MOVED_CLOCK_FILE: file },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const minutesOff = async (): Promise<number> => {
    child.stdin.write('?');
    const line = await new Promise<string>((done) => child.stdout.once('data', (data: Buffer) => done(String(data))));
    return (Number(line) - Date.now()) / 60_000;
  };
  expect(await minutesOff()).toBeCloseTo(60, 0);
  writeFileSync(file, '-1800000');
  expect(await minutesOff()).toBeCloseTo(-30, 0);
  writeFileSync(file, '0');
  expect(await minutesOff()).toBeCloseTo(0, 0);
  child.stdin.end();
  await once(child, 'exit');
});
