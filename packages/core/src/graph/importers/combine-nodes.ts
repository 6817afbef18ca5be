/** Two descriptions of one node: field by field the more restrictive wins and is reported; what has no order is refused. */
import type { Complaint } from '../../shared/result.ts';
import type { Environment } from '../../people/trust-bundle.ts';
import { TIERS, type GraphNode, type NodeKind, type Tier } from '../graph.ts';
import type { ImportFinding, PartFields, PartNode } from './part.ts';

export interface CombinedNode {
  readonly node: PartNode;
  readonly conflicts: readonly ImportFinding[];
  readonly complaints: readonly Complaint[];
}

/** Collects what two parts say of the fields of one node. */
interface Pair {
  readonly one: PartNode;
  readonly other: PartNode;
  readonly conflicts: ImportFinding[];
  readonly complaints: Complaint[];
}

const MAX_DATA_CLASSES = 32;
const MAX_PATHS = 32;
const MAX_ADDRESSES = 64;
const MAX_LABELS = 32;

export function combineNodes(one: PartNode, other: PartNode): CombinedNode {
  const pair: Pair = { one, other, conflicts: [], complaints: [] };
  const fields: PartFields = {
    ...chosen(pair, 'kind', moreSpecial),
    ...chosen(pair, 'tier', higherTier),
    ...chosen(pair, 'environment', stricterEnvironment),
    ...chosen(pair, 'isEntryPoint', (a, b) => a || b),
    ...chosen(pair, 'minHealthy', Math.max),
    ...chosen(pair, 'citizens', Math.max),
    ...chosen(pair, 'statutoryHours', Math.min),
    ...chosen(pair, 'capacity', lessSpare),
    ...chosen(pair, 'zone', incomparable),
    ...chosen(pair, 'cidr', incomparable),
    ...chosen(pair, 'owner', firstNamed),
    ...chosen(pair, 'site', firstNamed),
    ...united(pair, 'dataClasses', MAX_DATA_CLASSES),
    ...united(pair, 'paths', MAX_PATHS),
    ...united(pair, 'addresses', MAX_ADDRESSES),
    ...unitedLabels(pair),
  };
  return { node: { ...fields, id: one.id, at: one.at }, conflicts: pair.conflicts, complaints: pair.complaints };
}

type Single = Exclude<keyof PartFields, 'dataClasses' | 'paths' | 'addresses' | 'labels'>;
const show = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** The value that stays: what one says when the other is silent, else what `choose` makes of both; undefined: no order, refused. */
function chosen<Name extends Single>(
  pair: Pair,
  name: Name,
  choose: (one: NonNullable<PartFields[Name]>, other: NonNullable<PartFields[Name]>) => PartFields[Name] | undefined,
): PartFields {
  const [one, other]: readonly (PartFields[Name] | undefined)[] = [pair.one[name], pair.other[name]];
  const only = one ?? other;
  if (only === undefined || only === null) return {};
  if (one === undefined || one === null || other === undefined || other === null || show(one) === show(other))
    return { [name]: only };
  const kept = choose(one, other);
  const detail = `${name} is \`${show(one)}\` at ${pair.one.at} and \`${show(other)}\` here`;
  if (kept === undefined)
    pair.complaints.push({ at: pair.other.at, problem: `of \`${pair.one.id}\` the ${detail}; say which is true` });
  else
    pair.conflicts.push({
      kind: 'conflict',
      at: pair.other.at,
      subject: pair.one.id,
      detail: `${detail}; kept \`${show(kept)}\``,
    });
  return { [name]: kept ?? only };
}

/** Unknown is the most restrictive (G1). */
const higherTier = (one: Tier | 'unknown', other: Tier | 'unknown'): Tier | 'unknown' => {
  if (one === 'unknown' || other === 'unknown') return 'unknown';
  return TIERS.indexOf(one) > TIERS.indexOf(other) ? one : other;
};

const STRICTNESS: readonly Environment[] = ['staging', 'pre-production', 'production'];
const stricterEnvironment = (one: Environment, other: Environment): Environment =>
  STRICTNESS.indexOf(one) > STRICTNESS.indexOf(other) ? one : other;

/** A service that another file knows as a store of data or as a device is that; any other difference means two things. */
const PLAIN: ReadonlySet<NodeKind> = new Set(['service', 'host']);
const SPECIAL: ReadonlySet<NodeKind> = new Set(['datastore', 'device']);
function moreSpecial(one: NodeKind, other: NodeKind): NodeKind | undefined {
  if (PLAIN.has(one) && SPECIAL.has(other)) return other;
  return PLAIN.has(other) && SPECIAL.has(one) ? one : undefined;
}

type Capacity = NonNullable<GraphNode['capacity']>;
const lessSpare = (one: Capacity, other: Capacity): Capacity =>
  one.units - one.used <= other.units - other.used ? one : other;

const firstNamed = (one: string): string => one;
const incomparable = (): undefined => undefined;

/** What either says holds. */
function united(pair: Pair, name: 'dataClasses' | 'paths' | 'addresses', max: number): PartFields {
  const both = [...new Set([...(pair.one[name] ?? []), ...(pair.other[name] ?? [])])].toSorted();
  if (both.length > max)
    pair.complaints.push({
      at: pair.other.at,
      problem: `\`${pair.one.id}\` has more than ${max} ${name} in all files together`,
    });
  return both.length === 0 ? {} : { [name]: both };
}

/** Labels describe and restrict nothing: the first file wins, as do the first labels when there are too many. */
function unitedLabels({ one, other, conflicts }: Pair): PartFields {
  const labels = new Map(Object.entries(one.labels ?? {}));
  for (const [name, value] of Object.entries(other.labels ?? {})) {
    const before = labels.get(name);
    const isLeft = before === undefined && labels.size >= MAX_LABELS;
    if (before === undefined && !isLeft) labels.set(name, value);
    else if (isLeft || before !== value)
      conflicts.push({
        kind: 'conflict',
        at: other.at,
        subject: one.id,
        detail: `label \`${name}\` is \`${value}\` here; kept \`${before ?? 'none, there are too many'}\``,
      });
  }
  return labels.size === 0 ? {} : { labels: Object.fromEntries(labels) };
}
