/** Small clusters for tests: objects by kind and name, everything else as a test wants it. */
import { fromKubernetes, type KubernetesOptions } from './from-kubernetes.ts';
import { documents, partOf } from './part.builder.ts';
import type { ImportedPart, PartNode } from './part.ts';

export interface Made {
  readonly kind?: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly replicas?: unknown;
  readonly pod?: Readonly<Record<string, unknown>>;
  readonly env?: unknown;
  readonly container?: Readonly<Record<string, unknown>>;
}

export const workload = (name: string, made: Made = {}): unknown => {
  const { kind = 'Deployment', namespace, labels, annotations, replicas, pod = {}, env, container = {} } = made;
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace, labels, annotations },
    spec: {
      replicas,
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: 'server', env, ...container }], ...pod },
      },
    },
  };
};
export const service = (name: string, change: Readonly<Record<string, unknown>> = {}, namespace?: string): unknown => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace },
  spec: { selector: { app: name }, ...change },
});
export const named = (kind: string, name: string, spec: unknown = {}, namespace?: string): unknown => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, namespace },
  spec,
});
export const address = (name: string, value: string): unknown => ({ name, value });

export function read(values: readonly unknown[], options: KubernetesOptions = {}): ImportedPart {
  return partOf(fromKubernetes(documents(...values), options));
}
export const nodeIn = ({ nodes }: ImportedPart, id: string): PartNode | undefined =>
  nodes.find((node) => node.id === id);
export const idsOf = ({ nodes }: ImportedPart): readonly string[] => nodes.map(({ id }) => id);
