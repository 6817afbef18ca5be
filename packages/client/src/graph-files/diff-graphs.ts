/** What changed between two snapshots, and which changes lower what is asked of people. */
import type { GraphSnapshot } from '@countersign/core';

type Node = GraphSnapshot['nodes'][number];
type Edge = GraphSnapshot['edges'][number];

export interface GraphChange {
  readonly sign: '+' | '-' | '~';
  /** The node or edge, in words. */
  readonly subject: string;
  /** Of a change: field, before, after. */
  readonly detail: string;
  /** Less is asked of people than before, e.g. a lower tier or a dependency that is gone. */
  readonly isLowering: boolean;
}

export function diffGraphs(before: GraphSnapshot, after: GraphSnapshot): readonly GraphChange[] {
  const nodes = diff(
    new Map(before.nodes.map((node) => [node.id, node])),
    new Map(after.nodes.map((node) => [node.id, node])),
  );
  const edges = diff(
    new Map(before.edges.map((edge) => [nameOf(edge), edge])),
    new Map(after.edges.map((edge) => [nameOf(edge), edge])),
  );
  return [...nodes, ...edges];
}

const nameOf = ({ from, to, kind, traffic }: Edge): string =>
  `${from} ${kind} ${to}${traffic === undefined ? '' : ` ${traffic}`}`;

function diff<T extends Node | Edge>(
  before: ReadonlyMap<string, T>,
  after: ReadonlyMap<string, T>,
): readonly GraphChange[] {
  const names = [...new Set([...before.keys(), ...after.keys()])].toSorted();
  return names.flatMap((subject): readonly GraphChange[] => {
    const [old, fresh] = [before.get(subject), after.get(subject)];
    if (old === undefined) return [{ sign: '+', subject, detail: '', isLowering: false }];
    // What is gone is protected no longer.
    if (fresh === undefined) return [{ sign: '-', subject, detail: '', isLowering: true }];
    return fieldsOf(old, fresh).map(({ field, was, is }) => ({
      sign: '~',
      subject,
      detail: `${field}: ${show(was)} -> ${show(is)}`,
      isLowering: isLower(field, was, is),
    }));
  });
}

function fieldsOf(
  old: object,
  fresh: object,
): readonly { readonly field: string; readonly was: unknown; readonly is: unknown }[] {
  const [before, after] = [
    new Map<string, unknown>(Object.entries(old)),
    new Map<string, unknown>(Object.entries(fresh)),
  ];
  return [...new Set([...before.keys(), ...after.keys()])]
    .toSorted()
    .map((field) => ({ field, was: before.get(field), is: after.get(field) }))
    .filter(({ was, is }) => JSON.stringify(was) !== JSON.stringify(is));
}

const show = (value: unknown): string =>
  value === undefined ? 'nothing' : typeof value === 'string' ? value : JSON.stringify(value);

/** Least asked of people first. */
const ORDERS: ReadonlyMap<string, readonly unknown[]> = new Map<string, readonly unknown[]>([
  ['tier', ['non-critical', 'production-critical', 'safety-critical', 'unknown']],
  ['environment', ['staging', 'pre-production', 'production']],
  ['isHard', [false, true]],
  ['isEntryPoint', [undefined, false, true]],
]);
const MORE_ASKS_MORE: ReadonlySet<string> = new Set(['minHealthy', 'citizens']);
/** Rules can hang on these: what is taken away may have kept people asked. */
const KEPT: ReadonlySet<string> = new Set(['zone', 'cidr', 'kind', 'statutoryHours']);
const LISTS: ReadonlySet<string> = new Set(['dataClasses', 'paths', 'addresses']);

function isLower(field: string, was: unknown, is: unknown): boolean {
  const order = ORDERS.get(field);
  if (order !== undefined) return order.indexOf(is) < order.indexOf(was);
  if (MORE_ASKS_MORE.has(field)) return typeof was === 'number' && (typeof is !== 'number' || is < was);
  if (LISTS.has(field)) {
    const left: readonly unknown[] = Array.isArray(is) ? is : [];
    return Array.isArray(was) && was.some((item) => !left.includes(item));
  }
  return KEPT.has(field) && was !== undefined;
}
