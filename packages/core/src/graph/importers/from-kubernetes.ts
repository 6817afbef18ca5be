/**
 * Kubernetes manifests, as files or as `kubectl get -o json` prints them. A workload is a node; a Service is a name of the workload
 * it selects, and a node of its own only when it selects none or several. Names are those of the home namespace; others carry
 * their namespace in front. Secrets are `name.secret`, accounts `name.account`, namespaces `name.namespace`.
 */
import type { Result } from '../../shared/result.ts';
import type { Environment } from '../../people/trust-bundle.ts';
import { addFlows } from './kubernetes-flows.ts';
import { nameIn, WorkloadIndex, type Estate, type Workload } from './kubernetes-estate.ts';
import { isWorkload, objectsIn, ownWord, templateOf, type KubeObject } from './kubernetes-objects.ts';
import { accountName, addNeeds, SECRET_KINDS, secretName } from './kubernetes-workloads.ts';
import { environmentOf, fittingLabels, OWNER_PREFIX, ownerFields } from './owner-fields.ts';
import { PartBuilder } from './part-builder.ts';
import type { ImportedPart, ImportOptions, PartFields, SourceDocument } from './part.ts';
import { countOf, entriesIn, inside, itemsIn, wordIn, wordOf, wordsIn } from './read-value.ts';

export interface KubernetesOptions extends ImportOptions {
  /** Objects without a namespace are in it, and its names stand alone; `default` when not given. */
  readonly homeNamespace?: string;
}

/** Read for others, or kinds that say nothing of dependencies, criticality or exposure. */
const SILENT: ReadonlySet<string> = new Set(['ConfigMap', 'Namespace', 'PersistentVolumeClaim']);

export function fromKubernetes(
  documents: readonly SourceDocument[],
  options: KubernetesOptions = {},
): Result<ImportedPart> {
  const builder = new PartBuilder();
  const { homeNamespace = 'default' } = options;
  const objects = objectsIn(documents, builder, homeNamespace);
  const workloads = new WorkloadIndex();
  const ofKind = (kind: string): readonly KubeObject[] => objects.filter((object) => object.kind === kind);
  const configMaps = new Map(ofKind('ConfigMap').map((map) => [`${map.namespace}/${map.name}`, map]));
  const estate: Estate = { builder, options, homeNamespace, configMaps, workloads, services: new Map() };
  const environments = addNamespaces(ofKind('Namespace'), estate);
  for (const object of objects) addObject(object, environments, estate);
  for (const service of ofKind('Service')) addService(service, environments, estate);
  for (const workload of allOf(estate)) if (!builder.isFull) addNeeds(workload, estate);
  for (const ingress of ofKind('Ingress')) openBy(ingress, estate);
  for (const budget of ofKind('PodDisruptionBudget')) keepHealthy(budget, estate);
  for (const policy of ofKind('NetworkPolicy')) addFlows(policy, estate);
  return builder.done();
}

const allOf = ({ workloads }: Estate): readonly Workload[] =>
  [...workloads.namespaces.keys()].flatMap((namespace) => workloads.in(namespace));

/** Environments by namespace: what a namespace says holds for what is in it. */
type Environments = ReadonlyMap<string, Environment>;

function addNamespaces(namespaces: readonly KubeObject[], estate: Estate): Environments {
  const environments = new Map<string, Environment>();
  for (const object of namespaces) {
    const fields = commonFields(object, estate);
    estate.workloads.nameNamespace(object.name, object.labels);
    estate.builder.node(`${object.name}.namespace`, { ...fields, kind: 'group' }, object.at);
    if (fields.environment !== undefined) environments.set(object.name, fields.environment);
  }
  return environments;
}

/** Words of the owner, and the labels everybody uses: `environment` or `env`, `team` or `owner`. */
function commonFields(object: KubeObject, { builder, options }: Estate): PartFields {
  const words = {
    at: object.at,
    subject: object.name,
    get: (name: string) => ownWord(object, OWNER_PREFIX + name),
  };
  const owner = object.labels.get('team') ?? object.labels.get('owner');
  const label = object.labels.get('environment') ?? object.labels.get('env');
  const environment = label === undefined ? undefined : environmentOf(label, options);
  if (label !== undefined && environment === undefined)
    builder.find('ignored', object.at, object.name, `label \`${label}\` is not known to mean an environment`);
  return {
    ...(owner !== undefined && owner.length <= 120 && { owner }),
    ...(environment !== undefined && { environment }),
    ...ownerFields(words, builder, options),
  };
}

function addObject(object: KubeObject, environments: Environments, estate: Estate): void {
  const { builder } = estate;
  const { kind, name, at, namespace } = object;
  const inherited = environments.get(namespace);
  const fields = { ...(inherited !== undefined && { environment: inherited }) };
  if (isWorkload(kind)) return addWorkload(object, fields, estate);
  if (SECRET_KINDS.includes(kind)) {
    const made = wordIn(object.value, 'spec', 'target', 'name') ?? name;
    addOnce(secretName(estate, namespace, made), { ...fields, kind: 'credential' }, object, estate);
  } else if (kind === 'ServiceAccount') {
    if (name !== 'default')
      addOnce(accountName(estate, namespace, name), { ...fields, kind: 'account' }, object, estate);
  } else if (!SILENT.has(kind) && !LATER.has(kind)) builder.find('unknown-kind', at, name, `\`${kind}\` is not read`);
}

