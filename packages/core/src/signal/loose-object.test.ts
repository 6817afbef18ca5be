import { expect, test } from 'vitest';
import { readShape, integer, optional, text } from '../shared/shape.ts';
import { looseObject } from './loose-object.ts';

interface Point {
  readonly x: number;
  readonly name?: string;
}
const point = looseObject<Point>({ x: integer({ min: 0, max: 9 }), name: optional(text({ max: 3 })) });

test('telemetry: unknown fields are ignored and do not reach the value', () => {
  expect(readShape(point, { x: 1, extra: { deep: [1] } })).toEqual({ ok: true, value: { x: 1 } });
  expect(readShape(point, JSON.parse('{"x":1,"__proto__":{"name":"y"}}'))).toEqual({ ok: true, value: { x: 1 } });
});

test('telemetry: known fields keep their strict shape', () => {
  const read = readShape(point, { x: 10, name: 'long', extra: 1 });
  expect(!read.ok && read.refusal.complaints?.map(({ at }) => at)).toEqual(['/x', '/name']);
  expect(!readShape(point, {}).ok).toBe(true);
});

test.each([null, [], 'x', 7])('telemetry: %j is not an object', (value) => {
  expect(readShape(point, value).ok).toBe(false);
});

test('the schema says that more is allowed', () => {
  expect(point.schema).toMatchObject({ required: ['x'], additionalProperties: true });
});
