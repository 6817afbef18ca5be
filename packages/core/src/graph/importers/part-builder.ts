/** Collects one part: gives every name its id, keeps two names from becoming one node, and counts against the limits. */
import { parseId, type NodeId } from '../../shared/brand.ts';
import { refuse, type Complaint, type Result } from '../../shared/result.ts';
import type { GraphEdge } from '../graph.ts';
import {
  MAX_COMPLAINTS,
  MAX_EDGES,
  MAX_NODES,
  type FindingKind,
  type ImportedPart,
  type ImportFinding,
  type PartEdge,
  type PartFields,
  type PartNode,
} from './part.ts';

const MAX_ID = 64;

/** What goes between two names; `isHard` absent: the file does not say. */
export interface NamedEdge extends Omit<PartEdge, 'from' | 'to' | 'at'> {
  readonly from: string;
  readonly to: string;
}

/** The id nearest to a name: what ids cannot hold becomes a hyphen. Undefined when nothing is left. */
export function idNear(name: string): NodeId | undefined {
  const fitted = name
    .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[._-]+/, '')
    .slice(0, MAX_ID);
  return parseId<'Node'>(fitted);
}

export const edgeKey = ({ from, to, kind, traffic = '' }: Omit<GraphEdge, 'isHard'>): string =>
  `${from} ${to} ${kind} ${traffic}`;

export class PartBuilder {
  readonly #nodes = new Map<NodeId, PartNode>();
  readonly #edges = new Map<string, PartEdge>();
  readonly #findings: ImportFinding[] = [];
  readonly #complaints: Complaint[] = [];
  /** The name each id was made of. */
  readonly #names = new Map<NodeId, string>();

  /** More is refused: what repeats itself many times over can stop. */
  get isFull(): boolean {
    return this.#nodes.size > MAX_NODES || this.#edges.size > MAX_EDGES || this.#complaints.length >= MAX_COMPLAINTS;
  }

  find(kind: FindingKind, at: string, subject: string, detail: string): void {
    this.#findings.push({ kind, at, subject, detail });
  }

  /** The whole import is refused, with this among the reasons. */
  refuse(at: string, problem: string): void {
    if (this.#complaints.length < MAX_COMPLAINTS) this.#complaints.push({ at, problem });
  }

  /** The id of a name, the same for the same name; undefined when none can be made. */
  idOf(name: string, at: string): NodeId | undefined {
    const id = idNear(name);
    if (id === undefined) {
      this.find('ignored', at, name, 'no id can be made of this name');
      return undefined;
    }
    const before = this.#names.get(id);
    if (before === undefined) {
      this.#names.set(id, name);
      if (id !== name) this.find('renamed', at, name, `is \`${id}\` in the graph`);
    } else if (before !== name)
      this.refuse(at, `\`${name}\` and \`${before}\` would both be \`${id}\`; give one of them another id`);
    return id;
  }

  /** Declares a node; a second declaration of the same name is refused. */
  node(name: string, fields: PartFields, at: string): NodeId | undefined {
    const id = this.idOf(name, at);
    if (id === undefined) return undefined;
    const before = this.#nodes.get(id);
    if (before === undefined) this.#nodes.set(id, { ...fields, id, at });
    else this.refuse(at, `\`${name}\` is described a second time, first at ${before.at}; give one of them another id`);
    return id;
  }

  /** Makes sure a node is there; what was said before stays. */
  ensure(name: string, fields: PartFields, at: string): NodeId | undefined {
    const id = this.idOf(name, at);
    if (id !== undefined && !this.#nodes.has(id)) this.#nodes.set(id, { ...fields, id, at });
    return id;
  }

  has(id: NodeId): boolean {
    return this.#nodes.has(id);
  }

  markEntryPoint(id: NodeId): void {
    const node = this.#nodes.get(id);
    if (node !== undefined) this.#nodes.set(id, { ...node, isEntryPoint: true });
  }

  /** The larger number counts. */
  needHealthy(id: NodeId, minHealthy: number): void {
    const node = this.#nodes.get(id);
    if (node !== undefined) this.#nodes.set(id, { ...node, minHealthy: Math.max(node.minHealthy ?? 0, minHealthy) });
  }

  /** Draws an edge; of two equal ones the harder stays, and `isRepeatFound` tells whether the owner is told. */
  edge({ from, to, ...rest }: NamedEdge, at: string, isRepeatFound: boolean = false): void {
    const [start, end] = [this.idOf(from, at), this.idOf(to, at)];
    if (start === undefined || end === undefined) return;
    if (start === end) return this.find('self-dependency', at, start, `\`${rest.kind}\` to itself is left out`);
    const edge: PartEdge = { ...rest, from: start, to: end, at };
    const key = edgeKey(edge);
    const before = this.#edges.get(key);
    this.#edges.set(key, before === undefined ? edge : { ...before, ...hardness(before, edge) });
    if (before !== undefined && isRepeatFound)
      this.find('duplicate', at, start, `\`${rest.kind}\` to \`${end}\` is already at ${before.at}`);
  }

  done(): Result<ImportedPart> {
    if (this.#nodes.size > MAX_NODES) this.#complaints.unshift({ at: '', problem: `has more than ${MAX_NODES} nodes` });
    if (this.#edges.size > MAX_EDGES) this.#complaints.unshift({ at: '', problem: `has more than ${MAX_EDGES} edges` });
    if (this.#complaints.length > 0)
      return refuse('malformed', 'the files cannot be read as a graph', { clause: 'G3', complaints: this.#complaints });
    return {
      ok: true,
      value: {
        nodes: [...this.#nodes.values()],
        edges: [...this.#edges.values()],
        findings: this.#findings,
        renamed: new Map([...this.#names].filter(([id, name]) => id !== name)),
      },
    };
  }
}

/** Hard when one says so, or when both are silent. */
function hardness(one: PartEdge, other: PartEdge): { readonly isHard?: boolean } {
  const said = [one.isHard, other.isHard].filter((isHard) => isHard !== undefined);
  return said.length === 0 ? {} : { isHard: said.includes(true) };
}

/** A reader of places: `a list` of two names is `a/list`. */
export const under = (at: string, ...steps: readonly (string | number)[]): string =>
  [at, ...steps.map((step) => String(step).replaceAll('~', '~0').replaceAll('/', '~1'))].join('/');
