import { expect, test } from 'vitest';
import fc from 'fast-check';
import type { RollbackPlan } from '../proposal/change.ts';
import { stepShape, type Step } from '../proposal/step.ts';
import { valuesOf } from '../shared/shape.builder.ts';
import { readShape } from '../shared/shape.ts';
import { exampleCapsule, idOf } from './example-capsule.test.ts';
import { PAGE_WIDTH } from './plain-text.ts';
import { changeLines, rollbackLines, validationLines } from './render-change.ts';

const good = exampleCapsule();
/** The lines of one step, without action and summary before it and the versions behind it. */
const linesOf = (step: Step): readonly string[] =>
  changeLines(exampleCapsule({ change: { ...good.change, steps: [step], intendedVersions: {} } })).slice(2);
const node = idOf<'Node'>;

test.each<[Step, string]>([
  [{ adapter: 'service', operation: 'restart', service: 'web' }, 'restart the service web'],
  [
    { adapter: 'package', operation: 'install', name: 'libssl3', version: '3.0.14-1~deb12u1' },
    'install libssl3 3.0.14-1~deb12u1',
  ],
  [
    { adapter: 'credential', operation: 'rotate', credential: node('db'), consumers: [node('shop')], keepsOld: true },
    'rotate db, updating shop; the old secret stays valid until they are verified',
  ],
  [
    { adapter: 'credential', operation: 'rotate', credential: node('db'), consumers: [], keepsOld: false },
    'rotate db, updating NO CONSUMER; THE OLD SECRET ENDS AT ONCE',
  ],
  [
    { adapter: 'firewall', operation: 'block', from: '10.0.0.0/8', to: '::/0', traffic: 'tcp/445' },
    'block tcp/445 from 10.0.0.0/8 to ::/0',
  ],
  [
    { adapter: 'firewall', operation: 'allow', from: '10.0.0.0/8', to: '10.1.0.0/16' },
    'allow all traffic from 10.0.0.0/8 to 10.1.0.0/16',
  ],
  [{ adapter: 'network', operation: 'isolate', node: node('web-1') }, 'isolate web-1 from the network'],
  [
    { adapter: 'acl', operation: 'grant', resource: node('ledger'), principal: node('batch') },
    'grant batch access to ledger',
  ],
  [
    { adapter: 'acl', operation: 'revoke', resource: node('ledger'), principal: node('batch') },
    'revoke the access of batch to ledger',
  ],
  [{ adapter: 'account', operation: 'disable', account: node('svc') }, 'disable the account svc'],
  [{ adapter: 'process', operation: 'kill', process: 'xmrig' }, 'kill the process xmrig'],
  [{ adapter: 'file', operation: 'quarantine', path: 'tmp/a.bin' }, 'move the file tmp/a.bin to quarantine'],
  [{ adapter: 'flag', operation: 'set', flag: 'checkout', value: 'off' }, 'set the flag checkout to off'],
  [{ adapter: 'workload', operation: 'scale', workload: 'web', replicas: 0 }, 'scale web to 0 replicas'],
  [{ adapter: 'data', operation: 'restore', store: node('orders') }, 'restore the data of orders'],
  [{ adapter: 'data', operation: 'destroy', store: node('orders') }, 'destroy the data of orders'],
])('C3: on the page, %j is this one line', (step, line) => {
  expect(linesOf(step)).toEqual([`step 1          ${line}`]);
});

test('C3: a file that is written stands on the page with its whole content and how it is checked', () => {
  expect(linesOf({ adapter: 'config', path: 'etc/a.json', content: '{\n  "a": 1\n}\n', validate: 'json' })).toEqual([
    'step 1          write the file etc/a.json, whole content below',
    '                13 characters, checked as: json',
    '      | {',
    '      |   "a": 1',
    '      | }',
  ]);
});

test('C3, T19: what is no plain text in a file is counted before it is shown', () => {
  expect(linesOf({ adapter: 'config', path: 'a', content: 'x\u202Ey\u200B', validate: 'none' })).toEqual([
    'step 1          write the file a, whole content below',
    '                4 characters, checked as: none',
    String.raw`                CAUTION: 2 characters are not plain text; shown as \u{hex}`,
    String.raw`      | x\u{202e}y\u{200b}`,
    '      (no line end after the last line)',
  ]);
});

const restartOf = (service: string): Step => ({ adapter: 'service', operation: 'restart', service });

