/** The four small documents that the floor program sends, and the shapes it reads them by. */
import { boolean, object, oneOf, readShape, text, type Shape } from '@countersign/core';

export interface FloorSignal {
  readonly id: string;
  readonly tier: 'safety-critical' | 'non-critical';
}

export interface FloorCapsule {
  readonly id: string;
  readonly content: string;
}

export interface FloorEvidence {
  readonly id: string;
  readonly isHealthy: boolean;
  readonly after: string;
}

/** A document as bytes and an Ed25519 signature over them, both base64. */
export interface FloorSigned {
  readonly payload: string;
  readonly signature: string;
}

const word = text({ min: 1, max: 200 });
const base64 = text({ min: 1, max: 4000 });
const signalShape: Shape<FloorSignal> = object<FloorSignal>({
  id: word,
  tier: oneOf('safety-critical', 'non-critical'),
});
const capsuleShape: Shape<FloorCapsule> = object<FloorCapsule>({ id: word, content: word });
const evidenceShape: Shape<FloorEvidence> = object<FloorEvidence>({ id: word, isHealthy: boolean, after: word });
const signedShape: Shape<FloorSigned> = object<FloorSigned>({ payload: base64, signature: base64 });

export const readSignal = (json: string): FloorSignal => read(signalShape, json);
export const readCapsule = (json: string): FloorCapsule => read(capsuleShape, json);
export const readEvidence = (json: string): FloorEvidence => read(evidenceShape, json);
export const readSigned = (json: string): FloorSigned => read(signedShape, json);

function read<T>(shape: Shape<T>, json: string): T {
  const found = readShape(shape, JSON.parse(json));
  if (!found.ok) throw new Error(`the floor program got a malformed document: ${found.refusal.detail}`);
  return found.value;
}
