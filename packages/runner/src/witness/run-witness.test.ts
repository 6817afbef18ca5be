import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readShape, statusShape } from '@countersign/core';
import {
  PAYLOAD,
  publicKeyOf,
  readStrictJson,
  signerPem,
  verifyEnvelope,
  vkeyOf,
  type DsseEnvelope,
} from '@countersign/seal';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Running } from '../preflight/lifecycle.ts';
import { FakeControl } from '../testkit/fake-control.ts';
import { LOG_NAME, makeBundle, rootOf, signBundle, WITNESS_NAME } from '../testkit/house.ts';
import { body, entriesOf, envelope, KEYS, NOW } from '../testkit/lying-link.ts';
import { good, made } from '../testkit/made.ts';
import { until } from '../testkit/runner-house.ts';
import { SmallRecord } from '../testkit/small-record.ts';
import { writeTrustFolder } from '../testkit/trust-folder.ts';
import { startWitness } from './run-witness.ts';
import { witnessConfigShape, type WitnessConfig } from './witness-config.ts';

let state = '';
let record: SmallRecord;
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'countersign-witness-'));
  record = new SmallRecord(KEYS);
  for (const [event, document] of [
    ['trust.updated', { version: 3 }],
    ['envelope.activated', envelope],
  ] as const)
    record.add(event, body(document));
});
afterEach(() => rmSync(state, { recursive: true, force: true }));

const config = (): WitnessConfig =>
  made(witnessConfigShape, {
    organisation: 'acme',
    name: WITNESS_NAME,
    url: 'http://127.0.0.1:1',
    tokenFile: 't',
    log: vkeyOf('log', LOG_NAME, publicKeyOf(KEYS.log)),
    cosignKeyFile: 'c',
    statusKeyFile: 's',
    state,
    autonomousTargetsPerHour: 40,
  });

/** Trust metadata beside the witness. */
function bring(version: number | undefined): Pick<WitnessConfig, 'trust'> {
  if (version === undefined) return {};
  const [folder, root] = [join(state, 'trust'), join(state, 'root.json')];
  writeFileSync(root, rootOf(KEYS));
  writeTrustFolder(folder, signBundle(KEYS, makeBundle(KEYS, NOW, { version })));
  return { trust: { folder, root } };
}

test.each([
  ['a status that verifies', undefined, 3],
  ['the version of the trust bundle that people brought, when the record has an older one', 4, 4],
  ['that of the record, when it is newer', 2, 3],
])('X1: the program cosigns over HTTP as soon as there is a checkpoint, and sends %s', async (_, brought, version) => {
  let running: Running | undefined;
  const statuses: DsseEnvelope[] = [];
  const control = new FakeControl(async ({ path, method, body: sent }) => {
    const url = new URL(path, 'http://x');
    if (method === 'POST' && url.pathname.endsWith('/status')) statuses.push((sent as { status: DsseEnvelope }).status);
    if (method === 'POST') return { status: 200, body: {} };
    if (url.pathname.endsWith('/entries')) {
      const from = Number(url.searchParams.get('from'));
      return { status: 200, body: { entries: entriesOf(record, from, record.size) } };
    }
    await new Promise(
      (resolve) => void setTimeout(resolve, Number(url.searchParams.get('after')) < record.size ? 0 : 50),
    );
    return { status: 200, body: { size: record.size, note: record.checkpoint() } };
  });
  await control.listen();
  for (const [name, text] of [
    ['token', 'witness-token'],
    ['cosign.pem', signerPem(KEYS.witness)],
    ['status.pem', signerPem(KEYS.status)],
  ] as const)
    writeFileSync(join(state, name), text, { mode: 0o600 });
  const files = {
    tokenFile: join(state, 'token'),
    cosignKeyFile: join(state, 'cosign.pem'),
    statusKeyFile: join(state, 'status.pem'),
  };
  running = good(
    startWitness(
      { ...config(), ...files, ...bring(brought), url: control.url, state: join(state, 'memory') },
      () => undefined,
    ),
  );
  await until('a status', () => statuses.length > 0);
  await running.stop();
  await control.close();
  const cosigned = control.asked.find(({ path }) => path.endsWith('/cosignatures'));
  expect(cosigned).toMatchObject({ authorization: 'Bearer witness-token', body: { size: 2 } });
  const verified = good(
    verifyEnvelope(statuses[0]!, { payloadType: PAYLOAD.status, trusted: [publicKeyOf(KEYS.status)], threshold: 1 }),
  );
  expect(good(readShape(statusShape, good(readStrictJson(verified.payload))))).toMatchObject({
    trustVersion: version,
    envelope,
  });
  expect(existsSync(join(state, 'memory', 'tail.json'))).toBe(true);
});
