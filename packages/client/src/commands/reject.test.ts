import { afterEach, beforeEach, expect, test } from 'vitest';
import { EXIT } from '../cli/exit-codes.ts';
import { cs } from '../testkit/cli.builder.ts';
import { FakeControl } from '../testkit/fake-control.builder.ts';

let server: FakeControl;
beforeEach(async () => {
  server = await FakeControl.start({ 'POST /proposals/P-1/reject': { json: { id: 'P-1', state: 'REJECTED' } } });
});
afterEach(() => server.stop());

test('A3: one call with code and reason', async () => {
  const { exit, out } = await cs(['reject', 'P-1', '--reason', 'false-positive', '-m', 'nightly batch'], server);
  expect({ exit, out }).toEqual({ exit: EXIT.ok, out: 'rejected P-1: false-positive\n' });
  expect(server.asked[0]?.body).toEqual({ code: 'false-positive', rationale: 'nightly batch' });
});

test('a person is asked for the sentence, a script is told to bring it', async () => {
  expect((await cs(['reject', 'P-1', '--reason', 'scope'], { url: server.url, typed: 'too wide' })).exit).toBe(EXIT.ok);
  expect(server.asked[0]?.body).toEqual({ code: 'scope', rationale: 'too wide' });
  expect((await cs(['reject', 'P-1', '--reason', 'scope'], server)).exit).toBe(EXIT.usage);
});

test('a code that nobody knows names those that exist', async () => {
  const { exit, err } = await cs(['reject', 'P-1', '--reason', 'mood', '-m', 'x'], server);
  expect(exit).toBe(EXIT.usage);
  expect(err).toContain('--reason false-positive');
  expect(server.asked).toEqual([]);
});
