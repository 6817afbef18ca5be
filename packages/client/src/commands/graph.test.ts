import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  canonicalBytes,
  digestOf,
  generateSigner,
  PAYLOAD,
  publicKeyOf,
  readEnvelope,
  signEnvelope,
  signerPem,
  verifyEnvelope,
} from '@countersign/seal';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EXIT } from '../cli/exit-codes.ts';
import { loadKey } from '../signing/load-key.ts';
import { cs, type Told } from '../testkit/cli.builder.ts';
import { FakeControl } from '../testkit/fake-control.builder.ts';

const FIXTURES = join(import.meta.dirname, '../graph-files/fixtures');
const nowhere = { url: 'http://127.0.0.1:9' };
let folder = '';
let server: FakeControl | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cs-graph-'));
});
afterEach(async () => {
  await server?.stop();
  server = undefined;
  rmSync(folder, { recursive: true });
});

const path = (name: string): string => join(folder, name);
const written = (name: string, text: string): string => {
  writeFileSync(path(name), text);
  return path(name);
};
const imported = (sources: readonly string[], ...more: readonly string[]): Promise<Told> =>
  cs(
    [
      'graph',
      'import',
      ...sources.flatMap((source) => ['--from', source]),
      '--organisation',
      'demo',
      '--version',
      '7',
      '--out',
      path('graph.json'),
      ...more,
    ],
    nowhere,
  );
const BOUTIQUE = `kubernetes=${join(FIXTURES, 'online-boutique')}`;
const WHOLE = 'id,kind,tier,environment,owner\na,host,non-critical,staging,team-a\n';

describe('cs graph import', () => {
  test('G3: writes the snapshot and tells what is dangling, unknown and unowned', async () => {
    const { exit, out, err } = await imported([BOUTIQUE], '--environment', 'production');
    expect(exit).toBe(EXIT.ok);
    expect(out).toMatch(/graph\.json  version 7  23 nodes, 43 edges  sha256:[0-9a-f]{64}$/m);
    expect(out).toMatch(/^1 dangling: refer to something no file describes$/m);
    expect(out).toMatch(/^  shoppingassistantservice  .*manifests\.yaml:137\)$/m);
    expect(out).toMatch(/^23 unknown tier: count as safety-critical$/m);
    expect(out).toMatch(/^23 unowned: nobody to ask$/m);
    expect(out).toContain('  and 3 more; --json lists all');
    expect(err).toContain('cs graph sign');
    const snapshot: unknown = JSON.parse(readFileSync(path('graph.json'), 'utf8'));
    expect(snapshot).toMatchObject({
      type: 'graph-snapshot',
      organisation: 'demo',
      version: 7,
      takenAt: '2026-11-21T03:00:00.000Z',
    });
    expect(statSync(path('graph.json')).mode & 0o777).toBe(0o600);
  });

  test('G3: the same files make the same bytes', async () => {
    await imported([BOUTIQUE], '--environment', 'production', '--taken-at', '2026-11-18T02:00:00.000Z');
    const first = readFileSync(path('graph.json'));
    await imported([BOUTIQUE], '--environment', 'production', '--taken-at', '2026-11-18T02:00:00.000Z');
    expect(readFileSync(path('graph.json')).equals(first)).toBe(true);
  });

  test('G3: `--json` lists every finding', async () => {
    const { out } = await imported([BOUTIQUE], '--environment', 'production', '--json');
    expect(JSON.parse(out)).toMatchObject({ nodes: 23, edges: 43, counts: { dangling: 1, unowned: 23, conflict: 0 } });
    expect((JSON.parse(out) as { findings: readonly unknown[] }).findings).toHaveLength(47);
  });

  test('G3: `--strict` fails when there is anything to report, and only then', async () => {
    const nodes = written('nodes.csv', WHOLE);
    const clean = await imported([`csv=${nodes}`], '--strict');
    expect(clean.exit).toBe(EXIT.ok);
    expect(clean.out).toContain('nothing is dangling, unknown or unowned');
    expect((await imported([BOUTIQUE], '--environment', 'production', '--strict')).exit).toBe(EXIT.failed);
  });

  test('G1: an environment nobody says is refused with file and line, and nothing is written', async () => {
    const { exit, err } = await imported([BOUTIQUE]);
    expect(exit).toBe(EXIT.failed);
    expect(err).toMatch(/at: .*manifests\.yaml:\d+ the environment of 'frontend' is not said/);
    expect(() => statSync(path('graph.json'))).toThrow('ENOENT');
  });

  test('G1: words for environments are taught by name', async () => {
    const catalog = written(
      'catalog.yaml',
      'apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: { name: a }\nspec: { lifecycle: Experimental, owner: o }\n',
    );
    expect((await imported([`backstage=${catalog}`])).exit).toBe(EXIT.failed);
    expect((await imported([`backstage=${catalog}`], '--meaning', 'experimental=staging')).exit).toBe(EXIT.ok);
    expect(readFileSync(path('graph.json'), 'utf8')).toContain('"environment":"staging"');
  });

  test('faults of a file come with line and column', async () => {
    const { exit, err } = await imported([`kubernetes=${written('k.yaml', 'kind: Pod\nkind: Job\n')}`]);
    expect(exit).toBe(EXIT.failed);
    expect(err).toMatch(/at: .*k\.yaml:2:1 'kind' is there twice/);
  });

  test.each([
    [['--environment', 'qa'], 'is not an environment'],
    [['--meaning', 'production'], 'must be WORD=ENVIRONMENT'],
    [['--meaning', 'x=qa'], 'is not an environment'],
    [['--taken-at', 'today'], 'must be a day or a UTC time'],
    [['--organisation', '../x'], 'must be the id of an organisation'],
    [['--version', '-1'], 'must be a whole number'],
  ])('wrong usage %j is told', async (more, problem) => {
    const { exit, err } = await imported([`csv=${written('nodes.csv', WHOLE)}`], ...more);
    expect(exit).toBe(EXIT.usage);
    expect(err).toContain(problem);
  });

  test('hostile names in files cannot move the cursor', async () => {
    const nodes = written('nodes.csv', 'id,kind,environment\n"a\u{1b}[31m",host,staging\n"b`x`",host,staging\n');
    const { out, err } = await imported([`csv=${nodes}`]);
    expect(out + err).not.toContain('\u{1b}');
  });
});

