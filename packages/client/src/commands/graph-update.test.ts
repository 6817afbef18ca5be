import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canonicalBytes, digestOf, generateSigner, PAYLOAD, signEnvelope, signerPem } from '@countersign/seal';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EXIT } from '../cli/exit-codes.ts';
import { cs, type Told } from '../testkit/cli.builder.ts';

const nowhere = { url: 'http://127.0.0.1:9' };
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cs-graph-update-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const path = (name: string): string => join(folder, name);
const written = (name: string, document: unknown): string => {
  writeFileSync(path(name), JSON.stringify(document));
  return path(name);
};
const read = (name: string): unknown => JSON.parse(readFileSync(path(name), 'utf8'));

const node = (id: string, change: object = {}) => ({
  id,
  kind: 'host',
  tier: 'non-critical',
  environment: 'staging',
  ...change,
});
const edge = (from: string, to: string, change: object = {}) => ({
  from,
  to,
  kind: 'depends-on',
  isHard: true,
  ...change,
});
const snapshot = (change: object = {}) => ({
  type: 'graph-snapshot',
  organisation: 'demo',
  version: 7,
  takenAt: '2026-11-20T00:00:00.000Z',
  nodes: [node('a'), node('b'), node('c')],
  edges: [edge('a', 'b'), edge('b', 'c')],
  ...change,
});
const NEXT = snapshot({
  version: 8,
  takenAt: '2026-11-21T00:00:00.000Z',
  nodes: [node('a', { owner: 'web' }), node('b'), node('d')],
  edges: [edge('a', 'b'), edge('b', 'd')],
});
const baseOf = (document: object = snapshot()) => digestOf(canonicalBytes(document));
const updated = (change: object = {}) => ({
  type: 'graph-update',
  organisation: 'demo',
  base: baseOf(),
  version: 8,
  takenAt: '2026-11-21T00:00:00.000Z',
  upsertNodes: [node('a', { owner: 'web' }), node('d')],
  removeNodes: ['c'],
  upsertEdges: [edge('b', 'd')],
  removeEdges: [{ from: 'b', to: 'c', kind: 'depends-on' }],
  ...change,
});
const update = (base: unknown, document: unknown, ...more: readonly string[]): Promise<Told> =>
  cs(
    [
      'graph',
      'update',
      written('base.json', base),
      written('update.json', document),
      '--out',
      path('next.json'),
      ...more,
    ],
    nowhere,
  );
const changes = (base: unknown, next: unknown, ...more: readonly string[]): Promise<Told> =>
  cs(
    ['graph', 'changes', written('base.json', base), written('next.json', next), '--out', path('update.json'), ...more],
    nowhere,
  );

