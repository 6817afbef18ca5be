import fc from 'fast-check';
import { expect, test } from 'vitest';
import { didYouMean, nearestName } from './nearest-name.ts';

test.each([
  ['service.restrat', ['service.restart', 'package.patch'], 'service.restart'],
  ['nigth', ['day', 'night'], 'night'],
  ['Production', ['production', 'pre-production'], 'production'],
  ['zone', ['zones', 'tones'], 'zones'],
  ['scada', ['healthcare'], undefined],
  ['x', [], undefined],
  ['x'.repeat(81), ['x'.repeat(81)], undefined],
])('%s is taken for %s: %s', (word, known, near) => {
  expect(nearestName(word, known)).toBe(near);
});

test('a word with one slip of the hand is found again', () => {
  const known = ['service.restart', 'production-critical', 'change-window'];
  fc.assert(
    fc.property(
      fc.constantFrom(...known),
      fc.nat({ max: 11 }),
      fc.constantFrom('a', 'z', '-'),
      (word, place, letter) => {
        expect(nearestName(word.slice(0, place) + letter + word.slice(place), known)).toBe(word);
        expect(nearestName(word.slice(0, place) + word.slice(place + 1), known)).toBe(word);
      },
    ),
  );
});

test('advice names what is near, else what there is, else that there is nothing', () => {
  expect(didYouMean('nigth', ['night'])).toBe('did you mean `night`?');
  expect(didYouMean('lunch', ['night', 'day'])).toBe('known are night, day');
  expect(didYouMean('lunch', [])).toBe('none is defined');
});
