/** What acts on the world (AG-706 4.7, E1 pack OT): controllers and their supervisors, told by kind, role or Purdue level. */
import type { NodeId } from '../../shared/brand.ts';
import type { GraphNode } from '../../graph/graph.ts';
import { nodeOf } from '../../graph/index-graph.ts';
import { LABELS, labelOf, type Flow } from '../wiring.ts';
import { counted, names, nodesOf, sorted, type Reading, type Study } from './study.ts';

const CONTROLLERS: ReadonlySet<string> = new Set(['plc', 'rtu', 'dcs', 'sis', 'ied']);
const SUPERVISORS: ReadonlySet<string> = new Set(['scada', 'hmi', 'historian']);
/** Levels 0 to 3 of the Purdue model: process, control, supervision, operations. */
const PURDUE = /^(?:purdue|level|l)?[-_ ]?[0-3](?:\.\d)?$|^ot$|^ics$/i;

const roleOf = (node: GraphNode): string => (labelOf(node, LABELS.role) ?? '').toLowerCase();
const isController = (node: GraphNode): boolean => node.kind === 'device' || CONTROLLERS.has(roleOf(node));
const isControl = (node: GraphNode): boolean =>
  isController(node) || SUPERVISORS.has(roleOf(node)) || PURDUE.test(node.zone ?? '');

/** Any place with control systems in it is for people only, whether or not a known flow is cut. */
export function controlInside({ index }: Study, inside: readonly NodeId[]): NonNullable<Reading['findings']> {
  const nodes = nodesOf(index, inside).filter((node) => isControl(node));
  if (nodes.length === 0) return [];
  const ids = sorted(nodes.map(({ id }) => id));
  const zones = sorted(nodes.flatMap(({ zone }) => (zone !== undefined && PURDUE.test(zone) ? [zone] : [])));
  const where = zones.length > 0 ? ` (${names(zones)})` : '';
  return [
    {
      kind: 'control-inside',
      clause: 'AG-706 4.7',
      text: `${counted(ids.length, 'control system')} inside${where}: ${names(ids)}`,
      nodes: ids,
    },
  ];
}

const add = (map: Map<NodeId, Set<NodeId>>, key: NodeId, node: NodeId): void =>
  void map.set(key, (map.get(key) ?? new Set()).add(node));

/** `12 PLCs behind flow smb-ot lose their supervisor`: controllers by the flow, or the node, that spoke with them. */
export function controlCut({ index }: Study, cut: readonly Flow[]): NonNullable<Reading['findings']> {
  const behind = new Map<NodeId, Set<NodeId>>();
  const begins = new Map<NodeId, Set<NodeId>>();
  for (const { from, to } of cut)
    for (const [end, other] of [
      [from, to],
      [to, from],
    ] as const) {
      const node = nodeOf(index, end);
      if (node === undefined) continue;
      if (isController(node)) add(behind, other, end);
      else add(begins, other, end);
    }
  return [...behind.keys()].toSorted().map((via) => {
    const nodes = sorted(behind.get(via) ?? []);
    const isFlow = nodeOf(index, via)?.kind === 'flow';
    const supervisors = isFlow ? sorted(begins.get(via) ?? []) : [via];
    const which = nodes.every((node) => labelOf(nodeOf(index, node), LABELS.role)?.toLowerCase() === 'plc')
      ? 'PLC'
      : 'controller';
    const lost = supervisors.length > 0 ? ` ${names(supervisors)}` : '';
    return {
      kind: 'control-cut' as const,
      clause: 'AG-706 4.7',
      text: `${counted(nodes.length, which)}${isFlow ? ` behind flow ${via}` : ''} ${nodes.length === 1 ? 'loses its' : 'lose their'} supervisor${lost}: ${names(nodes)}`,
      nodes: sorted([...nodes, ...supervisors]),
    };
  });
}
