import { expect, test } from 'vitest';
import { aSignal } from './signal.builder.ts';
import { severityOf } from './severity.ts';

const mapping = { critical: 4, warning: 2, 'prometheus:critical': 3, 'scanner:note': 0 };
const of = (source: string, severity: string): number =>
  severityOf(mapping, { ...aSignal('S-1'), source: source as never, severity });

test('D3: the envelope maps the word of a source, and the entry for one source wins', () => {
  expect(of('other', 'critical')).toBe(4);
  expect(of('prometheus', 'critical')).toBe(3);
  expect(of('scanner', 'note')).toBe(0);
});

test('D3: a word that nobody mapped has no severity', () => {
  expect(of('other', 'note')).toBe(-1);
  expect(of('other', 'Critical')).toBe(-1);
  expect(of('other', '')).toBe(-1);
});

test.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])('`%s` is a word like any other', (word) => {
  expect(of('other', word)).toBe(-1);
});

test("D3: a source cannot borrow another source's entry by its word", () => {
  expect(of('scanner', 'prometheus:critical')).toBe(-1);
  expect(severityOf({ 'a:b:c': 4 }, { source: 'a' as never, severity: 'b:c' })).toBe(-1);
});
