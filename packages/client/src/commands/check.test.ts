import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  instantOf,
  parseId,
  readShape,
  trustBundleShape,
  type OrganisationId,
  type ProposalId,
} from '@countersign/core';
import {
  canonicalBytes,
  CompactRange,
  cosignCheckpoint,
  digestOf,
  encodePublicKey,
  formatTlogProof,
  generateSigner,
  inclusionProof,
  leafHash,
  publicKeyOf,
  publishRoot,
  publishTrust,
  sealBundle,
  signCheckpoint,
  signEnvelope,
  vkeyOf,
  type SignerKey,
} from '@countersign/seal';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EXIT } from '../cli/exit-codes.ts';
import { cs } from '../testkit/cli.builder.ts';
import { FakeControl } from '../testkit/fake-control.builder.ts';
import { capsuleOf, signingOf } from '../testkit/signing.builder.ts';

const [root, capsuleSigner, log, witness] = [0, 1, 2, 3].map(() => generateSigner('ed25519')) as [
  ReturnType<typeof generateSigner>,
  ReturnType<typeof generateSigner>,
  ReturnType<typeof generateSigner>,
  ReturnType<typeof generateSigner>,
];
const trustBundle = {
  type: 'trust-bundle',
  organisation: 'demo',
  version: 3,
  issuedAt: '2026-11-21T02:00:00.000Z',
  expiresAt: '2026-12-21T02:00:00.000Z',
  isDemo: true,
  people: [],
  agents: [],
  floor: { quorums: [], humanOnlyActions: [], autonomousTargets: 0 },
  enrolment: { coolingOffMs: 0, authenticators: [], allowUnattested: true, allowBackup: true },
  tiers: [],
  revocations: [],
  keys: {
    capsuleSigners: [{ name: 'capsules', publicKey: encodePublicKey(publicKeyOf(capsuleSigner)) }],
    graphOwners: [],
    relays: [],
    runners: [],
    statusSigners: [],
    log: vkeyOf('log', 'log.example', publicKeyOf(log)),
    witnesses: [vkeyOf('witness', 'witness.example', publicKeyOf(witness))],
    witnessQuorum: 1,
  },
};
const rootOf = (signer: SignerKey): Uint8Array => {
  const alone = { keys: [signer], threshold: 1 };
  const expires = instantOf(Date.UTC(2030, 0));
  return publishRoot({
    organisation: 'demo',
    isDemo: true,
    version: 1,
    expires,
    root: alone,
    registrars: alone,
    online: signer,
  });
};
const read = readShape(trustBundleShape, trustBundle);
if (!read.ok) throw new Error(JSON.stringify(read.refusal));
const trust = publishTrust({
  bundle: read.value,
  roots: [rootOf(root)],
  registrars: [root],
  online: root,
  onlineExpires: instantOf(Date.UTC(2026, 11, 21)),
});
const proposal = {
  agent: 'playbook',
  signals: ['S-1'],
  change: { action: 'config.change', summary: 'pool size 10 to 20' },
  context: { model: 'rules', prompt: 'when the pool is empty', toolCalls: [{ tool: 'read', input: '' }] },
};
const bodies = [canonicalBytes(proposal), canonicalBytes({ removed: true })];
const leaves = bodies.map((body, index) =>
  canonicalBytes({
    type: 'leaf',
    organisation: 'demo',
    event: index === 0 ? 'proposal.created' : 'decision.made',
    at: '2026-11-21T03:00:00.000Z',
    actor: index === 0 ? 'agent:playbook' : 'control',
    subject: 'proposal:P-1',
    correlation: 'P-1',
    body: digestOf(body),
  }),
);
const nodes = new Map<string, Uint8Array>();
let range = CompactRange.empty;
for (const leaf of leaves) {
  const appended = range.append(leafHash(leaf));
  for (const { level, index, hash } of appended.nodes) nodes.set(`${level}/${index}`, hash);
  range = appended.range;
}
const signed = signCheckpoint({ origin: 'log.example', size: leaves.length, root: range.root() }, log);
const cosigned = cosignCheckpoint(signed, { name: 'witness.example', signer: witness }, 1_790_000_000);
const checkpoint = cosigned.ok ? cosigned.value : '';
function proofOf(index: number, note: string = checkpoint): string {
  const hashes = inclusionProof((level, place) => nodes.get(`${level}/${place}`), index, leaves.length);
  return formatTlogProof({ index, hashes: hashes.ok ? hashes.value : [], checkpoint: note });
}
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

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
    'GET /record/proof/0': { text: proofOf(0) },
    'GET /record/proof/1': { text: proofOf(1) },
  });
});
afterEach(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

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
        { seq: 0, treeSize: 2, witnesses: ['witness.example'] },
        { seq: 1, treeSize: 2 },
      ],
    });
    expect((await cs(['audit', 'prove', '1'], server)).err).toContain('the keys came from the server itself');
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
      ...answers,
    });
    expect((await cs(line(), server)).exit).toBe(EXIT.unverified);
  });
});

const bundle = (): Uint8Array =>
  sealBundle(
    {
      type: 'evidence-bundle',
      organisation: parseId<'Organisation'>('demo') as OrganisationId,
      proposal: parseId<'Proposal'>('P-1') as ProposalId,
      madeAt: instantOf(1_795_000_000_000),
      trust: [trust],
      envelopes: [],
      predecessors: [],
      drills: [],
      graphs: [],
      signals: [],
      capsules: [],
      approvals: [],
      validations: [],
      progress: [],
      evidence: [],
      documents: [],
      leaves: [
        { leaf: base64(leaves[0]!), body: base64(bodies[0]!), proof: proofOf(0) },
        { leaf: base64(leaves[1]!), proof: proofOf(1) },
      ],
    },
    capsuleSigner,
  );

describe('V4: verify a bundle', () => {
  test('answers what the agent saw and what is withheld, offline', async () => {
    writeFileSync(file('b.json'), bundle());
    const nowhere = { url: 'http://127.0.0.1:9' };
    const { exit, out } = await cs(['verify', file('b.json'), '--roots', file('1.root.json')], nowhere);
    expect(exit).toBe(EXIT.ok);
    expect(out).toContain('verified  P-1 of demo: 2 entries of a witnessed record of 2, trust bundle 3');
    expect(out).toContain('playbook (rules): when the pool is empty');
    expect(out).toContain('config.change: pool size 10 to 20');
    expect(out).toContain('1 bodies of record entries');
    const { out: document } = await cs(['verify', file('b.json'), '--roots', file('1.root.json'), '--json'], nowhere);
    expect(JSON.parse(document)).toMatchObject({ verified: true, proposal: 'P-1', withheld: { bodies: 1 } });
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

  test('`cs bundle` writes exactly what the server gave', async () => {
    await server.stop();
    const text = Buffer.from(bundle()).toString('utf8');
    server = await FakeControl.start({ 'GET /proposals/P-1/bundle': { text } });
    expect((await cs(['bundle', 'P-1', '-o', file('got.json')], server)).exit).toBe(EXIT.ok);
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