/** A secret and what it is made from are one thing: the first one that is read describes it. */
function addOnce(name: string, fields: PartFields, object: KubeObject, estate: Estate): void {
  const { builder } = estate;
  const id = builder.idOf(name, object.at);
  if (id !== undefined && builder.has(id))
    builder.find('duplicate', object.at, name, 'is described before; this one is left out');
  else builder.node(name, { ...fields, ...commonFields(object, estate) }, object.at);
}
const LATER: ReadonlySet<string> = new Set(['Service', 'Ingress', 'PodDisruptionBudget', 'NetworkPolicy']);

function addWorkload(object: KubeObject, inherited: PartFields, estate: Estate): void {
  const { builder, homeNamespace, workloads } = estate;
  const { kind, at, namespace, value } = object;
  // What a controller makes is described by the controller.
  if (itemsIn(value, 'metadata', 'ownerReferences').length > 0)
    return builder.find('ignored', at, object.name, `this ${kind} is made by another object`);
  const template = templateOf(object);
  const name = ownWord(object, `${OWNER_PREFIX}id`) ?? nameIn(homeNamespace, namespace, object.name);
  const labels = wordsIn(template, 'metadata', 'labels');
  const replicas = kind === 'DaemonSet' ? undefined : (countOf(inside(value, 'spec', 'replicas')) ?? 1);
  const described = new Map([
    ...labels,
    ['workload', kind.toLowerCase()] as const,
    ...(replicas === undefined ? [] : [['replicas', String(replicas)] as const]),
  ]);
  const id = builder.node(
    name,
    {
      kind: 'service',
      ...inherited,
      ...fittingLabels(described, builder, { at, subject: name }),
      ...commonFields(object, estate),
    },
    at,
  );
  if (id === undefined) return;
  workloads.add({ id, name, object, labels, pod: inside(template, 'spec'), replicas });
  if (!object.isPlaced) return;
  builder.ensure(`${namespace}.namespace`, { kind: 'group', ...inherited }, at);
  builder.edge({ from: name, to: `${namespace}.namespace`, kind: 'member-of-segment', isHard: false }, at);
}

/** A Service that selects one workload is a name of it; else a node that needs all it selects. */
function addService(service: KubeObject, environments: Environments, estate: Estate): void {
  const { builder, workloads, services, homeNamespace } = estate;
  const { at, namespace, value } = service;
  const selector = inside(value, 'spec', 'selector');
  const labels = entriesIn(selector);
  const selected = labels.length === 0 ? [] : workloads.selected(namespace, { matchLabels: selector });
  const [only] = selected;
  const isAlias = selected.length === 1 && only !== undefined;
  const name = isAlias ? only.name : `${nameIn(homeNamespace, namespace, service.name)}.svc`;
  services.set(`${namespace}/${service.name}`, name);
  const inherited = environments.get(namespace);
  if (!isAlias) {
    const fields = { ...(inherited !== undefined && { environment: inherited }), ...commonFields(service, estate) };
    builder.node(name, { ...fields, kind: 'service' }, at);
    for (const workload of selected) builder.edge({ from: name, to: workload.name, kind: 'depends-on' }, at);
    if (labels.length > 0 && selected.length === 0)
      builder.find('dangling', at, service.name, 'the service selects no workload');
    const elsewhere = wordIn(value, 'spec', 'externalName');
    if (elsewhere !== undefined) builder.edge({ from: name, to: elsewhere.toLowerCase(), kind: 'depends-on' }, at);
  }
  const type = wordIn(value, 'spec', 'type') ?? 'ClusterIP';
  const isOpen = ['LoadBalancer', 'NodePort'].includes(type) || itemsIn(value, 'spec', 'externalIPs').length > 0;
  const id = builder.idOf(name, at);
  if (isOpen && id !== undefined) builder.markEntryPoint(id);
}

/** Everything an Ingress leads to is reachable from outside. */
function openBy(ingress: KubeObject, { builder, services }: Estate): void {
  const { at, value, namespace } = ingress;
  const backends = [
    inside(value, 'spec', 'defaultBackend'),
    ...itemsIn(value, 'spec', 'rules').flatMap((rule) =>
      itemsIn(rule, 'http', 'paths').map((path) => inside(path, 'backend')),
    ),
  ];
  for (const service of new Set(backends.map((backend) => wordIn(backend, 'service', 'name')))) {
    if (service === undefined) continue;
    const name = services.get(`${namespace}/${service}`);
    const id = name === undefined ? undefined : builder.idOf(name, at);
    if (id === undefined)
      builder.find('dangling', at, service, `the ingress \`${ingress.name}\` leads to a service in no file`);
    else builder.markEntryPoint(id);
  }
}

/** A disruption budget says how many must stay; Kubernetes rounds percentages up. */
function keepHealthy(budget: KubeObject, { builder, workloads }: Estate): void {
  const { at, name, namespace, value } = budget;
  const selected = workloads.selected(namespace, inside(value, 'spec', 'selector'));
  if (selected.length === 0) builder.find('dangling', at, name, 'the disruption budget selects no workload');
  for (const { id, replicas } of selected) {
    const least = shareOf(inside(value, 'spec', 'minAvailable'), replicas);
    const most = shareOf(inside(value, 'spec', 'maxUnavailable'), replicas);
    const needed = least ?? (most === undefined || replicas === undefined ? undefined : Math.max(replicas - most, 0));
    if (needed === undefined || needed > 1_000_000)
      builder.find('ignored', at, id, `how many the disruption budget \`${name}\` keeps cannot be told`);
    else builder.needHealthy(id, needed);
  }
}

function shareOf(value: unknown, replicas: number | undefined): number | undefined {
  const percent = /^(\d{1,3})%$/.exec(wordOf(value) ?? '')?.[1];
  if (percent === undefined) return countOf(value);
  return replicas === undefined ? undefined : Math.ceil((replicas * Number(percent)) / 100);
}
