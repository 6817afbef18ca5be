import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canonicalBytes, digestOf } from '@countersign/seal';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WRITTEN } from '../authoring/authoring.builder.ts';
import { EXIT } from '../cli/exit-codes.ts';
import { cs, type Told } from '../testkit/cli.builder.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cs-write-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const file = (name: string): string => join(folder, name);
const written = (name: string, text: string): string => {
  writeFileSync(file(name), text);
  return file(name);
};
/** No server is needed for any of these. */
const run = (...line: readonly string[]): Promise<Told> => cs(['envelope', ...line], { url: 'http://127.0.0.1:9' });

test('L6: new, lint, compile, lint again: from nothing to the bytes that are signed', async () => {
  const made = await run(
    'new',
    '--pack',
    'finance',
    '--pack',
    'healthcare',
    '--organisation',
    'acme',
    '--out',
    file('e.yaml'),
  );
  expect(made.exit).toBe(EXIT.ok);
  expect((await run('lint', file('e.yaml'))).out).toContain('has no faults');
  const compiled = await run(
    'compile',
    file('e.yaml'),
    '--out',
    file('e.json'),
    '--cedar',
    file('e.cedar'),
    '--json-policies',
    file('p.json'),
  );
  expect(compiled.exit).toBe(EXIT.ok);
  const bytes = readFileSync(file('e.json'));
  const envelope = JSON.parse(bytes.toString('utf8')) as { policies: string };
  expect(compiled.out).toContain(digestOf(bytes));
  expect(canonicalBytes(envelope)).toEqual(new Uint8Array(bytes));
  expect(readFileSync(file('e.cedar'), 'utf8')).toContain('@id("finance-market-hours")');
  expect(
    Object.keys((JSON.parse(readFileSync(file('p.json'), 'utf8')) as { staticPolicies: object }).staticPolicies),
  ).toContain('approved/by-people');
  expect((await run('lint', file('e.json'))).exit).toBe(EXIT.ok);
});

test('new never writes over a file, names the packs there are, and refuses ids that are none', async () => {
  written('e.yaml', 'mine');
  expect((await run('new', '--out', file('e.yaml'))).exit).toBe(EXIT.usage);
  expect(readFileSync(file('e.yaml'), 'utf8')).toBe('mine');
  expect((await run('new', '--pack', 'banking')).err).toContain('finance, healthcare, ot, public-sector');
  expect((await run('new', '--owner', 'a: b')).exit).toBe(EXIT.usage);
  expect((await run('new')).out).toContain('phase: observe-only');
});

test('E1: lint of YAML names line, column, clause and what to do', async () => {
  const faulty = await run('lint', written('e.yaml', WRITTEN.replace('tiers: [non-critical]', 'tiers: [non-critcal]')));
  expect(faulty.exit).toBe(EXIT.failed);
  expect(faulty.err).toMatch(/at: \d+:13 \/grants\/0\/tiers\/0 must be one of .*did you mean .non-critical./s);
  const warned = await run(
    'lint',
    written('w.yaml', WRITTEN.replace('severities: { warning: 2, critical: 4 }', 'severities: {}')),
  );
  expect(warned.exit).toBe(EXIT.ok);
  expect(warned.out).toMatch(/^\d+:\d+ warning \/severities is empty.*\(D3\)$/m);
});

test('E1: lint --json is one document with every finding', async () => {
  const { out } = await cs(['--json', 'envelope', 'lint', written('e.yaml', WRITTEN)], { url: 'http://127.0.0.1:9' });
  const { findings } = JSON.parse(out) as { findings: { at: string; line: number }[] };
  expect(findings.every(({ line }) => line > 0)).toBe(true);
});

