import { expect, test } from 'vitest';
import { owedFiles, SLOTS, slotOf, type Slot } from './slots.ts';

test.each<[string, Slot]>([
  ['1.root.json', 'root'],
  ['12.root.json', 'root'],
  ['kept.note', 'older'],
  ['entry.tlog-proof', 'older'],
  ['checkpoint', 'older'],
  ['P-1.bundle', 'file'],
  ['acme.csx', 'file'],
  ['root.json.csx', 'file'],
  ['checkpoint.csx', 'file'],
  ['', 'file'],
])('X1: a dropped file called `%s` is taken for the %s', (name, expected) => {
  expect(slotOf(name)).toBe(expected);
});

test('V4: the page says which of the two files it still needs, and never asks for the optional one', () => {
  expect(owedFiles(new Set())).toContain('Choose the root of trust and the file');
  expect(owedFiles(new Set<Slot>(['older']))).toContain('Choose the root of trust and the file');
  expect(owedFiles(new Set<Slot>(['root']))).toContain('Now choose the bundle');
  expect(owedFiles(new Set<Slot>(['file', 'older']))).toContain('Without it nothing can be believed');
  expect(owedFiles(new Set<Slot>(['root', 'file']))).toBeUndefined();
});

test('X1: the person who looks is told where the root comes from', () => {
  expect(SLOTS.map(({ slot }) => slot)).toEqual(['root', 'file', 'older']);
  expect(SLOTS[0]?.hint).toContain('never from the server');
});
