import fc from 'fast-check';
import { expect, test } from 'vitest';
import { packed } from './packed.ts';

test('each part is found again where it begins, counted from 1', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 20 })), (parts) => {
      const { bytes, starts, sizes } = packed(parts);
      const found = starts.map((start, place) => bytes.subarray(start - 1, start - 1 + (sizes[place] ?? 0)));
      expect(found.map((part) => [...part])).toEqual(parts.map((part) => [...part]));
    }),
  );
});
