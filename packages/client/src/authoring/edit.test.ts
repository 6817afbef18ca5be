import fc from 'fast-check';
import { expect, test } from 'vitest';
import { WRITTEN } from './authoring.builder.ts';
import { pathFrom, setInFile } from './edit.ts';
import { readYaml } from './yaml-source.ts';

const set = (path: string, value: string, text: string = WRITTEN): string => {
  const edited = setInFile(text, pathFrom(path), value);
  if (!edited.ok) throw new Error(edited.refusal.detail);
  return edited.value;
};
const differing = (before: string, after: string): readonly string[] => {
  const old = before.split('\n');
  return after.split('\n').filter((line, position) => line !== old[position]);
};
const comments = (text: string): readonly string[] => text.match(/#.*$/gm) ?? [];

test('E1: one value changes, every other byte stays', () => {
  expect(differing(WRITTEN, set('grants.restart.caps.targets', '2'))).toEqual([
    '    caps: { targets: 2, perTier: { non-critical: 3 }, services: 5, percentOfTier: 5, actionsPerHour: 4 }',
  ]);
  expect(differing(WRITTEN, set('/phase', 'observe-only'))).toEqual(['phase: observe-only # the third stage']);
  expect(differing(WRITTEN, set('grants.0.isEnabled', 'false'))).toEqual(['    isEnabled: false']);
});

const keys = (text: string): readonly string[] => [...text.matchAll(/^(\w+):/gm)].map(([, key]) => key ?? '');

test('E1: a new field and a list keep comments and the order of keys', () => {
  for (const after of [
    set('maxSkipPercent', '20'),
    set('agents', '[playbook, other]'),
    set('grants.restart.targetKinds', '[service]'),
  ]) {
    expect(comments(after)).toEqual(comments(WRITTEN));
    expect(keys(after).slice(0, keys(WRITTEN).length)).toEqual(keys(WRITTEN));
  }
});

test('E1: wherever a scalar is set, comments, order and every other value stay', () => {
  const source = readYaml(WRITTEN);
  if (!source.ok) throw new Error('not read');
  const paths: string[] = [];
  const walk = (value: unknown, path: readonly string[]): void => {
    if (typeof value === 'object' && value !== null)
      for (const [key, inner] of Object.entries(value)) walk(inner, [...path, key]);
    else paths.push(`/${path.join('/')}`);
  };
  walk(source.value.data, []);
  fc.assert(
    fc.property(
      fc.constantFrom(...paths),
      fc.oneof(fc.nat().map(String), fc.stringMatching(/^[a-z]{3,12}$/)),
      (path, value) => {
        const after = set(path, value);
        expect(comments(after)).toEqual(comments(WRITTEN));
        expect(set(path, `"${value}x"`, after).split('\n').length).toBe(WRITTEN.split('\n').length);
        expect(differing(WRITTEN, after).length).toBeLessThanOrEqual(1);
      },
    ),
  );
});

test.each([
  ['grants.nosuch.caps', '1', 'leads nowhere'],
  ['nosuch.deeper', '1', 'leads nowhere'],
  ['grants.7', '1', 'leads nowhere'],
  ['phase', '[1', 'no YAML'],
  ['phase', '!x y', 'no YAML'],
])('a path that leads nowhere or a value that is none is refused: %s = %s', (path, value, said) => {
  const edited = setInFile(WRITTEN, pathFrom(path), value);
  expect(edited.ok).toBe(false);
  expect(!edited.ok && edited.refusal.detail).toContain(said);
});

test('a value cannot smuggle in a second field', () => {
  const edited = setInFile(WRITTEN, pathFrom('phase'), 'observe-only\nversion: 9');
  expect(edited.ok && (readYaml(edited.value).ok ? edited.value.match(/^version: 9/m) : null)).toBeFalsy();
});
