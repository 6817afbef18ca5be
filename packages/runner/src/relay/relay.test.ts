import { fork } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseInstant, readShape, signalStatementShape, type Instant, type SourceId } from '@countersign/core';
import {
  decodeBase64,
  digestOf,
  generateSigner,
  PAYLOAD,
  publicKeyOf,
  readStrictJson,
  signerPem,
  verifyEnvelope,
} from '@countersign/seal';
import { FakeControl } from '../testkit/fake-control.ts';
import { good } from '../testkit/made.ts';
import { signalId, signSignals, type Forwarded } from './sign-signals.ts';

const SIGNER = generateSigner('ed25519');
const AT = parseInstant('2026-11-21T02:14:00.000Z') as Instant;
const SOURCE = 'alerts-dc1' as SourceId;
const alert = {
  version: '4',
  groupKey: '{}',
  status: 'firing',
  receiver: 'countersign',
  groupLabels: {},
  commonLabels: {},
  commonAnnotations: {},
  externalURL: 'http://alerts.example',
  truncatedAlerts: 0,
  alerts: [
    {
      status: 'firing',
      labels: { alertname: 'CheckoutTimeouts', severity: 'critical', instance: 'host-0017' },
      annotations: { summary: 'checkout is slow' },
      startsAt: '2026-11-21T02:00:00Z',
      endsAt: '0001-01-01T00:00:00Z',
      generatorURL: 'http://prometheus.example',
      fingerprint: '1f',
    },
  ],
};
const received = (document: unknown) => ({
  source: SOURCE,
  format: 'alertmanager' as const,
  bytes: Buffer.from(JSON.stringify(document)),
  receivedAt: AT,
});

test('X1: every signal of a document is signed by the relay in the words of the core', () => {
  const forwarded = good(signSignals(received(alert), SIGNER));
  expect(forwarded.statements).toHaveLength(1);
  const verified = good(
    verifyEnvelope(forwarded.statements[0]!, {
      payloadType: PAYLOAD.signal,
      trusted: [publicKeyOf(SIGNER)],
      threshold: 1,
    }),
  );
  const { signal } = good(readShape(signalStatementShape, good(readStrictJson(verified.payload))));
  expect(signal).toMatchObject({
    source: SOURCE,
    rule: 'CheckoutTimeouts',
    severity: 'critical',
    status: 'firing',
    targets: ['host-0017'],
  });
  expect(signal.document).toBe(digestOf(decodeBase64(forwarded.document)!));
});

test('a repeated notification is the same signal; another one is not', () => {
  expect(signalId(['a', 'b'])).toBe(signalId(['a', 'b']));
  expect(signalId(['a', 'b'])).not.toBe(signalId(['ab']));
});

test.each([
  ['not JSON', Buffer.from('{')],
  ['duplicate keys', Buffer.from('{"version":"4","version":"4"}')],
  ['not UTF-8', Buffer.from([0x7b, 0xff, 0x7d])],
  ['deep', Buffer.from('['.repeat(100_000))],
  ['another document', Buffer.from('{"runs":[]}')],
  ['no alert', Buffer.from(JSON.stringify({ ...alert, alerts: [] }))],
])('vouches for nothing when the document is %s', (_name, bytes) => {
  expect(signSignals({ ...received(alert), bytes }, SIGNER).ok).toBe(false);
});

test('the program sends one document with its statements and its token, and says how many', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-relay-'));
  const control = new FakeControl(async () => ({ status: 202 }));
  await control.listen();
  const config = { source: SOURCE, format: 'alertmanager', keyFile: 'key.pem', url: control.url, tokenFile: 'token' };
  writeFileSync(join(folder, 'relay.json'), JSON.stringify(config));
  writeFileSync(join(folder, 'key.pem'), signerPem(SIGNER), { mode: 0o600 });
  writeFileSync(join(folder, 'token'), 'source-token');
  writeFileSync(join(folder, 'alert.json'), JSON.stringify(alert));
  const child = fork(
    join(import.meta.dirname, '..', 'relay.ts'),
    [join(folder, 'relay.json'), join(folder, 'alert.json')],
    { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] },
  );
  let out = '';
  child.stdout?.on('data', (chunk: Buffer) => void (out += chunk.toString()));
  const status = await new Promise((resolve) => void child.on('close', resolve));
  await control.close();
  rmSync(folder, { recursive: true });
  expect([status, out]).toEqual([0, '{"forwarded":1}\n']);
  expect(control.asked[0]).toMatchObject({
    method: 'POST',
    path: '/api/v1/signals/alertmanager',
    authorization: 'Bearer source-token',
  });
  expect((control.asked[0]!.body as Forwarded).statements).toHaveLength(1);
});
