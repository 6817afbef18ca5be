import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { cs } from '../testkit/cli.builder.ts';
import { FakeControl, problem } from '../testkit/fake-control.builder.ts';
import { EXIT, EXIT_MEANINGS, exitOfProblem } from './exit-codes.ts';

let server: FakeControl | undefined;
const folders: string[] = [];
afterEach(async () => {
  await server?.stop();
  server = undefined;
  for (const made of folders.splice(0)) rmSync(made, { recursive: true });
});
async function control(answers: Parameters<typeof FakeControl.start>[0]): Promise<{ readonly url: string }> {
  server = await FakeControl.start(answers);
  return server;
}
function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'cs-'));
  folders.push(made);
  return made;
}
const pending = { id: 'P-1', state: 'PENDING', title: 'Raise the pool size', environment: 'production' };
const hostile = 'a\u001b[31mred\u202Eevil\u0007`x`';

describe('exit codes', () => {
  test('are the ones that are written down, each once', () => {
    expect(EXIT_MEANINGS.map(([code]) => code)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 130]);
    expect(new Set(Object.values(EXIT)).size).toBe(EXIT_MEANINGS.length);
  });

  test.each([
    [400, 'malformed', 2],
    [401, 'unauthenticated', 4],
    [403, 'forbidden', 3],
    [403, 'prohibited', 3],
    [404, 'not-found', 1],
    [409, 'conflict', 9],
    [409, 'stale-revision', 9],
    [422, 'bad-signature', 6],
    [422, 'too-few-signatures', 6],
    [422, 'expired', 9],
    [500, 'internal', 1],
    [0, 'unreachable', 1],
    [404, 'constructor', 1],
  ])('a %i with the code %s ends with %i', (status, code, exit) => {
    expect(exitOfProblem({ status, code })).toBe(exit);
  });

  test('`cs help exit-codes` prints all of them', async () => {
    const { exit, out } = await cs(['help', 'exit-codes'], { url: 'http://127.0.0.1:9' });
    expect(exit).toBe(0);
    for (const [code, meaning] of EXIT_MEANINGS) expect(out).toMatch(new RegExp(`^${code} +${meaning}$`, 'm'));
  });
});

describe('errors', () => {
  test('say what, who could, what next, and where to read on, on stderr', async () => {
    const around = await control({
      'GET /proposals': problem(403, 'forbidden', { clause: 'A4', eligible: ['ana', 'sam'], next: ['ask ana'] }),
    });
    const { exit, out, err } = await cs(['queue'], around);
    expect(exit).toBe(EXIT.prohibited);
    expect(out).toBe('');
    expect(err.split('\n')).toEqual([
      'error: refused: forbidden (A4)',
      'eligible: ana, sam',
      'next: ask ana',
      'see: cs explain A4',
      '',
    ]);
  });

  test('are one document under --json, still on stderr', async () => {
    const around = await control({ 'GET /proposals': problem(409, 'conflict') });
    const { exit, out, err } = await cs(['queue', '--json'], around);
    expect(out).toBe('');
    expect(JSON.parse(err)).toMatchObject({ error: { code: 'conflict', exit } });
    expect(exit).toBe(EXIT.conflict);
  });

  test('of the command line end with 2 and name what is wrong', async () => {
    const around = { url: 'http://127.0.0.1:9' };
    for (const line of [
      ['nonsense'],
      ['queue', '--limit', 'x'],
      ['approve'],
      ['--url', 'ftp://x', 'queue'],
      ['watch'],
      ['halt'],
    ])
      expect((await cs(line, around)).exit).toBe(EXIT.usage);
  });

  test.each([[['approve', 'P-1', '--yes']], [['rollout', 'resume', 'P-1', '--yes']]])(
    'A2, X5: `cs %s` is not understood: nothing skips the question',
    async (line) => {
      const around = await control({});
      const { exit, err } = await cs(line, around);
      expect(exit).toBe(EXIT.usage);
      expect(err).toContain('--yes');
      expect(server?.asked).toEqual([]);
    },
  );

  test('text of a server cannot move the cursor or reorder the line', async () => {
    const around = await control({
      'GET /proposals': problem(403, 'forbidden', { detail: hostile, eligible: [hostile], next: [hostile] }),
    });
    const { err } = await cs(['queue'], around);
    expect(err).not.toMatch(/[^\n -~]/);
    expect(err).toContain('\\u{1b}[31mred\\u{202e}evil');
  });
});

describe('lists', () => {
  test('every page is read, and the table holds what the server said, escaped', async () => {
    const around = await control({
      'GET /proposals': ({ path }) =>
        path.includes('cursor=c1')
          ? { json: { items: [{ ...pending, id: 'P-2', title: hostile }] } }
          : { json: { items: [pending], next: 'c1' } },
    });
    const { exit, out } = await cs(['queue'], around);
    expect(exit).toBe(0);
    expect(out.split('\n')).toEqual([
      'PROPOSAL  STATE    WHERE       TITLE',
      'P-1       PENDING  production  Raise the pool size',
      "P-2       PENDING  production  a\\u{1b}[31mred\\u{202e}evil\\u{7}'x'",
      '',
    ]);
    expect(server?.asked[0]?.path).toContain('state=PENDING');
  });

  test('--json is the same list with the fields of the API, in ASCII', async () => {
    const around = await control({ 'GET /proposals': { json: { items: [{ ...pending, title: hostile, extra: 1 }] } } });
    const { out } = await cs(['proposal', 'list', '--json'], around);
    expect(out).not.toMatch(/[^\n -~]/);
    expect(JSON.parse(out)).toEqual([{ ...pending, title: hostile, extra: 1 }]);
  });

  test('nothing to show is said on stderr, and not under --quiet', async () => {
    const around = await control({ 'GET /proposals': { json: { items: [] } } });
    expect(await cs(['queue'], around)).toEqual({ exit: 0, out: '', err: 'nothing waits for a countersignature\n' });
    expect(await cs(['queue', '--quiet'], around)).toEqual({ exit: 0, out: '', err: '' });
  });
});

