/**
 * Alertmanager webhook, version 4. Alerts of one document with the same rule, severity and status are one signal that
 * names all their targets: 1,240 hosts that fire alike are one finding, not 1,240.
 */
import { parseId, type Instant, type TargetId } from '../shared/brand.ts';
import { refuse, type Complaint, type Result } from '../shared/result.ts';
import { integer, list, literal, map, oneOf, optional, readShape, text, type Shape } from '../shared/shape.ts';
import { looseObject } from './loose-object.ts';
import { words, type SignalContext } from './parse-context.ts';
import { rfc3339 } from './parse-time.ts';
import { parseRange } from '../shared/address.ts';
import type { Signal } from './signal.ts';

type Labels = Readonly<Record<string, string>>;
interface Alert {
  readonly status: 'firing' | 'resolved';
  readonly labels: Labels;
  readonly annotations?: Labels;
  readonly startsAt: Instant;
}
interface Notification {
  readonly version: '4';
  readonly groupKey?: string;
  readonly truncatedAlerts?: number;
  readonly alerts: readonly Alert[];
}

const ALERTS = 25_000;
const labels = (max: number): Shape<Labels> => map(text({ max }), { max: 64, key: /^[A-Za-z_][A-Za-z0-9_]{0,127}$/ });
const notification: Shape<Notification> = looseObject<Notification>({
  version: literal('4'),
  groupKey: optional(text({ max: 4000 })),
  truncatedAlerts: optional(integer({ min: 0, max: 1_000_000_000 })),
  alerts: list(
    looseObject<Alert>({
      status: oneOf('firing', 'resolved'),
      labels: labels(1000),
      annotations: optional(labels(8000)),
      startsAt: rfc3339,
    }),
    { min: 1, max: ALERTS },
  ),
});

interface Grouped {
  readonly alert: Alert;
  readonly targets: Set<TargetId>;
  readonly addresses: Set<string>;
  startedAt: Instant;
}

/** All complaints at once, each with its JSON pointer; unknown fields are ignored. */
export function readAlertmanager(document: unknown, context: SignalContext): Result<readonly Signal[]> {
  const read = readShape(notification, document);
  if (!read.ok) return read;
  const complaints: Complaint[] = [];
  const groups = new Map<string, Grouped>();
  read.value.alerts.forEach((alert, position) => collect(groups, alert, { at: `/alerts/${position}`, complaints }));
  if (complaints.length > 0) return refuse('malformed', 'some alerts cannot be read', { clause: 'D8', complaints });
  return { ok: true, value: [...groups.values()].map((group) => toSignal(group, context)) };
}

function collect(
  groups: Map<string, Grouped>,
  alert: Alert,
  { at, complaints }: { readonly at: string; readonly complaints: Complaint[] },
): void {
  const rule = alert.labels['alertname'] ?? '';
  if (rule === '' || rule.length > 200)
    complaints.push({ at: `${at}/labels/alertname`, problem: 'must name the rule in 1 to 200 characters' });
  const target = targetOf(alert.labels);
  if (target === 'bad')
    complaints.push({ at: `${at}/labels/target`, problem: 'must be an id: 1 to 64 characters A-Z a-z 0-9 . _ -' });
  const key = JSON.stringify([rule, severityOf(alert), alert.status]);
  const group = groups.get(key) ?? {
    alert,
    targets: new Set<TargetId>(),
    addresses: new Set<string>(),
    startedAt: alert.startsAt,
  };
  groups.set(key, group);
  if (target !== 'bad' && target !== undefined) group.targets.add(target);
  const address = addressOf(alert.labels);
  if (address !== undefined) group.addresses.add(address);
  if (alert.startsAt < group.startedAt) group.startedAt = alert.startsAt;
}

/** Labels by which rules say where traffic came from; what is no address is a label like any other. */
const ADDRESS_LABELS = ['client_ip', 'source_ip', 'src_ip', 'remote_addr'] as const;
const addressOf = (labelled: Labels): string | undefined =>
  ADDRESS_LABELS.flatMap((name) => labelled[name] ?? []).find((value) => parseRange(value) !== undefined);

/** `target` is ours and must be an id; `instance` is Prometheus' own and names a target only when it is one without its port. */
function targetOf(labelled: Labels): TargetId | 'bad' | undefined {
  if (labelled['target'] !== undefined) return parseId<'Target'>(labelled['target']) ?? 'bad';
  return parseId<'Target'>((labelled['instance'] ?? '').replace(/:\d{1,5}$/, ''));
}

const severityOf = (alert: Alert): string => words(alert.labels['severity'], 'unspecified', 40);

function toSignal({ alert, targets, addresses, startedAt }: Grouped, context: SignalContext): Signal {
  const rule = alert.labels['alertname'] ?? '';
  const severity = severityOf(alert);
  const named = [...targets].toSorted();
  const fallback = named.length === 1 ? `${rule} on ${named[0] ?? ''}` : `${rule} on ${named.length} targets`;
  return {
    id: context.signalId([context.source, 'alertmanager', rule, severity, alert.status, startedAt, ...named]),
    source: context.source,
    format: 'alertmanager',
    rule,
    title: words(alert.annotations?.['summary'], fallback, 500),
    severity,
    status: alert.status,
    targets: named,
    ...(addresses.size > 0 && { addresses: [...addresses].toSorted() }),
    startedAt,
    observedAt: context.receivedAt,
    document: context.documentDigest,
  };
}
