import fc from 'fast-check';
import { expect, test } from 'vitest';
import { acceptedUnknown, acceptedWrong, leftOut, valuesOf } from '../shared/shape.builder.ts';
import { readShape } from '../shared/shape.ts';
import { isRunnable, stepShape, type Step } from './step.ts';

/** One step of each adapter and operation, as it arrives: JSON of an agent. */
const STEPS = {
  config: { adapter: 'config', path: 'etc/pool.json', content: '{}', validate: 'json' },
  service: { adapter: 'service', operation: 'restart', service: 'web' },
  package: { adapter: 'package', operation: 'install', name: 'libssl3', version: '3.0.14-1~deb12u1' },
  credential: {
    adapter: 'credential',
    operation: 'rotate',
    credential: 'db-password',
    consumers: ['shop', 'billing'],
    keepsOld: true,
  },
  firewall: { adapter: 'firewall', operation: 'block', from: '10.0.0.0/8', to: 'fd00::/8', traffic: 'tcp/445' },
  network: { adapter: 'network', operation: 'isolate', node: 'web-1' },
  acl: { adapter: 'acl', operation: 'grant', resource: 'ledger', principal: 'batch' },
  account: { adapter: 'account', operation: 'disable', account: 'svc-backup' },
  process: { adapter: 'process', operation: 'kill', process: 'xmrig' },
  file: { adapter: 'file', operation: 'quarantine', path: 'tmp/dropper.bin' },
  flag: { adapter: 'flag', operation: 'set', flag: 'new-checkout', value: 'off' },
  workload: { adapter: 'workload', operation: 'scale', workload: 'web', replicas: 4 },
  data: { adapter: 'data', operation: 'restore', store: 'orders' },
} as const satisfies Record<Step['adapter'], unknown>;

const EACH = Object.entries(STEPS);
const reads = (value: unknown): boolean => readShape(stepShape, value).ok;
const placesOf = (value: unknown): readonly string[] => {
  const read = readShape(stepShape, value);
  return read.ok ? [] : (read.refusal.complaints ?? []).map(({ at }) => at);
};

test.each(EACH)('X2: a step of the adapter %s is read as it came', (_, step) => {
  expect(readShape(stepShape, step)).toEqual({ ok: true, value: step });
});

test.each(EACH)('X2: of a step of the adapter %s no field may have another type', (_, step) => {
  expect(acceptedWrong(stepShape, step)).toEqual([]);
});

test.each(EACH)('X2: a step of the adapter %s has no field beside its own', (_, step) => {
  expect(acceptedUnknown(stepShape, step)).toEqual([]);
});

test.each(EACH)(
  'X2: a step of the adapter %s names every field; only the traffic of a rule may be left out',
  (name, step) => {
    expect(leftOut(stepShape, step)).toEqual(name === 'firewall' ? ['/traffic'] : []);
  },
);

test.each(EACH)('L7: the fields of %s under the name of another adapter are refused', (name, step) => {
  const read = Object.keys(STEPS).filter((other) => reads({ ...step, adapter: other }));
  expect(read).toEqual([name]);
});

test.each(EACH)('X2: %s runs only if the runner of today has an adapter for it', (name) => {
  const read = readShape(stepShape, STEPS[name as Step['adapter']]);
  expect(read.ok && isRunnable(read.value)).toBe(name === 'config' || name === 'service');
});

const OPERATIONS: Readonly<Record<string, readonly string[]>> = {
  service: ['restart'],
  package: ['install'],
  credential: ['rotate'],
  firewall: ['block', 'allow'],
  network: ['isolate'],
  acl: ['grant', 'revoke'],
  account: ['disable'],
  process: ['kill'],
  file: ['quarantine'],
  flag: ['set'],
  workload: ['scale'],
  data: ['restore', 'destroy'],
};
const WORDS = [...new Set([...Object.values(OPERATIONS).flat(), 'shell', 'exec', 'run', 'enable', 'delete', ''])];

test.each(Object.entries(OPERATIONS))('X2: %s knows exactly the operations %j', (name, allowed) => {
  const step = STEPS[name as Step['adapter']];
  expect(WORDS.filter((operation) => reads({ ...step, operation }))).toEqual(
    WORDS.filter((operation) => allowed.includes(operation)),
  );
});

test.each(['shell', 'script', 'command', 'exec', 'CONFIG', 'config ', 'toString', '__proto__', ''])(
  'X2: there is no adapter %j: a change is never shell text',
  (adapter) => {
    expect(placesOf({ ...STEPS.config, adapter })).toEqual(['/adapter']);
  },
);

const GOOD_PATHS = [
  'a',
  'etc/pool.json',
  '.env',
  '..a',
  'a..',
  'a/...',
  'a/.b/c',
  'x'.repeat(200),
  'a/'.repeat(15) + 'b',
];
const BAD_PATHS: readonly (readonly [string, string])[] = [
  ['nothing', ''],
  ['the root', '/'],
  ['an absolute path', '/etc/passwd'],
  ['here', '.'],
  ['above', '..'],
  ['above at the start', '../a'],
  ['above in the middle', 'a/../b'],
  ['above at the end', 'a/..'],
  ['here in the middle', 'a/./b'],
  ['an empty part', 'a//b'],
  ['a slash at the end', 'a/'],
  ['a backslash', 'a\\b'],
  ['a drive', 'C:/a'],
  ['a home', '~/a'],
  ['a variable', '$HOME/a'],
  ['an encoded dot', '%2e%2e/a'],
  ['a space', 'a b'],
  ['a line end', 'a\n'],
  ['a null character', 'a\0.json'],
  ['a letter outside ASCII', 'ä'],
  ['a full-width dot', '．．/a'],
  ['more than 16 parts', 'a/'.repeat(16) + 'b'],
  ['more than 200 characters', 'x'.repeat(201)],
];

