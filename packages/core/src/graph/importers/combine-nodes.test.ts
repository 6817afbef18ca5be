import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ENVIRONMENTS } from '../../people/trust-bundle.ts';
import { TIERS } from '../graph.ts';
import { combineNodes } from './combine-nodes.ts';
import { idNear } from './part-builder.ts';
import type { PartFields, PartNode } from './part.ts';

function node(at: string, fields: PartFields): PartNode {
  const id = idNear('a');
  if (id === undefined) throw new Error('`a` is an id');
  return { ...fields, id, at };
}
const both = (one: PartFields, other: PartFields): ReturnType<typeof combineNodes> =>
  combineNodes(node('one', one), node('other', other));

/** Fields that have an order: which of two files comes first must not matter. */
const ordered = fc.record(
  {
    tier: fc.constantFrom(...TIERS, 'unknown' as const),
    environment: fc.constantFrom(...ENVIRONMENTS),
    isEntryPoint: fc.boolean(),
    minHealthy: fc.nat(9),
    citizens: fc.nat(9),
    statutoryHours: fc.nat(9),
    dataClasses: fc.uniqueArray(fc.constantFrom('x', 'y', 'z'), { minLength: 1 }),
    paths: fc.uniqueArray(fc.constantFrom('p', 'q'), { minLength: 1 }),
  },
  { requiredKeys: [] },
);
/** How much is asked of people because of a field. */
const weight: Readonly<Record<string, (value: never) => number>> = {
  tier: (value: string) => [...TIERS, 'unknown'].indexOf(value),
  environment: (value: string) => ['staging', 'pre-production', 'production'].indexOf(value),
  isEntryPoint: Number,
  minHealthy: Number,
  citizens: Number,
  statutoryHours: (value: number) => -value,
};

/** Fields of `kept` that ask less than `said` does. */
function lowered(kept: PartFields, said: PartFields): readonly string[] {
  const fields = new Map<string, unknown>(Object.entries(kept));
  return Object.entries(said).flatMap(([field, value]) => {
    const weigh = weight[field];
    const stays = fields.get(field);
    const isKept =
      weigh === undefined
        ? (value as string[]).every((item) => (stays as string[]).includes(item))
        : weigh(stays as never) >= weigh(value as never);
    return isKept ? [] : [field];
  });
}

test('G1: no file can lower what another says', () => {
  fc.assert(
    fc.property(ordered, ordered, (one, other) => {
      const { node: kept } = both(one, other);
      expect([...lowered(kept, one), ...lowered(kept, other)]).toEqual([]);
    }),
  );
});

test('G1: the order of files does not matter for what has an order', () => {
  fc.assert(
    fc.property(ordered, ordered, (one, other) => {
      const [there, back] = [both(one, other), both(other, one)];
      const { at: _there, ...first } = there.node;
      const { at: _back, ...second } = back.node;
      expect(first).toEqual(second);
      expect(there.conflicts.length).toBe(back.conflicts.length);
      expect(there.complaints).toEqual([]);
    }),
  );
});

test('G1: a file that says the same, or nothing, changes nothing and is no conflict', () => {
  fc.assert(
    fc.property(ordered, (said) => {
      const sorted = {
        ...said,
        ...(said.dataClasses !== undefined && { dataClasses: said.dataClasses.toSorted() }),
        ...(said.paths !== undefined && { paths: said.paths.toSorted() }),
      };
      for (const other of [said, {}]) {
        const combined = both(sorted, other);
        expect(combined.node).toEqual(node('one', sorted));
        expect(combined.conflicts).toEqual([]);
      }
    }),
  );
});

test.each([
  ['service', 'datastore', 'datastore'],
  ['host', 'device', 'device'],
  ['datastore', 'service', 'datastore'],
  ['device', 'host', 'device'],
  ['service', 'host', undefined],
  ['datastore', 'device', undefined],
  ['credential', 'account', undefined],
  ['group', 'segment', undefined],
] as const)('G1: a %s that is a %s elsewhere is a %s', (one, other, kind) => {
  const combined = both({ kind: one }, { kind: other });
  expect(combined.node.kind).toBe(kind ?? one);
  expect(combined.complaints.length).toBe(kind === undefined ? 1 : 0);
  expect(combined.conflicts.length).toBe(kind === undefined ? 0 : 1);
});

test('G1: an id and its place are those of the first file', () => {
  expect(both({}, {}).node).toEqual({ id: 'a', at: 'one' });
});