test('C3: steps are numbered in the order they run in', () => {
  const steps = ['a', 'b', 'c'].map(restartOf);
  expect(changeLines(exampleCapsule({ change: { ...good.change, steps } }))).toEqual([
    'action          config.change',
    'summary         pool 10 to 20',
    'step 1          restart the service a',
    'step 2          restart the service b',
    'step 3          restart the service c',
    'afterwards      pool is 20',
  ]);
});

const afterwards = (intendedVersions: Readonly<Record<string, string>>): readonly string[] =>
  changeLines(exampleCapsule({ change: { ...good.change, steps: [], intendedVersions } })).slice(2);

test('C3: versions are in the order of their names, however they came', () => {
  expect(afterwards({ b: '2', a: '1' })).toEqual(['afterwards      a is 1', 'afterwards      b is 2']);
  expect(afterwards({ b: '2', a: '1' })).toEqual(afterwards({ a: '1', b: '2' }));
});

test.each(['a ', ' a', 'a  b', 'a '.repeat(80), 'a   '.repeat(40)])(
  'C3, T19: spaces that the eye or the end of a line would lose are spelled out: %j is not read as another value',
  (value) => {
    const lines = linesOf({ adapter: 'flag', operation: 'set', flag: 'f', value });
    const read = lines
      .map((line) => line.slice(16))
      .join(' ')
      .replaceAll('\\u{20}', ' ');
    expect(read).toBe(`set the flag f to ${value}`);
  },
);

test('C3, T19: two steps that differ are two pages, and a page is printable ASCII of at most its width', () => {
  const seen = new Map<string, string>();
  fc.assert(
    fc.property(valuesOf(stepShape.schema), (value) => {
      const read = readShape(stepShape, value);
      if (!read.ok) return;
      const lines = linesOf(read.value);
      expect(lines.every((line) => line.length <= PAGE_WIDTH && /^[ -~]*$/.test(line))).toBe(true);
      const page = lines.join('\n');
      const step = JSON.stringify(Object.entries(read.value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
      expect(seen.get(page) ?? step).toBe(step);
      seen.set(page, step);
    }),
    { numRuns: 300 },
  );
});

const rollback = (more: Partial<RollbackPlan>): readonly string[] =>
  rollbackLines(exampleCapsule({ rollback: { ...good.rollback, ...more } }));

test('X6: a way back says what it does, who starts it, how long it may take and what becomes of data', () => {
  expect(rollback({})).toEqual([
    'captured        the file etc/pool.json',
    'captured        which instance of web runs',
    'way back        put the captured before-state back and restart what was restarted',
    'start           starts by itself after a trip; signed with this capsule',
    'within          60 minutes',
    'data            no data is written in between',
  ]);
  expect(rollback({ isAutomatic: false })[3]).toBe(
    'start           starts when a person asks; a trip only halts and holds; signed with this capsule',
  );
});

test('X6: where there is no way back the page says so, and that the window means nothing', () => {
  expect(rollback({ kind: 'none', dataEffects: 'unknown', isAutomatic: false }).slice(2)).toEqual([
    'way back        NONE: it cannot be undone by this capsule',
    'start           never; window of 60 minutes',
    'data            WHAT BECOMES OF DATA WRITTEN SINCE IS UNKNOWN',
  ]);
});

test.each([
  ['none', 'no data is written in between'],
  ['kept', 'data written since stays'],
  ['replayed-once', 'data written since is replayed once'],
  ['lost', 'DATA WRITTEN SINCE IS LOST'],
  ['unknown', 'WHAT BECOMES OF DATA WRITTEN SINCE IS UNKNOWN'],
] as const)('X6: data effects %s are said with and without a way back', (dataEffects, words) => {
  for (const kind of ['restore', 'none'] as const)
    expect(rollback({ kind, dataEffects }).at(-1)).toBe(`data            ${words}`);
});

test('W1: a proof that proves nothing says so', () => {
  const validation = { spec: good.validation.spec, checks: [], stagingTargets: [] };
  expect(validationLines(exampleCapsule({ validation }))).toEqual([
    'specification   web-spec, version 3',
    'reproduction    none',
    'check           none',
    'in staging on   nothing',
  ]);
});

const check = (name: string): (typeof good.validation.checks)[number] => ({
  id: idOf(name),
  path: `/${name}`,
  expectStatus: 204,
});

test('W1: every check and every staging target is named', () => {
  const stagingTargets = [idOf<'Target'>('s-1'), idOf<'Target'>('s-2')];
  const validation = { ...good.validation, checks: [check('a'), check('b')], stagingTargets };
  expect(validationLines(exampleCapsule({ validation })).slice(2)).toEqual([
    'check           a: /a answers 204',
    'check           b: /b answers 204',
    'in staging on   s-1, s-2',
  ]);
});
