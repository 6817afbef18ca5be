/** Alerts as two independent monitoring systems would send them, each forwarded and signed by its own relay (D3, X1). */
import { instantOf, parseId, readAlertmanager, type Id, type Signal } from '@countersign/core';
import { canonicalBytes, digestOf, digestOfDocument, PAYLOAD, signEnvelope } from '@countersign/seal';
import type { RelayedDocument } from '@countersign/client';
import type { Keyring } from '../../demo/keyring.ts';
import type { DEMO_SOURCES } from '../../demo/people.ts';

type AlertSource = (typeof DEMO_SOURCES)[number]['id'];

export interface Alert {
  readonly source: AlertSource;
  readonly rule: string;
  readonly targets: readonly string[];
  readonly nowMs: number;
}

export interface RelayedAlert {
  readonly relayed: RelayedDocument;
  readonly signals: readonly Signal[];
}

export function relayedAlert(keys: Keyring, { source, rule, targets, nowMs }: Alert): RelayedAlert {
  const now = instantOf(nowMs);
  const document = {
    version: '4',
    groupKey: `{}:{alertname="${rule}"}`,
    status: 'firing',
    alerts: targets.map((target) => ({
      status: 'firing',
      labels: { alertname: rule, severity: 'critical', target },
      annotations: { summary: `${rule} on ${target}` },
      startsAt: now,
    })),
  };
  const bytes = Buffer.from(JSON.stringify(document));
  const read = readAlertmanager(document, {
    source: idOf(parseId<'Source'>(source)),
    receivedAt: now,
    documentDigest: digestOf(bytes),
    signalId: (parts) => idOf(parseId<'Signal'>(`S-${digestOfDocument(parts).slice(7, 39)}`)),
  });
  if (!read.ok) throw new Error(`the alert is malformed: ${read.refusal.detail}`);
  const statements = read.value.map((signal) =>
    signEnvelope(PAYLOAD.signal, canonicalBytes({ type: 'signal', signal }), [keys.signer(`relay-${source}`)]),
  );
  return { relayed: { document: bytes.toString('base64'), statements }, signals: read.value };
}

function idOf<Name extends string>(id: Id<Name> | undefined): Id<Name> {
  if (id === undefined) throw new Error('not an id');
  return id;
}
