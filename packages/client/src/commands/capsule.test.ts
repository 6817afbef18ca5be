import { readFileSync, rmSync } from 'node:fs';
import { capsuleShape, readShape, type Capsule } from '@countersign/core';
import {
  generateSigner,
  readSignedCapsule,
  readStrictJson,
  parseEnvelope,
  signCapsule,
  withWayBack,
  type ReadCapsule,
} from '@countersign/seal';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EXIT } from '../cli/exit-codes.ts';
import { CapsuleFiles } from '../testkit/capsule-files.builder.ts';
import { cs, type Told } from '../testkit/cli.builder.ts';
import { capsuleSchema } from './capsule-schema.ts';

/** No server is asked for anything here. */
const NOWHERE = { url: 'http://127.0.0.1:9' };
let files: CapsuleFiles;
beforeEach(() => {
  files = new CapsuleFiles();
  files.writeAll();
});
afterEach(() => rmSync(files.folder, { recursive: true, force: true }));

const run = (...line: readonly string[]): Promise<Told> => cs(line, NOWHERE);
const BUILD = [
  'capsule build proposal.json --envelope envelope.json --graph graph.json --trust trust.json',
  '--agent playbook --signal signal.json --out out',
].flatMap((part) => part.split(' '));
const build = (...more: readonly string[]): Promise<Told> =>
  run(...BUILD.map((part) => (part.endsWith('.json') || part === 'out' ? files.path(part) : part)), ...more);
const verify = (file: string, ...more: readonly string[]): Promise<Told> =>
  run('capsule', 'verify', file, '--roots', files.path('1.root.json'), '--trust', files.path('trust.json'), ...more);
const BUILT = 'out/capsule.json';

function builtCapsule(): ReadCapsule {
  const json = readStrictJson(readFileSync(files.path(BUILT)));
  const envelope = json.ok ? parseEnvelope(json.value) : json;
  const read = envelope.ok ? readSignedCapsule(envelope.value) : envelope;
  if (!read.ok) throw new Error(read.refusal.detail);
  return read.value;
}
const nextOf = ({ capsule, digest }: ReadCapsule, change: Partial<Capsule>): Capsule =>
  withWayBack({ ...capsule, version: capsule.version + 1, parent: digest, nonce: 'b'.repeat(32), ...change });
const states = ({ out }: Told): Record<string, string> =>
  Object.fromEntries(
    (JSON.parse(out) as { checks: { name: string; state: string }[] }).checks.map(({ name, state }) => [name, state]),
  );

describe('C1: cs capsule build', () => {
  test('decides from files, writes capsule, page, decision and risk, and says who has to sign', async () => {
    const told = await build('--key', files.path('capsules.pem'));
    expect([told.exit, told.err]).toEqual([EXIT.ok, '']);
    expect(told.out).toMatch(
      /^sealed sha256:[0-9a-f]{64}\nin words .+\nverdict needs-approval, 1 x release-approver\n$/,
    );
    const { capsule, digest } = builtCapsule();
    expect(capsule.targets.map(({ id }) => id).toSorted()).toEqual(['web-1', 'web-2']);
    expect(capsule).toMatchObject({
      version: 1,
      audience: { runner: 'prod-1' },
      capture: [{ kind: 'service', service: 'app' }],
    });
    const page = readFileSync(files.path('out/page.txt'), 'utf8');
    expect(page).toContain(digest);
    const { out } = await run('capsule', 'inspect', files.path(BUILT), '--json');
    expect(JSON.parse(out)).toMatchObject({ digest, page });
  });

  test('without a key nobody has signed it, and nothing verifies it', async () => {
    expect((await build()).out).toContain('made, not signed');
    expect((await run('capsule', 'inspect', files.path(BUILT))).out).toContain(
      'COUNTERSIGN CAPSULE: CHANGE IN PRODUCTION',
    );
    const { exit, out } = await verify(files.path(BUILT));
    expect(exit).toBe(EXIT.unverified);
    expect(out).toContain('NOT VERIFIED');
  });

  test('E3: an envelope that nobody signed decides nothing; an agent that is not registered proposes nothing', async () => {
    files.write('envelope.json', { payloadType: 'application/json', payload: 'e30=', signatures: [{ sig: 'AAAA' }] });
    expect((await build()).exit).toBe(EXIT.unverified);
    files.writeAll();
    expect((await build('--agent', 'nobody')).exit).toBe(EXIT.usage);
  });

  test('D1: what the decision prohibits is not built, with its reasons', async () => {
    files.write('signal.json', { ...JSON.parse(readFileSync(files.path('signal.json'), 'utf8')), id: 'S-9' });
    const { exit, err } = await build();
    expect(exit).toBe(EXIT.prohibited);
    expect(err).toContain('the decision prohibits it');
  });
});

