import { anything } from './view-shape.ts';
import { afterEach, expect, test } from 'vitest';
import { connect } from '../client.ts';
import { FakeControl, problem } from '../testkit/fake-control.builder.ts';
import { Http } from './http.ts';
import { Problem } from './problem.ts';

const servers: FakeControl[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});
async function control(answers: Parameters<typeof FakeControl.start>[0]): Promise<FakeControl> {
  const started = await FakeControl.start(answers);
  servers.push(started);
  return started;
}
const noPause = async (): Promise<void> => undefined;
const caught = async (work: Promise<unknown>): Promise<Problem> => {
  const error: unknown = await work.catch((reason: unknown) => reason);
  if (error instanceof Problem) return error;
  throw new Error(`no problem was thrown but ${String(error)}`);
};

test('a refusal carries everything one can act on', async () => {
  const server = await control({
    'GET /proposals/P-1': problem(403, 'forbidden', {
      clause: 'A4',
      eligible: ['ana'],
      next: ['ask ana'],
      missing: ['/x'],
      complaints: [{ at: '/x', problem: 'is missing' }],
      requestId: 'r-1',
    }),
  });
  const found = await caught(connect({ url: server.url }).proposal('P-1'));
  expect(found).toMatchObject({
    status: 403,
    code: 'forbidden',
    detail: 'refused: forbidden',
    clause: 'A4',
    eligible: ['ana'],
    next: ['ask ana'],
    missing: ['/x'],
    complaints: [{ at: '/x', problem: 'is missing' }],
    requestId: 'r-1',
  });
});

test.each([
  ['an answer that is not JSON', { text: '<html>' }],
  ['an answer of another form', { json: { items: 'many' } }],
  ['an item without an id', { json: { items: [{ state: 'PENDING', title: 'x' }] } }],
])('%s is a problem, not a crash', async (_name, reply) => {
  const server = await control({ 'GET /proposals': reply });
  expect(await caught(connect({ url: server.url }).proposals())).toMatchObject({ code: 'unexpected-answer' });
});

test('fields this client does not know are kept, so `--json` shows what the API said', async () => {
  const server = await control({
    'GET /proposals': { json: { items: [{ id: 'P-1', state: 'PENDING', title: 'x', later: { a: 1 } }], next: 'c' } },
  });
  expect(await connect({ url: server.url }).proposals()).toEqual({
    items: [{ id: 'P-1', state: 'PENDING', title: 'x', later: { a: 1 } }],
    next: 'c',
  });
});

test('reading is tried again when the server says it may be', async () => {
  let calls = 0;
  const server = await control({
    'GET /things': () => {
      calls += 1;
      return calls < 3 ? problem(503, 'unavailable') : { json: { done: true } };
    },
  });
  expect(await new Http({ url: server.url, pause: noPause }).get(anything, '/things')).toEqual({ done: true });
  expect(calls).toBe(3);
});

test('writing is tried again under the same idempotency key', async () => {
  const server = await control({ 'POST /things': problem(503, 'unavailable') });
  const http = new Http({ url: server.url, token: 'a-token-of-a-test', pause: noPause });
  expect((await caught(http.post(anything, '/things', {}, { idempotencyKey: 'k-1' }))).status).toBe(503);
  expect(server.to('POST /things').map(({ headers }) => headers['idempotency-key'])).toEqual(['k-1', 'k-1', 'k-1']);
});

test('writing without a token is sent once: nobody would know the second from the first', async () => {
  const server = await control({ 'POST /things': problem(503, 'unavailable') });
  await caught(new Http({ url: server.url, pause: noPause }).post(anything, '/things', {}));
  expect(server.asked).toHaveLength(1);
});

test('a refusal is not tried again', async () => {
  const server = await control({ 'GET /things': problem(409, 'conflict') });
  await caught(new Http({ url: server.url, pause: noPause }).get(anything, '/things'));
  expect(server.asked).toHaveLength(1);
});

test('a server that is not there is a problem with a next step', async () => {
  const server = await control({});
  const { url } = server;
  await server.stop();
  servers.length = 0;
  const found = await caught(connect({ url, pause: noPause }).health());
  expect(found).toMatchObject({ code: 'unreachable', status: 0 });
  expect(found.next.join(' ')).toContain('npm start');
});

test('ids become one part of the address whatever they hold', async () => {
  const server = await control({});
  await caught(connect({ url: server.url }).proposal('../trust?x=1#y'));
  expect(server.asked[0]?.path).toBe('/proposals/..%2Ftrust%3Fx%3D1%23y');
});

test('the token and the version of the API are on every call but the plain text and the description', async () => {
  const server = await control({ 'GET /openapi.json': { json: { openapi: '3.1.0' } } });
  await connect({ url: server.url, token: 'a-token-of-a-test' }).openapi();
  expect(server.asked[0]?.headers.authorization).toBe('Bearer a-token-of-a-test');
});
