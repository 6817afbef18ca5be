import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { GraphEdge, GraphNode } from '../graph/graph.ts';
import { aGraph, anEdge, aNode } from '../graph/graph.builder.ts';
import { indexGraph, type GraphIndex } from '../graph/index-graph.ts';
import { parseBlock } from './cidr.ts';
import { crossingsOf, stops, type Crossings } from './crossings.ts';
import { insideOf } from './places.ts';
import { wiringOf } from './wiring.ts';

const PORTS = ['tcp/445', 'tcp/502', 'udp/53', undefined] as const;
interface Drawn {
  /** Last byte of each host's address. */
  readonly hosts: readonly number[];
  readonly flows: readonly { readonly from: number; readonly to: number; readonly traffic: (typeof PORTS)[number] }[];
}
const anyNetwork: fc.Arbitrary<Drawn> = fc.record({
  hosts: fc.array(fc.integer({ min: 0, max: 15 }), { minLength: 2, maxLength: 6 }),
  flows: fc.array(fc.record({ from: fc.nat(5), to: fc.nat(5), traffic: fc.constantFrom(...PORTS) }), { maxLength: 12 }),
});
const anyBlock = fc.record({ first: fc.integer({ min: 0, max: 15 }), length: fc.integer({ min: 28, max: 32 }) });
type Range = typeof anyBlock extends fc.Arbitrary<infer T> ? T : never;

const host = (n: number): string => `h${n}`;
const nodesOf = ({ hosts }: Drawn): readonly GraphNode[] =>
  hosts.map((last, n) => aNode(host(n), { addresses: [`10.0.0.${last}`] }));
const edgesOf = ({ hosts, flows }: Drawn): readonly GraphEdge[] =>
  flows.map(({ from, to, traffic }) => ({
    ...anEdge(`${host(from % hosts.length)} ~ ${host(to % hosts.length)}`, 'flows-to'),
    ...(traffic !== undefined && { traffic }),
  }));
const isIn = ({ first, length }: Range, last: number): boolean =>
  Math.floor(last / 2 ** (32 - length)) === Math.floor(first / 2 ** (32 - length));

function crossings(index: GraphIndex, from: Range, to: Range, traffic?: string): Crossings {
  const side = ({ first, length }: Range): ReadonlySet<number> => {
    const block = parseBlock(`10.0.0.${first}/${length}`);
    return block === undefined ? new Set() : insideOf(index, block);
  };
  const other = side(to);
  return crossingsOf(index, wiringOf(index), {
    one: side(from),
    isOther: (position) => position !== undefined && other.has(position),
    ...(traffic !== undefined && { traffic }),
  });
}
const keys = ({ flows }: Crossings): readonly string[] =>
  flows.map(({ from, to, traffic }) => `${from} ${to} ${traffic ?? ''}`).toSorted();

test('scenario C: what is cut between two blocks is what looking at every flow says', () => {
  fc.assert(
    fc.property(anyNetwork, anyBlock, anyBlock, fc.constantFrom(...PORTS), (drawn, from, to, filter) => {
      const index = indexGraph(aGraph(nodesOf(drawn), edgesOf(drawn)));
      const last = (name: string): number => drawn.hosts[Number(name.slice(1))] ?? -1;
      const expected = edgesOf(drawn).filter(({ from: begin, to: end, traffic }) => {
        const there = isIn(from, last(begin)) && isIn(to, last(end));
        const back = isIn(to, last(begin)) && isIn(from, last(end));
        return begin !== end && (there || back) && stops(filter, traffic);
      });
      const found = crossings(index, from, to, filter);
      expect(keys(found)).toEqual(keys({ flows: expected, dependants: [], unplaced: [] }));
      expect(found.unplaced).toEqual([]);
    }),
    { numRuns: 400 },
  );
});

test('scenario C: a rule cuts the same whichever side it is written from, and all traffic cuts no less than some', () => {
  fc.assert(
    fc.property(anyNetwork, anyBlock, anyBlock, (drawn, from, to) => {
      const index = indexGraph(aGraph(nodesOf(drawn), edgesOf(drawn)));
      const whole = keys(crossings(index, from, to));
      expect(keys(crossings(index, to, from))).toEqual(whole);
      for (const port of ['tcp/445', 'tcp', 'udp/53'])
        expect(whole).toEqual(expect.arrayContaining([...keys(crossings(index, from, to, port))]));
    }),
  );
});

test('scenario C: a wider block cuts no less', () => {
  fc.assert(
    fc.property(anyNetwork, anyBlock, anyBlock, fc.integer({ min: 28, max: 32 }), (drawn, from, to, length) => {
      const index = indexGraph(aGraph(nodesOf(drawn), edgesOf(drawn)));
      const wider = { ...from, length: Math.min(from.length, length) };
      expect(keys(crossings(index, wider, to))).toEqual(expect.arrayContaining([...keys(crossings(index, from, to))]));
    }),
  );
});

test('G4: a flow drawn through its own node cuts the legs that every pair of its ends would', () => {
  const ends = fc.array(fc.integer({ min: 0, max: 15 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(ends, ends, anyBlock, anyBlock, (senders, receivers, from, to) => {
      const nodes = [
        ...senders.map((last, n) => aNode(`s${n}`, { addresses: [`10.0.0.${last}`] })),
        ...receivers.map((last, n) => aNode(`r${n}`, { addresses: [`10.0.0.${last}`] })),
        aNode('flow', { kind: 'flow' }),
      ];
      const edges = [
        ...senders.map((_, n) => anEdge(`s${n} ~ flow`, 'flows-to')),
        ...receivers.map((_, n) => anEdge(`flow ~ r${n}`, 'flows-to')),
      ];
      const cut = new Set<string>();
      for (const [s, sender] of senders.entries())
        for (const [r, receiver] of receivers.entries()) {
          const there = isIn(from, sender) && isIn(to, receiver);
          const back = isIn(to, sender) && isIn(from, receiver);
          if (there || back) cut.add(`s${s} flow `).add(`flow r${r} `);
        }
      expect(keys(crossings(indexGraph(aGraph(nodes, edges)), from, to))).toEqual([...cut].toSorted());
    }),
    { numRuns: 400 },
  );
});

test('4.3: what is needed across the boundary is what looking at every dependency says', () => {
  const needs = fc.array(fc.record({ from: fc.nat(5), to: fc.nat(5), isHard: fc.boolean() }), { maxLength: 10 });
  fc.assert(
    fc.property(anyNetwork, needs, anyBlock, anyBlock, (drawn, drawnNeeds, from, to) => {
      const count = drawn.hosts.length;
      const edges = drawnNeeds.map((need) => ({
        ...anEdge(`${host(need.from % count)} > ${host(need.to % count)}`),
        isHard: need.isHard,
      }));
      const last = (name: string): number => drawn.hosts[Number(name.slice(1))] ?? -1;
      const expected = new Map<string, boolean>();
      for (const { from: node, to: needed, isHard } of edges) {
        const there = isIn(from, last(node)) && isIn(to, last(needed));
        const back = isIn(to, last(node)) && isIn(from, last(needed));
        const key = `${node} ${needed}`;
        if (node !== needed && (there || back)) expected.set(key, isHard || (expected.get(key) ?? false));
      }
      const { dependants } = crossings(indexGraph(aGraph(nodesOf(drawn), edges)), from, to);
      expect(dependants.map(({ node, needs: needed, isHard }) => [`${node} ${needed}`, isHard])).toEqual(
        [...expected].toSorted(([a], [b]) => (a < b ? -1 : 1)),
      );
    }),
    { numRuns: 300 },
  );
});
