import { afterEach, beforeEach, expect, test } from 'vitest';
import { plusMs } from '@countersign/core';
import {
  encodeBase64,
  generateSigner,
  PAYLOAD,
  payloadOf,
  signEnvelope,
  type CapsuleDelivery,
} from '@countersign/seal';
import { ALONE } from '../testkit/attack.ts';
import { gateOf } from '../testkit/gate.ts';
import { good } from '../testkit/made.ts';
import { Admitted } from './admit.ts';
import type { GateContext } from './context.ts';
import { KnownDocuments } from './known-documents.ts';
import type { Trust } from './trust.ts';

const { graph, envelope, ...rest } = ALONE.delivery;
const BARE: CapsuleDelivery = rest;
/** Another object with the same keys: what the runner has after a new bundle. */
const again = (trust: Trust | undefined, change: Partial<Trust> = {}): Trust => ({ ...(trust as Trust), ...change });

let context: GateContext;
beforeEach(() => {
  context = gateOf(ALONE);
});
afterEach(() => context.journal.close());

const outcome = (delivery: CapsuleDelivery, change: Partial<GateContext> = {}): string => {
  const admitted = Admitted.check(delivery, { ...context, ...change });
  return admitted.ok ? 'admitted' : admitted.refusal.code;
};
const deliver = (...kinds: readonly ('graph' | 'envelope')[]): void => {
  for (const kind of kinds) {
    const signed = ALONE.delivery[kind];
    if (signed === undefined) throw new Error('the world delivers both');
    context.journal.write([good(context.documents.accept(kind, signed, context.trust))]);
  }
};

test('X1: a capsule may name documents that were delivered before, and is refused with the one that was not', () => {
  expect(outcome(BARE)).toBe('envelope-missing');
  deliver('envelope');
  expect(outcome(BARE)).toBe('graph-missing');
  deliver('graph');
  expect(outcome(BARE)).toBe('admitted');
});

test('X7: they are found in the journal after a restart, and verified again', () => {
  deliver('envelope', 'graph');
  const documents = new KnownDocuments(context.journal);
  expect(outcome(BARE, { documents })).toBe('admitted');
  expect(outcome(BARE, { documents })).toBe('admitted');
});

test('E3, G3: what was verified under one trust bundle counts for nothing under the next', () => {
  deliver('envelope', 'graph');
  expect(outcome(BARE)).toBe('admitted');
  expect(outcome(BARE, { trust: again(context.trust) })).toBe('admitted');
  expect(outcome(BARE, { trust: again(context.trust, { graphOwners: [] }) })).toBe('graph-unsigned');
  const bundle = { ...again(context.trust).bundle, people: [] };
  expect(outcome(BARE, { trust: again(context.trust, { bundle }) })).toBe('envelope-unsigned');
});

test('G3, E2: age and validity are asked at each admission, also of a document that is known', () => {
  deliver('envelope', 'graph');
  expect(outcome(BARE)).toBe('admitted');
  const later = plusMs(context.now, 400 * 86_400_000);
  const trust = again(context.trust, {
    expiresAt: plusMs(later, 1),
    bundle: { ...again(context.trust).bundle, expiresAt: plusMs(later, 1) },
  });
  expect(outcome(BARE, { now: later, trust })).toBe('envelope-expired');
});

test('G3, E3: a document that is not signed by its owners is not kept', () => {
  if (graph === undefined || envelope === undefined) throw new Error('the world delivers both');
  const forged = signEnvelope(PAYLOAD.graph, good(payloadOf(graph)), [generateSigner('ed25519')]);
  const alone = { ...envelope, signatures: envelope.signatures.slice(0, 1) };
  const { documents, trust } = context;
  const codes = [
    documents.accept('graph', forged, trust),
    documents.accept('envelope', alone, trust),
    documents.accept('graph', envelope, trust),
    documents.accept('graph', { ...graph, payload: '!' }, trust),
    documents.accept('graph', graph, undefined),
    documents.accept('graph', signEnvelope(PAYLOAD.graph, Buffer.from('{}'), []), trust),
  ].map((one) => (one.ok ? 'kept' : one.refusal.code));
  expect(codes).toEqual([
    'graph-unsigned',
    'envelope-unsigned',
    'graph-unsigned',
    'malformed',
    'trust-missing',
    'graph-unsigned',
  ]);
  expect(outcome(BARE)).toBe('envelope-missing');
});

test('a forged document that comes with the capsule is refused although the real one is known', () => {
  deliver('envelope', 'graph');
  if (graph === undefined) throw new Error('the world delivers both');
  const forged = signEnvelope(PAYLOAD.graph, good(payloadOf(graph)), [generateSigner('ed25519')]);
  expect(outcome({ ...BARE, graph: forged })).toBe('graph-unsigned');
});

test('what came along with an admitted capsule is kept once, for the next', () => {
  const brought = context.documents.broughtBy(ALONE.delivery, context.trust);
  expect(brought.map((entry) => entry.kind === 'document' && entry.of)).toEqual(['graph', 'envelope']);
  context.journal.write(brought);
  expect(context.documents.broughtBy(ALONE.delivery, context.trust)).toEqual([]);
  expect(context.documents.broughtBy(BARE, context.trust)).toEqual([]);
  expect(outcome(BARE)).toBe('admitted');
});

test('the journal keeps the newest of each kind, and the memory no more than a few', () => {
  deliver('envelope');
  for (let index = 0; index < 20; index += 1) {
    const digest = `sha256:${index.toString(16).padStart(64, '0')}`;
    const entry = { kind: 'document', of: 'graph', digest, body: encodeBase64(Buffer.from([index])) } as const;
    context.journal.write([entry as Parameters<typeof context.journal.write>[0][number]]);
  }
  const kept = Array.from({ length: 20 }, (_, index) =>
    context.journal.document('graph', `sha256:${index.toString(16).padStart(64, '0')}` as typeof ALONE.digest),
  ).filter((body) => body !== undefined);
  expect(kept).toHaveLength(16);
  expect(outcome(BARE)).toBe('graph-missing');
});
