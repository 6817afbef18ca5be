/** Names that no node of the graph has: most often a slip, and a rule that protects nothing (E7). */
import type { GraphNode } from '../../graph/graph.ts';
import type { Envelope } from '../envelope.ts';
import { didYouMean, nearestName } from './nearest-name.ts';
import { warning, type EnvelopeFinding } from './finding.ts';
import { selectorsOf } from './names.ts';

type Nodes = readonly Pick<GraphNode, 'id' | 'zone' | 'dataClasses' | 'paths' | 'owner'>[];

const unique = (names: readonly string[]): readonly string[] => [...new Set(names)].toSorted();

export function checkGraphNames(envelope: Envelope, nodes: Nodes): readonly EnvelopeFinding[] {
  const known = {
    zones: unique(nodes.flatMap(({ zone }) => zone ?? [])),
    dataClasses: unique(nodes.flatMap(({ dataClasses }) => dataClasses ?? [])),
    paths: unique(nodes.flatMap(({ paths }) => paths ?? [])),
    owners: unique(nodes.flatMap(({ owner }) => owner ?? [])),
  };
  const named = selectorsOf(envelope).flatMap(({ at, selector }) =>
    (['zones', 'dataClasses', 'paths', 'owners'] as const).flatMap((part) =>
      (selector[part] ?? []).flatMap((name, position) =>
        // A pack names what many estates have: only what looks like a slip is worth a line.
        known[part].includes(name) || nearestName(name, known[part]) === undefined
          ? []
          : [
              warning(`${at}/${part}/${position}`, `\`${name}\` is on no node of the graph`, {
                advice: didYouMean(name, known[part]),
                clause: 'E7',
              }),
            ],
      ),
    ),
  );
  const ids = new Set<string>(nodes.map(({ id }) => id));
  const absent = envelope.staging.dependencies.flatMap((id, position) =>
    ids.has(id)
      ? []
      : [
          warning(`/staging/dependencies/${position}`, `\`${id}\` is not in the graph, so staging is never complete`, {
            clause: 'L4',
          }),
        ],
  );
  return [...named, ...absent];
}