describe('C2, A2: cs capsule verify', () => {
  test('names every check of a signed capsule with its documents', async () => {
    await build('--key', files.path('capsules.pem'));
    const approval = files.write('approval.json', files.approval(builtCapsule()));
    const given = [
      '--approval',
      approval,
      '--envelope',
      files.path('envelope.json'),
      '--graph',
      files.path('graph.json'),
    ];
    const { exit, out } = await verify(files.path(BUILT), ...given);
    expect(out).toMatch(/^approval +ok +ana as release-approver$/m);
    expect(out).toMatch(/^quorum +ok +ana as release-approver$/m);
    expect(out).toMatch(/^record +- +not given$/m);
    expect(exit).toBe(EXIT.ok);
    expect(states(await verify(files.path(BUILT), ...given, '--json'))).toEqual({
      form: 'ok',
      rules: 'ok',
      signature: 'ok',
      versions: 'not-given',
      approval: 'ok',
      quorum: 'ok',
      envelope: 'ok',
      graph: 'ok',
      decision: 'not-given',
      'risk assessment': 'not-given',
      record: 'not-given',
    });
  });

  test.each<[string, string, () => readonly string[]]>([
    [
      'approval',
      'an approval of somebody else’s capsule',
      () => {
        const other = files.seal(withWayBack({ ...builtCapsule().capsule, nonce: 'c'.repeat(32) }));
        return ['--approval', files.write('a.json', files.approval(other))];
      },
    ],
    [
      'envelope',
      'another envelope',
      () => [
        '--envelope',
        files.write('e.json', files.signed('application/vnd.countersign.envelope.v1+json', {}, ['pat'])),
      ],
    ],
    [
      'graph',
      'a graph of another owner',
      () => ['--graph', files.write('g.json', files.signed('application/vnd.countersign.graph.v1+json', {}, ['pat']))],
    ],
    ['versions', 'a parent that is none', () => ['--parent', files.path(BUILT)]],
  ])('refuses %s: %s, ends with 6 and names the check', async (check, _name, more) => {
    await build('--key', files.path('capsules.pem'));
    const told = await verify(files.path(BUILT), ...more(), '--json');
    expect([told.exit, states(told)[check]]).toEqual([EXIT.unverified, 'refused']);
  });

  test('C2: a capsule of a key the trust bundle does not name is refused', async () => {
    await build('--key', files.path('capsules.pem'));
    const forged = signCapsule(builtCapsule().capsule, [generateSigner('ed25519')]);
    const told = await verify(files.write('forged.json', forged.dsse), '--json');
    expect([told.exit, states(told)['signature']]).toEqual([EXIT.unverified, 'refused']);
  });

  test('D6: a version with its parent: the signature over the parent counts where it only narrows, else with one over what changed', async () => {
    await build('--key', files.path('capsules.pem'));
    const first = builtCapsule();
    const parent = ['--parent', files.path(BUILT), '--approval', files.write('a.json', files.approval(first))];
    const narrower = files.seal(nextOf(first, { targets: first.capsule.targets.slice(1) }));
    expect((await verify(files.write('n.json', narrower.dsse), ...parent)).exit).toBe(EXIT.ok);
    const titled = files.seal(nextOf(first, { proposal: { ...first.capsule.proposal, title: 'Another' } }));
    const file = files.write('t.json', titled.dsse);
    expect(states(await verify(file, ...parent, '--json'))).toMatchObject({
      versions: 'ok',
      approval: 'ok',
      quorum: 'refused',
    });
    const delta = files.write('d.json', files.approval(titled, first));
    expect((await verify(file, ...parent, '--approval', delta)).exit).toBe(EXIT.ok);
    const wide = files.seal(nextOf(first, { egress: 'sanitized' }));
    expect(states(await verify(files.write('w.json', wide.dsse), ...parent, '--json'))).toMatchObject({
      versions: 'refused',
    });
  });
});

