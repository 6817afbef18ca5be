/** `cs record ...` and `cs witness compare` on files of a record that this test makes. */
import { createServer } from 'node:http';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  canonicalBytes,
  CompactRange,
  consistencyProof,
  cosignCheckpoint,
  digestOf,
  encodeBase64,
  encodeEntries,
  encodeTile,
  generateSigner,
  leafHash,
  publicKeyOf,
  signCheckpoint,
  tilePath,
  tilesOf,
  vkeyOf,
} from '@countersign/seal';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cs, type Told } from '../testkit/cli.builder.ts';

const LOG = 'countersign/acme';
const log = generateSigner('ed25519');
const witness = generateSigner('ed25519');
const stranger = generateSigner('ed25519');
const around = { url: 'http://127.0.0.1:1' };
let folder = '';
const at = (...parts: readonly string[]): string => join(folder, ...parts);

/** A record of which every size was signed. */
class Log {
  readonly leaves: Uint8Array[] = [];
  readonly bodies: Uint8Array[] = [];
  readonly #nodes = new Map<string, Uint8Array>();
  readonly #ranges: CompactRange[] = [CompactRange.empty];

  constructor(size: number, mark: (seq: number) => string) {
    for (let seq = 0; seq < size; seq += 1) {
      const body = canonicalBytes({ mark: mark(seq), seq });
      const bytes = canonicalBytes({
        type: 'leaf',
        organisation: 'acme',
        event: 'findings.ranked',
        at: '2026-11-21T12:00:00.000Z',
        actor: 'control',
        subject: 'finding:all',
        correlation: '',
        body: digestOf(body),
      });
      this.leaves.push(bytes);
      this.bodies.push(body);
      const appended = (this.#ranges.at(-1) ?? CompactRange.empty).append(leafHash(bytes));
      for (const node of appended.nodes) this.#nodes.set(`${node.level}/${node.index}`, node.hash);
      this.#ranges.push(appended.range);
    }
  }
  node = (level: number, index: number): Uint8Array | undefined => this.#nodes.get(`${level}/${index}`);
  /** Cosigned so many seconds after the time that every entry names. */
  note(size: number, seconds: number, key = log): string {
    const root = this.#ranges[size]?.root() ?? new Uint8Array();
    const cosigned = cosignCheckpoint(
      signCheckpoint({ origin: LOG, size, root }, key),
      { name: 'w.example/one', signer: witness },
      Date.UTC(2026, 10, 21, 12) / 1000 + seconds,
    );
    if (!cosigned.ok) throw new Error(cosigned.refusal.detail);
    return cosigned.value;
  }
  link(from: number, size: number) {
    const hashes = consistencyProof(this.node, from, size);
    if (!hashes.ok) throw new Error(hashes.refusal.detail);
    return { from, hashes: hashes.value.map(encodeBase64) };
  }
  tiles(to: string, size: number, seconds: number): void {
    for (const tile of tilesOf(size)) {
      const entries = this.leaves.slice(tile.index * 256, tile.index * 256 + tile.width);
      const bytes =
        tile.level === 'entries' ? { ok: true as const, value: encodeEntries(entries) } : encodeTile(tile, this.node);
      if (!bytes.ok) throw new Error(bytes.refusal.detail);
      put(join(to, tilePath(tile)), bytes.value);
    }
    for (const body of this.bodies.slice(0, size)) put(join(to, 'bodies', digestOf(body).slice(7)), body);
    put(join(to, 'checkpoint'), Buffer.from(this.note(size, seconds)));
  }
}
function put(file: string, bytes: Uint8Array): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, bytes);
}
const view = (name: string, note: string, links: readonly object[] = []): string => {
  put(at(name), Buffer.from(JSON.stringify({ type: 'record-view', by: name.split('.')[0], note, links })));
  return at(name);
};
const honest = new Log(300, () => 'a');
/** The same up to entry 100. */
const forked = new Log(300, (seq) => (seq < 100 ? 'a' : 'b'));

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-record-'));
  const keys = [
    '# the log and its witness',
    vkeyOf('log', LOG, publicKeyOf(log)),
    vkeyOf('witness', 'w.example/one', publicKeyOf(witness)),
  ];
  writeFileSync(at('keys'), `${keys.join('\n')}\n`);
  honest.tiles(at('tiles'), 300, 5000);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const compare = (files: readonly string[], more: readonly string[] = []): Promise<Told> =>
  cs(['witness', 'compare', ...files, '--keys', at('keys'), ...more], around);
const verify = (where: string, more: readonly string[] = []): Promise<Told> =>
  cs(['record', 'verify', where, '--keys', at('keys'), ...more], around);

