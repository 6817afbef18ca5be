import { connect, type Client, type Recorded } from '@countersign/client';
import { afterEach, expect, test } from 'vitest';
import { Recorder } from './recorder.ts';

const recorded = (seq: number, event: string, correlation = 'P-1'): Recorded => ({
  seq,
  leaf: { event, at: '2026-03-01T12:00:00.000Z', actor: 'control', subject: 'proposal:P-1', correlation },
});

/** A client whose stream says what the test pushes. */
function streamOf(): { readonly client: Client; readonly push: (one: Recorded) => void } {
  const queue: Recorded[] = [];
  let wake: (() => void) | undefined;
  async function* events(following?: Parameters<Client['events']>[0]): AsyncGenerator<Recorded, void, void> {
    following?.onState?.('live');
    for (;;) {
      while (queue.length > 0) yield queue.shift()!;
      const ended = await new Promise<boolean>((done) => {
        wake = () => done(false);
        following?.signal?.addEventListener('abort', () => done(true), { once: true });
      });
      if (ended) return;
    }
  }
  return {
    client: { ...connect({ url: '' }), events },
    push(one) {
      queue.push(one);
      wake?.();
    },
  };
}

let recorder: Recorder | undefined;
afterEach(() => recorder?.close());
const is = (event: string) => (one: Recorded) => one.leaf.event === event;

test('finds what comes later and what came already', async () => {
  const { client, push } = streamOf();
  recorder = await Recorder.follow(client);
  const later = recorder.until('evidence', is('evidence.received'), 5000);
  push(recorded(1, 'decision.made'));
  push(recorded(2, 'evidence.received'));
  expect((await later).recorded.seq).toBe(2);
  expect((await recorder.until('decision', is('decision.made'), 5000)).recorded.seq).toBe(1);
});

test('the time of an event is the one of its arrival', async () => {
  const { client, push } = streamOf();
  recorder = await Recorder.follow(client);
  const before = performance.now();
  push(recorded(1, 'decision.made'));
  const { atMs } = await recorder.until('decision', is('decision.made'), 5000);
  expect(atMs).toBeGreaterThanOrEqual(before);
  expect(atMs).toBeLessThanOrEqual(performance.now());
});

test('what does not come in time is named, with what came instead', async () => {
  const { client, push } = streamOf();
  recorder = await Recorder.follow(client);
  push(recorded(1, 'capsule.refused'));
  await recorder.until('refusal', is('capsule.refused'), 5000);
  await expect(recorder.until('the receipt', is('evidence.received'), 20)).rejects.toThrow(
    /the receipt .* capsule\.refused/,
  );
});

test('what is forgotten is not found again', async () => {
  const { client, push } = streamOf();
  recorder = await Recorder.follow(client);
  push(recorded(1, 'remediation.closed'));
  await recorder.until('the end', is('remediation.closed'), 5000);
  recorder.forget();
  await expect(recorder.until('the end', is('remediation.closed'), 20)).rejects.toThrow('nothing');
});