describe('D6: cs capsule diff', () => {
  test.each<[number, string, (capsule: Capsule) => Partial<Capsule>]>([
    [EXIT.ok, 'it only narrows', ({ targets }) => ({ targets: targets.slice(1) })],
    [EXIT.pending, 'also sign what changed', ({ proposal }) => ({ proposal: { ...proposal, title: 'Another' } })],
    [EXIT.conflict, 'everybody signs the second', () => ({ egress: 'sanitized' })],
    [EXIT.conflict, 'not the version that follows', () => ({ version: 9 })],
  ])('ends with %i: %s', async (exit, meaning, change) => {
    await build('--key', files.path('capsules.pem'));
    const first = builtCapsule();
    const second = files.seal(nextOf(first, change(first.capsule)));
    const told = await run('capsule', 'diff', files.path(BUILT), files.write('second.json', second.dsse));
    expect([told.exit, told.err]).toEqual([exit, '']);
    expect(told.out).toContain(meaning);
    expect(told.out).toContain('COUNTERSIGN DELTA');
    const { out } = await run('capsule', 'diff', files.path(BUILT), files.path('second.json'), '--json');
    expect(JSON.parse(out)).toMatchObject({ before: first.digest, after: second.digest });
  });

  test('a capsule and itself: nothing differs', async () => {
    await build('--key', files.path('capsules.pem'));
    expect((await run('capsule', 'diff', files.path(BUILT), files.path(BUILT))).exit).toBe(EXIT.ok);
  });
});

const text = (): string => readFileSync(files.path(BUILT), 'utf8');

describe('bad input', () => {
  test.each<[string, () => string]>([
    ['cut short', () => text().slice(0, 300)],
    ['empty', () => ''],
    ['not JSON', () => 'capsule'],
    ['a key twice', () => text().replace('{"payload":', '{"payload":"","payload":')],
    ['deep nesting', () => `${'['.repeat(300)}${']'.repeat(300)}`],
    ['an unknown field', () => text().replace('{"payload":', '{"also":1,"payload":')],
    ['a prototype', () => text().replace('{"payload":', '{"__proto__":{},"payload":')],
    ['another type', () => text().replace('in-toto', 'out-toto')],
    ['no signature', () => text().replace(/"signatures":\[.*\]/, '"signatures":[]')],
    ['a payload that is not base64', () => text().replace('"payload":"', '"payload":"%')],
    ['a bidi mark in a name', () => text().replace('"keyid":"', '"keyid":"\u202E')],
    ['another delivery', () => '{"kind":"halt","capsule":"all","by":"x"}'],
    ['a delivery without its parts', () => '{"kind":"capsule"}'],
    ['a statement of something else', () => '{"_type":"https://in-toto.io/Statement/v1"}'],
  ])('%s: ends with 6, says why in one line, shows no stack', async (_name, change) => {
    await build('--key', files.path('capsules.pem'));
    const file = files.write('bad.json', new TextEncoder().encode(change()));
    for (const line of [
      ['inspect', file],
      ['diff', file, file],
    ]) {
      const told = await run('capsule', ...line);
      expect([told.exit, told.out]).toEqual([EXIT.unverified, '']);
      expect(told.err).toMatch(/^error: .*bad\.json.*: .+\n/);
      expect(told.err).not.toMatch(/ at .*\.ts|Error:|internal/);
    }
  });

  test('flipped bytes: each is refused or is another capsule, never this one verified', async () => {
    await build('--key', files.path('capsules.pem'));
    const bytes = readFileSync(files.path(BUILT));
    // A key id is a hint: nothing is decided by it.
    const hint = bytes.indexOf('"keyid":"') + 9;
    const isHint = (place: number): boolean => place >= hint && place < bytes.indexOf('"', hint);
    for (let place = 3; place < bytes.length; place += Math.ceil(bytes.length / 40)) {
      const flipped = Uint8Array.from(bytes);
      flipped[place] = (flipped[place] ?? 0) ^ 1;
      const told = await verify(files.write('flipped.json', flipped));
      expect([place, told.exit === EXIT.ok && !isHint(place)]).toEqual([place, false]);
    }
  });
});

test('C2: cs capsule schema describes every field of the predicate, and the example fits it', async () => {
  const { out } = await run('capsule', 'schema');
  const schema = JSON.parse(out) as { properties: Record<string, { description?: string }>; required: string[] };
  expect(Object.keys(schema.properties).toSorted()).toEqual(
    Object.keys(capsuleSchema()['properties'] as object).toSorted(),
  );
  const undescribed = Object.entries(schema.properties).filter(([, { description }]) => description === undefined);
  expect(undescribed.map(([name]) => name)).toEqual(['type']);
  await build('--key', files.path('capsules.pem'));
  expect(readShape(capsuleShape, builtCapsule().capsule).ok).toBe(true);
});
