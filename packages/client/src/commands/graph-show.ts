/** `cs graph show`: what a graph holds, by kind, tier and environment, and which declared tiers do not count (G1). */
import { indexGraph, tierOf, type GraphSnapshot } from '@countersign/core';
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { labelled, table } from '../cli/output.ts';
import { safe } from '../cli/safe-text.ts';
import { readGraph } from '../graph-files/read-graph.ts';

interface Group {
  readonly environment: string;
  readonly kind: string;
  /** What counts, not what was declared. */
  readonly tier: string;
  readonly nodes: number;
}

const SHOWN = 50;

export async function graphShow(context: Context, name: string): Promise<ExitCode> {
  const { output, settings } = context;
  const snapshot = await readGraph(context, name);
  const index = indexGraph(snapshot);
  const groups = groupsOf(snapshot, (node) => tierOf(index, node));
  const edges = countBy(snapshot.edges.map(({ kind }) => kind));
  const gaps = {
    unknownTier: snapshot.nodes.filter(({ tier }) => tier === 'unknown').length,
    unowned: snapshot.nodes.filter(({ owner }) => owner === undefined).length,
    dangling: snapshot.edges.filter(({ from, to }) => !index.positions.has(from) || !index.positions.has(to)).length,
    entryPoints: snapshot.nodes.filter(({ isEntryPoint }) => isEntryPoint === true).length,
  };
  const { organisation, version, takenAt } = snapshot;
  if (settings.isJson) {
    output.json({
      organisation,
      version,
      takenAt,
      groups,
      edges: Object.fromEntries(edges),
      ...gaps,
      lowered: index.lowered,
    });
    return EXIT.ok;
  }
  const lowered = index.lowered.map(
    ({ node, declared, effective }) => `${safe(node)}: declared ${declared}, counts as ${effective}`,
  );
  output.lines([
    `graph v${version}  ${safe(organisation)}  taken ${takenAt}  ${snapshot.nodes.length} nodes, ${snapshot.edges.length} edges`,
    ...table([
      ['environment', 'kind', 'tier that counts', 'nodes'],
      ...groups.map(({ environment, kind, tier, nodes }) => [environment, kind, tier, String(nodes)]),
    ]),
    ...labelled(
      'edges',
      [...edges].map(([kind, count]) => `${kind} ${count}`),
    ),
    ...labelled('gaps', [
      `${gaps.unknownTier} of unknown tier, ${gaps.unowned} unowned, ${gaps.dangling} dangling edges, ${gaps.entryPoints} entry points`,
    ]),
    ...labelled('lowered', [
      ...lowered.slice(0, SHOWN),
      ...(lowered.length > SHOWN ? [`and ${lowered.length - SHOWN} more; --json lists all`] : []),
    ]),
  ]);
  return EXIT.ok;
}

function groupsOf(snapshot: GraphSnapshot, tier: (node: string) => string): readonly Group[] {
  const keys = snapshot.nodes.map(({ id, environment, kind }) => `${environment} ${kind} ${tier(id)}`);
  return [...countBy(keys)].map(([key, nodes]) => {
    const [environment = '', kind = '', rules = ''] = key.split(' ');
    return { environment, kind, tier: rules, nodes };
  });
}

function countBy(words: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return new Map([...counts].toSorted(([one], [other]) => (one < other ? -1 : 1)));
}
