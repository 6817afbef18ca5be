import { mkdtempSync, readdirSync, rmSync, writeFileSync, renameSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@countersign/client';
import { object, readShape, statusShape, text } from '@countersign/core';
import {
  CAPSULE_PREDICATE,
  deliveryShape,
  PAYLOAD,
  readStatement,
  payloadOf,
  signEnvelope,
  type CapsuleDelivery,
  type Delivery,
  type DsseEnvelope,
} from '@countersign/seal';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { demoFiles } from '../demo/files.ts';
import { Keyring } from '../demo/keyring.ts';
import { openCapsule } from '../demo/sign.ts';
import { signByPeople } from '../demo/trust.ts';
import { startLongRollout, type LongRollout } from '../faults/long-rollout.ts';
import { estateSummary, type EstateSummary } from '../scenarios/estate-view.ts';
import { watchToEnd } from '../scenarios/play-a.ts';
import { stageOf } from '../scenarios/run-a.ts';
import { until } from '../scenarios/wait.ts';
import { clientOf } from '../system/callers.ts';
import { startSystem, type System } from '../system/start-system.ts';
import { entriesSince, recordSize, type Entry } from './leaves.ts';

/** More than 100, so that two people sign. */
const HOSTS = 120;
let state: string;
let system: System;
let client: Client;
let keys: Keyring;
let rollout: LongRollout;
let deliveries: readonly Delivery[];
let before: EstateSummary;
/** As it was before the rollout. */
let oldStatus: StatusDelivery;

beforeAll(async () => {
  state = mkdtempSync(join(tmpdir(), 'countersign-inbox-'));
  system = await startSystem({ state });
  client = clientOf(system, 'person:nils');
  keys = new Keyring(demoFiles(state).keys);
  oldStatus = await until({ what: 'a first status', timeoutMs: 45_000 }, async () => statusIn(await allDeliveries()));
  rollout = await startLongRollout(system, HOSTS);
  expect(
    await watchToEnd(
      stageOf(system, () => undefined),
      rollout.proposal,
      60_000,
    ),
  ).toBe('SUCCEEDED');
  deliveries = await allDeliveries();
  before = await estateSummary(system.estates.production);
});
afterAll(async () => {
  await system?.stop();
  rmSync(state, { recursive: true, force: true });
});

/** All that a gateway with the enclave's token has ever been given. */
async function allDeliveries(): Promise<readonly Delivery[]> {
  const gateway = clientOf(system, 'enclave:production');
  const all: Delivery[] = [];
  for (let after = 0; ;) {
    const answer = await gateway.poll('production', after, 0);
    for (const { delivery } of answer.deliveries) {
      const read = readShape(deliveryShape, delivery);
      if (!read.ok) throw new Error(`a delivery is malformed: ${read.refusal.detail}`);
      all.push(read.value);
    }
    if (answer.next <= after) return all;
    after = answer.next;
  }
}

type StatusDelivery = Extract<Delivery, { readonly kind: 'status' }>;
const statusIn = (all: readonly Delivery[]): StatusDelivery | undefined =>
  all.findLast((delivery) => delivery.kind === 'status');
const issuedAt = ({ status }: StatusDelivery): string => {
  const read = readShape(statusShape, valueIn(status));
  if (!read.ok) throw new Error(read.refusal.detail);
  return read.value.issuedAt;
};
const inbox = (): string => join(demoFiles(state).enclave('production'), 'inbox');

const genuine = (): CapsuleDelivery => {
  const found = deliveries.find((delivery) => delivery.kind === 'capsule');
  if (found?.kind !== 'capsule') throw new Error('no capsule was delivered');
  return found;
};

let dropped = 0;
/** Into the inbox by hand, as somebody with access to the folder would do it. */
function drop(content: string | Uint8Array): void {
  dropped += 1;
  const name = `9999999999999999-${dropped}-by-hand.json`;
  writeFileSync(join(inbox(), `.${name}.part`), content);
  renameSync(join(inbox(), `.${name}.part`), join(inbox(), name));
}

const refusalBody = object<{
  type: string;
  organisation: string;
  runner: string;
  subject: string;
  code: string;
  detail: string;
  at: string;
}>({
  type: text({ max: 20 }),
  organisation: text({ max: 64 }),
  runner: text({ max: 64 }),
  subject: text({ max: 80 }),
  code: text({ max: 80 }),
  detail: text({ max: 1000 }),
  at: text({ max: 40 }),
});
interface Refused {
  readonly entry: Entry;
  readonly subject: string;
  readonly code: string;
}

/** Drops it and waits until the refusal stands in the record that everybody reads. */
async function refusalOf(content: string | Uint8Array): Promise<Refused> {
  const from = await recordSize(client);
  drop(content);
  return until({ what: 'the refusal on record', timeoutMs: 15_000 }, async () => {
    const entry = (await entriesSince(client, from)).find(({ leaf }) => leaf.event === 'capsule.refused');
    if (entry === undefined) return undefined;
    const body = readShape(refusalBody, entry.body);
    if (!body.ok) throw new Error(body.refusal.detail);
    expect(entry.leaf.actor).toBe('runner:runner-production');
    return { entry, subject: body.value.subject, code: body.value.code };
  });
}

const told = (delivery: object): string => JSON.stringify(delivery);
const valueIn = ({ payload }: DsseEnvelope): unknown => JSON.parse(Buffer.from(payload, 'base64').toString());

test('X1, I4: a genuine capsule that was carried out before is a replay', async () => {
  const { code, subject, entry } = await refusalOf(told(genuine()));
  expect([code, subject, entry.leaf.correlation]).toEqual(['replay', rollout.capsule, rollout.proposal]);
  expect((await client.proposal(rollout.proposal)).state).toBe('SUCCEEDED');
});

test('C1: a capsule of which a byte is another is refused, and one that the control plane did not sign', async () => {
  const delivery = genuine();
  const payload = Buffer.from(delivery.capsule.payload, 'base64');
  const at = payload.indexOf('host-0002');
  expect(at).toBeGreaterThan(0);
  payload.write('host-0999', at);
  const bent = { ...delivery.capsule, payload: payload.toString('base64') };
  expect((await refusalOf(told({ ...delivery, capsule: bent }))).code).toMatch(/sign/);
  const own = signEnvelope(PAYLOAD.capsule, payload, [keys.signer('nobody')]);
  expect((await refusalOf(told({ ...delivery, capsule: own }))).code).toMatch(/sign/);
});

test('A2, I1: approvals that are forged, missing, or of one person twice do not make a quorum', async () => {
  const delivery = genuine();
  const [first, second] = delivery.approvals;
  if (first === undefined || second === undefined) throw new Error('the capsule had fewer than two approvals');
  const sign = (people: readonly string[]): DsseEnvelope =>
    signByPeople(keys, { payloadType: PAYLOAD.approval, value: valueIn(first) }, people);
  const forgeries = [[], [first], [first, first], [sign(['mallory']), second], [sign(['nils']), second]];
  for (const approvals of forgeries) {
    const { code } = await refusalOf(told({ ...delivery, approvals }));
    // Anything but a replay: the gate must stop at the signatures, before it remembers the nonce.
    expect(code).toMatch(/approv|quorum|sign|authority|demand/);
  }
});

test('X1: a status statement that is older, or signed by nobody who may, is not believed', async () => {
  await until({ what: 'a newer status at the runner', timeoutMs: 60_000 }, async () => {
    const newest = statusIn(await allDeliveries());
    const isNewer = newest !== undefined && issuedAt(newest) > issuedAt(oldStatus);
    return isNewer && !readdirSync(inbox()).some((name) => name.endsWith('.json')) ? true : undefined;
  });
  expect((await refusalOf(told(oldStatus))).code).toBe('status-older');
  const forged = signEnvelope(PAYLOAD.status, Buffer.from(oldStatus.status.payload, 'base64'), [keys.signer('nobody')]);
  expect((await refusalOf(told({ kind: 'status', status: forged }))).code).toMatch(/sign/);
});

test('A2: what is no delivery at all is refused too', async () => {
  const hostile = [
    'not JSON',
    '{"kind":"capsule","kind":"halt"}',
    '{"kind":"shell","run":"rm"}',
    Buffer.from([0xc3, 0x28]),
  ];
  for (const content of hostile) expect((await refusalOf(content)).code).toMatch(/^(?:malformed|wrong-type)$/);
});

test('X1: after all of it no host was touched, the rollout stands as it was, and the runner has journaled every refusal', async () => {
  const after = await estateSummary(system.estates.production);
  expect({ ...after, observedAt: '' }).toEqual({ ...before, observedAt: '' });
  const { items } = await client.rollouts();
  expect(items.map(({ proposal, phase }) => [proposal, phase])).toEqual([[rollout.proposal, 'completed']]);
  const { capsule } = genuine();
  const payload = payloadOf(capsule);
  expect(payload.ok && readStatement(payload.value, CAPSULE_PREDICATE).ok).toBe(true);
  expect(openCapsule(capsule).digest).toBe(rollout.capsule);
  expect(await system.stop()).toBe(0);
  const journal = new DatabaseSync(join(demoFiles(state).enclave('production'), 'runner', 'journal.db'), {
    readOnly: true,
  });
  const rows = journal.prepare('select code from refusal order by seq').all();
  journal.close();
  expect(rows).toHaveLength(dropped);
});
