import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ok, type TargetId } from '@countersign/core';
import { digestOf } from '@countersign/seal';
import type { LocalTarget } from '../../preflight/inventory.ts';
import { temporaryName } from './atomic-write.ts';
import { Permit } from '../permit.ts';
import { configAdapter, type ConfigStep } from './config-adapter.ts';

const granted = Permit.act(digestOf(Buffer.from('capsule')), ok(true));
if (!granted.ok) throw new Error('no permit');
const permit = granted.value;
let root = '';
let target: LocalTarget;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'countersign-config-'));
  mkdirSync(join(root, 'etc'));
  writeFileSync(join(root, 'etc', 'app.json'), '{"old":1}', { mode: 0o640 });
  target = {
    id: 'h' as TargetId,
    root,
    healthUrl: '',
    restartUrl: '',
    tier: 'non-critical',
    labels: {},
  };
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const step = (change: Partial<ConfigStep> = {}): ConfigStep => ({
  adapter: 'config',
  path: 'etc/app.json',
  content: '{"new":2}',
  validate: 'json',
  ...change,
});
const read = (path = 'etc/app.json'): string => readFileSync(join(root, path), 'utf8');
const capture = (one: ConfigStep) => {
  const captured = configAdapter.capture(one, target);
  if (!captured.ok) throw new Error(captured.refusal.detail);
  return captured.value;
};

test('writes exactly the content, keeps the permissions, and leaves nothing beside it', async () => {
  expect((await configAdapter.apply(step(), target, permit)).ok).toBe(true);
  expect(read()).toBe('{"new":2}');
  expect(statSync(join(root, 'etc/app.json')).mode & 0o777).toBe(0o640);
  expect(readdirSync(join(root, 'etc'))).toEqual(['app.json']);
  expect(await configAdapter.probe(step(), target)).toBe('done');
});

test('X6: undo puts the captured bytes back exactly, and can be asked twice', async () => {
  const captured = capture(step());
  await configAdapter.apply(step(), target, permit);
  expect(await configAdapter.probe(step({ content: 'x' }), target)).toBe('not-done');
  for (const _ of [1, 2]) expect((await configAdapter.undo(step(), target, { captured, permit })).ok).toBe(true);
  expect(read()).toBe('{"old":1}');
});

test('X6: undo of a file that was not there removes it', async () => {
  const fresh = step({ path: 'etc/new.json' });
  const captured = capture(fresh);
  expect(captured?.bytes).toBeUndefined();
  await configAdapter.apply(fresh, target, permit);
  expect((await configAdapter.undo(fresh, target, { captured, permit })).ok).toBe(true);
  expect(readdirSync(join(root, 'etc'))).toEqual(['app.json']);
});

test('X6: nothing is put back that was not captured', async () => {
  const undone = await configAdapter.undo(step(), target, { captured: undefined, permit });
  expect(!undone.ok && undone.refusal.code).toBe('no-capture');
});

test('content that is not JSON never becomes the live file', async () => {
  const applied = await configAdapter.apply(step({ content: '{"a":1,"a":2}' }), target, permit);
  expect(!applied.ok && applied.refusal.code).toBe('invalid-content');
  expect(read()).toBe('{"old":1}');
  expect((await configAdapter.apply(step({ content: 'plain', validate: 'none' }), target, permit)).ok).toBe(true);
});

test('a crash between temporary file and rename leaves the old file, and the next write succeeds', async () => {
  writeFileSync(join(root, 'etc', temporaryName('app.json')), 'half of it');
  expect(read()).toBe('{"old":1}');
  expect(await configAdapter.probe(step(), target)).toBe('not-done');
  expect((await configAdapter.apply(step(), target, permit)).ok).toBe(true);
  expect(readdirSync(join(root, 'etc'))).toEqual(['app.json']);
});

const ESCAPES: readonly (readonly [string, () => string])[] = [
  ['`..`', () => '../outside.json'],
  ['`..` in the middle', () => 'etc/../../outside.json'],
  ['an absolute path', () => '/etc/passwd'],
  [
    'a folder that is a link to the outside',
    () => {
      symlinkSync(tmpdir(), join(root, 'out'));
      return 'out/app.json';
    },
  ],
  [
    'a folder that is a link to the inside',
    () => {
      symlinkSync(join(root, 'etc'), join(root, 'alias'));
      return 'alias/app.json';
    },
  ],
  [
    'a file that is a link',
    () => {
      symlinkSync('/etc/hostname', join(root, 'etc', 'link.json'));
      return 'etc/link.json';
    },
  ],
  [
    'a file with a second name elsewhere',
    () => {
      linkSync(join(root, 'etc', 'app.json'), join(root, 'second.json'));
      return 'etc/app.json';
    },
  ],
  [
    'a folder',
    () => {
      mkdirSync(join(root, 'etc', 'dir.json'));
      return 'etc/dir.json';
    },
  ],
  ['a folder that does not exist', () => 'nowhere/app.json'],
  ['a NUL byte', () => 'etc/app.json\u0000.txt'],
];

test.each(ESCAPES)('T22: refuses %s for capture, apply and undo', async (_name, plant) => {
  const one = step({ path: plant() });
  expect(configAdapter.capture(one, target).ok).toBe(false);
  expect((await configAdapter.apply(one, target, permit)).ok).toBe(false);
  expect(
    (
      await configAdapter.undo(one, target, {
        captured: { path: one.path, mode: 0o644, bytes: Buffer.from('x') },
        permit,
      })
    ).ok,
  ).toBe(false);
  expect(await configAdapter.probe(one, target)).toBe('unclear');
  expect(read()).toBe('{"old":1}');
});

test('a link planted at the temporary name is replaced, not followed', async () => {
  const outside = join(root, 'outside.txt');
  writeFileSync(outside, 'precious');
  symlinkSync(outside, join(root, 'etc', temporaryName('app.json')));
  expect((await configAdapter.apply(step(), target, permit)).ok).toBe(true);
  expect(readFileSync(outside, 'utf8')).toBe('precious');
  expect(read()).toBe('{"new":2}');
});