describe('cs graph update', () => {
  test('G2: writes the whole snapshot that comes out, in canonical bytes', async () => {
    const { exit, out, err } = await update(snapshot(), updated());
    expect(exit).toBe(EXIT.ok);
    expect(read('next.json')).toEqual(NEXT);
    expect(readFileSync(path('next.json')).equals(canonicalBytes(NEXT))).toBe(true);
    expect(statSync(path('next.json')).mode & 0o777).toBe(0o600);
    expect(out).toBe(
      `${path('next.json')}  version 8  3 nodes, 2 edges  ${baseOf(NEXT)}\n2 nodes new or changed, 1 gone; 1 edges new or changed, 1 gone\n`,
    );
    expect(err).toContain('cs graph sign');
  });

  test('G3: what comes out is signed as any snapshot, and may itself be the base of the next update', async () => {
    await update(snapshot(), updated());
    writeFileSync(path('key.pem'), signerPem(generateSigner('ed25519')));
    const signing = ['graph', 'sign', path('next.json'), '--key', path('key.pem'), '--out', path('next.dsse.json')];
    expect((await cs(signing, nowhere)).exit).toBe(EXIT.ok);
    const again = updated({
      base: baseOf(NEXT),
      version: 9,
      upsertNodes: [],
      removeNodes: [],
      upsertEdges: [],
      removeEdges: [],
    });
    const { exit, out } = await update(read('next.dsse.json'), again, '--json');
    expect(exit).toBe(EXIT.ok);
    expect(JSON.parse(out)).toMatchObject({
      version: 9,
      nodes: 3,
      edges: 2,
      base: baseOf(NEXT),
      changes: { upsertNodes: 0, removeNodes: 0, upsertEdges: 0, removeEdges: 0 },
    });
  });

  test.each([
    ['a removal of what is not there', { removeNodes: ['c', 'ghost'] }, '/removeNodes/1 is not in the snapshot'],
    ['a node that an edge still names', { removeEdges: [], removeNodes: ['c'] }, '/removeNodes/0'],
    ['a tier nobody knows', { upsertNodes: [node('a', { tier: 'vip' })] }, '/upsertNodes/0/tier must be one of'],
    ['a field nobody knows', { approvedBy: 'kim' }, '/approvedBy'],
  ])('G3: %s is refused with its place, and nothing is written', async (_name, change, problem) => {
    const { exit, err } = await update(snapshot(), updated(change));
    expect(exit).toBe(EXIT.failed);
    expect(err).toContain(`at: ${problem}`);
    expect(err).toContain('update.json');
    expect(existsSync(path('next.json'))).toBe(false);
  });

  test.each([
    ['another snapshot', { base: `sha256:${'0'.repeat(64)}` }, 'made for another snapshot'],
    ['another organisation', { organisation: 'globex' }, 'of another organisation'],
    ['a version that is not newer', { version: 7 }, 'not newer than version 7'],
    ['an older time', { takenAt: '2026-11-19T00:00:00.000Z' }, 'not newer than version 7'],
  ])('G3: an update of %s is refused', async (_name, change, problem) => {
    const { exit, err } = await update(snapshot(), updated(change));
    expect([exit, existsSync(path('next.json'))]).toEqual([EXIT.failed, false]);
    expect(err).toContain(problem);
  });

  test('G3: a base that says one thing twice, or is another signed document, is refused', async () => {
    writeFileSync(path('twice.json'), JSON.stringify(snapshot()).replace('"version":7', '"version":7,"version":8'));
    const twice = await cs(
      ['graph', 'update', path('twice.json'), written('u.json', updated()), '--out', path('next.json')],
      nowhere,
    );
    expect(twice.exit).toBe(EXIT.failed);
    expect(twice.err).toContain('twice.json');
    const other = signEnvelope(PAYLOAD.envelope, canonicalBytes(snapshot()), [generateSigner('ed25519')]);
    expect((await update(other, updated())).exit).toBe(EXIT.failed);
  });

  test('an estate far beyond other documents is updated', async () => {
    const nodes = Array.from({ length: 60_000 }, (_, n) =>
      node(`host-${n}`, { owner: 'team-of-this-host', zone: 'dc1' }),
    );
    const large = snapshot({ nodes, edges: [] });
    expect(JSON.stringify(large).length).toBeGreaterThan(6_000_000);
    const change = { upsertNodes: [node('new')], removeNodes: ['host-7'], upsertEdges: [], removeEdges: [] };
    const { exit, out } = await update(large, updated({ base: baseOf(large), ...change }));
    expect([exit, out.includes('60000 nodes, 0 edges')]).toEqual([EXIT.ok, true]);
  });
});

describe('cs graph changes', () => {
  test('G2: the update it writes leads from the one to the other', async () => {
    const { exit, out } = await changes(snapshot(), NEXT);
    expect(exit).toBe(EXIT.ok);
    expect(out).toContain(
      `from ${baseOf()} to version 8\n2 nodes new or changed, 1 gone; 1 edges new or changed, 1 gone`,
    );
    expect(read('update.json')).toEqual(updated());
    expect((await update(snapshot(), read('update.json'))).exit).toBe(EXIT.ok);
    expect(read('next.json')).toEqual(NEXT);
    const json = await changes(snapshot(), NEXT, '--json');
    expect(JSON.parse(json.out)).toMatchObject({
      base: baseOf(),
      version: 8,
      changes: { upsertNodes: 2, removeNodes: 1 },
    });
  });

  test('G3: what could not be applied is not written', async () => {
    const { exit, err } = await changes(NEXT, snapshot());
    expect([exit, existsSync(path('update.json'))]).toEqual([EXIT.failed, false]);
    expect(err).toContain('not newer than version 8');
  });

  test('G3: more than an update may hold is refused, and told what to do instead', async () => {
    const nodes = Array.from({ length: 20_001 }, (_, n) => node(`n${n}`));
    const { exit, err } = await changes(snapshot({ edges: [] }), { ...NEXT, nodes, edges: [] });
    expect([exit, existsSync(path('update.json'))]).toEqual([EXIT.failed, false]);
    expect(err).toMatch(/at: \/upsertNodes must have 0 to 20000 items/);
    expect(err).toContain('sign and install the later snapshot');
  });
});
