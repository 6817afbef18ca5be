import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseId } from '../../shared/brand.ts';
import { edgeKey, idNear, PartBuilder, under } from './part-builder.ts';
import { complaintsOf, edgesOf, findingsOf, partOf } from './part.builder.ts';
import { MAX_COMPLAINTS } from './part.ts';

test.each([
  ['cart', 'cart'],
  ['Cart_2.api-v1', 'Cart_2.api-v1'],
  ['cart api', 'cart-api'],
  ['payments/ledger:v2', 'payments-ledger-v2'],
  ['_private', 'private'],
  ['--flag', 'flag'],
  ['café', 'caf-'],
  ['ünicode', 'nicode'],
  ['x'.repeat(100), 'x'.repeat(64)],
])('G3: the id nearest to %j is %s', (name, id) => {
  expect(idNear(name)).toBe(id);
});

test.each(['', '   ', '---', '日本', '\u{0}', '..'])('G3: no id can be made of %j', (name) => {
  expect(idNear(name)).toBeUndefined();
  const builder = new PartBuilder();
  expect(builder.node(name, {}, 'f')).toBeUndefined();
  expect(findingsOf(partOf(builder.done()))).toEqual([`ignored f ${name}: no id can be made of this name`]);
});

test('G3: every id that is made is one', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (name) => {
      const id = idNear(name);
      expect(id === undefined || parseId(id) === id).toBe(true);
    }),
  );
});

test('G3: an id stays as it is', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/), (id) => {
      expect(idNear(id)).toBe(id);
    }),
  );
});

test('G3: two names of one id are refused, wherever they stand: as nodes, as ends of edges, or one of each', () => {
  const nodes = new PartBuilder();
  nodes.node('a b', {}, 'f1');
  nodes.node('a/b', {}, 'f2');
  expect(complaintsOf(nodes.done())).toEqual([
    'f2 `a/b` and `a b` would both be `a-b`; give one of them another id',
    'f2 `a/b` is described a second time, first at f1; give one of them another id',
  ]);
  const mixed = new PartBuilder();
  mixed.node('a-b', {}, 'f1');
  mixed.edge({ from: 'x', to: 'a b', kind: 'depends-on' }, 'f2');
  expect(complaintsOf(mixed.done())).toEqual(['f2 `a b` and `a-b` would both be `a-b`; give one of them another id']);
});

test('G3: a changed name is reported once and remembered', () => {
  const builder = new PartBuilder();
  builder.node('a b', {}, 'f1');
  builder.edge({ from: 'a b', to: 'c', kind: 'depends-on' }, 'f2');
  const part = partOf(builder.done());
  expect(findingsOf(part)).toEqual(['renamed f1 a b: is `a-b` in the graph']);
  expect([...part.renamed]).toEqual([['a-b', 'a b']]);
});

test('G3: of two equal edges one is kept; saying it is up to the importer', () => {
  const builder = new PartBuilder();
  const edge = { from: 'a', to: 'b', kind: 'depends-on' } as const;
  builder.edge(edge, 'f1');
  builder.edge(edge, 'f2');
  builder.edge(edge, 'f3', true);
  const part = partOf(builder.done());
  expect(edgesOf(part)).toEqual(['a ? b depends-on']);
  expect(findingsOf(part)).toEqual(['duplicate f3 a: `depends-on` to `b` is already at f1']);
});

test.each([
  [undefined, undefined, '?'],
  [undefined, false, '~'],
  [true, undefined, '>'],
  [false, true, '>'],
  [false, false, '~'],
])('G1: %s and %s make an edge %s', (one, other, sign) => {
  const builder = new PartBuilder();
  for (const isHard of [one, other])
    builder.edge({ from: 'a', to: 'b', kind: 'depends-on', ...(isHard !== undefined && { isHard }) }, 'f');
  expect(edgesOf(partOf(builder.done()))).toEqual([`a ${sign} b depends-on`]);
});

test('G3: an edge to itself is left out and reported', () => {
  const builder = new PartBuilder();
  builder.edge({ from: 'a', to: 'a', kind: 'depends-on' }, 'f1');
  const part = partOf(builder.done());
  expect(part.edges).toEqual([]);
  expect(findingsOf(part)).toEqual(['self-dependency f1 a: `depends-on` to itself is left out']);
});

test('what was said of a node stays when it is only made sure of, and marks need a node', () => {
  const builder = new PartBuilder();
  const id = builder.node('a', { kind: 'datastore' }, 'f1');
  builder.ensure('a', { kind: 'service' }, 'f2');
  builder.ensure('b', { kind: 'service' }, 'f3');
  if (id === undefined) throw new Error('`a` is an id');
  builder.needHealthy(id, 2);
  builder.needHealthy(id, 1);
  builder.markEntryPoint(id);
  const other = idNear('nobody');
  if (other === undefined) throw new Error('`nobody` is an id');
  builder.markEntryPoint(other);
  builder.needHealthy(other, 1);
  expect(builder.has(id)).toBe(true);
  expect(builder.has(other)).toBe(false);
  expect(partOf(builder.done()).nodes).toEqual([
    { id: 'a', at: 'f1', kind: 'datastore', minHealthy: 2, isEntryPoint: true },
    { id: 'b', at: 'f3', kind: 'service' },
  ]);
});

test('edges of different kind or traffic are different', () => {
  const [from, to] = [idNear('a'), idNear('b')];
  if (from === undefined || to === undefined) throw new Error('these are ids');
  const keys = [
    edgeKey({ from, to, kind: 'depends-on' }),
    edgeKey({ from, to, kind: 'flows-to' }),
    edgeKey({ from, to, kind: 'flows-to', traffic: 'tcp/1' }),
    edgeKey({ from: to, to: from, kind: 'flows-to', traffic: 'tcp/1' }),
  ];
  expect(new Set(keys).size).toBe(keys.length);
});

test('more nodes than a graph can hold are refused, and complaints end somewhere', () => {
  const builder = new PartBuilder();
  for (let count = 0; count <= 200_000; count += 1) builder.ensure(`n${count}`, {}, 'f');
  expect(builder.isFull).toBe(true);
  expect(complaintsOf(builder.done())).toEqual([' has more than 200000 nodes']);
  const angry = new PartBuilder();
  for (let count = 0; count < 1000; count += 1) angry.refuse('f', 'no');
  expect(angry.isFull).toBe(true);
  expect(complaintsOf(angry.done())).toHaveLength(MAX_COMPLAINTS);
});

test('places are pointers below the name of the file', () => {
  expect(under('shop.yaml:3', 'a/b', 2, 'c~d')).toBe('shop.yaml:3/a~1b/2/c~0d');
});
