import { once } from 'node:events';
import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import { Writable } from 'node:stream';
import type { ServerResponse } from 'node:http';
import { instantOf } from '@countersign/core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../testkit/database.ts';
import { startControl, type TestControl } from '../testkit/control.ts';
import { makeWorld, NOON_MS } from '../testkit/world.ts';
import { EventStream } from './event-stream.ts';

const world = makeWorld();
const other = makeWorld('globex');
let database: TestDatabase;
let control: TestControl;
let port = 0;
const open: ClientRequest[] = [];
beforeAll(async () => {
  database = await openTestDatabase();
  control = await startControl({ url: database.url, worlds: [world, other] });
  await control.ask('person:kim', 'POST', '/api/v1/trust', { body: { trust: world.bundle() } });
  await control.settled();
  port = Number(new URL(await control.app.listen({ host: '127.0.0.1', port: 0 })).port);
});
afterEach(() => {
  for (const one of open.splice(0)) one.destroy();
});
afterAll(async () => {
  await control.stop();
  await database.drop();
});

interface Listener {
  readonly status: number;
  /** The next event of the stream. */
  readonly next: () => Promise<{ readonly id: number; readonly subject: string; readonly body: unknown }>;
}
async function listen(
  caller = 'person:kim',
  headers: Record<string, string> = {},
  query: string = '',
): Promise<Listener> {
  const outgoing = request({
    host: '127.0.0.1',
    port,
    path: `/api/v1/events${query}`,
    headers: { authorization: `Bearer ${world.tokens[caller]}`, ...headers },
  });
  open.push(outgoing);
  outgoing.on('error', () => undefined);
  outgoing.end();
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  const chunks = response.setEncoding('utf8')[Symbol.asyncIterator]() as AsyncIterator<string, undefined>;
  let buffer = '';
  return {
    status: response.statusCode ?? 0,
    async next() {
      for (;;) {
        const end = buffer.indexOf('\n\n');
        if (end >= 0) {
          const frame = buffer.slice(0, end);
          buffer = buffer.slice(end + 2);
          const [id, data] = frame.split('\n');
          if (data === undefined) continue;
          const event = JSON.parse(data.slice('data: '.length)) as { leaf: { subject: string }; body: unknown };
          return { id: Number(id?.slice('id: '.length)), subject: event.leaf.subject, body: event.body };
        }
        const chunk = await chunks.next();
        if (chunk.value === undefined) throw new Error('the stream ended');
        buffer += chunk.value;
      }
    },
  };
}
const size = async (): Promise<number> => (await control.deps.newest.checkpoint(world.organisation))?.size ?? 0;
async function record(subject: string, by = world): Promise<void> {
  const heard = control.next('checkpoint');
  await control.deps.transactor.run(
    { organisation: by.organisation, actor: 'control', now: instantOf(NOON_MS) },
    async ({ leaf }) => {
      leaf({ event: 'decision.made', subject, correlation: '', body: { about: subject, text: 'line\nbreak' } });
    },
  );
  await heard;
}

describe('the event stream', () => {
  test('V6: sends each leaf without its body, the id is the place in the record', async () => {
    const listener = await listen();
    await record('proposal:P-1');
    await record('proposal:P-2');
    const [one, two] = [await listener.next(), await listener.next()];
    expect([one.subject, two.subject, two.id - one.id]).toEqual(['proposal:P-1', 'proposal:P-2', 1]);
    expect([one.body, two.body]).toEqual([undefined, undefined]);
  });

  test('V6: bodies come for a purpose, and that they are read is in the record before the first of them', async () => {
    const listener = await listen('person:kim', {}, '?purpose=watch');
    await record('proposal:P-1');
    const [reading, next] = [await listener.next(), await listener.next()];
    expect([reading.subject, reading.body]).toEqual([
      'evidence:stream',
      { from: reading.id, purpose: 'watch', roles: ['policy-admin'] },
    ]);
    expect(next.body).toEqual({ about: 'proposal:P-1', text: 'line\nbreak' });
  });

  test.each(['agent:playbook', 'witness:one'])('V6: %s gets leaves, and no bodies whatever it says', async (caller) => {
    const before = await size();
    expect((await listen(caller, {}, '?purpose=watch')).status).toBe(403);
    expect([(await listen(caller)).status, await size()]).toEqual([200, before]);
  });

  test('V6: a stream that is refused its bodies does not count as open', async () => {
    for (let n = 0; n < 20; n += 1) expect((await listen('witness:one', {}, '?purpose=x')).status).toBe(403);
    expect((await listen('witness:one')).status).toBe(200);
  });

  test('whoever was away resumes after the last event they saw', async () => {
    const before = await listen();
    await record('proposal:P-3');
    const { id } = await before.next();
    await record('proposal:P-4');
    await record('proposal:P-5');
    const again = await listen('person:kim', { 'last-event-id': String(id) });
    expect([(await again.next()).subject, (await again.next()).subject]).toEqual(['proposal:P-4', 'proposal:P-5']);
  });

  test('an id from the future starts at the end', async () => {
    const listener = await listen('person:kim', { 'last-event-id': '999999999' });
    await record('proposal:P-6');
    expect((await listener.next()).subject).toBe('proposal:P-6');
  });

  test('O3: nothing of another organisation is sent', async () => {
    const listener = await listen();
    await record('proposal:X-1', other);
    await record('proposal:P-7');
    expect((await listener.next()).subject).toBe('proposal:P-7');
  });

  test('a caller has a limited number of streams', async () => {
    const listeners = await Promise.all(Array.from({ length: 20 }, () => listen('agent:playbook')));
    const statuses = listeners.map(({ status }) => status);
    expect(statuses.filter((status) => status === 200).length).toBeLessThanOrEqual(16);
    expect(statuses).toContain(429);
  });

  test('sources have no access', async () => {
    expect((await listen('source:scanner')).status).toBe(403);
  });
});

describe('a slow listener', () => {
  test('gets nothing buffered and reads on from the record when it takes more', async () => {
    const release: (() => void)[] = [];
    const written: string[] = [];
    const sink = new Writable({
      highWaterMark: 64,
      decodeStrings: false,
      write(chunk: string, _encoding, done) {
        written.push(chunk);
        release.push(done);
      },
    });
    const response = Object.assign(sink, { setHeader: () => undefined, statusCode: 0 }) as unknown as ServerResponse;
    const asked: number[] = [];
    const total = 30;
    const stream = new EventStream({
      response,
      from: 0,
      read: async (from, limit) => {
        asked.push(from);
        return Array.from({ length: Math.min(limit, total - from) }, (_, n) => ({
          seq: from + n,
          leaf: Buffer.from('{"a":1}'),
          body: undefined,
        }));
      },
      ended: () => undefined,
      heartbeatMs: 100_000,
      stalledMs: 100_000,
    });
    stream.wake();
    while (stream.next < total) {
      release.shift()?.();
      await new Promise(setImmediate);
    }
    for (const done of release) done();
    stream.end();
    const ids = [...written.join('').matchAll(/id: (\d+)/g)].map(([, id]) => Number(id));
    expect(ids.length).toBeGreaterThan(0);
    expect(ids).toEqual(ids.map((_id, place) => place));
    expect(asked.length).toBeGreaterThan(1);
  });
});
