/** A graph from a file, signed or not, or the one the server uses. Signatures are judged by whoever decides, not here. */
import { graphSnapshotShape, readShape, type GraphSnapshot } from '@countersign/core';
import { digestOf, MAX_GRAPH_BYTES, payloadOf, readStrictJson } from '@countersign/seal';
import type { Context } from '../cli/context.ts';
import { unverified } from '../cli/failure.ts';
import type { GraphView } from '../sdk/trust.ts';
import { readSnapshotFile } from './graph-document.ts';

/** Instead of a file: what the server uses now. */
const LIVE = 'live';

export async function readGraph({ client }: Context, name: string): Promise<GraphSnapshot> {
  if (name !== LIVE) return readSnapshotFile(name).snapshot;
  return openGraph(await client.graph());
}

/** A graph as the server sent it. */
export function openGraph({ graph, digest }: GraphView): GraphSnapshot {
  const payload = payloadOf(graph);
  if (!payload.ok) throw unverified(payload.refusal);
  if (digestOf(payload.value) !== digest)
    throw unverified({ code: 'bad-proof', detail: 'the graph has another digest than the server says' });
  const json = readStrictJson(payload.value, { maxBytes: MAX_GRAPH_BYTES });
  const snapshot = json.ok ? readShape(graphSnapshotShape, json.value) : json;
  if (!snapshot.ok) throw unverified(snapshot.refusal);
  return snapshot.value;
}
