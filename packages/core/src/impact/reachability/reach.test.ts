import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EdgeKind, GraphEdge } from '../../graph/graph.ts';
import { aGraph, anEdge, aNode } from '../../graph/graph.builder.ts';
import { indexGraph } from '../../graph/index-graph.ts';
import { reachFromEntries, type Reach } from './reach.ts';

const fresh = { isGraphFresh: true };
const nodes = ['web', 'shop', 'db', 'cache', 'vlan', 'printer', 'safe'].map((id) =>
  aNode(id, id === 'web' ? { isEntryPoint: true } : {}),
);
const reachOf = (edges: readonly GraphEdge[], node: string, options = fresh): Reach =>
  reachFromEntries(indexGraph(aGraph(nodes, edges)), options).of(node);
const state = (edges: readonly GraphEdge[], node: string): string => reachOf(edges, node).state;

describe('G5: traffic goes', () => {
  test('along flows, and from a service to what it depends on, by a shortest path that is shown', () => {
    const edges = [anEdge('web > shop', 'flows-to'), anEdge('shop > db'), anEdge('shop ~ cache'), anEdge('cache > db')];
    expect(reachOf(edges, 'db')).toEqual({
      state: 'reachable',
      hops: 2,
      path: [{ node: 'web' }, { node: 'shop', via: 'flows-to' }, { node: 'db', via: 'depends-on' }],
    });
    expect(reachOf(edges, 'web')).toEqual({ state: 'reachable', hops: 0, path: [{ node: 'web' }] });
  });

  test('from one member of a segment to the others', () => {
    const edges = [anEdge('web > vlan', 'member-of-segment'), anEdge('printer > vlan', 'member-of-segment')];
    expect(reachOf(edges, 'printer')).toMatchObject({
      state: 'reachable',
      path: [
        { node: 'web' },
        { node: 'vlan', via: 'member-of-segment' },
        { node: 'printer', via: 'member-of-segment' },
      ],
    });
  });

  test('to the other replicas of a thing', () => {
    expect(state([anEdge('shop > web', 'replica-of')], 'shop')).toBe('reachable');
  });

  test.each<EdgeKind>(['flows-to', 'depends-on'])('never backwards along %s', (kind) => {
    expect(state([anEdge('shop > web', kind)], 'shop')).toBe('unreachable');
  });

  test.each<EdgeKind>(['consumes-credential', 'deployed-by'])('not along %s', (kind) => {
    expect(state([anEdge('web > shop', kind)], 'shop')).toBe('unreachable');
  });

  test('nowhere else: what a complete walk did not see is unreachable, with what was looked at', () => {
    const edges = [anEdge('web > shop', 'flows-to')];
    expect(reachOf(edges, 'safe')).toEqual({ state: 'unreachable', entryPoints: 1, reachedNodes: 2 });
  });
});

describe('G5: what is not proved is not known', () => {
  const edges = [anEdge('web > shop', 'flows-to'), anEdge('shop > db'), anEdge('db > cache')];

  test('without a graph, on an old one, and without an entry point', () => {
    expect(reachFromEntries(undefined, fresh).of('db')).toEqual({ state: 'unknown', why: 'no-graph' });
    expect(reachOf(edges, 'db', { isGraphFresh: false })).toEqual({ state: 'unknown', why: 'graph-stale' });
    const closed = indexGraph(aGraph([aNode('db')]));
    expect(reachFromEntries(closed, fresh).of('db')).toEqual({ state: 'unknown', why: 'no-entry-points' });
  });

  test('of a node that the graph does not know', () => {
    expect(reachOf(edges, 'ghost')).toEqual({ state: 'unknown', why: 'unknown-node' });
  });

  test('when the walk was stopped: what it saw is reachable, the rest is unknown', () => {
    const index = indexGraph(aGraph(nodes, edges));
    const capped = reachFromEntries(index, { isGraphFresh: true, maxEdges: 1 });
    expect(capped.isComplete).toBe(false);
    expect(capped.of('shop').state).toBe('reachable');
    expect(capped.of('safe')).toEqual({ state: 'unknown', why: 'walk-capped' });
  });

  test('behind something that the graph does not know and that sends traffic', () => {
    const dangling = [...edges, anEdge('ghost > printer', 'flows-to'), anEdge('printer > safe', 'flows-to')];
    expect(reachOf(dangling, 'printer')).toEqual({ state: 'unknown', why: 'dangling-edge' });
    expect(reachOf(dangling, 'safe')).toEqual({ state: 'unknown', why: 'dangling-edge' });
    expect(state(dangling, 'vlan')).toBe('unreachable');
    expect(state([anEdge('printer > ghost', 'member-of-segment')], 'printer')).toBe('unknown');
    // What it sends to, it is not reached from.
    expect(state([anEdge('printer > ghost', 'flows-to')], 'printer')).toBe('unreachable');
  });
});

