/** A system graph from its bytes: signed by an owner whom the trust bundle names (G1). */
import { graphSnapshotShape, readShape, refuse, type Digest, type GraphSnapshot, type Result } from '@countersign/core';
import { digestOf, PAYLOAD, readStrictJson, verifyEnvelope, type DsseEnvelope } from '@countersign/seal';
import type { InstalledBundle } from './open-bundle.ts';

export function openGraph(
  dsse: DsseEnvelope,
  trust: InstalledBundle,
): Result<{ readonly snapshot: GraphSnapshot; readonly digest: Digest }> {
  const verified = verifyEnvelope(dsse, { payloadType: PAYLOAD.graph, trusted: trust.graphOwners, threshold: 1 });
  if (!verified.ok) return verified;
  const { payload } = verified.value;
  const document = readStrictJson(payload, { maxBytes: payload.length });
  const snapshot = document.ok ? readShape(graphSnapshotShape, document.value) : document;
  if (!snapshot.ok) return snapshot;
  if (snapshot.value.organisation !== trust.bundle.organisation)
    return refuse('wrong-organisation', 'the graph is of another organisation');
  return { ok: true, value: { snapshot: snapshot.value, digest: digestOf(payload) } };
}