describe('cs graph show', () => {
  test('G1: counts by environment, kind and the tier that counts, and declared tiers that do not', async () => {
    const nodes = written('nodes.csv', `${WHOLE}b,service,production-critical,staging,\nc,host,unknown,production,o\n`);
    const edges = written('edges.csv', 'from,to,kind,hard\nb,a,depends-on,true\nb,gone,depends-on,true\n');
    await imported([`csv=${nodes}`, `csv=${edges}`]);
    const { exit, out } = await cs(['graph', 'show', path('graph.json')], nowhere);
    expect(exit).toBe(EXIT.ok);
    expect(out).toContain('graph v7  demo');
    expect(out).toMatch(/^production +host +safety-critical +1$/m);
    expect(out).toMatch(/^staging +host +production-critical +1$/m);
    expect(out).toContain('1 of unknown tier, 1 unowned, 1 dangling edges, 0 entry points');
    expect(out).toContain('a: declared non-critical, counts as production-critical');
    const json = await cs(['graph', 'show', path('graph.json'), '--json'], nowhere);
    expect(JSON.parse(json.out)).toMatchObject({
      version: 7,
      edges: { 'depends-on': 2 },
      unknownTier: 1,
      dangling: 1,
      lowered: [{ node: 'a', declared: 'non-critical', effective: 'production-critical' }],
    });
  });

  test('G3: the live graph is read from its own bytes, and refused when they are not those the server names', async () => {
    await imported([BOUTIQUE], '--environment', 'production');
    const snapshot: unknown = JSON.parse(readFileSync(path('graph.json'), 'utf8'));
    const payload = canonicalBytes(snapshot);
    const graph = signEnvelope(PAYLOAD.graph, payload, [generateSigner('ed25519')]);
    const answer = { version: 7, digest: digestOf(payload), graph };
    server = await FakeControl.start({ 'GET /graph': { json: answer } });
    expect((await cs(['graph', 'show', 'live'], server)).out).toContain('23 nodes, 43 edges');
    await server.stop();
    server = await FakeControl.start({ 'GET /graph': { json: { ...answer, digest: `sha256:${'0'.repeat(64)}` } } });
    expect((await cs(['graph', 'show', 'live'], server)).exit).toBe(EXIT.unverified);
  });
});

