/** A control plane with an estate of known reach, for tests of findings: web -> shop -> db are reached, island is not. */
import type { GraphSnapshot, TrustBundle } from '@countersign/core';
import type { TestControl } from '../testkit/control.ts';
import { idOf, type World } from '../testkit/world.ts';

type Node = GraphSnapshot['nodes'][number];
const node = (id: string, change: Partial<Node> = {}): Node => ({
  id: idOf<'Node'>(id),
  kind: 'host',
  tier: 'non-critical',
  environment: 'production',
  owner: 'team-web',
  ...change,
});
const edge = (
  from: string,
  to: string,
  kind: GraphSnapshot['edges'][number]['kind'],
): GraphSnapshot['edges'][number] => ({
  from: idOf<'Node'>(from),
  to: idOf<'Node'>(to),
  kind,
  isHard: false,
});

export const ESTATE: Pick<GraphSnapshot, 'nodes' | 'edges'> = {
  nodes: [
    node('web', { isEntryPoint: true }),
    node('shop', { kind: 'service' }),
    node('db', { tier: 'production-critical', owner: 'data-team' }),
    node('island', { owner: 'omar' }),
  ],
  edges: [edge('web', 'shop', 'flows-to'), edge('shop', 'db', 'depends-on')],
};
/** The same, with a way to the island. */
export const BRIDGED: Pick<GraphSnapshot, 'nodes' | 'edges'> = {
  ...ESTATE,
  edges: [...ESTATE.edges, edge('shop', 'island', 'flows-to')],
};

/** Installs bundle, envelope and estate. */
export async function settle(control: TestControl, world: World, change: Partial<TrustBundle> = {}): Promise<void> {
  const post = async (url: string, body: unknown): Promise<void> => {
    const answer = await control.ask('person:kim', 'POST', `/api/v1/${url}`, { world, body });
    if (answer.statusCode !== 200) throw new Error(`${url}: ${answer.statusCode} ${answer.body}`);
  };
  await post('trust', { trust: world.bundle(change) });
  await post('envelope', { envelope: world.envelope() });
  await post('graph', { graph: world.graph(ESTATE) });
}

/** A scanner's log: each place is `rule target`, with whatever else is said of it. */
export const sarif = (places: readonly string[], change: object = {}, properties: object = {}): object => ({
  version: '2.1.0',
  runs: [
    {
      tool: { driver: { name: 'scan' } },
      results: places.map((place) => {
        const [ruleId, target] = place.split(' ');
        return {
          ruleId,
          level: 'error',
          message: { text: `${ruleId ?? ''} is there` },
          properties: { target, component: 'pkg:deb/openssl', epss: 0.05, ...properties },
          ...change,
        };
      }),
    },
  ],
});

export const openVex = (product: string, statement: object = {}): object => ({
  '@context': 'https://openvex.dev/ns/v0.2.0',
  timestamp: '2026-11-20T00:00:00Z',
  statements: [
    {
      vulnerability: { name: 'CVE-1' },
      products: [{ '@id': product }],
      status: 'not_affected',
      justification: 'vulnerable_code_not_in_execute_path',
      ...statement,
    },
  ],
});
