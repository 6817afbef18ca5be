/** Which business paths need a node (G1, E1): a service's own `paths`, and those of everything that needs it. */
import { eachNeighbour, type GraphIndex } from '../../graph/index-graph.ts';

/** What puts a node on a path: the service that declares it, and the paths it declares. */
export interface OnPath {
  readonly service: string;
  readonly paths: readonly string[];
}

const NOBODY = -1;

/** One walk for all nodes, along everything a service needs; time linear in the graph. */
export function businessPaths(index: GraphIndex): (node: string) => OnPath | undefined {
  const { nodes } = index.snapshot;
  const because = new Int32Array(nodes.length).fill(NOBODY);
  const queue: number[] = [];
  nodes.forEach(({ paths = [] }, position) => {
    if (paths.length === 0) return;
    because[position] = position;
    queue.push(position);
  });
  for (let head = 0; head < queue.length; head += 1) {
    const node = queue[head] ?? 0;
    eachNeighbour(index.dependencies, node, (needed) => {
      if (because[needed] !== NOBODY) return;
      because[needed] = because[node] ?? node;
      queue.push(needed);
    });
  }
  return (name) => {
    const service = nodes[because[index.positions.get(name) ?? NOBODY] ?? NOBODY];
    return service === undefined ? undefined : { service: service.id, paths: service.paths ?? [] };
  };
}
