import { expect, test } from 'vitest';
import { assertNever, ok, refuse } from './result.ts';

test('an expected no is a value with its code, its reason and what it was told beside', () => {
  expect(ok(1)).toEqual({ ok: true, value: 1 });
  expect(refuse('halted', 'the capsule is halted')).toEqual({
    ok: false,
    refusal: { code: 'halted', detail: 'the capsule is halted' },
  });
  expect(refuse('halted', 'it is halted', { clause: 'X5', next: ['resume trip 2'] }).refusal).toEqual({
    code: 'halted',
    detail: 'it is halted',
    clause: 'X5',
    next: ['resume trip 2'],
  });
});

test('a case that a switch forgot stops the program instead of passing for something else', () => {
  expect(() => assertNever('new' as never)).toThrow('a case is not handled: "new"');
});
