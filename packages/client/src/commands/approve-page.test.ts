/** `cs approve` without a key: it names the page where a passkey signs, says what that page has to show, and waits (A2). */
import { digestOf, digestWords } from '@countersign/seal';
import { afterEach, describe, expect, test } from 'vitest';
import { EXIT } from '../cli/exit-codes.ts';
import { cs } from '../testkit/cli.builder.ts';
import { FakeControl } from '../testkit/fake-control.builder.ts';
import { capsuleOf, signingOf } from '../testkit/signing.builder.ts';

const data = signingOf(capsuleOf());
const { digest } = data;
const words = digestWords(digestOf(Buffer.from(data.capsule.payload, 'base64')));
let server: FakeControl | undefined;
afterEach(async () => {
  await server?.stop();
  server = undefined;
});

const detail = (state: string, more: object = {}): object => ({
  id: 'P-1',
  state,
  title: 't',
  decisions: [],
  approvals: [],
  capsules: [],
  ...more,
});

const SIGNING = { 'GET /proposals/P-1/signing': { json: data } };

describe('without a key', () => {
  test.each([
    ['SUCCEEDED', EXIT.ok],
    ['APPROVED', EXIT.ok],
    ['REJECTED', EXIT.rejected],
    ['PROHIBITED', EXIT.prohibited],
    ['EXPIRED', EXIT.conflict],
  ])('prints the page, waits, and ends by what people decided: %s', async (state, expected) => {
    let asked = 0;
    server = await FakeControl.start({
      'GET /proposals/P-1': () => {
        asked += 1;
        return { json: detail(asked < 4 ? 'PENDING' : state, { missing: [{ role: 'release-approver', count: 1 }] }) };
      },
      ...SIGNING,
    });
    const { exit, out } = await cs(['approve', 'P-1'], { url: server.url });
    expect(out).toBe(`${server.url}/sign/P-1\n`);
    expect(exit).toBe(expected);
  });

  test('Ctrl-C leaves it pending', async () => {
    server = await FakeControl.start({ 'GET /proposals/P-1': { json: detail('PENDING') }, ...SIGNING });
    const { exit, err } = await cs(['approve', 'P-1'], { url: server.url, interruptAfterPauses: 1 });
    expect(exit).toBe(EXIT.interrupted);
    expect(err).toContain('nothing was changed by waiting');
  });

  test('A2: says the words that the page has to show, made here from the capsule', async () => {
    server = await FakeControl.start({ 'GET /proposals/P-1': { json: detail('PENDING') }, ...SIGNING });
    const { url } = server;
    expect((await cs(['approve', 'P-1', '--no-wait'], { url })).err).toContain(`made here from the capsule: ${words}`);
    const { out } = await cs(['approve', 'P-1', '--no-wait', '--json'], { url });
    expect(JSON.parse(out)).toMatchObject({ digest, words, state: 'PENDING' });
  });

  test('A2: names no page when what the server offers does not hold together', async () => {
    const signing = { ...data, digest: `sha256:${'0'.repeat(64)}` };
    server = await FakeControl.start({
      'GET /proposals/P-1': { json: detail('PENDING') },
      'GET /proposals/P-1/signing': { json: signing },
    });
    expect(await cs(['approve', 'P-1', '--no-wait'], { url: server.url })).toMatchObject({
      exit: EXIT.unverified,
      out: '',
    });
  });

  test('says no words of a proposal that nobody has to sign any more', async () => {
    server = await FakeControl.start({ 'GET /proposals/P-1': { json: detail('SUCCEEDED') } });
    const { exit, err } = await cs(['approve', 'P-1'], { url: server.url });
    expect([exit, err.includes('these words')]).toEqual([EXIT.ok, false]);
  });

  test('a wait that is over ends with 8', async () => {
    server = await FakeControl.start({ 'GET /proposals/P-1': { json: detail('PENDING') }, ...SIGNING });
    expect((await cs(['approve', 'P-1', '--timeout', '3s'], { url: server.url })).exit).toBe(EXIT.pending);
    expect((await cs(['approve', 'P-1', '--no-wait'], { url: server.url })).exit).toBe(EXIT.pending);
  });
});