test.each(GOOD_PATHS)('X2: %j is a path below the root of the target', (path) => {
  expect(reads({ ...STEPS.config, path })).toBe(true);
  expect(reads({ ...STEPS.file, path })).toBe(true);
});

test.each(BAD_PATHS)('X2: a path that is %s is refused, for writing and for quarantine', (_, path) => {
  expect(placesOf({ ...STEPS.config, path })).toEqual(['/path']);
  expect(placesOf({ ...STEPS.file, path })).toEqual(['/path']);
});

test('X2: whatever is accepted as a path, resolved part by part, never leaves the root', () => {
  const part = fc.constantFrom('.', '..', '...', 'a', 'b.c', '', '-', '.a');
  let accepted = 0;
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
      const path = parts.join('/');
      if (!reads({ ...STEPS.config, path })) return;
      accepted += 1;
      expect(parts.some((one) => one === '' || one === '.' || one === '..')).toBe(false);
    }),
    { numRuns: 500 },
  );
  expect(accepted).toBeGreaterThan(20);
});

const content = (text: string): boolean => reads({ ...STEPS.config, content: text });
test('X2: a content has at most 65536 characters and may be empty or any text', () => {
  expect([content(''), content('\0\u202E'), content('x'.repeat(65_536)), content('x'.repeat(65_537))]).toEqual([
    true,
    true,
    true,
    false,
  ]);
});

test.each(['web;reboot', '$(id)', '`id`', 'a b', '-h', '../x', '@x', "x'", 'x|y', 'x&y', 'x\n', '', 'x'.repeat(121)])(
  'X2: %j is no word: not of a package, a version, a process, a flag or a workload',
  (word) => {
    expect(placesOf({ ...STEPS.package, name: word })).toEqual(['/name']);
    expect(placesOf({ ...STEPS.package, version: word })).toEqual(['/version']);
    expect(placesOf({ ...STEPS.process, process: word })).toEqual(['/process']);
    expect(placesOf({ ...STEPS.flag, flag: word })).toEqual(['/flag']);
    expect(placesOf({ ...STEPS.workload, workload: word })).toEqual(['/workload']);
    expect(placesOf({ ...STEPS.service, service: word })).toEqual(['/service']);
  },
);

test.each(['3.0.14-1~deb12u1', '1:2.4.57-2', 'v1.2.3+build.7', 'x'.repeat(120)])('%j is a version', (version) => {
  expect(reads({ ...STEPS.package, version })).toBe(true);
});

test.each(['0.0.0.0/0', '10.1.2.3/32', '::/0', '2001:DB8::1/128'])(
  '%j has the form of a block of addresses',
  (from) => {
    expect(reads({ ...STEPS.firewall, from, to: from })).toBe(true);
  },
);

test.each(['', '10.0.0.1', 'any', '10.0.0.0/', '/8', '10.0.0.0/8/8', '10.0.0.0/1234', 'host/8', '10.0.0.0 /8'])(
  'a rule names blocks, so %j is refused at both ends',
  (block) => {
    expect(placesOf({ ...STEPS.firewall, from: block, to: block })).toEqual(['/from', '/to']);
  },
);

test.each([
  ['tcp', true],
  ['udp/53', true],
  ['icmp', true],
  ['sctp/65535', true],
  ['tcp/', false],
  ['tcp/445,446', false],
  ['TCP/445', false],
  ['gre', false],
  ['tcp/123456', false],
])('the traffic %j of a rule is read: %s', (traffic, isRead) => {
  expect(reads({ ...STEPS.firewall, traffic })).toBe(isRead);
});

test.each([
  [0, true],
  [10_000, true],
  [10_001, false],
  [-1, false],
  [1.5, false],
  ['4', false],
])('a workload is scaled to %j replicas: %s', (replicas, isRead) => {
  expect(reads({ ...STEPS.workload, replicas })).toBe(isRead);
});

test('a rotation that updates nobody can be said, so that it can be refused for what it does', () => {
  expect(reads({ ...STEPS.credential, consumers: [] })).toBe(true);
  expect(placesOf({ ...STEPS.credential, consumers: ['shop', 'a b'] })).toEqual(['/consumers/1']);
});

test('G4: every adapter has an example here, and the schema names every adapter once', () => {
  const cases = stepShape.schema['oneOf'] as readonly { readonly properties: { readonly adapter: unknown } }[];
  expect(cases.map(({ properties }) => properties.adapter)).toEqual(
    Object.keys(STEPS).map((name) => ({ enum: [name] })),
  );
});

test('C2: every step that the schema describes is read, and it is the step that was sent', () => {
  fc.assert(
    fc.property(valuesOf(stepShape.schema), (step) => {
      expect(readShape(stepShape, step)).toEqual({ ok: true, value: step });
    }),
  );
});
