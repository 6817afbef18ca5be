/** Alertmanager webhook v4 documents as the estate's monitoring would send them. */
import { instantOf } from '@countersign/core';
import type { EstateHost, EstateLayout } from '../layout.ts';
import { CVE } from './sarif.ts';

type Labels = Readonly<Record<string, string>>;
interface Firing {
  readonly labels: Labels;
  readonly annotations: Labels;
}

/** The independent second source for the CVE: the package exporter on the hosts themselves, one alert a host. */
export function vulnerabilityAlert(layout: EstateLayout, startedAtMs: number): object {
  const firing = layout.hosts.map((host) => ({
    labels: labelsFor('VulnerablePackage', 'warning', host, { cve: CVE, package: 'openssl' }),
    annotations: { summary: `openssl ${host.opensslVersion} on ${host.id} is affected by ${CVE}` },
  }));
  return webhook(firing, startedAtMs);
}

/** The config problem as monitoring sees it: checkouts of one host run into its upstream timeout. */
export function checkoutTimeoutsAlert(layout: EstateLayout, startedAtMs: number): object {
  const firing = layout.hosts
    .filter(({ id }) => id === layout.checkoutHost)
    .map((host) => ({
      labels: labelsFor('CheckoutTimeouts', 'critical', host, { probe: 'checkout' }),
      annotations: {
        summary: `checkout on ${host.id} fails: upstream timed out after ${host.upstreamTimeoutMs} ms`,
        description: `the upstream answers in ${host.upstreamLatencyMs} ms; upstreamTimeoutMs in etc/app.conf is lower`,
      },
    }));
  return webhook(firing, startedAtMs);
}

function labelsFor(alertname: string, severity: string, host: EstateHost, more: Labels): Labels {
  const { id, site, role } = host;
  return { alertname, severity, host: id, instance: `${id}:9100`, job: 'node', site, role, ...more };
}

/** One notification of one group; common labels and annotations are those that all alerts share. */
function webhook(firing: readonly Firing[], startedAtMs: number): object {
  const commonLabels = shared(firing.map(({ labels }) => labels));
  const groupLabels = { alertname: commonLabels['alertname'] ?? 'none' };
  return {
    version: '4',
    groupKey: `{}:{alertname=${JSON.stringify(groupLabels.alertname)}}`,
    truncatedAlerts: 0,
    status: 'firing',
    receiver: 'countersign',
    groupLabels,
    commonLabels,
    commonAnnotations: shared(firing.map(({ annotations }) => annotations)),
    externalURL: 'http://alertmanager.estate.example:9093',
    alerts: firing.map(({ labels, annotations }) => ({
      status: 'firing',
      labels,
      annotations,
      startsAt: instantOf(startedAtMs),
      endsAt: '0001-01-01T00:00:00Z',
      generatorURL: `http://prometheus.estate.example:9090/graph?g0.expr=${labels['alertname'] ?? ''}&g0.tab=1`,
      fingerprint: fingerprintOf(labels),
    })),
  };
}

function shared(sets: readonly Labels[]): Labels {
  const [first = {}, ...others] = sets;
  return Object.fromEntries(
    Object.entries(first).filter(([name, value]) => others.every((set) => set[name] === value)),
  );
}

const FNV_OFFSET = 14_695_981_039_346_656_037n;
const FNV_PRIME = 1_099_511_628_211n;
const SEPARATOR = 255;

/** Prometheus' label-set fingerprint: 64-bit FNV-1a over the sorted names and values, each followed by 0xff. */
function fingerprintOf(labels: Labels): string {
  const words = Object.keys(labels)
    .toSorted()
    .flatMap((name) => [name, labels[name] ?? '']);
  const bytes = words.flatMap((word) => [...Buffer.from(word, 'utf8'), SEPARATOR]);
  const hash = bytes.reduce((sum, byte) => BigInt.asUintN(64, (sum ^ BigInt(byte)) * FNV_PRIME), FNV_OFFSET);
  return hash.toString(16).padStart(16, '0');
}
