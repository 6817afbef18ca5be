import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { good } from '../testkit/made.ts';
import { NOTHING_RULES, type RulingState } from './ledger.ts';
import { TailFile } from './tail-file.ts';

let folder = '';
const at = (name: string): string => join(folder, name);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-tail-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const peak = Buffer.alloc(32).toString('base64');
const range = (size: number) => ({ size, peaks: [peak] });
const ruling = (trustVersion: number): RulingState => ({ ...NOTHING_RULES, trustVersion });
const code = (): string => {
  const opened = TailFile.open(folder);
  return opened.ok ? 'opened' : opened.refusal.code;
};

test('V3: what was remembered is there after a restart, what rules with the newest range', () => {
  const file = good(TailFile.open(folder));
  const first = ruling(1);
  file.remember({ range: range(1), ruling: first });
  file.remember({ range: range(2), ruling: first });
  file.close();
  expect(good(TailFile.open(folder)).last).toEqual({ range: range(2), ruling: first });
});

test('what rules is written when it changes and not again', () => {
  const file = good(TailFile.open(folder));
  const rules = ruling(1);
  file.remember({ range: range(1), ruling: rules });
  const before = statSync(at('tail.log')).size;
  file.remember({ range: range(2), ruling: rules });
  const added = readFileSync(at('tail.log'), 'utf8').slice(before);
  file.close();
  expect(JSON.parse(added)).toEqual({ range: range(2) });
});

test('a line that was never flushed to its end was never signed for, and counts for nothing', () => {
  const file = good(TailFile.open(folder));
  file.remember({ range: range(1), ruling: ruling(1) });
  file.remember({ range: range(2), ruling: ruling(2) });
  file.close();
  truncateSync(at('tail.log'), statSync(at('tail.log')).size - 3);
  expect(good(TailFile.open(folder)).last).toEqual({ range: range(1), ruling: ruling(1) });
});

test.each([
  ['a spoilt line', () => appendFileSync(at('tail.log'), 'x\n')],
  ['a spoilt file', () => writeFileSync(at('tail.json'), '{}')],
  ['a log whose file is gone', () => rmSync(at('tail.json'))],
])('V3: with %s the witness does not start from nothing', (_what, spoil) => {
  const file = good(TailFile.open(folder));
  file.remember({ range: range(1), ruling: ruling(1) });
  file.close();
  spoil();
  expect(code()).toBe('memory-lost');
});

test('V3: lines that were folded into the file already do not take the witness back', () => {
  const file = good(TailFile.open(folder));
  file.remember({ range: range(1), ruling: ruling(1) });
  const old = readFileSync(at('tail.log'));
  file.remember({ range: range(2), ruling: ruling(2) });
  file.close();
  good(TailFile.open(folder)).close();
  // As a crash between writing the file and emptying the log leaves it.
  writeFileSync(at('tail.log'), old);
  expect(good(TailFile.open(folder)).last).toEqual({ range: range(2), ruling: ruling(2) });
});

test('the log is folded before it grows without end', () => {
  const file = good(TailFile.open(folder));
  const dispatches = Array.from({ length: 60_000 }, () => ({ seenMs: 1_700_000_000_000, targets: 1 }));
  for (let size = 1; size <= 4; size += 1)
    file.remember({ range: range(size), ruling: { ...ruling(size), dispatches } });
  file.close();
  expect(statSync(at('tail.log')).size).toBeLessThan(5_000_000);
  expect(good(TailFile.open(folder)).last.range.size).toBe(4);
});
