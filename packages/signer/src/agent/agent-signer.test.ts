import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { generateSigner, sshBlobOf, sshFingerprint, sshSignatureBlob, wireString, wireUint32 } from '@countersign/seal';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MAX_MESSAGE_BYTES, readIdentities, readSignature } from './agent-messages.ts';
import { openAgentSigner } from './agent-signer.ts';
import type { AgentPlace } from './ask-agent.ts';

const TIMEOUT_MS = 5000;
const key = generateSigner('ed25519');
const other = generateSigner('ed25519');
const p256 = generateSigner('p256');
const blob = sshBlobOf(key.publicKey);
const locator = { kind: 'ssh-agent', fingerprint: sshFingerprint(blob) } as const;
const message = Buffer.from('exactly these bytes');

const u8 = (...bytes: number[]): Uint8Array => Uint8Array.from(bytes);
const join8 = (...parts: readonly Uint8Array[]): Buffer => Buffer.concat(parts);
const framed = (...parts: readonly Uint8Array[]): Uint8Array => wireString(join8(...parts));
const identities = framed(u8(12), wireUint32(1), wireString(blob), wireString('ana'));
const signed = (signature: Uint8Array): Uint8Array => framed(u8(14), wireString(signature));
const good = sshSignatureBlob('ed25519', key.sign(message));

/** What the agent does when it is asked; `hang` never answers. */
type Reply = Uint8Array | 'hang' | { readonly thenClose: Uint8Array };
let folder = '';
let server: Server | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cs-hostile-'));
});
afterEach(() => {
  server?.close();
  server = undefined;
  rmSync(folder, { recursive: true });
});

/** An agent that answers each connection with the next reply, the last one for ever. */
async function agentThat(...replies: readonly Reply[]): Promise<AgentPlace> {
  const socket = join(folder, 'agent');
  let asked = 0;
  server = createServer((connection) => {
    const reply = replies[Math.min(asked, replies.length - 1)] ?? 'hang';
    asked += 1;
    connection.on('error', () => undefined);
    connection.once('data', () => {
      if (reply === 'hang') return;
      if (reply instanceof Uint8Array) connection.write(reply);
      else connection.end(reply.thenClose);
    });
  });
  await new Promise<void>((done) => server?.listen(socket, done));
  return { socket, timeoutMs: TIMEOUT_MS };
}

test('the agent of this test is believed when it answers correctly, also in pieces', async () => {
  const opened = await openAgentSigner(locator, await agentThat(identities, signed(good)));
  expect(opened.ok && (await opened.value.sign(message))).toEqual({
    ok: true,
    value: Uint8Array.from(key.sign(message)),
  });
});

describe('an answer that is no list of keys', () => {
  test.each<[string, Reply, string]>([
    ['of no bytes', wireUint32(0), 'bad-answer'],
    ['larger than any answer', wireUint32(MAX_MESSAGE_BYTES + 1), 'bad-answer'],
    ['of four thousand million bytes', u8(0xff, 0xff, 0xff, 0xff), 'bad-answer'],
    ['followed by more', join8(identities, u8(0)), 'bad-answer'],
    ['cut short', { thenClose: identities.subarray(0, -1) }, 'bad-answer'],
    ['only the length', { thenClose: wireUint32(9) }, 'bad-answer'],
    ['nothing at all', { thenClose: u8() }, 'bad-answer'],
    ['a signature', signed(good), 'bad-answer'],
    ['of another type', framed(u8(99)), 'bad-answer'],
    ['a refusal', framed(u8(5)), 'agent-refused'],
    ['counting a key that is not there', framed(u8(12), wireUint32(2), wireString(blob), wireString('')), 'bad-answer'],
    [
      'counting fewer keys than there are',
      framed(u8(12), wireUint32(0), wireString(blob), wireString('')),
      'bad-answer',
    ],
    ['counting millions', framed(u8(12), u8(0xff, 0xff, 0xff, 0xff)), 'bad-answer'],
    ['with a key longer than itself', framed(u8(12), wireUint32(1), wireUint32(5000), u8(1)), 'bad-answer'],
    ['empty', framed(u8(12), wireUint32(0)), 'no-key'],
    [
      'with other keys',
      framed(u8(12), wireUint32(1), wireString(sshBlobOf(other.publicKey)), wireString('')),
      'no-key',
    ],
  ])('%s', async (_name, reply, code) => {
    const refused = await openAgentSigner(locator, await agentThat(reply));
    expect(refused).toMatchObject({ ok: false, refusal: { code } });
  });

  test('a key of a kind that is not accepted', async () => {
    const rsa = join8(wireString('ssh-rsa'), wireString(u8(1, 0, 1)), wireString(Buffer.alloc(257, 7)));
    const agent = await agentThat(framed(u8(12), wireUint32(1), wireString(rsa), wireString('')));
    const refused = await openAgentSigner({ kind: 'ssh-agent', fingerprint: sshFingerprint(rsa) }, agent);
    expect(refused).toMatchObject({ ok: false, refusal: { code: 'bad-key' } });
  });

  test('a point of small order, under which every signature would hold', async () => {
    const weak = join8(wireString('ssh-ed25519'), wireString(join8(u8(1), Buffer.alloc(31))));
    const agent = await agentThat(framed(u8(12), wireUint32(1), wireString(weak), wireString('')));
    const refused = await openAgentSigner({ kind: 'ssh-agent', fingerprint: sshFingerprint(weak) }, agent);
    expect(refused).toMatchObject({ ok: false, refusal: { code: 'bad-key' } });
  });
});

