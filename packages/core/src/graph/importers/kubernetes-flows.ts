/** Network policies as flows: who may send what to whom. A permission, not a dependency, so no flow here is hard. */
import { nameIn, type Estate, type Workload } from './kubernetes-estate.ts';
import { selects, type KubeObject } from './kubernetes-objects.ts';
import { isCidr } from './owner-fields.ts';
import { inside, isRecord, itemsIn, wordIn } from './read-value.ts';

const PORT_WORD = /^[A-Za-z0-9-]{1,32}$/;

export function addFlows(policy: KubeObject, estate: Estate): void {
  const selector = inside(policy.value, 'spec', 'podSelector') ?? {};
  const own = estate.workloads.selected(policy.namespace, selector);
  if (own.length === 0)
    return estate.builder.find('dangling', policy.at, policy.name, 'the network policy selects no workload');
  for (const rule of itemsIn(policy.value, 'spec', 'ingress'))
    draw({ rule, peers: 'from', own: own.map(({ name }) => name) }, policy, estate);
  for (const rule of itemsIn(policy.value, 'spec', 'egress'))
    draw({ rule, peers: 'to', own: own.map(({ name }) => name) }, policy, estate);
}

interface Direction {
  readonly rule: unknown;
  readonly peers: 'from' | 'to';
  readonly own: readonly string[];
}

function draw({ rule, peers, own }: Direction, policy: KubeObject, estate: Estate): void {
  const { builder } = estate;
  const listed = itemsIn(rule, peers);
  if (listed.length === 0)
    return builder.find('ignored', policy.at, policy.name, `allows all traffic ${peers} anywhere; no flow is drawn`);
  const others = new Set(listed.flatMap((peer) => namesOf(peer, policy, estate)));
  for (const traffic of trafficOf(rule))
    for (const other of others)
      for (const one of own) {
        if (builder.isFull) return;
        const [from, to] = peers === 'from' ? [other, one] : [one, other];
        // That workloads of one policy may talk to themselves needs no telling.
        if (from !== to) builder.edge({ from, to, kind: 'flows-to', isHard: false, ...traffic }, policy.at);
      }
}

/** `tcp/6379`; without ports one flow of any traffic, and a port that cannot be read is any port. */
function trafficOf(rule: unknown): readonly { readonly traffic?: string }[] {
  const ports = itemsIn(rule, 'ports');
  if (ports.length === 0) return [{}];
  return ports.map((port) => {
    const word = (name: string): string | undefined => {
      const written = wordIn(port, name);
      return written !== undefined && PORT_WORD.test(written) ? written : undefined;
    };
    const last = word('endPort');
    const range = `${word('port') ?? 'any'}${last === undefined ? '' : `-${last}`}`;
    return { traffic: `${(word('protocol') ?? 'tcp').toLowerCase()}/${range}` };
  });
}

function namesOf(peer: unknown, policy: KubeObject, estate: Estate): readonly string[] {
  const { builder, workloads } = estate;
  const cidr = wordIn(peer, 'ipBlock', 'cidr');
  if (cidr !== undefined) return segmentOf(cidr, peer, policy, estate);
  const isOwnNamespace = inside(peer, 'namespaceSelector') === undefined;
  const namespaces = isOwnNamespace
    ? [policy.namespace]
    : [...workloads.namespaces]
        .filter(([, labels]) => selects(inside(peer, 'namespaceSelector'), labels))
        .map(([namespace]) => namespace);
  const selector = inside(peer, 'podSelector') ?? {};
  const found: readonly Workload[] = namespaces.flatMap((namespace) => workloads.selected(namespace, selector));
  if (found.length === 0)
    builder.find('dangling', policy.at, policy.name, 'a peer of the network policy selects no workload');
  return found.map(({ name }) => name);
}

function segmentOf(cidr: string, peer: unknown, policy: KubeObject, estate: Estate): readonly string[] {
  const { builder, homeNamespace } = estate;
  if (!isCidr(cidr)) {
    builder.find('ignored', policy.at, policy.name, `\`${cidr}\` is no network`);
    return [];
  }
  if (isRecord(peer) && itemsIn(peer, 'ipBlock', 'except').length > 0)
    builder.find(
      'ignored',
      policy.at,
      policy.name,
      `exceptions from \`${cidr}\` are left out: the flow is drawn too wide`,
    );
  const name = nameIn(homeNamespace, homeNamespace, `net-${cidr.replaceAll(/[/:]/g, '-')}`);
  builder.ensure(name, { kind: 'segment', cidr }, policy.at);
  return [name];
}