describe('T11: cs witness compare', () => {
  test('views of one record are consistent: by their links, or by tiles', async () => {
    const runner = view('runner.json', honest.note(200, 2000), [honest.link(150, 200)]);
    const other = view('other.json', honest.note(150, 1500));
    expect(await compare([runner, other])).toMatchObject({
      exit: 0,
      out: 'consistent: 2 views of one record, the longest of 200 entries\n',
    });
    const auditor = view('auditor.json', honest.note(40, 400));
    const told = await compare([runner, other, auditor], ['--tiles', at('tiles')]);
    expect([told.exit, told.out]).toEqual([0, expect.stringContaining('the longest of 200 entries')]);
  });

  test('views are compared by tiles of a record that has grown since, also where its tiles are not full', async () => {
    honest.tiles(at('grown'), 120, 1300);
    const files = [view('early.json', honest.note(46, 400)), view('late.json', honest.note(64, 640))];
    const told = await compare(files, ['--tiles', at('grown')]);
    expect([told.exit, told.out]).toEqual([0, expect.stringContaining('the longest of 64 entries')]);
  });

  test('a folder that lies about its size proves nothing', async () => {
    honest.tiles(at('lying'), 120, 1300);
    put(at('lying', 'checkpoint'), Buffer.from(honest.note(300, 5000)));
    const files = [view('early.json', honest.note(46, 400)), view('late.json', honest.note(64, 640))];
    const told = await compare(files, ['--tiles', at('lying')]);
    expect([told.exit, told.out]).toEqual([1, expect.stringContaining('bring')]);
  });

  test('without either nothing is claimed', async () => {
    const told = await compare([view('a.json', honest.note(40, 400)), view('b.json', honest.note(200, 2000))]);
    expect([told.exit, told.out]).toEqual([1, expect.stringContaining('NOT SHOWN')]);
  });

  test('FORK: two records of one size, with both signed checkpoints', async () => {
    const [a, b] = [honest.note(200, 2000), forked.note(200, 2001)];
    const told = await compare([view('a.json', a), view('b.json', b)]);
    expect(told.exit).toBe(6);
    expect(told.out).toContain('FORK: two records of 200 entries were signed');
    for (const note of [a, b]) for (const line of note.trim().split('\n')) expect(told.out).toContain(line);
    const told2 = await cs(['--json', 'witness', 'compare', at('a.json'), at('b.json'), '--keys', at('keys')], around);
    expect(JSON.parse(told2.out)).toMatchObject({ verdict: 'forked', proof: [{ note: a }, { note: b }] });
  });

  test('FORK: a longer record with another history, shown by its own tiles', async () => {
    forked.tiles(at('forked'), 300, 3000);
    const files = [view('a.json', honest.note(200, 2000)), view('b.json', forked.note(300, 3000))];
    const told = await compare(files, ['--tiles', at('forked')]);
    expect([told.exit, told.out]).toEqual([6, expect.stringContaining('another history at 200 entries')]);
    // Before they part there is no fork.
    const early = view('early.json', honest.note(90, 900));
    expect((await compare([early, at('b.json')], ['--tiles', at('forked')])).exit).toBe(0);
  });

  test('ROLLED BACK: a witness that cosigned less after it had cosigned more', async () => {
    const [more, less] = [honest.note(200, 2000), honest.note(150, 2600)];
    const told = await compare([view('a.json', more), view('b.json', less)], ['--tiles', at('tiles')]);
    expect([told.exit, told.out]).toEqual([6, expect.stringContaining('ROLLED BACK')]);
    expect(told.out).toContain('600 s later only 150');
  });

  test('a view that nobody signed, or nobody whom the keys name, is not compared', async () => {
    const bad = [
      view('a.json', honest.note(200, 2000, stranger)),
      view('b.json', honest.note(200, 2000).replace('200', '201')),
      view('c.json', signCheckpoint({ origin: LOG, size: 1, root: new Uint8Array(32) }, log)),
      view('d.json', 'no note'),
    ];
    for (const file of bad) expect([file, (await compare([file])).exit]).toEqual([file, 6]);
    writeFileSync(at('e.json'), '{"type":"record-view"}');
    expect((await compare([at('e.json')])).exit).toBe(6);
    writeFileSync(at('f.note'), honest.note(200, 2000));
    expect((await compare([at('f.note')])).exit).toBe(0);
    writeFileSync(at('big'), 'x'.repeat(300_000));
    expect((await compare([at('big')])).exit).toBe(2);
  });

  test('keys: exactly one log, and witnesses enough', async () => {
    const file = view('a.json', honest.note(200, 2000));
    for (const [name, text] of [
      ['none', ''],
      ['two', `${vkeyOf('log', LOG, publicKeyOf(log))}\n${vkeyOf('log', 'x', publicKeyOf(stranger))}\n`],
      ['bad', 'not a key\n'],
    ] as const) {
      writeFileSync(at(name), text);
      expect([name, (await cs(['witness', 'compare', file, '--keys', at(name)], around)).exit]).toEqual([name, 2]);
    }
    expect((await compare([file], ['--quorum', '2'])).exit).toBe(2);
  });
});

