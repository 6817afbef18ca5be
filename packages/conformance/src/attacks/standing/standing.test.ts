// Nothing is said to stand for a threat that does not exist, and what stands open is said.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ATTACKS } from '../table.ts';
import { WITNESS_ATTACK_NAMES } from '../witness/run-witness-attacks.ts';
import { COMPROMISED_CONTROL } from './compromised-control.ts';
import { PEER_FINDINGS } from './peers.ts';
import { THREATS } from './threats.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..', '..', '..');
const NAMES = [...ATTACKS.map(({ name }) => name), ...WITNESS_ATTACK_NAMES];
const EVERYTHING = [...PEER_FINDINGS, ...COMPROMISED_CONTROL, ...THREATS];

test('O5: an attack has a name that no other has', () => {
  expect(new Set(NAMES).size).toBe(NAMES.length);
});

describe('O5: what stands for a threat', () => {
  test.each(EVERYTHING)('$id: every attack that is named exists', ({ attacks }) => {
    expect(attacks.filter((name) => !NAMES.includes(name))).toEqual([]);
  });

  test.each(EVERYTHING)('$id: every test that is named exists', ({ tests = [] }) => {
    const missing = tests.filter(
      ([file, name]) => !existsSync(join(ROOT, file)) || !readFileSync(join(ROOT, file), 'utf8').includes(name),
    );
    expect(missing).toEqual([]);
  });

  test.each(EVERYTHING)('$id: something stands for it', ({ attacks, tests = [] }) => {
    expect(attacks.length + tests.length).toBeGreaterThan(0);
  });
});

test('a threat without an attack says where it is refused instead', () => {
  const silent = THREATS.filter(
    ({ attacks, tests = [], elsewhere = '' }) => attacks.length === 0 && (tests.length === 0 || elsewhere === ''),
  );
  expect(silent.map(({ id }) => id)).toEqual([]);
});

const upTo = (letter: string, last: number): readonly string[] =>
  Array.from({ length: last }, (_, place) => `${letter}${place + 1}`);

test('fifteen acts of the peers and the threats of the model are all there, once', () => {
  expect(PEER_FINDINGS.map(({ id }) => id)).toEqual(upTo('A', 15));
  expect(THREATS.map(({ id }) => id)).toEqual(upTo('T', 28).filter((id) => id !== 'T23'));
});

test('every act of the peers and of a compromised control plane is tried by an attack that runs', () => {
  expect([...PEER_FINDINGS, ...COMPROMISED_CONTROL].filter(({ attacks }) => attacks.length === 0)).toEqual([]);
});
