import { afterEach, expect, test } from 'vitest';
import { connect } from '../client.ts';
import { event, FakeControl, problem } from '../testkit/fake-control.builder.ts';
import type { Recorded } from './events.ts';

const leaf = { event: 'rollout.started', at: 'now', actor: 'runner:r', subject: 'capsule:x', correlation: 'P-1' };
let server: FakeControl | undefined;
afterEach(() => server?.stop());
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64');
const noPause = async (): Promise<void> => undefined;

test('a lost connection is taken up after the last event that was seen', async () => {
  server = await FakeControl.start({
    'GET /events': ({ headers }) =>
      headers['last-event-id'] === '5'
        ? { stream: [event(5, leaf).replace('id: 5', 'id: 6')], end: false }
        : { stream: [event(4, leaf), event(5, leaf)], end: true },
  });
  const states: string[] = [];
  const seen: number[] = [];
  const stop = new AbortController();
  for await (const { seq } of connect({ url: server.url }).events({
    signal: stop.signal,
    pause: noPause,
    onState: (state) => states.push(state),
  })) {
    seen.push(seq);
    if (seq === 6) break;
  }
  stop.abort();
  expect(seen).toEqual([4, 5, 6]);
  expect(states).toEqual(['live', 'lost', 'live']);
});

test('from the beginning includes the very first entry, which no stream can resume before', async () => {
  server = await FakeControl.start({
    'GET /record/entries': { json: { entries: [{ seq: 0, leaf: encode(leaf), body: encode({ first: true }) }] } },
    'GET /events': { stream: [event(1, leaf)], end: false },
  });
  const seen: Recorded[] = [];
  for await (const recorded of connect({ url: server.url }).events({ after: -1, pause: noPause })) {
    seen.push(recorded);
    if (seen.length === 2) break;
  }
  expect(seen.map(({ seq, body }) => ({ seq, body }))).toEqual([
    { seq: 0, body: { first: true } },
    { seq: 1, body: undefined },
  ]);
  expect(server.to('GET /events')[0]?.headers['last-event-id']).toBe('0');
});

test('a refusal ends the stream instead of being asked for again and again', async () => {
  server = await FakeControl.start({ 'GET /events': problem(401, 'unauthenticated') });
  const events = connect({ url: server.url }).events({ pause: noPause });
  await expect(events.next()).rejects.toMatchObject({ code: 'unauthenticated' });
  expect(server.asked).toHaveLength(1);
});

test('whoever stops listening is let go', async () => {
  server = await FakeControl.start({ 'GET /events': { stream: [], end: false } });
  const stop = new AbortController();
  const events = connect({ url: server.url }).events({
    signal: stop.signal,
    onState: (state) => {
      if (state === 'live') stop.abort();
    },
  });
  expect(await events.next()).toEqual({ done: true, value: undefined });
});
