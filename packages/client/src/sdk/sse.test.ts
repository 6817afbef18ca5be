import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readRecorded } from './events.ts';
import { SseParser } from './sse.ts';

test('events are told apart, comments and heartbeats are not events', () => {
  const parser = new SseParser();
  expect(parser.push(': still here\n\nretry: 2000\n\nid: 4\ndata: a\ndata: b\n\nevent: x\r\ndata:c\r\n\r\n')).toEqual([
    { id: '4', event: 'message', data: 'a\nb' },
    { id: '4', event: 'x', data: 'c' },
  ]);
});

test('the bytes may be cut anywhere', () => {
  const whole = 'id: 1\ndata: {"a":1}\n\n: beat\n\nid: 2\ndata: two\n\n';
  fc.assert(
    fc.property(fc.array(fc.nat(whole.length), { maxLength: 6 }), (cuts) => {
      const places = [0, ...cuts.toSorted((a, b) => a - b), whole.length];
      const parser = new SseParser();
      const found = places.slice(1).flatMap((end, index) => [...parser.push(whole.slice(places[index], end))]);
      expect(found).toEqual([
        { id: '1', event: 'message', data: '{"a":1}' },
        { id: '2', event: 'message', data: 'two' },
      ]);
    }),
  );
});

test('a line that never ends is not kept for ever', () => {
  const parser = new SseParser();
  expect(() => parser.push('data: '.padEnd(17_000_000, 'x'))).toThrow(RangeError);
});

const leaf = { event: 'rollout.started', at: 'now', actor: 'runner:r', subject: 'capsule:x', correlation: 'P-1' };

test('an event of the record has a number and a leaf', () => {
  const data = JSON.stringify({ seq: 3, leaf, body: { a: 1 } });
  expect(readRecorded({ id: '3', event: 'message', data })).toEqual({ seq: 3, leaf, body: { a: 1 } });
});

test.each([
  ['no number', undefined, JSON.stringify({ leaf })],
  ['a number that is none', '-1', JSON.stringify({ leaf })],
  ['text that is not JSON', '3', '{'],
  ['no leaf', '3', '{}'],
])('%s: the message is passed over, the stream goes on', (_name, id, data) => {
  expect(readRecorded({ event: 'message', data, ...(id !== undefined && { id }) })).toBeUndefined();
});
