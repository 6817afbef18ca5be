import { expect, test } from 'vitest';
import { readShape } from '@countersign/core';
import {
  dsseShape,
  MAX_ENVELOPE_BYTES,
  MAX_GRAPH_BYTES,
  MAX_GRAPH_ENVELOPE_BYTES,
  parseEnvelope,
  payloadOf,
  readEnvelope,
  signEnvelope,
  verifyEnvelope,
  type DsseEnvelope,
} from './dsse.ts';
import { generateSigner, publicKeyOf } from './keys.ts';
import { deliveryShape, MAX_DELIVERY_BYTES, MAX_POLL_BYTES, PAYLOAD } from './wire.ts';

const OTHER_MOST = 3_145_728;
const signer = generateSigner('ed25519');
const of = (type: string, bytes: number): DsseEnvelope =>
  signEnvelope(type, new Uint8Array(bytes).fill(0x20), [signer]);
const told = (result: ReturnType<typeof parseEnvelope>): unknown =>
  result.ok ? 'read' : result.refusal.complaints?.map(({ at, problem }) => `${at} ${problem}`);

test('G2: the limits of a graph, of everything else and of what carries them are these', () => {
  expect([MAX_GRAPH_BYTES, MAX_GRAPH_ENVELOPE_BYTES, MAX_ENVELOPE_BYTES]).toEqual([33_554_432, 45_263_532, 4_718_592]);
  expect([MAX_DELIVERY_BYTES, MAX_POLL_BYTES]).toEqual([78_817_964, 112_372_396]);
});

test('G2: a signed graph of 32 MiB is read and verified, one of a byte more is not', () => {
  const largest = of(PAYLOAD.graph, MAX_GRAPH_BYTES);
  const bytes = Buffer.from(JSON.stringify(largest));
  expect(bytes.length).toBeLessThanOrEqual(MAX_GRAPH_ENVELOPE_BYTES);
  const read = readEnvelope(bytes, MAX_GRAPH_ENVELOPE_BYTES);
  const rule = { payloadType: PAYLOAD.graph, trusted: [publicKeyOf(signer)], threshold: 1 };
  const verified = read.ok ? verifyEnvelope(read.value, rule) : read;
  expect(verified.ok && verified.value.payload.length).toBe(MAX_GRAPH_BYTES);
  const more = of(PAYLOAD.graph, MAX_GRAPH_BYTES + 1);
  expect(told(parseEnvelope(more))).toEqual(['/payload the payload is not base64 of at most 32 MiB']);
  expect(payloadOf(more).ok).toBe(false);
  expect(verifyEnvelope(more, rule).ok).toBe(false);
});

test('X1: no other document gets the room of a graph, also not inside a delivery', () => {
  for (const type of Object.values(PAYLOAD).filter((one) => one !== PAYLOAD.graph)) {
    const more = of(type, OTHER_MOST + 1);
    expect([type, payloadOf(more).ok, told(parseEnvelope(more))]).toEqual([
      type,
      false,
      ['/payload the payload is not base64 of at most 3 MiB'],
    ]);
  }
  expect(told(parseEnvelope(of(PAYLOAD.envelope, OTHER_MOST)))).toBe('read');
  const delivery = readShape(deliveryShape, { kind: 'envelope', envelope: of(PAYLOAD.envelope, OTHER_MOST + 1) });
  expect(delivery.ok ? 'read' : delivery.refusal.complaints?.map(({ at }) => at)).toEqual(['/envelope/payload']);
});

test('X1: calling another document a graph gets it read, and nothing of it verified', () => {
  const envelope = of(PAYLOAD.envelope, OTHER_MOST);
  const renamed = { ...envelope, payloadType: PAYLOAD.graph };
  const trusted = [publicKeyOf(signer)];
  expect(parseEnvelope(renamed).ok).toBe(true);
  for (const payloadType of [PAYLOAD.graph, PAYLOAD.envelope])
    expect(verifyEnvelope(renamed, { payloadType, trusted, threshold: 1 }).ok).toBe(false);
});

test('X1: where no graph is expected the bytes are counted before anything is parsed', () => {
  // Not JSON at all: whoever parsed it would say so.
  const garbage = new Uint8Array(MAX_ENVELOPE_BYTES + 1).fill(0x7b);
  const refused = readEnvelope(garbage);
  expect(refused.ok ? 'read' : refused.refusal.detail).toBe('the document has 4718593 bytes, more than 4718592');
  const larger = readEnvelope(new Uint8Array(MAX_GRAPH_ENVELOPE_BYTES + 1).fill(0x7b), MAX_GRAPH_ENVELOPE_BYTES);
  expect(larger.ok ? 'read' : larger.refusal.detail).toContain('45263533 bytes');
});

test('the schema of an envelope says both limits', () => {
  expect(dsseShape.schema).toMatchObject({
    properties: { payload: { maxLength: 44_739_244 } },
    if: { properties: { payloadType: { const: PAYLOAD.graph } } },
    else: { properties: { payload: { maxLength: 4_194_304 } } },
  });
});
