import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EXIT } from '../cli/exit-codes.ts';
import { cs, type Surroundings, type Told } from '../testkit/cli.builder.ts';
import { FakeControl, problem } from '../testkit/fake-control.builder.ts';

const CODE = `acme.${'c'.repeat(43)}`;
const SECRET = `acme.${'s'.repeat(43)}`;
let server: FakeControl;
let folder: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'session-'));
  server = await FakeControl.start({
    'POST /session/redeem': {
      json: { organisation: 'acme', person: 'kim', secret: SECRET, endsAt: '2026-11-21T04:00:00.000Z' },
    },
    'POST /session/sign-out': { json: {} },
    'GET /proposals': { json: { items: [] } },
  });
});
afterEach(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

const environment = (): Readonly<Record<string, string>> => ({
  CS_TOKEN: '',
  CS_SESSION_DIR: folder,
  STATE_DIR: folder,
});
const run = (line: readonly string[], more: Partial<Surroundings> = {}): Promise<Told> =>
  cs(line, { environment: environment(), ...more, url: more.url ?? server.url });
/** What the browser is sent to once its person has signed in. */
const backTo = (address: string, query = `?code=${CODE}`): Promise<Response> =>
  fetch(`http://127.0.0.1:${new URL(address).searchParams.get('port') ?? ''}/signed-in${query}`);

/** Signs in; `browse` does what a browser does with the address. */
async function signIn(line: readonly string[] = [], browse = backTo): Promise<Told & { readonly address: string }> {
  let address = '';
  const told = await run(['sign-in', ...line], {
    hear: (text) => {
      if (!text.startsWith('http')) return;
      address = text.trim();
      void browse(address);
    },
  });
  return { ...told, address };
}

describe('O4: cs sign-in', () => {
  test('sends a person to the provider and fetches the session with a secret that was in no address', async () => {
    const { exit, out, err, address } = await signIn(['--organisation', 'acme', '--fresh']);
    expect([exit, out]).toEqual([EXIT.ok, 'signed in as kim of acme, until 2026-11-21T04:00:00.000Z at most\n']);
    const asked = new URL(address);
    expect([asked.origin, asked.pathname]).toEqual([server.url, '/api/v1/session/sign-in']);
    expect(Object.fromEntries(asked.searchParams)).toMatchObject({ organisation: 'acme', fresh: 'yes' });
    const [redeemed] = server.to('POST /session/redeem');
    if (redeemed === undefined) throw new Error('nothing was redeemed');
    const { code, verifier } = redeemed.body as { code: string; verifier: string };
    expect(code).toBe(CODE);
    expect(createHash('sha256').update(verifier).digest('base64url')).toBe(asked.searchParams.get('challenge'));
    for (const secret of [verifier, SECRET]) expect(out + err).not.toContain(secret);
  });

  test('keeps it in a file for its owner alone, and uses it at that address only', async () => {
    await signIn();
    const [name = ''] = readdirSync(folder);
    expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    expect((await run(['proposal', 'list'])).exit).toBe(EXIT.ok);
    expect(server.to('GET /proposals').at(-1)?.headers['authorization']).toBe(`Session ${SECRET}`);
    const other = await FakeControl.start({ 'GET /proposals': { json: { items: [] } } });
    await cs(['proposal', 'list'], { url: other.url, environment: environment() });
    expect(other.asked.map(({ headers }) => headers['authorization'])).toEqual([undefined]);
    await other.stop();
  });

  test('is used neither beside a token nor for somebody else nor when its time is over', async () => {
    await signIn();
    const used = async (line: readonly string[], more: Partial<Surroundings> = {}): Promise<unknown> => {
      await run([...line, 'proposal', 'list'], more);
      return server.to('GET /proposals').at(-1)?.headers['authorization'];
    };
    expect(await used(['--token', 'another-token-of-a-test'])).toBe('Bearer another-token-of-a-test');
    expect(await used(['--as', 'kim'])).toBe(`Session ${SECRET}`);
    expect((await run(['--as', 'ana', 'proposal', 'list'])).exit).toBe(EXIT.authentication);
    expect(await used([], { now: '2026-11-21T04:00:00.000Z' })).toBeUndefined();
  });

  test('takes nothing but a code at its own address, and waits on', async () => {
    const seen: number[] = [];
    const { exit } = await signIn([], async (address) => {
      for (const query of ['', '?code=', '?code=..%2f', `?code=${'x'.repeat(300)}`])
        seen.push((await backTo(address, query)).status);
      return backTo(address);
    });
    expect([exit, seen]).toEqual([EXIT.ok, [404, 404, 404, 404]]);
  });

  test('says so when the server does not give the session, and keeps nothing', async () => {
    await server.stop();
    server = await FakeControl.start({ 'POST /session/redeem': problem(403, 'sign-in-refused') });
    expect((await signIn()).exit).not.toBe(EXIT.ok);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('gives up when nobody comes back', async () => {
    const { exit, err } = await signIn(['--timeout', '1s'], () => Promise.resolve(new Response()));
    expect([exit, readdirSync(folder)]).toEqual([EXIT.pending, []]);
    expect(err).toContain('nobody came back');
  });

  test('a file that others can read counts for nothing and goes', async () => {
    await signIn();
    const file = join(folder, readdirSync(folder)[0] ?? '');
    chmodSync(file, 0o644);
    const { exit, err } = await run(['proposal', 'list']);
    expect([exit, existsSync(file)]).toEqual([EXIT.authentication, false]);
    expect(err).toContain('others could read');
    expect(err).not.toContain(SECRET);
  });
});

describe('O4: cs sign-out', () => {
  test('ends the session at the server and removes the file', async () => {
    await signIn();
    expect((await run(['sign-out'])).exit).toBe(EXIT.ok);
    expect(server.to('POST /session/sign-out').map(({ headers }) => headers['authorization'])).toEqual([
      `Session ${SECRET}`,
    ]);
    expect(readdirSync(folder)).toEqual([]);
    expect((await run(['sign-out'])).out).toBe('nobody was signed in\n');
  });

  test('removes the file also when the server does not answer', async () => {
    await signIn();
    const { url } = server;
    await server.stop();
    const { exit } = await run(['sign-out'], { url });
    server = await FakeControl.start({});
    expect([exit === EXIT.ok, readdirSync(folder)]).toEqual([false, []]);
  });
});
