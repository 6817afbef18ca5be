import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signEnvelope } from '@countersign/seal';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EXIT } from '../cli/exit-codes.ts';
import { cs } from '../testkit/cli.builder.ts';
import { FakeControl } from '../testkit/fake-control.builder.ts';
import { capsuleOf, signingOf } from '../testkit/signing.builder.ts';
import {
  base64,
  bundle,
  capsuleSigner,
  checkpoint,
  cosignedAt,
  leaves,
  log,
  proofOf,
  root,
  rootOf,
  trust,
  signed,
} from '../testkit/small-bundle.builder.ts';

let folder = '';
let server: FakeControl;
const file = (name: string): string => join(folder, name);
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cs-check-'));
  writeFileSync(file('1.root.json'), rootOf(root));
  writeFileSync(file('other.root.json'), rootOf(log));
  server = await FakeControl.start({
    'GET /trust': { json: { version: 3, digest: 'd', trust } },
    'GET /record/entries': ({ path }) => {
      const from = Number(new URLSearchParams(path.split('?')[1]).get('from'));
      return {
        json: { entries: leaves.slice(from).map((leaf, index) => ({ seq: from + index, leaf: base64(leaf) })) },
      };
    },
    'GET /record/around/0': { json: { checkpoints: [{ size: 2, note: checkpoint }] } },
    'GET /record/around/1': { json: { checkpoints: [] } },
    'GET /record/proof/0': { text: proofOf(0) },
    'GET /record/proof/1': { text: proofOf(1) },
  });
});
afterEach(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

/** Entry 0 as a server proves it whose witness signed this note. */
const proved = async (note: string): ReturnType<typeof cs> => {
  await server.stop();
  server = await FakeControl.start({
    'GET /trust': { json: { version: 3, digest: 'd', trust } },
    'GET /record/entries': { json: { entries: leaves.map((leaf, seq) => ({ seq, leaf: base64(leaf) })) } },
    'GET /record/around/0': { json: { checkpoints: [{ size: 2, note }] } },
    'GET /record/proof/0': { text: proofOf(0, note) },
  });
  return cs(['audit', 'prove', '0'], server);
};

describe('V3: audit', () => {
  test('lists entries as they stand in the tree', async () => {
    const { out } = await cs(['audit', 'list', '--proposal', 'P-1'], server);
    expect(out).toContain('0    2026-11-21T03:00:00.000Z  proposal.created  proposal:P-1  agent:playbook');
    expect(JSON.parse((await cs(['audit', 'list', '--limit', '1', '--json'], server)).out)).toHaveLength(1);
  });

  test('proves one entry, or all of a proposal, with the keys of your own roots', async () => {
    const { exit, out } = await cs(['audit', 'prove', 'P-1', '--roots', file('1.root.json'), '--json'], server);
    expect(exit).toBe(EXIT.ok);
    expect(JSON.parse(out)).toMatchObject({
      keysFrom: 'roots',
      proven: [
        { seq: 0, treeSize: 2, witnesses: ['DEMO/witness.example'] },
        { seq: 1, treeSize: 2 },
      ],
    });
    expect(server.to('GET /record/proof/0')[0]?.path).toContain('size=2');
    expect((await cs(['audit', 'prove', '1'], server)).err).toContain('the keys came from the server itself');
  });

  test('says what witnesses prove of the time, and what is the word of the server alone', async () => {
    const { exit, out } = await cs(['audit', 'prove', '0', '--roots', file('1.root.json')], server);
    expect(exit).toBe(EXIT.ok);
    expect(out).toContain("by 2026-11-21T03:00:01.999Z, as witnesses say; not before when: server's word only");
  });

  test('a time that a witness contradicts ends with 6, one inside the tolerance with 0', async () => {
    const hourBefore = await proved(cosignedAt(1_795_226_400));
    expect([hourBefore.exit, hourBefore.out]).toEqual([
      EXIT.unverified,
      expect.stringContaining(
        'FINDING: the server says 2026-11-21T03:00:00.000Z, but at 2026-11-21T02:00:00.999Z a witness',
      ),
    ]);
    expect((await proved(cosignedAt(1_795_229_760))).exit).toBe(EXIT.ok);
  });

  test.each([
    ['roots that never signed', () => ['audit', 'prove', '0', '--roots', file('other.root.json')], {}],
    ['a proof of another entry', () => ['audit', 'prove', '0'], { 'GET /record/proof/0': { text: proofOf(1) } }],
    [
      'a checkpoint that no witness saw',
      () => ['audit', 'prove', '0'],
      { 'GET /record/proof/0': { text: proofOf(0, signed) } },
    ],
    [
      'a gap in the record',
      () => ['audit', 'list'],
      { 'GET /record/entries': { json: { entries: [{ seq: 1, leaf: base64(leaves[1]!) }] } } },
    ],
    [
      'an entry that is no leaf',
      () => ['audit', 'list'],
      { 'GET /record/entries': { json: { entries: [{ seq: 0, leaf: 'e30=' }] } } },
    ],
  ])('%s ends with 6', async (_name, line, answers) => {
    await server.stop();
    server = await FakeControl.start({
      'GET /trust': { json: { version: 3, digest: 'd', trust } },
      'GET /record/entries': { json: { entries: leaves.map((leaf, seq) => ({ seq, leaf: base64(leaf) })) } },
      'GET /record/around/0': { json: { checkpoints: [] } },
      ...answers,
    });
    expect((await cs(line(), server)).exit).toBe(EXIT.unverified);
  });
});

describe('V4: verify a bundle', () => {
  test('answers what the agent saw and what is withheld, offline', async () => {
    writeFileSync(file('b.json'), bundle());
    const nowhere = { url: 'http://127.0.0.1:9' };
    const { exit, out } = await cs(['verify', file('b.json'), '--roots', file('1.root.json')], nowhere);
    expect(exit).toBe(EXIT.ok);
    expect(out).toContain('verified  P-1 of demo: 2 entries of a witnessed record of 2, DEMO trust bundle 3');
    expect(out).toContain('playbook (rules): when the pool is empty');
    expect(out).toContain('config.change: pool size 10 to 20');
    expect(out).toContain('1 bodies of record entries');
    const { out: document } = await cs(['verify', file('b.json'), '--roots', file('1.root.json'), '--json'], nowhere);
    expect(JSON.parse(document)).toMatchObject({ verified: true, proposal: 'P-1', withheld: { bodies: 1 } });
  });

  test('names the time of each entry, and first of all those that witnesses contradict: then it ends with 6', async () => {
    const nowhere = { url: 'http://127.0.0.1:9' };
    const line = ['verify', file('b.json'), '--roots', file('1.root.json')];
    writeFileSync(file('b.json'), bundle());
    const sound = await cs(line, nowhere);
    expect(sound.out).toContain("of 2 entries witnesses bracket 0, prove one end of 2; 0 are the server's word only");
    expect(sound.out).toContain(
      "by 2026-11-21T03:00:01.999Z, as witnesses say; not before when: server's word only; the server says 2026-11-21T03:00:00.000Z: 0 proposal.created, 1 decision.made",
    );
    writeFileSync(file('b.json'), bundle({ proof: proofOf(0, cosignedAt(1_795_226_400)) }));
    const { exit, out } = await cs(line, nowhere);
    expect([exit, out.split('\n')[0]]).toEqual([
      EXIT.unverified,
      expect.stringContaining('findings  the times of 2 entries are not what witnesses saw'),
    ]);
    const { out: document } = await cs([...line, '--json'], nowhere);
    expect(JSON.parse(document)).toMatchObject({
      verified: false,
      proposal: 'P-1',
      times: [{ index: 0 }, { index: 1 }],
    });
  });

  test('an older checkpoint cannot be held against a bundle, and is not left aside in silence', async () => {
    writeFileSync(file('b.json'), bundle());
    const line = ['verify', file('b.json'), '--roots', file('1.root.json'), '--checkpoint', file('b.json')];
    const { exit, err } = await cs(line, { url: 'http://127.0.0.1:9' });
    expect([exit, err]).toEqual([EXIT.usage, expect.stringContaining('does not hold the record')]);
  });

  test('any flipped byte, other roots, or no roots: 6, 6, 2', async () => {
    const bytes = bundle();
    writeFileSync(file('b.json'), bytes);
    const verify = async (roots: string): Promise<number> =>
      (await cs(['verify', file('b.json'), '--roots', file(roots)], { url: 'http://127.0.0.1:9' })).exit;
    expect(await verify('other.root.json')).toBe(EXIT.unverified);
    expect((await cs(['verify', file('b.json')], { url: 'http://127.0.0.1:9' })).exit).toBe(EXIT.usage);
    const places = Array.from({ length: 40 }, (_, index) => Math.floor((bytes.length * index) / 40) + 3);
    for (const place of places) {
      const flipped = Uint8Array.from(bytes);
      flipped[place] = (flipped[place] ?? 0) ^ 1;
      writeFileSync(file('b.json'), flipped);
      expect(await verify('1.root.json'), `byte ${place}`).toBe(EXIT.unverified);
    }
  });

  test('V6: `cs bundle` says what for, and writes exactly what the server gave', async () => {
    await server.stop();
    const text = Buffer.from(bundle()).toString('utf8');
    server = await FakeControl.start({ 'GET /proposals/P-1/bundle': { text } });
    const asked = ['bundle', 'P-1', '-o', file('got.json')];
    expect((await cs(asked, server)).exit).toBe(EXIT.usage);
    expect((await cs([...asked, '--purpose', 'audit'], server)).exit).toBe(EXIT.ok);
    expect(readFileSync(file('got.json'), 'utf8')).toBe(text);
  });
});

describe('C2: capsules in files', () => {
  test('inspect renders the page from the bytes; verify says who sealed it', async () => {
    const { capsule } = signingOf(capsuleOf());
    const sealed = signEnvelope(capsule.payloadType, Buffer.from(capsule.payload, 'base64'), [capsuleSigner]);
    writeFileSync(file('c.json'), JSON.stringify(sealed));
    expect((await cs(['capsule', 'inspect', file('c.json')], server)).out).toContain(
      'COUNTERSIGN CAPSULE: CHANGE IN PRODUCTION',
    );
    const line = ['capsule', 'verify', file('c.json'), '--roots', file('1.root.json')];
    expect((await cs(line, server)).out).toContain(`sealed by key ${capsuleSigner.keyid}`);
    writeFileSync(file('t.json'), JSON.stringify(trust));
    expect((await cs([...line, '--trust', file('t.json')], { url: 'http://127.0.0.1:9' })).exit).toBe(EXIT.ok);
  });

  test('a capsule that somebody else sealed ends with 6', async () => {
    writeFileSync(file('c.json'), JSON.stringify(signingOf().capsule));
    expect((await cs(['capsule', 'verify', file('c.json'), '--roots', file('1.root.json')], server)).exit).toBe(
      EXIT.unverified,
    );
  });
});

const statusSaying = async (warnings?: readonly string[]): ReturnType<typeof cs> => {
  await server.stop();
  const found = { version: 3, digest: 'sha256:d', trust, ...(warnings !== undefined && { warnings }) };
  server = await FakeControl.start({ 'GET /trust': { json: found } });
  return cs(['trust', 'status'], server);
};

describe('X1: cs trust status', () => {
  test('ends with 1 and says what to do as soon as something ends soon', async () => {
    const { exit, out } = await statusSaying(['the timestamp ends 2026-11-22T03:00:00.000Z; next: cs trust publish']);
    expect([exit, out]).toEqual([
      EXIT.failed,
      'trust bundle 3  sha256:d\nwarning: the timestamp ends 2026-11-22T03:00:00.000Z; next: cs trust publish\n',
    ]);
    expect(JSON.parse((await cs(['trust', 'status', '--json'], server)).out)).toMatchObject({
      version: 3,
      warnings: [expect.any(String)],
    });
  });

  test('ends with 0 when nothing does', async () => {
    for (const warnings of [[], undefined]) {
      const { exit, out } = await statusSaying(warnings);
      expect([exit, out]).toEqual([EXIT.ok, 'trust bundle 3  sha256:d\nnothing ends soon\n']);
    }
  });
});
