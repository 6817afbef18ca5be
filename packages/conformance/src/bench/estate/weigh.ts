/** A program of its own: builds a large estate, asks it, and prints the bytes it holds after each step. Needs `--expose-gc`. */
import { analyseImpact, withReach, type ColumnIndex } from '@countersign/core';
import { targetIdOf } from './node-id.ts';
import { indexOf, pickTargets, scaleFree } from './scale-free.ts';

const NODES = 1_000_000;
const EDGES_A_NODE = 5;
const TARGETS = 1240;
const WHOLE = { hops: NODES, caps: { dependants: NODES, edges: Number.MAX_SAFE_INTEGER } };

function heldBytes(): number {
  if (globalThis.gc === undefined) throw new Error('cannot weigh without --expose-gc');
  // Buffers of typed arrays are freed one collection after the arrays themselves.
  for (let turn = 0; turn < 4; turn += 1) globalThis.gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** The rows it is made from are gone when it returns. */
const estate = (seed: number): ColumnIndex => indexOf(scaleFree(NODES, { edgesANode: EDGES_A_NODE, seed }));

function weigh(seed: number): string {
  const before = heldBytes();
  const index = estate(seed);
  const indexed = heldBytes() - before;
  const found = withReach(index, [0], { limits: WHOLE, use: (reach) => reach.found.length });
  const walked = heldBytes() - before;
  const targets = pickTargets(NODES, { count: TARGETS, seed }).map((node) => targetIdOf(node));
  const answer = analyseImpact(index, targets, { ...WHOLE, healthKnown: () => true });
  const answered = heldBytes() - before;
  if (found < NODES / 2 || answer.dependants.length === 0) throw new Error('the walk found too little to be weighed');
  return `weighed nodes ${index.nodes.size} indexed ${indexed} walked ${walked} answered ${answered}`;
}

process.stdout.write(`${weigh(Number(process.argv[2] ?? 1))}\n`);
