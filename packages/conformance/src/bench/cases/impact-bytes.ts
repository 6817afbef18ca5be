/**
 * `impact/bytes`: what an estate of 1M nodes and 5M edges holds in memory, names, attributes, both directions and everything an
 * analysis keeps for the next one included, after a walk over the whole of it and a named answer. Measured in a process of its
 * own, because only a fresh heap can be weighed.
 */
import { fileURLToPath } from 'node:url';
import { runChild } from '../measure/run-child.ts';
import type { BenchCase } from '../bench-case.ts';

const MAX_BYTES_A_NODE = 128;
const TIMEOUT_MS = 120_000;
const WEIGH = fileURLToPath(new URL('../estate/weigh.ts', import.meta.url));

export const impactBytes: BenchCase = {
  name: 'impact/bytes',
  needs: [],
  async run({ seed, folder, say }) {
    const { status, tail } = await runChild(process.execPath, ['--expose-gc', WEIGH, String(seed)], {
      cwd: folder,
      timeoutMs: TIMEOUT_MS,
    });
    const found = /^weighed nodes (\d+) indexed (\d+) walked (\d+) answered (\d+)$/m.exec(tail);
    if (status !== 0 || found === null) throw new Error(`the estate could not be weighed: ${tail}`);
    const [nodes = 0, indexed = 0, walked = 0, answered = 0] = found.slice(1).map(Number);
    say(`${(answered / nodes).toFixed(1)} bytes a node`);
    const worst = Math.max(indexed, walked, answered);
    return {
      n: nodes,
      counters: {
        'bytes a node, index': indexed / nodes,
        'bytes a node, after a walk over everything': walked / nodes,
        'bytes a node, with a named answer': answered / nodes,
      },
      cpu_us: {},
      wall: null,
      peer: {},
      ratio: {},
      bar: { 'bytes a node, worst moment': { found: worst / nodes, atMost: MAX_BYTES_A_NODE } },
    };
  },
};