test('E1: what is compiled with faults is not written', async () => {
  const faulty = written('e.yaml', WRITTEN.replace('version: 1', 'version: 0'));
  expect((await run('compile', faulty, '--out', file('e.json'))).exit).toBe(EXIT.failed);
  expect(existsSync(file('e.json'))).toBe(false);
  expect((await run('compile', written('x.json', '{}'))).exit).toBe(EXIT.usage);
});

test('E1: lint of JSON sees other time zone data and rules that are not the digest', async () => {
  await run('compile', written('e.yaml', WRITTEN), '--out', file('e.json'));
  const text = readFileSync(file('e.json'), 'utf8');
  const older = await run('lint', written('old.json', text.replaceAll('"minutes":0', '"minutes":60')));
  expect(older.out).toMatch(/warning \/calendars\/0\/offsets differ from today's time zone data/);
  const other = await run('lint', written('other.json', text.replace('"minSeverity":2', '"minSeverity":1')));
  expect(other.out).toMatch(/warning \/policies is not the digest of its rules/);
});

test('E1: set changes one value and keeps the rest; what would be faulty is not written', async () => {
  const yaml = written('e.yaml', WRITTEN);
  expect((await run('set', yaml, 'grants.restart.caps.targets', '2')).exit).toBe(EXIT.ok);
  const after = readFileSync(yaml, 'utf8');
  expect(after).toBe(WRITTEN.replace('targets: 3', 'targets: 2'));
  expect((await run('set', yaml, 'grants.restart.tiers', '[safety-critical]')).exit).toBe(EXIT.failed);
  expect((await run('set', yaml, 'grants.other.tiers', '[]')).err).toContain('leads nowhere');
  expect(readFileSync(yaml, 'utf8')).toBe(after);
});

const suite = (verdict: string): string => `type: envelope-tests
cases:
  - name: one restart
    request: { action: service.restart, environments: [production], targets: { non-critical: 1 } }
    expect: { verdict: ${verdict} }
`;

test('E5: a draft is tried here, with both engines; a wrong expectation fails the command', async () => {
  const yaml = written('e.yaml', WRITTEN);
  const good = await run('test', yaml, written('good.yaml', suite('autonomous')));
  expect([good.exit, good.out]).toEqual([EXIT.ok, 'ok   one restart: autonomous\n1 passed, 0 failed\n']);
  const bad = await run('test', yaml, written('bad.yaml', suite('prohibited')));
  expect(bad.exit).toBe(EXIT.failed);
  expect(bad.out).toContain('the verdict is autonomous, expected was prohibited');
  expect((await run('test', yaml, written('none.yaml', 'type: envelope-tests\ncases: []\n'))).exit).toBe(EXIT.failed);
});

test('show of a file reads like the active one', async () => {
  const { out } = await run('show', written('e.yaml', WRITTEN));
  expect(out).toContain('envelope v1  acme  owner olive');
  expect(out).toContain('restart: service.restart, network.isolate in production on non-critical');
});

test('E1: the schema describes every block, and D1: lists what turns an act to people', async () => {
  const schema = JSON.parse((await run('schema')).out) as {
    properties: Record<string, { description?: string }>;
    $comment: string;
  };
  const plain = Object.entries(schema.properties).filter(
    ([name, { description }]) => description === undefined && name !== 'type',
  );
  expect(plain.map(([name]) => name)).toEqual([]);
  expect(schema.$comment).toContain('uncorrelated (AG-706 4.11)');
});

test('O8: what a script did to a file it reads back as one document', async () => {
  const made = await run('new', '--organisation', 'acme', '--owner', 'olive', '--out', file('e.yaml'), '--json');
  expect(JSON.parse(made.out)).toEqual({ file: file('e.yaml'), organisation: 'acme', owner: 'olive', packs: [] });
  const set = await run('set', file('e.yaml'), 'grants.restart-stateless.caps.targets', '1', '--json');
  expect(JSON.parse(set.out)).toEqual({
    file: file('e.yaml'),
    path: 'grants.restart-stateless.caps.targets',
    value: '1',
  });
});
