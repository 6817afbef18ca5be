import { expect, test } from 'vitest';
import { readConfig } from './config.ts';

const state = ['--state', '/var/lib/estate'];

test('arguments win over the environment, and the rest has defaults', () => {
  const environment = { COUNTERSIGN_ESTATE_PROFILE: 'production', COUNTERSIGN_ESTATE_PORT: '4700' };
  expect(readConfig([...state, '--profile', 'staging'], environment)).toEqual({
    ok: true,
    value: { stateDir: '/var/lib/estate', profile: 'staging', seed: 706, port: 4700 },
  });
});

test('everything wrong is said at once', () => {
  const read = readConfig(['--state=here', '--profile=prod', '--seed=-1', '--port=65536'], {});
  expect(read.ok ? [] : read.refusal.complaints?.map(({ at }) => at)).toEqual(['/state', '/profile', '/seed', '/port']);
});

test.each([['--verbose'], ['extra'], ['--state']])('unknown or incomplete arguments are refused: %s', (argument) => {
  expect(readConfig([argument], {}).ok).toBe(false);
});

test.each(['', '1e3', '0x10', '99999999999', ' 1'])('a port of `%s` is not an integer', (port) => {
  expect(readConfig([...state, '--profile', 'staging', `--port=${port}`], {}).ok).toBe(false);
});
