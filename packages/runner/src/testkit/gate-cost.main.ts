/**
 * `node gate-cost.main.ts ROUNDS BATCH`: what the gate costs beside the bare verification of the same signatures (design section 10).
 * Warm: graph and envelope were delivered before, as they are for every capsule but the first. Prints one line of JSON: of each round,
 * in turns, the median of each side in microseconds.
 */
import { createPublicKey, verify, type KeyObject } from 'node:crypto';
import { instant, readShape, type Instant } from '@countersign/core';
import {
  decodeBase64,
  decodePublicKey,
  parseTlogProof,
  payloadOf,
  preAuthEncoding,
  verifyEnvelope,
  verifyHumanSignature,
  verifyTlogProof,
  type CapsuleDelivery,
  type DsseEnvelope,
  type PublicKey,
} from '@countersign/seal';
import { Admitted } from '../admit/admit.ts';
import type { GateContext } from '../admit/context.ts';
import type { Trust } from '../admit/trust.ts';
import { gateOf } from './gate.ts';
import { good } from './made.ts';
import { makeWorld } from './world.ts';

const [rounds = 0, batch = 0] = process.argv.slice(2).map(Number);
const read = readShape(instant, '2026-11-21T12:00:00.000Z');
if (!read.ok) throw new Error('no time');
const NOW: Instant = read.value;
const TARGETS = Array.from({ length: 10 }, (_, place) => ({ id: `host-${place}`, tier: 'non-critical' }) as const);

interface Signed {
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
  readonly key: KeyObject;
}

const keyObject = (key: PublicKey): KeyObject =>
  createPublicKey({ key: Buffer.from(key.spki()), format: 'der', type: 'spki' });

/** The one signature of a document, and the key among these that made it. */
function signatureOf(dsse: DsseEnvelope, keys: readonly PublicKey[]): Signed {
  const message = preAuthEncoding(dsse.payloadType, good(payloadOf(dsse)));
  const signature = decodeBase64(dsse.signatures[0]?.sig ?? '') ?? new Uint8Array();
  const key = keys.find((one) => one.verify(message, signature));
  if (key === undefined) throw new Error(`nobody signed ${dsse.payloadType}`);
  return { message, signature, key: keyObject(key) };
}

const KEY_HASH_BYTES = 4;
const TIME_BYTES = 8;

/** Log and witnesses over one checkpoint (C2SP signed note and cosignature/v1). */
function signaturesOfNote(note: string, { log }: Trust): readonly Signed[] {
  const [text = '', lines = ''] = note.split('\n\n');
  return [log.logKey, ...log.witnessKeys].flatMap(({ name, role, key }) => {
    const line = lines.split('\n').find((one) => one.startsWith(`\u2014 ${name} `));
    if (line === undefined) return [];
    const bytes = (decodeBase64(line.split(' ').at(-1) ?? '') ?? new Uint8Array()).subarray(KEY_HASH_BYTES);
    if (role === 'log') return [{ message: Buffer.from(`${text}\n`), signature: bytes, key: keyObject(key) }];
    const seconds = Buffer.from(bytes).readBigUInt64BE(0);
    const message = Buffer.from(`cosignature/v1\ntime ${seconds}\n${text}\n`);
    return [{ message, signature: bytes.subarray(TIME_BYTES), key: keyObject(key) }];
  });
}

interface Sides {
  readonly raw: () => void;
  readonly signatures: () => void;
  readonly gate: () => void;
  readonly count: number;
}

function sides(): Sides {
  const world = makeWorld({ now: NOW, targets: TARGETS, authority: 'people', approvers: ['kim'] });
  const context = gateOf(world);
  const { trust } = context;
  if (trust === undefined) throw new Error('no trust');
  const { envelope, graph, ...delivery } = world.delivery;
  for (const [kind, document] of [
    ['envelope', envelope],
    ['graph', graph],
  ] as const)
    context.journal.write([good(context.documents.accept(kind, document, trust))]);
  const bare = rawSignatures(delivery, trust);
  return {
    count: bare.length,
    raw: () => {
      for (const { message, signature, key } of bare)
        if (!verify(null, message, key, signature)) throw new Error('a signature does not verify');
    },
    signatures: () => verifyAll(delivery, trust),
    gate: () => void good(Admitted.check(delivery, context satisfies GateContext)),
  };
}

function rawSignatures(delivery: CapsuleDelivery, trust: Trust): readonly Signed[] {
  const facts = [...trust.factKeys.values()];
  const note = good(parseTlogProof(delivery.proof)).checkpoint;
  return [
    signatureOf(delivery.capsule, trust.capsuleSigners),
    ...delivery.approvals.map((approval) => signatureOf(approval, people(trust))),
    ...delivery.facts.map((fact) => signatureOf(fact, facts)),
    ...signaturesOfNote(note, trust),
  ];
}

const people = ({ bundle }: Trust): readonly PublicKey[] =>
  bundle.people.flatMap(({ credentials }) =>
    credentials.flatMap((credential) =>
      credential.kind === 'raw' ? [good(decodePublicKey(credential.publicKey))] : [],
    ),
  );

/** The same signatures through the functions of `seal` that the gate calls. */
function verifyAll(delivery: CapsuleDelivery, trust: Trust): void {
  const { payloadType } = delivery.capsule;
  good(verifyEnvelope(delivery.capsule, { payloadType, trusted: trust.capsuleSigners, threshold: 1 }));
  const signers = trust.bundle.people.flatMap(({ credentials }) => credentials);
  for (const approval of delivery.approvals)
    if (!signers.some((credential) => verifyHumanSignature(approval, 0, credential).ok)) throw new Error('not signed');
  const facts = [...trust.factKeys.values()];
  for (const fact of delivery.facts)
    good(verifyEnvelope(fact, { payloadType: fact.payloadType, trusted: facts, threshold: 1 }));
  const leaf = decodeBase64(delivery.leaf) ?? new Uint8Array();
  good(verifyTlogProof(good(parseTlogProof(delivery.proof)), leaf, trust.log));
}

function timed(operation: () => void): number {
  const times: number[] = [];
  for (let place = 0; place < batch; place += 1) {
    const started = performance.now();
    operation();
    times.push(performance.now() - started);
  }
  return Math.round((times.toSorted((a, b) => a - b)[Math.floor(batch / 2)] ?? Number.NaN) * 1000);
}

const { raw, signatures, gate, count } = sides();
for (const warm of [raw, signatures, gate]) timed(warm);
const found = Array.from({ length: rounds }, () => ({
  raw: timed(raw),
  signatures: timed(signatures),
  gate: timed(gate),
}));
process.stdout.write(`${JSON.stringify({ rounds: found, count })}\n`);
