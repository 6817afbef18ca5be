import fc from 'fast-check';
import { expect, test } from 'vitest';
import { productionEstate, stagingEstate } from '../layout.ts';
import { checkoutTimeoutsAlert, vulnerabilityAlert } from './alertmanager.ts';
import { inventoryOf } from './inventory.ts';
import { opensslSarif } from './sarif.ts';
import { graphInputOf, graphSnapshotOf } from './system-graph.ts';

const [production, staging] = [productionEstate(), stagingEstate()];
const AT_MS = Date.parse('2026-04-14T02:14:00.000Z');
const head = { organisation: 'acme', version: 1, takenAtMs: AT_MS };

test('the inventory names every host with its folder, addresses, token file, tier and labels, and every service', () => {
  const { targets, dependants } = inventoryOf(production, { baseUrl: 'http://127.0.0.1:4700', stateDir: '/state' });
  expect(targets).toHaveLength(1240);
  expect(targets[380]).toMatchObject({
    id: 'host-0381',
    root: '/state/hosts/host-0381',
    healthUrl: 'http://127.0.0.1:4700/hosts/host-0381/health',
    restartUrl: 'http://127.0.0.1:4700/hosts/host-0381/restart',
    tier: 'production-critical',
    labels: { os: 'rhel-9.4', openssl: '3.0.13', tlsValidator: '2.1', role: 'payments' },
  });
  expect(dependants).toContainEqual({
    id: 'payments-dc1',
    healthUrl: 'http://127.0.0.1:4700/services/payments-dc1/health',
  });
  expect(dependants).toHaveLength(production.services.length);
});

test('G1: the graph of both profiles is a snapshot the product accepts, without double ids or loose edges', () => {
  const read = graphSnapshotOf([production, staging], head);
  expect(read.ok).toBe(true);
  if (!read.ok) return;
  const ids = new Set<string>(read.value.nodes.map(({ id }) => id));
  expect(ids.size).toBe(read.value.nodes.length);
  expect(read.value.edges.filter(({ from, to }) => !ids.has(from) || !ids.has(to))).toEqual([]);
  expect(new Set(read.value.nodes.map(({ environment }) => environment))).toEqual(new Set(['production', 'staging']));
});

test('G1: an organisation that is no id is refused', () => {
  expect(graphSnapshotOf([staging], { ...head, organisation: '../acme' }).ok).toBe(false);
});

test('G1: services depend on their hosts, never the other way round', () => {
  const { edges } = graphInputOf(production);
  const needs = edges.filter(({ kind }) => kind === 'depends-on');
  expect(needs).toContainEqual({ from: 'payments-dc1', to: 'ledger', kind: 'depends-on', isHard: true });
  const hosts = new Set(production.hosts.map(({ id }) => id));
  expect(needs.filter(({ from }) => hosts.has(from))).toEqual([]);
  expect(new Set(needs.map(({ to }) => to).filter((to) => hosts.has(to))).size).toBe(1240);
});

test('4.7: nothing safety-critical hangs on a patch target, so no target inherits the tier', () => {
  const { nodes, edges } = graphInputOf(production);
  const critical = nodes.filter((node) => node['tier'] === 'safety-critical').map((node) => String(node['id']));
  expect(critical.filter((id) => /^badge-control-0[1-6]$/.test(id))).toHaveLength(6);
  const targets = new Set(production.hosts.map(({ id }) => id));
  const reached = new Set(critical);
  for (const id of reached) for (const edge of edges) if (edge.from === id) reached.add(edge.to);
  expect([...reached].filter((id) => targets.has(id))).toEqual([]);
});

test('the scanner report has one result a host, each naming it twice and with its own fingerprint', () => {
  const report = JSON.parse(JSON.stringify(opensslSarif(production, AT_MS))) as {
    version: string;
    runs: { tool: object; results: { ruleId: string; level: string; partialFingerprints: Record<string, string> }[] }[];
  };
  expect(report.version).toBe('2.1.0');
  const results = report.runs[0]?.results ?? [];
  expect(results).toHaveLength(1240);
  expect(results[380]).toMatchObject({
    ruleId: 'CVE-2025-31847',
    level: 'warning',
    locations: [
      {
        physicalLocation: { artifactLocation: { uri: 'host-0381/lib/openssl.json' } },
        logicalLocations: [{ fullyQualifiedName: 'host-0381' }],
      },
    ],
  });
  expect(new Set(results.map((result) => result.partialFingerprints['hostscan/v1'])).size).toBe(1240);
});

interface Webhook {
  readonly version: string;
  readonly status: string;
  readonly groupLabels: Record<string, string>;
  readonly commonLabels: Record<string, string>;
  readonly commonAnnotations: Record<string, string>;
  readonly alerts: { labels: Record<string, string>; startsAt: string; fingerprint: string }[];
}

test('the vulnerability alert is a second source: one alert a host, with common labels for the group', () => {
  const webhook = vulnerabilityAlert(production, AT_MS) as Webhook;
  expect([webhook.version, webhook.status, webhook.alerts.length]).toEqual(['4', 'firing', 1240]);
  expect(webhook.groupLabels).toEqual({ alertname: 'VulnerablePackage' });
  expect(webhook.commonLabels).toEqual({
    alertname: 'VulnerablePackage',
    severity: 'warning',
    job: 'node',
    cve: 'CVE-2025-31847',
    package: 'openssl',
  });
  expect(webhook.commonAnnotations).toEqual({});
  expect(new Set(webhook.alerts.map(({ fingerprint }) => fingerprint)).size).toBe(1240);
  expect(webhook.alerts.map(({ labels }) => labels['host'])).toEqual(production.hosts.map(({ id }) => id));
});

test.each([production, staging])('the config problem of $profile is one alert for one host', (layout) => {
  const webhook = checkoutTimeoutsAlert(layout, AT_MS) as Webhook;
  expect(webhook.alerts).toHaveLength(1);
  expect(webhook.alerts[0]).toMatchObject({
    labels: { alertname: 'CheckoutTimeouts', severity: 'critical', host: layout.checkoutHost },
    startsAt: '2026-04-14T02:14:00.000Z',
  });
  expect(webhook.commonLabels).toEqual(webhook.alerts[0]?.labels);
});

test('an alert keeps its fingerprint when it fires again later, as Alertmanager does', () => {
  fc.assert(
    fc.property(fc.nat(), (later) => {
      const [first, again] = [0, later].map((ms) => (checkoutTimeoutsAlert(staging, AT_MS + ms) as Webhook).alerts[0]);
      expect(first?.fingerprint).toMatch(/^[0-9a-f]{16}$/);
      expect(again?.fingerprint).toBe(first?.fingerprint);
    }),
    { numRuns: 20 },
  );
});
