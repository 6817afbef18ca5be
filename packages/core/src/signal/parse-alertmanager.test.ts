import { describe, expect, test } from 'vitest';
import { readAlertmanager } from './parse-alertmanager.ts';
import { aContext } from './signal.builder.ts';

/** As Alertmanager 0.27 sends it, three alerts of one group. */
const alert = (change: object = {}) => ({
  status: 'firing',
  labels: { alertname: 'TlsHandshakeFailing', instance: 'pay-001:9100', job: 'node', severity: 'critical' },
  annotations: { summary: 'TLS handshake fails on payment hosts', runbook_url: 'https://runbooks.example/tls' },
  startsAt: '2026-11-18T02:10:04.313Z',
  endsAt: '0001-01-01T00:00:00Z',
  generatorURL: 'http://prometheus:9090/graph?g0.expr=up',
  fingerprint: 'c1b1b1b1b1b1b1b1',
  ...change,
});
const webhook = (alerts: readonly unknown[], change: object = {}) => ({
  version: '4',
  groupKey: '{}:{alertname="TlsHandshakeFailing"}',
  truncatedAlerts: 0,
  status: 'firing',
  receiver: 'countersign',
  groupLabels: { alertname: 'TlsHandshakeFailing' },
  commonLabels: { alertname: 'TlsHandshakeFailing', severity: 'critical' },
  commonAnnotations: {},
  externalURL: 'http://alertmanager:9093',
  alerts,
  ...change,
});
const second = alert({
  labels: { alertname: 'TlsHandshakeFailing', target: 'pay-000', severity: 'critical' },
  startsAt: '2026-11-18T03:09:00+01:00',
});

test('L1: alerts of one rule and severity become one signal with all their targets and the earliest start', () => {
  const read = readAlertmanager(webhook([alert(), second]), aContext());
  expect(read.ok && read.value).toEqual([
    {
      id: expect.stringMatching(/^s-/) as unknown,
      source: 'prometheus',
      format: 'alertmanager',
      rule: 'TlsHandshakeFailing',
      title: 'TLS handshake fails on payment hosts',
      severity: 'critical',
      status: 'firing',
      targets: ['pay-000', 'pay-001'],
      startedAt: '2026-11-18T02:09:00.000Z',
      observedAt: '2026-11-18T02:11:00.000Z',
      document: `sha256:${'aa'.repeat(32)}`,
    },
  ]);
});

const ids = (alerts: readonly unknown[]) => {
  const read = readAlertmanager(webhook(alerts, { groupKey: 'x' }), aContext());
  return read.ok ? read.value.map(({ id }) => id) : [];
};

test('L1: a repeated notification has the same ids, whatever the order of its alerts; a further target has another', () => {
  expect(ids([second, alert()])).toEqual(ids([alert(), second]));
  expect(ids([alert()])).not.toEqual(ids([alert(), second]));
});

test('L1: firing and resolved, and different severities, are different signals', () => {
  const other = alert({ labels: { alertname: 'TlsHandshakeFailing', instance: 'pay-002:9100' }, annotations: {} });
  const read = readAlertmanager(webhook([alert(), alert({ status: 'resolved' }), other]), aContext());
  expect(read.ok && read.value.map(({ status, severity, title }) => [status, severity, title])).toEqual([
    ['firing', 'critical', 'TLS handshake fails on payment hosts'],
    ['resolved', 'critical', 'TLS handshake fails on payment hosts'],
    ['firing', 'unspecified', 'TlsHandshakeFailing on pay-002'],
  ]);
});

test('D8: an instance that is no id names no target; the signal stays', () => {
  const read = readAlertmanager(
    webhook([alert({ labels: { alertname: 'X', instance: 'https://shop.example/login' } })]),
    aContext(),
  );
  expect(read.ok && read.value[0]?.targets).toEqual([]);
});

test('bad input: every complaint at once, with its JSON pointer', () => {
  const bad = [
    alert({ status: 'pending' }),
    alert({ startsAt: 'yesterday' }),
    alert({ labels: { alertname: 'X', 'bad label': 'y', n: 1 } }),
  ];
  const read = readAlertmanager(webhook(bad, { version: '3' }), aContext());
  expect(!read.ok && read.refusal.complaints?.map(({ at }) => at)).toEqual([
    '/version',
    '/alerts/0/status',
    '/alerts/1/startsAt',
    '/alerts/2/labels/bad label',
    '/alerts/2/labels/n',
  ]);
});

test('bad input: a rule without a name and a target that is no id are refused with their place', () => {
  const read = readAlertmanager(
    webhook([alert({ labels: { instance: 'a:1' } }), alert({ labels: { alertname: 'X', target: '../etc' } })]),
    aContext(),
  );
  expect(!read.ok && read.refusal.complaints?.map(({ at }) => at)).toEqual([
    '/alerts/0/labels/alertname',
    '/alerts/1/labels/target',
  ]);
});

test.each([null, [], 'x', {}, webhook([]), webhook(Array.from({ length: 25_001 }, () => alert()))])(
  'bad input: document %# is refused',
  (document) => {
    expect(readAlertmanager(document, aContext()).ok).toBe(false);
  },
);

const from = (labels: Readonly<Record<string, string>>) => ({
  status: 'firing',
  labels: { alertname: 'RapidSequentialRequests', ...labels },
  startsAt: '2026-11-18T14:22:31Z',
});
const signalsOf = (...alerts: readonly object[]) => {
  const signals = readAlertmanager({ version: '4', alerts }, aContext());
  return signals.ok ? signals.value : [];
};

describe('D3: where it came from', () => {
  test('addresses of the usual labels are kept, each once and sorted', () => {
    const [signal] = signalsOf(
      from({ client_ip: '10.20.7.2' }),
      from({ src_ip: '10.20.7.1' }),
      from({ source_ip: '10.20.7.2' }),
    );
    expect(signal?.addresses).toEqual(['10.20.7.1', '10.20.7.2']);
  });

  test('what is no address is a label like any other', () => {
    expect(signalsOf(from({ client_ip: 'the internet' }))[0]).not.toHaveProperty('addresses');
    expect(signalsOf(from({ client_ip: '', remote_addr: '2001:db8::1' }))[0]?.addresses).toEqual(['2001:db8::1']);
  });
});
