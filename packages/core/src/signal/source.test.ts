import { expect, test } from 'vitest';
import { readShape } from '../shared/shape.ts';
import {
  categoryOf,
  categoryOfSignal,
  maySend,
  OTHER_CATEGORY,
  sourceDescriptionShape,
  type RegisteredSource,
} from './source.ts';
import { aSignal } from './signal.builder.ts';

const categories: RegisteredSource['categories'] = [
  { name: 'network', rules: ['Net*', 'NetworkFlow'] },
  { name: 'availability', rules: ['NetworkDown*', 'Down'] },
];
const description = { owner: 'omar', formats: ['alertmanager'], categories, scale: ['warning', 'critical'] };

test.each([
  ['Down', 'availability'],
  ['NetScan', 'network'],
  ['NetworkFlow', 'network'],
  // The longer beginning is the more specific one.
  ['NetworkDownUplink', 'availability'],
  ['DownTown', OTHER_CATEGORY],
  ['', OTHER_CATEGORY],
])('D3: the registry says that `%s` is of category %s', (rule, category) => {
  expect(categoryOf({ categories }, rule)).toBe(category);
});

test("a signal's category is that of its own source; of an unregistered one it is none", () => {
  const sources = [{ source: 'prometheus' as never, categories }];
  expect(categoryOfSignal(aSignal('S-1', { rule: 'Down' }), sources)).toBe('availability');
  expect(categoryOfSignal(aSignal('S-1', { rule: 'Down', source: 'x' as never }), sources)).toBe(OTHER_CATEGORY);
  expect(categoryOf(undefined, 'Down')).toBe(OTHER_CATEGORY);
});

test('G5: only a source that is registered for a format may send it', () => {
  const sources = [{ source: 'vendor' as never, formats: ['openvex' as const] }];
  expect(maySend(sources, 'vendor', ['openvex', 'cyclonedx-vex'])).toBe(true);
  expect(maySend(sources, 'vendor', ['exploited-list'])).toBe(false);
  expect(maySend(sources, 'stranger', ['openvex'])).toBe(false);
});

test('D8: a description is read whole', () => {
  expect(readShape(sourceDescriptionShape, description)).toEqual({ ok: true, value: description });
});

test.each([
  [{ scale: ['prometheus:critical'] }, '/scale/0'],
  [{ scale: ['a', 'a'] }, '/scale'],
  [{ categories: [...categories, { name: 'network', rules: ['x'] }] }, '/categories'],
  [{ categories: [{ name: 'Net work', rules: ['x'] }] }, '/categories/0/name'],
  [{ categories: [{ name: 'none', rules: [] }] }, '/categories/0/rules'],
  [{ formats: ['csv'] }, '/formats/0'],
  [{ lineage: ['x'] }, '/lineage'],
])('%o is refused', (change, at) => {
  expect(readShape(sourceDescriptionShape, { ...description, ...change })).toMatchObject({
    ok: false,
    refusal: { complaints: [{ at }] },
  });
});