const halfP256 = join8(wireString('ecdsa-sha2-nistp256'), wireString(join8(wireString(u8(1)))));
describe('an answer that is no signature of this key over these bytes', () => {
  test.each<[string, Reply, string]>([
    ['a refusal', framed(u8(5)), 'agent-refused'],
    ['of another key', signed(sshSignatureBlob('ed25519', other.sign(message))), 'bad-answer'],
    ['over other bytes', signed(sshSignatureBlob('ed25519', key.sign(Buffer.from('other')))), 'bad-answer'],
    ['of another kind', signed(sshSignatureBlob('p256', p256.sign(message, 'ieee-p1363'))), 'bad-answer'],
    ['of another kind, half', signed(halfP256), 'bad-answer'],
    ['with bytes behind it', signed(join8(good, u8(0))), 'bad-answer'],
    ['with bytes behind the answer', framed(u8(14), wireString(good), u8(0)), 'bad-answer'],
    ['one byte short', signed(join8(wireString('ssh-ed25519'), wireString(Buffer.alloc(63)))), 'bad-answer'],
    ['empty', signed(u8()), 'bad-answer'],
    ['the list of keys again', identities, 'bad-answer'],
  ])('%s', async (_name, reply, code) => {
    const opened = await openAgentSigner(locator, await agentThat(identities, reply));
    if (!opened.ok) throw new Error(opened.refusal.detail);
    expect(await opened.value.sign(message)).toMatchObject({ ok: false, refusal: { code } });
  });

  test('any flipped bit of the answer', async () => {
    const right = signed(good);
    // The length and the type are judged above; here every bit of the signature itself.
    const first = right.length - 64;
    for (let bit = 0; bit < 64 * 8; bit += 37) {
      const wrong = Uint8Array.from(right);
      wrong[first + Math.floor(bit / 8)]! ^= 1 << (bit % 8);
      const opened = await openAgentSigner(locator, await agentThat(identities, wrong));
      expect(opened.ok && (await opened.value.sign(message))).toMatchObject({ refusal: { code: 'bad-answer' } });
      await new Promise((done) => server?.close(done));
    }
  });
});

describe('an agent that is not there', () => {
  test.each<[string, string | undefined]>([
    ['no variable', undefined],
    ['an empty variable', ''],
    ['a relative path', 'agent.sock'],
    ['a path that no socket can have', `/${'a'.repeat(200)}`],
    ['nothing at the path', '/nonexistent/agent'],
    ['a folder', '/tmp'],
  ])('%s', async (_name, socket) => {
    const refused = await openAgentSigner(locator, { socket, timeoutMs: TIMEOUT_MS });
    expect(refused).toMatchObject({ ok: false, refusal: { code: 'agent-unreachable' } });
  });

  test('one that never answers is not waited for longer than it was said', async () => {
    const refused = await openAgentSigner(locator, { ...(await agentThat('hang')), timeoutMs: 20 });
    expect(refused).toMatchObject({ ok: false, refusal: { code: 'agent-unreachable' } });
  });

  test('a message larger than any agent takes is refused before it is sent', async () => {
    const opened = await openAgentSigner(locator, await agentThat(identities, signed(good)));
    const refused = opened.ok && (await opened.value.sign(Buffer.alloc(MAX_MESSAGE_BYTES)));
    expect(refused).toMatchObject({ ok: false, refusal: { code: 'agent-refused' } });
  });
});

test('whatever bytes come, reading an answer gives a list, a signature or a refusal', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 400 }),
    fc.uint8Array({ maxLength: 60 }).map((rest) => join8(u8(12), wireUint32(1), rest)),
  );
  fc.assert(
    fc.property(bytes, (answer) => {
      for (const read of [readIdentities(answer), readSignature(answer)])
        expect(read.ok || ['bad-answer', 'agent-refused'].includes(read.refusal.code)).toBe(true);
    }),
    { numRuns: 500 },
  );
});
