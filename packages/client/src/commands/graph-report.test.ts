import { afterEach, expect, test } from 'vitest';
import { EXIT } from '../cli/exit-codes.ts';
import { cs, type Told } from '../testkit/cli.builder.ts';
import { FakeControl } from '../testkit/fake-control.builder.ts';

let server: FakeControl | undefined;
afterEach(async () => {
  await server?.stop();
  server = undefined;
});

const perTier = (low: number, production: number, safety: number) => ({
  'non-critical': low,
  'production-critical': production,
  'safety-critical': safety,
});
const OWNERS = {
  version: 7,
  owners: [
    { nodes: 2, perTier: perTier(1, 1, 0) },
    { owner: 'team-\u{1b}[31mred', nodes: 1, perTier: perTier(0, 0, 1) },
  ],
  unownedCritical: { count: 1, first: [{ node: 'db', tier: 'production-critical' }] },
};
const none = { count: 0, first: [] };
const REPORT = {
  version: 7,
  digest: `sha256:${'0'.repeat(64)}`,
  takenAt: '2026-11-21T00:00:00.000Z',
  nodes: 3000,
  edges: 9,
  lowered: none,
  unknownTier: none,
  unowned: none,
  dangling: none,
  cycles: none,
  selfDependencies: none,
  repeated: none,
};
const asking = async (command: string, answer: unknown, ...more: readonly string[]): Promise<Told> => {
  server = await FakeControl.start({ [`GET /graph/${command}`]: { json: answer } });
  return cs(['graph', command, ...more], server);
};

test('G3: `owners` is a table with what nobody owns first, and names what is critical among it', async () => {
  const { exit, out } = await asking('owners', OWNERS);
  expect(exit).toBe(EXIT.ok);
  expect(out).toMatch(/^graph v7$/m);
  expect(out).toMatch(/^OWNER +NODES +SAFETY-CRITICAL +PRODUCTION-CRITICAL +NON-CRITICAL$/m);
  expect(out).toMatch(/^\(nobody\) +2 +0 +1 +1$/m);
  expect(out).toContain('1 critical and owned by nobody\n  db  production-critical\n');
});

test('hostile names of owners cannot move the cursor', async () => {
  expect((await asking('owners', OWNERS)).out).not.toContain('\u{1b}');
});

test('`owners --json` is the answer as it came', async () => {
  const { out } = await asking('owners', { ...OWNERS, owners: OWNERS.owners.slice(0, 1) }, '--json');
  expect(JSON.parse(out)).toEqual({ ...OWNERS, owners: OWNERS.owners.slice(0, 1) });
});

test('G1, G3: `report` tells each gap with its first cases', async () => {
  const unowned = { count: 3000, first: Array.from({ length: 1000 }, (_, n) => `n${n}`) };
  const members = Array.from({ length: 12 }, (_, n) => `c${n}`);
  const { exit, out } = await asking('report', {
    ...REPORT,
    lowered: { count: 1, first: [{ node: 'db', declared: 'non-critical', effective: 'safety-critical' }] },
    unknownTier: { count: 1, first: ['plc'] },
    unowned,
    dangling: { count: 1, first: [{ from: 'shop', to: 'gone', kind: 'depends-on' }] },
    cycles: { count: 1, first: [{ count: 12, first: members }] },
    selfDependencies: { count: 1, first: ['loop'] },
    repeated: { count: 1, first: ['twin'] },
  });
  expect(exit).toBe(EXIT.ok);
  for (const line of [
    'graph v7  taken 2026-11-21T00:00:00.000Z  3000 nodes, 9 edges',
    '  db declared non-critical counts as safety-critical',
    '1 unknown tier: count as safety-critical\n  plc\n',
    '3000 unowned: nobody to ask\n  n0\n',
    '  n19\n  and 2980 more; --json lists the first 1000\n',
    '  shop depends-on gone\n',
    '  c0, c1, c2, c3, c4, c5, c6, c7 and 4 more\n',
    '1 self-dependencies\n  loop\n',
    'the first description rules\n  twin\n',
  ])
    expect(out).toContain(line);
});

test('G3: a graph without gaps is told in one line, and `--json` is the answer as it came', async () => {
  expect((await asking('report', REPORT)).out).toContain('nothing is lowered, unknown, unowned, dangling or circular');
  await server?.stop();
  expect(JSON.parse((await asking('report', REPORT, '--json')).out)).toEqual(REPORT);
});

test('G3: an answer that is none, and a server without a graph, are failures', async () => {
  expect((await asking('report', { ...REPORT, cycles: 'many' })).exit).not.toBe(EXIT.ok);
  await server?.stop();
  server = await FakeControl.start({});
  expect((await cs(['graph', 'owners'], server)).exit).not.toBe(EXIT.ok);
});