describe('V3: cs record verify of exported tiles', () => {
  test('unharmed, and what was looked at is counted', async () => {
    const told = await verify(at('tiles'));
    expect([told.exit, told.out]).toEqual([0, 'unharmed: 300 entries, 300 bodies, 1 checkpoints, 0 rows\n']);
  });

  test.each([
    ['an entry', 'tile/entries/000', 'leaf'],
    ['a hash', 'tile/0/000', 'tree_node 0/'],
    ['a hash above', 'tile/1/000.p/1', 'tree_node 8/0'],
  ])('%s that was changed is named', async (_, path, named) => {
    honest.tiles(at('harmed'), 300, 5000);
    const bytes = readFileSync(at('harmed', path));
    bytes[20] = (bytes[20] ?? 0) ^ 1;
    writeFileSync(at('harmed', path), bytes);
    const told = await verify(at('harmed'));
    expect([told.exit, told.out]).toEqual([6, expect.stringContaining(named)]);
  });

  test('a body that was changed, one that is gone, a tile that is gone, an old copy', async () => {
    honest.tiles(at('bodies'), 300, 5000);
    const [first = '', second = ''] = readdirSync(at('bodies', 'bodies'));
    writeFileSync(at('bodies', 'bodies', first), 'x');
    rmSync(at('bodies', 'bodies', second));
    rmSync(at('bodies', 'tile', 'entries', '001.p'), { recursive: true });
    const told = await verify(at('bodies'));
    expect(told.exit).toBe(6);
    for (const line of [`edited  document sha256:${first}`, `deleted  document sha256:${second}`, 'deleted  leaf 256'])
      expect(told.out).toContain(line);
    honest.tiles(at('old'), 120, 1200);
    expect((await verify(at('old'))).exit).toBe(0);
    writeFileSync(at('kept'), honest.note(300, 5000));
    const rolled = await verify(at('old'), ['--known', at('kept')]);
    expect([rolled.exit, rolled.out]).toEqual([6, expect.stringContaining('rolled-back  checkpoint 300')]);
  });
});

/** Serves the folder of tiles as the control plane does. */
async function served(
  answer: (path: string) => Buffer | undefined,
): Promise<{ url: string; close: () => void; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = (request.url ?? '').replace('/api/v1/record/', '');
    asked.push(path);
    const found = answer(path);
    response.writeHead(found === undefined ? 404 : 200, {
      'content-type': path.startsWith('log/') ? 'application/octet-stream' : 'application/json',
    });
    response.end(found);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  return { url: `http://127.0.0.1:${port}`, close: () => server.close(), asked };
}
const answerOf =
  (source: Log, size: number, from: string) =>
  (path: string): Buffer | undefined => {
    if (path.startsWith('checkpoint')) return Buffer.from(JSON.stringify({ size, note: source.note(size, 5000) }));
    if (path.startsWith('log/')) return readFileSync(join(from, path.slice('log/'.length)));
    const first = Number(/from=(\d+)/.exec(path)?.[1]);
    const entries = source.leaves.slice(first, first + 500).map((leaf, place) => ({
      seq: first + place,
      leaf: encodeBase64(leaf),
      body: encodeBase64(source.bodies[first + place] ?? new Uint8Array()),
    }));
    return Buffer.from(JSON.stringify({ entries }));
  };

describe('V3: cs record export-tiles', () => {
  test('writes what verifies, and asks again only for what is new', async () => {
    honest.tiles(at('source'), 300, 5000);
    const server = await served(answerOf(honest, 300, at('source')));
    const run = (): Promise<Told> =>
      cs(['record', 'export-tiles', at('export'), '--purpose', 'audit'], { url: server.url });
    const told = await run();
    expect([told.exit, told.err, told.out]).toEqual([
      0,
      expect.anything(),
      expect.stringContaining('300 entries, 5 new tiles, 300 new bodies'),
    ]);
    expect((await verify(at('export'))).exit).toBe(0);
    server.asked.splice(0);
    expect((await run()).out).toContain('0 new tiles, 0 new bodies');
    expect(server.asked.some((path) => path.startsWith('log/'))).toBe(false);
    server.close();
  });

  test('keeps no tile that is cut', async () => {
    const whole = answerOf(honest, 300, at('tiles'));
    const server = await served((path) => (path.startsWith('log/tile/0') ? whole(path)?.subarray(1) : whole(path)));
    const told = await cs(['record', 'export-tiles', at('cut'), '--purpose', 'audit'], { url: server.url });
    expect([told.exit, told.err]).toEqual([6, expect.stringContaining('tile/0/000 is not whole')]);
    server.close();
  });
});
