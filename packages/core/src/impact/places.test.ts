import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { GraphEdge, GraphNode } from '../graph/graph.ts';
import { aGraph, anEdge, aNode } from '../graph/graph.builder.ts';
import { indexGraph, type GraphIndex } from '../graph/index-graph.ts';
import { overlaps, parseBlock, type Block } from './cidr.ts';
import { stops } from './crossings.ts';
import { idsOf, insideOf, isPlaced, placesOf } from './places.ts';

const block = (text: string): Block => {
  const read = parseBlock(text);
  if (read === undefined) throw new Error(`the test names no block: ${text}`);
  return read;
};
const build = (nodes: readonly GraphNode[], edges: readonly GraphEdge[] = []): GraphIndex =>
  indexGraph(aGraph(nodes, edges));
const inside = (index: GraphIndex, text: string): readonly string[] => idsOf(index, insideOf(index, block(text)));
const member = (text: string): GraphEdge => anEdge(text, 'member-of-segment');

/** A segment in a segment, hosts with and without addresses, what stands on them, and what says nothing at all. */
const index = build(
  [
    aNode('site', { kind: 'segment', cidr: '10.4.0.0/15' }),
    aNode('floor', { kind: 'segment', cidr: '10.4.7.0/24' }),
    aNode('room', { kind: 'segment' }),
    aNode('named', { addresses: ['10.4.7.9', '192.168.0.1'] }),
    aNode('quiet'),
    aNode('stray', { addresses: ['10.5.0.1'] }),
    aNode('guest', { kind: 'service' }),
    aNode('vip', { kind: 'service', addresses: ['203.0.113.7'] }),
    aNode('above', { kind: 'service' }),
    aNode('lost'),
    aNode('garbled', { addresses: ['db.internal'] }),
    aNode('half', { addresses: ['10.4.7.77', 'db.internal'] }),
    aNode('six', { addresses: ['2001:db8::5'] }),
  ],
  [
    member('floor ~ site'),
    member('room ~ floor'),
    member('named ~ floor'),
    member('quiet ~ room'),
    member('stray ~ site'),
    anEdge('guest > quiet'),
    anEdge('vip > quiet'),
    anEdge('above > guest'),
  ],
);

const looks = [
  { block: '10.4.7.0/24', nodes: ['floor', 'guest', 'half', 'named', 'quiet', 'room', 'site'] },
  { block: '10.4.7.9/32', nodes: ['floor', 'guest', 'named', 'quiet', 'room', 'site'] },
  { block: '10.5.0.0/16', nodes: ['site', 'stray'] },
  { block: '10.4.0.0/15', nodes: ['floor', 'guest', 'half', 'named', 'quiet', 'room', 'site', 'stray'] },
  { block: '192.168.0.0/16', nodes: ['named'] },
  { block: '203.0.113.0/24', nodes: ['vip'] },
  { block: '2001:db8::/32', nodes: ['six'] },
  { block: '172.16.0.0/12', nodes: [] },
] as const;
test.each(looks)('scenario C: in $block are $nodes', ({ block: text, nodes }) => {
  expect(inside(index, text)).toEqual(nodes);
});

const placed = [
  ['site', true],
  ['room', true],
  ['quiet', true],
  ['guest', true],
  ['vip', true],
  ['above', false],
  ['lost', false],
  ['garbled', false],
  ['half', false],
] as const;
test.each(placed)('D1: somebody can say where %s is: %s', (name, expected) => {
  expect(isPlaced(index, index.positions.get(name) ?? -1)).toBe(expected);
});

test('D1: segments in each other, and hosts that need each other, are no endless search', () => {
  const loop = build(['s1', 's2'].map((id) => aNode(id, { kind: 'segment' })).concat([aNode('h1'), aNode('h2')]), [
    member('s1 ~ s2'),
    member('s2 ~ s1'),
    member('h1 ~ s1'),
    anEdge('h1 > h2'),
    anEdge('h2 > h1'),
  ]);
  expect(isPlaced(loop, 2)).toBe(false);
  expect(inside(loop, '10.0.0.0/8')).toEqual([]);
});

test('G3: places are read once per snapshot', () => {
  expect(placesOf(index)).toBe(placesOf(index));
});

const small = fc.record({ last: fc.integer({ min: 0, max: 255 }), length: fc.integer({ min: 24, max: 32 }) });
test('G1: who is inside by address is whoever overlaps, and a larger block holds no fewer', () => {
  fc.assert(
    fc.property(fc.array(small, { maxLength: 8 }), small, ({ length: count, ...rest }, ask) => {
      const segments = Object.values(rest) as readonly { last: number; length: number }[];
      const texts = segments.slice(0, count).map(({ last, length }) => `10.4.0.${last}/${length}`);
      const built = build(texts.map((cidr, n) => aNode(`s${n}`, { kind: 'segment', cidr })));
      const own = block(`10.4.0.${ask.last}/${ask.length}`);
      const wider = { base: block(`10.4.0.0/24`).base, length: block(`10.4.0.0/24`).length };
      const found = idsOf(built, insideOf(built, own));
      expect(found).toEqual(texts.flatMap((text, n) => (overlaps(block(text), own) ? [`s${n}`] : [])).toSorted());
      for (const one of found) expect(idsOf(built, insideOf(built, wider))).toContain(one);
    }),
  );
});

const filters = [
  { filter: undefined, traffic: undefined, expected: true },
  { filter: undefined, traffic: 'tcp/445', expected: true },
  { filter: 'icmp', traffic: 'icmp', expected: true },
  { filter: 'icmp', traffic: 'tcp/1', expected: false },
  { filter: 'TCP/445', traffic: 'tcp/445', expected: true },
  { filter: 'tcp/445', traffic: 'tcp/4450', expected: false },
  { filter: 'tcp/445', traffic: '', expected: true },
  { filter: 'udp/53', traffic: 'sctp/53', expected: false },
] as const;
test.each(filters)('scenario C: $filter stops $traffic: $expected; what nobody described may be anything', (one) => {
  expect(stops(one.filter, one.traffic)).toBe(one.expected);
});