describe('cs graph sign', () => {
  test("G3: the signed graph verifies with the owner's key and holds the snapshot unchanged", async () => {
    await imported([BOUTIQUE], '--environment', 'production');
    const key = written('key.pem', signerPem(generateSigner('ed25519')));
    const { exit, out } = await cs(
      ['graph', 'sign', path('graph.json'), '--key', key, '--out', path('graph.dsse.json')],
      nowhere,
    );
    expect(exit).toBe(EXIT.ok);
    expect(out).toMatch(/version 7  sha256:[0-9a-f]{64}  (?:[a-z]+ ){4}\d{5}$/m);
    const envelope = readEnvelope(readFileSync(path('graph.dsse.json')));
    if (!envelope.ok) throw new Error(envelope.refusal.detail);
    const trusted = [publicKeyOf(loadKey(key))];
    const verified = verifyEnvelope(envelope.value, { payloadType: PAYLOAD.graph, trusted, threshold: 1 });
    expect(verified.ok && Buffer.from(verified.value.payload).equals(readFileSync(path('graph.json')))).toBe(true);
    const shown = await cs(['graph', 'show', path('graph.dsse.json')], nowhere);
    expect(shown.out).toContain('23 nodes, 43 edges');
  });

  test('what is no graph is not signed', async () => {
    const key = written('key.pem', signerPem(generateSigner('ed25519')));
    const { exit, err } = await cs(
      ['graph', 'sign', written('x.json', '{"type":"envelope"}'), '--key', key, '--out', path('y')],
      nowhere,
    );
    expect(exit).toBe(EXIT.failed);
    expect(err).toContain('/type must be one of graph-snapshot');
    expect(() => statSync(path('y'))).toThrow('ENOENT');
  });
});

describe('cs graph install', () => {
  test('G3: a signed graph is handed over, and what the server then uses is told', async () => {
    await imported([BOUTIQUE], '--environment', 'production');
    const key = written('key.pem', signerPem(generateSigner('ed25519')));
    await cs(['graph', 'sign', path('graph.json'), '--key', key, '--out', path('graph.dsse.json')], nowhere);
    const graph: unknown = JSON.parse(readFileSync(path('graph.dsse.json'), 'utf8'));
    const digest = digestOf(readFileSync(path('graph.json')));
    server = await FakeControl.start({
      'POST /graph': { json: {} },
      'GET /graph': { json: { version: 7, digest, graph } },
    });
    const { exit, out } = await cs(['graph', 'install', path('graph.dsse.json')], server);
    expect(exit).toBe(EXIT.ok);
    expect(out).toBe(`the server uses graph v7  ${digest}\n`);
    expect(server.asked[0]).toMatchObject({ method: 'POST', body: { graph } });
  });

  test('what is not signed is not handed over', async () => {
    await imported([BOUTIQUE], '--environment', 'production');
    const { exit, err } = await cs(['graph', 'install', path('graph.json')], nowhere);
    expect(exit).toBe(EXIT.failed);
    expect(err).toContain('sign it first');
  });
});

describe('cs graph diff', () => {
  test('G1: changes are told, and those that lower the guard are marked', async () => {
    await imported([`csv=${written('nodes.csv', WHOLE)}`]);
    const before = written('before.json', readFileSync(path('graph.json'), 'utf8'));
    const csv = 'id,kind,tier,environment,owner\nb,host,unknown,production,o\n';
    await imported([`csv=${written('nodes.csv', csv)}`]);
    const { exit, out } = await cs(['graph', 'diff', before, path('graph.json')], nowhere);
    expect(exit).toBe(EXIT.ok);
    expect(out).toBe('graph v7 to v7: 2 changes, 1 lower what is asked of people\n! - a\n  + b\n');
    const json = await cs(['graph', 'diff', before, before, '--json'], nowhere);
    expect(JSON.parse(json.out)).toEqual({ from: 7, to: 7, lowering: 0, changes: [] });
  });
});