describe('who asks', () => {
  test('a token comes from the option, the environment, or the demo file of the person', async () => {
    const around = await control({ 'GET /proposals': { json: { items: [] } } });
    const state = folder();
    mkdirSync(join(state, 'demo'));
    writeFileSync(join(state, 'demo', 'tokens.json'), JSON.stringify({ 'person:ana': 'token-of-ana-in-the-demo' }));
    await cs(['queue', '--token', 'given-on-the-line-1234'], around);
    await cs(['queue'], around);
    await cs(['queue', '--as', 'ana'], { url: around.url, environment: { STATE_DIR: state, CS_TOKEN: '' } });
    expect(server?.asked.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer given-on-the-line-1234',
      'Bearer a-token-of-a-test',
      'Bearer token-of-ana-in-the-demo',
    ]);
  });

  test('a person the demo does not know ends with 4 and names who there is', async () => {
    const state = folder();
    mkdirSync(join(state, 'demo'));
    writeFileSync(join(state, 'demo', 'tokens.json'), JSON.stringify({ 'person:ana': 'token-of-ana-in-the-demo' }));
    const { exit, err } = await cs(['queue', '--as', 'zoe'], {
      url: 'http://127.0.0.1:9',
      environment: { STATE_DIR: state, CS_TOKEN: '' },
    });
    expect(exit).toBe(EXIT.authentication);
    expect(err).toContain('eligible: ana');
  });
});

describe('colour', () => {
  const answers = { 'GET /proposals': { json: { items: [pending] } } };
  test.each([
    ['a terminal', {}, [], true],
    ['NO_COLOR', { NO_COLOR: '1' }, [], false],
    ['TERM=dumb', { TERM: 'dumb' }, [], false],
    ['--no-color', {}, ['--no-color'], false],
  ] as const)('%s decides', async (_name, environment, more, isColored) => {
    const around = await control(answers);
    const { out } = await cs(['queue', ...more], { url: around.url, isTerminal: true, environment });
    expect(out.includes('\u001b[')).toBe(isColored);
  });

  test('a pipe gets none', async () => {
    const around = await control(answers);
    expect((await cs(['queue'], around)).out).not.toContain('\u001b');
  });
});

test('version tells both sides, and one side when nobody answers', async () => {
  const around = await control({ 'GET /health': { json: { instance: 'c-1', version: '0.0.0', ready: true } } });
  const { url } = around;
  expect((await cs(['version'], { url })).out).toContain('server 0.0.0 (c-1) at http://127.0.0.1');
  await server?.stop();
  expect((await cs(['version'], { url })).out).toContain('no server answers');
});

test('a proposal shows why people are asked, what they owe and what to do, escaped', async () => {
  const around = await control({
    'GET /proposals/P-1': {
      json: {
        ...pending,
        title: hostile,
        decisions: [
          {
            verdict: 'needs-approval',
            reasons: [{ clause: 'AG-706 4.2', text: hostile }],
            missing: [],
            counterfactuals: [{ rule: 'g', changes: [{ words: 'at most 10 targets' }] }],
          },
        ],
        approvals: [{ person: 'ana', role: 'release-approver' }],
        missing: [{ role: 'service-owner', count: 1 }],
        capsules: [{ digest: 'sha256:ab', purpose: 'rollout', state: 'built' }],
        next: ['approved'],
      },
    },
    'GET /proposals/P-1/text': { text: `line one\n${hostile}\n` },
  });
  const { out } = await cs(['proposal', 'show', 'P-1'], around);
  expect(out).not.toMatch(/[^\n -~]/);
  expect(out).toContain('owed      1 x service-owner');
  expect(out).toContain('signed    ana as release-approver');
  expect(out).toContain('nearest   at most 10 targets');
  expect(out).toContain('cs approve P-1');
  expect((await cs(['proposal', 'show', 'P-1', '--text'], around)).out).toBe(
    'line one\na\\u{1b}[31mred\\u{202e}evil\\u{7}`x`\n',
  );
});

test('explain knows codes and clauses, with and without the name of the standard', async () => {
  const around = { url: 'http://127.0.0.1:9' };
  expect((await cs(['explain', 'AG-706 4.4'], around)).out).toMatch(/^4\.4: /);
  expect((await cs(['explain', 'x5'], around)).out).toMatch(/^X5: /);
  expect((await cs(['explain', 'bad-signature'], around)).out).toMatch(/^bad-signature: /);
  expect(await cs(['explain', 'constructor'], around)).toMatchObject({ exit: EXIT.failed });
});
