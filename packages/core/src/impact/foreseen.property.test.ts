import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { EdgeKind } from '../graph/graph.ts';
import { aGraph, anEdge, aNode } from '../graph/graph.builder.ts';
import { eachNeighbour, indexGraph, type GraphIndex } from '../graph/index-graph.ts';
import type { Outlook } from './foreseen.ts';
import { all, down, id, inTurn, look, type Estate } from './foreseen.builder.ts';
import { HEALTHS } from './prediction.ts';
import { quorumOf } from './quorum.ts';

const NAMES = ['n0', 'n1', 'n2', 'n3', 'n4', 'n5'];
const KINDS: readonly EdgeKind[] = [
  'depends-on',
  'consumes-credential',
  'member-of-segment',
  'flows-to',
  'deployed-by',
  'replica-of',
];
const anyEstate = fc.record({
  nodes: fc.tuple(
    ...NAMES.map((name) =>
      fc.record({
        id: fc.constant(name),
        kind: fc.constantFrom('host', 'service', 'datastore', 'flow', 'segment'),
        minHealthy: fc.option(fc.integer({ min: 0, max: 4 }), { nil: undefined }),
      }),
    ),
  ),
  edges: fc.array(
    fc.record({
      from: fc.constantFrom(...NAMES),
      to: fc.constantFrom(...NAMES),
      kind: fc.constantFrom(...KINDS),
      isHard: fc.boolean(),
    }),
    { maxLength: 20 },
  ),
});
const build = ({ nodes, edges }: typeof anyEstate extends fc.Arbitrary<infer T> ? T : never): Estate => ({
  nodes: nodes.map(({ id: name, kind, minHealthy }) =>
    aNode(name, { kind, ...(minHealthy !== undefined && { minHealthy }) }),
  ),
  edges: edges.map(({ from, to, kind, isHard }) => ({ ...anEdge(`${from} > ${to}`, kind), isHard })),
});
const rank = (outlook: Outlook, node: string): number =>
  HEALTHS.indexOf(outlook.nodes.get(id(node))?.health ?? 'unaffected');

test('4.3: on any graph more harm, or more at once, never makes anybody look better', () => {
  const some = fc.subarray(NAMES);
  fc.assert(
    fc.property(anyEstate, some, some, fc.integer({ min: 1, max: 3 }), (drawn, first, more, atOnce) => {
      const estate = build(drawn);
      const less = look(estate, all(inTurn, ...first), { atOnce });
      const both = look(estate, all(inTurn, ...first, ...more), { atOnce });
      const wider = look(estate, all(inTurn, ...first), { atOnce: atOnce + 1 });
      const lasting = look(estate, all(down, ...first), { atOnce });
      for (const node of NAMES) {
        expect(rank(both, node)).toBeGreaterThanOrEqual(rank(less, node));
        expect(rank(wider, node)).toBeGreaterThanOrEqual(rank(less, node));
        expect(rank(lasting, node)).toBeGreaterThanOrEqual(rank(less, node));
      }
      expect(both.isStopped).toBe(false);
    }),
    { numRuns: 400 },
  );
});

/** Everything that is down when exactly these are touched, found the slow way: no windows, no causes, one case at a time. */
function downWith(index: GraphIndex, touched: ReadonlySet<number>): ReadonlySet<number> {
  const size = index.snapshot.nodes.length;
  const quorums = Array.from({ length: size }, (_, node) => quorumOf(index, node));
  const stopped = new Set<number>();
  const alone = (node: number): boolean => {
    let isDown = touched.has(node);
    const listen = (other: number, kind: EdgeKind, isHard: boolean): void => {
      const carries = (isHard && kind !== 'deployed-by' && kind !== 'replica-of') || KINDS_THAT_CARRY.has(kind);
      if (carries && stopped.has(other) && quorums[node]?.members.has(other) !== true) isDown = true;
    };
    eachNeighbour(index.dependencies, node, listen);
    eachNeighbour(index.dependants, node, (other, kind, isHard) => {
      if (kind === 'flows-to') listen(other, kind, isHard);
    });
    return isDown;
  };
  const isDown = (node: number): boolean => {
    const quorum = quorums[node];
    if (quorum === undefined) return alone(node);
    const lost = [...quorum.members.keys()].filter((member) =>
      member === node ? alone(node) : stopped.has(member),
    ).length;
    const isBroken = lost >= quorum.members.size || quorum.members.size - lost < (quorum.minHealthy ?? 0);
    return isBroken || (!quorum.members.has(node) && alone(node));
  };
  for (let before = -1; before < stopped.size;) {
    before = stopped.size;
    for (let node = 0; node < size; node += 1) if (isDown(node)) stopped.add(node);
  }
  return stopped;
}
const KINDS_THAT_CARRY: ReadonlySet<EdgeKind> = new Set(['consumes-credential', 'member-of-segment']);

const subsets = (items: readonly string[], most: number): readonly (readonly string[])[] =>
  items.reduce<readonly (readonly string[])[]>(
    (sets, item) => [...sets, ...sets.filter((set) => set.length < most).map((set) => [...set, item])],
    [[]],
  );

test('4.3: whatever stops in any one window of the rollout was foreseen down', () => {
  fc.assert(
    fc.property(anyEstate, fc.subarray(NAMES), fc.integer({ min: 1, max: 3 }), (drawn, targets, atOnce) => {
      const estate = build(drawn);
      const index = indexGraph(aGraph(estate.nodes, estate.edges));
      // A set that declares to need more than it has is broken before anything is done.
      fc.pre(downWith(index, new Set()).size === 0);
      const outlook = look(estate, all(inTurn, ...targets), { atOnce });
      const foreseen = new Set([...outlook.nodes].flatMap(([node, { health }]) => (health === 'down' ? [node] : [])));
      for (const window of subsets(targets, atOnce)) {
        const touched = new Set(window.flatMap((name) => index.positions.get(name) ?? []));
        const stopped = [...downWith(index, touched)].map((position) => estate.nodes[position]?.id);
        expect([...foreseen]).toEqual(expect.arrayContaining(stopped));
      }
    }),
    { numRuns: 600 },
  );
});

test('D4: on a graph without quorums what is foreseen down is exactly what stops when all are touched', () => {
  fc.assert(
    fc.property(anyEstate, fc.subarray(NAMES), (drawn, targets) => {
      const plain = build({
        nodes: drawn.nodes.map((node) => ({ ...node, minHealthy: undefined })),
        edges: drawn.edges.filter(({ kind }) => kind !== 'replica-of'),
      });
      const index = indexGraph(aGraph(plain.nodes, plain.edges));
      const touched = new Set(targets.flatMap((name) => index.positions.get(name) ?? []));
      const stopped = [...downWith(index, touched)].map((position) => plain.nodes[position]?.id);
      const { nodes } = look(plain, all(down, ...targets));
      expect(new Set([...nodes].flatMap(([node, { health }]) => (health === 'down' ? [node] : [])))).toEqual(
        new Set(stopped),
      );
    }),
    { numRuns: 300 },
  );
});