test('a long path is shown by both its ends', () => {
  const chain = Array.from({ length: 100 }, (_, n) => aNode(`n${n}`, n === 0 ? { isEntryPoint: true } : {}));
  const edges = chain.slice(1).map((_, n) => anEdge(`n${n} > n${n + 1}`, 'flows-to'));
  const found = reachFromEntries(indexGraph(aGraph(chain, edges)), fresh).of('n99');
  if (found.state !== 'reachable') throw new Error(found.state);
  expect([found.hops, found.path.length, found.path[0]?.node, found.path.at(-1)?.node]).toEqual([99, 32, 'n0', 'n99']);
});

const KINDS: readonly EdgeKind[] = ['depends-on', 'flows-to', 'member-of-segment', 'replica-of', 'deployed-by'];
const SIZE = 8;
const randomEdge = fc.record({
  from: fc.nat(SIZE + 1),
  to: fc.nat(SIZE + 1),
  kind: fc.constantFrom(...KINDS),
});
const randomGraph = fc.tuple(
  fc.array(randomEdge, { maxLength: 16 }),
  fc.array(fc.boolean(), { minLength: SIZE, maxLength: SIZE }),
);

/** By repeating one step until nothing changes, over a plain list. */
function slowly(edges: readonly GraphEdge[], starts: readonly string[]): ReadonlySet<string> {
  const seen = new Set(starts);
  for (let size = -1; size !== seen.size;) {
    size = seen.size;
    for (const { from, to, kind } of edges) {
      const isBoth = kind === 'member-of-segment' || kind === 'replica-of';
      if (seen.has(from) && (isBoth || kind === 'flows-to' || kind === 'depends-on')) seen.add(to);
      if (seen.has(to) && isBoth) seen.add(from);
    }
  }
  return seen;
}

test('agrees with a walk done by hand, and never calls reachable things unreachable when edges are added', () => {
  fc.assert(
    fc.property(randomGraph, randomEdge, ([found, entries], more) => {
      const all = entries.map((isEntryPoint, n) => aNode(`n${n}`, { isEntryPoint }));
      const edges = found.map(({ from, to, kind }) => anEdge(`n${from} > n${to}`, kind));
      const starts = all.filter(({ isEntryPoint }) => isEntryPoint === true).map(({ id }) => id);
      fc.pre(starts.length > 0);
      const map = reachFromEntries(indexGraph(aGraph(all, edges)), fresh);
      const grown = [...edges, anEdge(`n${more.from} > n${more.to}`, more.kind)];
      const grownMap = reachFromEntries(indexGraph(aGraph(all, grown)), fresh);
      // Edges with an unknown end lead nowhere, so they are left out of the walk by hand.
      const names = new Set<string>(all.map(({ id }) => id));
      const inside = edges.filter(({ from, to }) => names.has(from) && names.has(to));
      const expected = slowly(inside, starts);
      for (const { id } of all) {
        const reach = map.of(id);
        expect(reach.state === 'reachable').toBe(expected.has(id));
        expect(reach.state === 'reachable' ? reach.path.length - reach.hops : 1).toBe(1);
        const isUnreachable = reach.state === 'unreachable';
        // Whatever the unknown ends do, what they could lead to is not called unreachable.
        expect(isUnreachable && slowly(edges, [...starts, 'n8', 'n9']).has(id)).toBe(false);
        expect(!isUnreachable && grownMap.of(id).state === 'unreachable').toBe(false);
      }
    }),
  );
});

test('a large estate is walked in one pass', () => {
  const size = 50_000;
  const many = Array.from({ length: size }, (_, n) => aNode(`n${n}`, n === 0 ? { isEntryPoint: true } : {}));
  const edges = many.slice(1).map((_, n) => anEdge(`n${Math.floor(n / 2)} > n${n + 1}`, 'flows-to'));
  const map = reachFromEntries(indexGraph(aGraph(many, edges)), fresh);
  expect(map.isComplete).toBe(true);
  expect(many.every(({ id }) => map.of(id).state === 'reachable')).toBe(true);
});
