import { mkdtempSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canonicalBytes, digestOf, digestWords, generateSigner, PAYLOAD, signEnvelope } from '@countersign/seal';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EXIT } from '../cli/exit-codes.ts';
import { CapsuleFiles } from '../testkit/capsule-files.builder.ts';
import { cs } from '../testkit/cli.builder.ts';
import { FakeControl } from '../testkit/fake-control.builder.ts';
import { capsuleOf, signingOf } from '../testkit/signing.builder.ts';

const data = signingOf(capsuleOf());
const words = digestWords(digestOf(Buffer.from(data.capsule.payload, 'base64')));
let server: FakeControl | undefined;
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cs-fetch-'));
});
afterEach(async () => {
  await server?.stop();
  server = undefined;
  rmSync(folder, { recursive: true, force: true });
});
const at = (name: string): string => join(folder, name);

const serving = async (trust: unknown): Promise<{ readonly url: string }> => {
  server = await FakeControl.start({
    'GET /trust': { json: { version: 1, digest: `sha256:${'1'.repeat(64)}`, trust } },
  });
  return server;
};

describe('C2: cs capsule fetch', () => {
  test('writes the capsule that `inspect` renders to the same words', async () => {
    server = await FakeControl.start({ 'GET /proposals/P-1/signing': { json: data } });
    const { exit, out } = await cs(['capsule', 'fetch', 'P-1', '-o', at('capsule.json')], server);
    expect([exit, out]).toEqual([EXIT.ok, `${at('capsule.json')}  ${data.digest}\nin words ${words}\n`]);
    expect((await cs(['capsule', 'inspect', at('capsule.json')], { url: 'http://127.0.0.1:9' })).out).toContain(words);
  });

  test('writes nothing when the server offers another digest, another proposal or no capsule', async () => {
    for (const wrong of [
      { ...data, digest: `sha256:${'0'.repeat(64)}` },
      { ...data, capsule: { ...data.capsule, payload: 'e30=' } },
      signingOf({ ...capsuleOf(), proposal: { ...capsuleOf().proposal, title: 'x'.repeat(5000) } }),
    ]) {
      server = await FakeControl.start({ 'GET /proposals/P-1/signing': { json: wrong } });
      const { exit } = await cs(['capsule', 'fetch', 'P-1', '-o', at('no.json')], server);
      expect([exit, existsSync(at('no.json'))]).toEqual([EXIT.unverified, false]);
      await server.stop();
    }
  });
});

describe('X1: cs trust fetch', () => {
  let files: CapsuleFiles;
  const root = (): string => files.path('1.root.json');
  beforeEach(() => {
    files = new CapsuleFiles();
    files.writeAll();
  });
  afterEach(() => rmSync(files.folder, { recursive: true, force: true }));
  const published = (): unknown => JSON.parse(readFileSync(files.path('trust.json'), 'utf8'));

  test('writes what follows from the root, and the keys that other commands read', async () => {
    const around = await serving(published());
    const line = ['trust', 'fetch', '--roots', root(), '-o', at('trust.json'), '--keys', at('keys.txt')];
    const { exit, out } = await cs(line, around);
    expect([exit, out]).toEqual([EXIT.ok, expect.stringContaining('it follows from your root')]);
    expect(JSON.parse(readFileSync(at('trust.json'), 'utf8'))).toEqual(published());
    const keys = readFileSync(at('keys.txt'), 'utf8').trim().split('\n');
    expect(keys.length).toBeGreaterThan(0);
    for (const key of keys) expect(key).toMatch(/^[\w./-]+\+[0-9a-f]{8}\+/);
  });

  test('writes nothing on the word of a server that the root does not know', async () => {
    const other = new CapsuleFiles();
    other.writeAll();
    writeFileSync(at('other.root.json'), readFileSync(other.path('1.root.json')));
    rmSync(other.folder, { recursive: true });
    const line = ['trust', 'fetch', '--roots', at('other.root.json'), '-o', at('trust.json'), '--keys', at('keys.txt')];
    const { exit } = await cs(line, await serving(published()));
    expect([exit, existsSync(at('trust.json')), existsSync(at('keys.txt'))]).toEqual([EXIT.unverified, false, false]);
  });
});

describe('G1: cs graph fetch', () => {
  test('writes what the server uses, as it was signed, so that other commands read it', async () => {
    const graph = {
      type: 'graph-snapshot',
      organisation: 'demo',
      version: 3,
      takenAt: '2026-11-21T02:00:00.000Z',
      nodes: [{ id: 'web-1', kind: 'host', tier: 'non-critical', environment: 'production' }],
      edges: [],
    };
    const document = signEnvelope(PAYLOAD.graph, canonicalBytes(graph), [generateSigner('ed25519')]);
    const digest = digestOf(canonicalBytes(graph));
    server = await FakeControl.start({ 'GET /graph': { json: { version: 3, digest, graph: document } } });
    const { exit, out } = await cs(['graph', 'fetch', '-o', at('graph.json')], server);
    expect([exit, out]).toEqual([EXIT.ok, `${at('graph.json')}  version 3  1 nodes, 0 edges  ${digest}\n`]);
    expect((await cs(['graph', 'show', at('graph.json')], { url: 'http://127.0.0.1:9' })).out).toContain('graph v3');
    await server.stop();
    const wrong = { version: 3, digest: `sha256:${'0'.repeat(64)}`, graph: document };
    server = await FakeControl.start({ 'GET /graph': { json: wrong } });
    expect((await cs(['graph', 'fetch', '-o', at('no.json')], server)).exit).toBe(EXIT.unverified);
    expect(existsSync(at('no.json'))).toBe(false);
  });
});
