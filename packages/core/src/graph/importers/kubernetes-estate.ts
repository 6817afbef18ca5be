/** The workloads of a cluster, found by selector and by the host names under which others reach them. */
import type { NodeId } from '../../shared/brand.ts';
import type { KubeObject } from './kubernetes-objects.ts';
import { selects } from './kubernetes-objects.ts';
import type { PartBuilder } from './part-builder.ts';
import type { ImportOptions } from './part.ts';
import { entriesIn, isRecord, wordOf } from './read-value.ts';

export interface Workload {
  readonly id: NodeId;
  /** As edges name it. */
  readonly name: string;
  readonly object: KubeObject;
  /** Labels of its pods. */
  readonly labels: ReadonlyMap<string, string>;
  readonly pod: unknown;
  /** Undefined where the cluster decides, e.g. one for each machine. */
  readonly replicas: number | undefined;
}

export interface Estate {
  readonly builder: PartBuilder;
  readonly options: ImportOptions;
  /** Its names stand alone, as with `kubectl --namespace`; those of others carry their namespace in front. */
  readonly homeNamespace: string;
  /** By `namespace/name`. */
  readonly configMaps: ReadonlyMap<string, KubeObject>;
  readonly workloads: WorkloadIndex;
  /** Names of nodes by `namespace/service`. */
  readonly services: Map<string, string>;
}

export const nameIn = (homeNamespace: string, namespace: string, name: string): string =>
  namespace === homeNamespace ? name : `${namespace}.${name}`;

export class WorkloadIndex {
  readonly #byNamespace = new Map<string, Workload[]>();
  readonly #byLabel = new Map<string, Workload[]>();
  /** Labels by namespace. */
  readonly namespaces: Map<string, ReadonlyMap<string, string>> = new Map();

  add(workload: Workload): void {
    const { namespace } = workload.object;
    append(this.#byNamespace, namespace, workload);
    for (const [name, value] of workload.labels) append(this.#byLabel, labelKey(namespace, name, value), workload);
    if (!this.namespaces.has(namespace)) this.nameNamespace(namespace, new Map());
  }

  /** Kubernetes itself labels every namespace with its name. */
  nameNamespace(namespace: string, labels: ReadonlyMap<string, string>): void {
    this.namespaces.set(namespace, new Map([...labels, ['kubernetes.io/metadata.name', namespace]]));
  }

  in(namespace: string): readonly Workload[] {
    return this.#byNamespace.get(namespace) ?? [];
  }

  /** By a label selector of policies and budgets. One label finds the few that are looked at: estates are large. */
  selected(namespace: string, selector: unknown): readonly Workload[] {
    const [first] = isRecord(selector) ? entriesIn(selector, 'matchLabels') : [];
    const some =
      first === undefined
        ? this.in(namespace)
        : this.#byLabel.get(labelKey(namespace, first[0], wordOf(first[1]) ?? ''));
    return (some ?? []).filter(({ labels }) => selects(selector, labels));
  }
}

const labelKey = (namespace: string, name: string, value: string): string => JSON.stringify([namespace, name, value]);

function append(map: Map<string, Workload[]>, key: string, workload: Workload): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [workload]);
  else list.push(workload);
}

/** The node behind a host name: `cart`, `cart.shop`, `cart.shop.svc.cluster.local`, or one pod of it, `cart-0.cart`. */
export function nodeOfHost({ services }: Estate, host: string, namespace: string): string | undefined {
  const parts = host.split('.');
  return serviceOf(services, parts, namespace) ?? serviceOf(services, parts.slice(1), namespace);
}

function serviceOf(services: ReadonlyMap<string, string>, parts: readonly string[], home: string): string | undefined {
  const [service, namespace = home, ...domain] = parts;
  const isCluster = domain.length === 0 || domain[0] === 'svc';
  return service === undefined || !isCluster ? undefined : services.get(`${namespace}/${service}`);
}
