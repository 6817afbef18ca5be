import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { digestOf, idOf } from '../capsule/example-capsule.test.ts';
import { readShape } from '../shared/shape.ts';
import { exampleEvidence } from './example-evidence.test.ts';
import {
  derivedValues,
  HEALTH_WORDS,
  HOST_CLASSES,
  MASKING_RULES,
  sanitizedViewShape,
  type DerivedValue,
} from './sanitized-view.ts';
import type { Evidence, TargetEvidence } from './evidence.ts';

const one = (change: Partial<TargetEvidence> = {}): TargetEvidence => ({
  target: idOf<'Target'>('web-1'),
  outcome: 'changed',
  before: [],
  after: [],
  healthBefore: 'failed: HTTP 503',
  healthAfter: 'running',
  output: '',
  ...change,
});
const evidence = (...targets: readonly TargetEvidence[]): Evidence => ({
  ...exampleEvidence(),
  healthBefore: [],
  healthAfter: [],
  targets,
});
const derived = (change: Partial<TargetEvidence>): readonly DerivedValue[] => derivedValues(evidence(one(change)), 0);
const prefixes = (output: string): readonly string[] =>
  derived({ output }).flatMap((value) => (value.rule === 'address-prefix' ? [`${value.prefix} ${value.count}`] : []));
const view = (values: unknown): unknown => ({
  type: 'sanitized-view',
  organisation: 'acme',
  runner: 'prod-1',
  capsule: digestOf('1'),
  proposal: 'P-1',
  root: 'ab'.repeat(32),
  masking: digestOf('2'),
  derived: values,
});

