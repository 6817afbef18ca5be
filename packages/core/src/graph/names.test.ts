import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { NodeId } from '../shared/brand.ts';
import { namesOf } from './names.ts';

const of = (...ids: readonly string[]) => namesOf(ids as unknown as readonly NodeId[]);
const id = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,6}$/);

test('G1: every id is found at its place and nothing else is found', () => {
  fc.assert(
    fc.property(fc.uniqueArray(id, { maxLength: 200 }), id, (ids, other) => {
      const names = of(...ids);
      expect(ids.map((one) => names.get(one))).toEqual([...ids.keys()]);
      expect(ids.map((_, position) => names.at(position))).toEqual(ids);
      expect(names.has(other)).toBe(ids.includes(other));
      expect(names.size).toBe(ids.length);
    }),
  );
});

test('G1: an id named twice keeps its first place', () => {
  const names = of('a', 'b', 'a');
  expect([names.get('a'), names.size, names.at(2)]).toEqual([0, 2, 'a']);
});

test('an empty graph has no names', () => {
  expect([of().get('a'), of().has(''), of().size, of().at(0)]).toEqual([undefined, false, 0, undefined]);
});

test('names that object prototypes have are ordinary ids', () => {
  expect(of('a').has('constructor')).toBe(false);
  expect(of('constructor', 'toString').get('toString')).toBe(1);
});

/** The hash of the table, to make names that meet in it. */
function hashOf(text: string): number {
  let hash = 0x81_1c_9d_c5;
  for (let unit = 0; unit < text.length; unit += 1) hash = Math.imul(hash ^ text.charCodeAt(unit), 0x01_00_01_93);
  return (hash ^ (hash >>> 15)) >>> 0;
}

test('hostile names that all meet in one place are found as surely, and quickly', () => {
  const size = 400;
  const colliding: string[] = [];
  for (let n = 0; colliding.length < size; n += 1) if ((hashOf(`n${n}`) & 1023) === 0) colliding.push(`n${n}`);
  const names = of(...colliding);
  expect(colliding.map((one) => names.get(one))).toEqual([...colliding.keys()]);
  expect(names.size).toBe(size);
  expect(names.has('stranger')).toBe(false);
  expect(of(...colliding, 'n-again', colliding[5]!).get(colliding[5]!)).toBe(5);
});

test('positions are ordered by the text of their ids, few or many, sorted ids or not', () => {
  for (const size of [10, 1000])
    for (const step of [1, 7]) {
      const ids = Array.from({ length: size }, (_, n) => `n${String((n * step) % size).padStart(4, '0')}`);
      const positions = Uint32Array.from({ length: size }, (_, n) => (n * 3) % size);
      const ordered = [...of(...ids).ordered(positions)].map((position) => ids[position]);
      expect(ordered).toEqual(Array.from(positions, (position) => ids[position] ?? '').toSorted());
      expect(positions[1]).toBe(3);
    }
});
