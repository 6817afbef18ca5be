import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodePublicKey, encodePublicKey, loadSigner } from '@countersign/seal';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EXIT } from '../cli/exit-codes.ts';
import { cs } from '../testkit/cli.builder.ts';
import { FakeControl, problem } from '../testkit/fake-control.builder.ts';

let server: FakeControl;
let folder: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'agent-'));
  server = await FakeControl.start({
    'POST /token': { json: { access_token: 'a.b.c', token_type: 'DPoP', expires_in: 300, scope: 'read propose' } },
    'GET /triages': { json: { items: [{ id: 'T-1' }] } },
    'POST /proposals': { status: 422, json: { code: 'incomplete', missing: ['/title'] } },
  });
});
afterEach(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

test.each(['p256', 'ed25519'])(
  'L8: keygen makes a %s key that only its owner reads, and prints the public half',
  async (kind) => {
    const file = join(folder, 'agent.pem');
    const { exit, out, err } = await cs(['agent', 'keygen', file, '--kind', kind], server);
    expect(exit).toBe(EXIT.ok);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const signer = loadSigner(readFileSync(file, 'utf8'));
    expect(signer.ok && [signer.value.kind, encodePublicKey(signer.value.publicKey)]).toEqual([kind, out.trim()]);
    expect(decodePublicKey(out.trim()).ok).toBe(true);
    expect(out + err).not.toContain('PRIVATE');
  },
);

test('L8: keygen never overwrites a key', async () => {
  const file = join(folder, 'agent.pem');
  await cs(['agent', 'keygen', file], server);
  const before = readFileSync(file, 'utf8');
  expect((await cs(['agent', 'keygen', file], server)).exit).toBe(EXIT.usage);
  expect(readFileSync(file, 'utf8')).toBe(before);
  expect((await cs(['agent', 'keygen', join(folder, 'x'), '--kind', 'rsa'], server)).exit).toBe(EXIT.usage);
});

test('L8: token shows what an agent would get, and the token itself only when asked', async () => {
  const file = join(folder, 'agent.pem');
  await cs(['agent', 'keygen', file], server);
  const shown = await cs(['agent', 'token', 'acme/playbook', '--key', file], server);
  expect(shown.exit).toBe(EXIT.ok);
  expect(shown.out).toContain('read propose');
  expect(shown.out).not.toContain('a.b.c');
  expect((await cs(['agent', 'token', 'acme/playbook', '--key', file, '--show'], server)).out).toContain('a.b.c');
  for (const line of [['acme/playbook'], ['playbook', '--key', file], ['a/b/c', '--key', file]])
    expect((await cs(['agent', 'token', ...line], server)).exit).toBe(EXIT.usage);
});

async function called(...line: readonly string[]): Promise<{ readonly exit: number; readonly out: string }> {
  const file = join(folder, 'agent.pem');
  await cs(['agent', 'keygen', file], server);
  return cs(['agent', 'call', 'acme/playbook', ...line, '--key', file], server);
}

describe('L8: call', () => {
  test('sends one request with a token and a proof of its own, and prints the answer', async () => {
    const { exit, out } = await called('/triages?state=open');
    expect([exit, JSON.parse(out)]).toEqual([EXIT.ok, { items: [{ id: 'T-1' }] }]);
    const asked = server.asked.at(-1);
    expect(asked?.headers['authorization']).toBe('DPoP a.b.c');
    expect(asked?.headers['dpop']).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
  });

  test('with a file it is a POST under the key that is named, and a refusal is shown as it came', async () => {
    writeFileSync(join(folder, 'draft.json'), '{}');
    const { exit, out } = await called('/proposals', '-f', join(folder, 'draft.json'), '--idempotency-key', 'one');
    expect([exit, JSON.parse(out)]).toEqual([EXIT.failed, { code: 'incomplete', missing: ['/title'] }]);
    expect(server.asked.at(-1)?.headers['idempotency-key']).toBe('one');
  });

  test('is refused for an address of another server, and exits as not known when the token is refused', async () => {
    expect((await called('http://elsewhere.example/')).exit).toBe(EXIT.usage);
    await server.stop();
    server = await FakeControl.start({ 'POST /token': problem(401, 'agent-suspended') });
    expect((await called('/triages')).exit).toBe(EXIT.authentication);
  });
});
