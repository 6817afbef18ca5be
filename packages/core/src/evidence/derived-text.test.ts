import { describe, expect, test } from 'vitest';
import { derivedText } from './derived-text.ts';
import { HEALTH_WORDS, type DerivedValue } from './sanitized-view.ts';

const health = (when: 'before' | 'after', counts: readonly number[]): readonly DerivedValue[] =>
  HEALTH_WORDS.map((word, index) => ({ rule: 'health', when, word, count: counts[index] ?? 0 }));

describe('V2: what a runner says of what stays inside', () => {
  test('is one sentence with every rule in it', () => {
    expect(
      derivedText([
        { rule: 'duration', minutes: 3 },
        { rule: 'dependants', count: 1 },
        { rule: 'files', count: 20 },
        ...health('before', [2, 0, 0, 1]),
        ...health('after', [3, 0, 0, 0]),
        { rule: 'host-class', class: 'web', count: 2 },
        { rule: 'host-class', class: 'other', count: 1 },
        { rule: 'address-prefix', prefix: '10.2.x.x', count: 1 },
        { rule: 'address-prefix', prefix: '10.4.x.x', count: 7 },
        { rule: 'output-size', characters: 1000 },
      ]),
    ).toBe(
      'it took up to 3 min; 1 dependant; 20 files looked at; outputs of up to 1000 characters; ' +
        'health before: 2 well, 1 unknown; health after: 3 well; targets: 2 web, 1 other; ' +
        'addresses: 10.2.x.x once, 10.4.x.x 7 times',
    );
  });

  test('leaves counts of nothing out, and says when no health was read at all', () => {
    expect(derivedText(health('after', [0, 0, 0, 0]))).toBe('health after: nothing was read');
    expect(derivedText([])).toBe('');
  });
});