describe('V2: what a sanitised view says of what stays inside', () => {
  test('each value names a rule of the published list, and each rule is used', () => {
    const values = derived({ output: 'from 10.4.7.9' });
    const rules = MASKING_RULES.map(({ id }) => id);
    expect([...new Set(values.map(({ rule }) => rule))].toSorted()).toEqual(rules.toSorted());
  });

  test.each<[string, readonly string[]]>([
    ['10.4.7.9 answered', ['10.4.x.x 1']],
    ['10.4.7.9 and 10.4.7.10, then 192.168.0.1:8080', ['10.4.x.x 2', '192.168.x.x 1']],
    ['http://172.16.9.1/health', ['172.16.x.x 1']],
    ['0.0.0.0 255.255.255.255', ['0.0.x.x 1', '255.255.x.x 1']],
    ['version 1.2.3', []],
    ['build 1.2.3.4.5', []],
    ['256.1.1.1', []],
    ['1234.1.1.1', []],
    ['none', []],
  ])('of an output `%s` only halves of addresses: %j', (output, found) => {
    expect(prefixes(output)).toEqual(found);
  });

  test.each<[string, string]>([
    ['web-1', 'web'],
    ['eu-db-07', 'database'],
    ['redis.cache', 'cache'],
    ['edge_lb', 'proxy'],
    ['kafka2', 'queue'],
    ['payments-api', 'app'],
    ['webster', 'other'],
    ['secret-customer', 'other'],
  ])('of the name %s its class only: %s', (target, name) => {
    const found = derived({ target: idOf<'Target'>(target) }).filter(({ rule }) => rule === 'host-class');
    expect(found).toEqual([{ rule: 'host-class', class: name, count: 1 }]);
  });

  test.each<[string, string]>([
    ['running', 'well'],
    ['running, openssl 3.0.15', 'well'],
    ['ok: running', 'well'],
    ['failed: HTTP 503', 'unwell'],
    ['degraded: 299 of 300 replicas', 'unwell'],
    ['degraded', 'unwell'],
    ['not touched', 'not touched'],
    ['no data: connection refused', 'unknown'],
    ['not read', 'unknown'],
    ['okay', 'unknown'],
    ['running late', 'unknown'],
    ['was running', 'unknown'],
    ['the disk of customer 12 is full', 'unknown'],
    ['', 'unknown'],
  ])('of the health `%s` a word of the list: %s', (healthAfter, word) => {
    const found = derived({ healthAfter }).filter((value) => value.rule === 'health' && value.when === 'after');
    expect(found.flatMap((value) => (value.rule === 'health' && value.count > 0 ? [value.word] : []))).toEqual([word]);
  });

  test.each([
    [0, 0],
    [1, 1],
    [60_000, 1],
    [60_001, 2],
    [-5, 0],
  ])('of %s ms whole minutes: %s', (ms, minutes) => {
    expect(derivedValues(evidence(one()), ms)[0]).toEqual({ rule: 'duration', minutes });
  });

  test.each([
    [0, 0],
    [1, 1000],
    [1000, 1000],
    [1001, 2000],
  ])('of outputs of %s characters: up to %s', (length, characters) => {
    expect(derived({ output: 'x'.repeat(length) }).at(-1)).toEqual({ rule: 'output-size', characters });
  });

  test('a target that was held counts for its class and not for its health', () => {
    const values = derived({ outcome: 'held', healthBefore: '', healthAfter: '' });
    expect(values.flatMap((value) => (value.rule === 'health' ? [value.count] : []))).toEqual(
      Array.from({ length: HEALTH_WORDS.length * 2 }, () => 0),
    );
  });

  test('at most 64 prefixes are told, however many there are', () => {
    const output = Array.from({ length: 200 }, (_, n) => `10.${n}.1.1`).join(' ');
    expect(prefixes(output).length).toBe(64);
  });

  test('property: no text of a target gets through: all that leaves is numbers and words of the closed lists', () => {
    const words = new Set<string>([
      ...HEALTH_WORDS,
      ...HOST_CLASSES,
      ...MASKING_RULES.map(({ id }) => id),
      'before',
      'after',
    ]);
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.ipV4(), (output, health, address) => {
        const values = derived({ output: `${output} ${address}`, healthBefore: health, healthAfter: health });
        expect(readShape(sanitizedViewShape, view(values)).ok).toBe(true);
        for (const value of values)
          for (const [name, part] of Object.entries(value))
            expect(typeof part === 'number' || words.has(part) || name === 'prefix').toBe(true);
        expect(JSON.stringify(values)).not.toContain(address);
      }),
      { numRuns: 300, seed: 706 },
    );
  });
});

describe('V2: a view is read strictly', () => {
  test.each<[string, unknown]>([
    ['a rule nobody published', [{ rule: 'raw', text: 'secret-host' }]],
    ['a whole address', [{ rule: 'address-prefix', prefix: '10.4.7.9', count: 1 }]],
    ['three numbers of an address', [{ rule: 'address-prefix', prefix: '10.4.7.x', count: 1 }]],
    ['a prefix with a text behind it', [{ rule: 'address-prefix', prefix: '10.4.x.x!', count: 1 }]],
    ['a class of its own', [{ rule: 'host-class', class: 'secret-host', count: 1 }]],
    ['a health of its own', [{ rule: 'health', when: 'after', word: 'the disk is full', count: 1 }]],
    ['a count that is a text', [{ rule: 'files', count: '1' }]],
    ['a fraction', [{ rule: 'duration', minutes: 0.5 }]],
    ['a negative count', [{ rule: 'files', count: -1 }]],
    ['a field beside', [{ rule: 'files', count: 1, note: 'secret' }]],
    ['too many values', Array.from({ length: 129 }, () => ({ rule: 'files', count: 1 }))],
    ['no list', {}],
  ])('refuses %s', (_, values) => {
    expect(readShape(sanitizedViewShape, view(values)).ok).toBe(false);
  });
  test('refuses a field beside its own', () => {
    expect(readShape(sanitizedViewShape, { ...Object(view([])), note: 'x' }).ok).toBe(false);
    expect(readShape(sanitizedViewShape, view([])).ok).toBe(true);
  });
});
