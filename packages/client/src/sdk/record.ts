/** The record: checkpoints, entries and proofs. What is read here is checked against keys by whoever relies on it. */
import { optional, type Shape } from '@countersign/core';
import { part, type Http, type Writing } from './http.ts';
import { anyNumber, anyText, anything, view } from './view-shape.ts';
import { many, signedDocument, type SignedDocument } from './views.ts';

export interface CheckpointView {
  readonly size: number;
  /** Signed note with the cosignatures; absent while the record is empty. */
  readonly note?: string;
}
export interface EntryView {
  readonly seq: number;
  /** Canonical bytes of the leaf, base64. */
  readonly leaf: string;
  readonly body?: string;
}
export interface EntriesView {
  readonly entries: readonly EntryView[];
}
export interface RecordCalls {
  readonly checkpoint: (options?: { readonly after?: number; readonly wait?: number }) => Promise<CheckpointView>;
  /** With their bodies for a person who says what for: that is recorded. */
  readonly entries: (from: number, limit?: number, purpose?: string) => Promise<EntriesView>;
  /** Of one remediation, without bodies. That none is left out only an export proves. */
  readonly entriesOf: (proposal: string, from: number, limit?: number) => Promise<EntriesView>;
  readonly consistency: (from: number, to: number) => Promise<{ readonly proof: readonly string[] }>;
  /** A `.tlog-proof` file. */
  readonly proof: (seq: number, size?: number) => Promise<string>;
  /** Cosigned checkpoints next to an entry, smallest first: at most one without it and one with it. */
  readonly around: (seq: number) => Promise<{ readonly checkpoints: readonly CheckpointView[] }>;
  /** A C2SP tile by its path, `tile/0/000`. */
  readonly tile: (path: string) => Promise<Uint8Array>;
  readonly cosign: (cosignature: Cosignature, writing?: Writing) => Promise<unknown>;
  readonly status: () => Promise<{ readonly status: SignedDocument }>;
  readonly sendStatus: (status: SignedDocument, writing?: Writing) => Promise<unknown>;
}
export interface Cosignature {
  readonly size: number;
  readonly line: string;
}

const checkpointView = view<CheckpointView>({ size: anyNumber, note: optional(anyText) });
const entryView = view<EntryView>({ seq: anyNumber, leaf: anyText, body: optional(anyText) });
export const entriesView: Shape<EntriesView> = view<EntriesView>({ entries: many(entryView) });
const consistencyView = view<{ readonly proof: readonly string[] }>({ proof: many(anyText) });
const aroundView = view<{ readonly checkpoints: readonly CheckpointView[] }>({ checkpoints: many(checkpointView) });
const statusView = view<{ readonly status: SignedDocument }>({ status: signedDocument });

export const recordCalls = (http: Http): RecordCalls => ({
  checkpoint: (options = {}) => http.get(checkpointView, '/record/checkpoint', { query: { ...options } }),
  entries: (from, limit, purpose) => http.get(entriesView, '/record/entries', { query: { from, limit, purpose } }),
  entriesOf: (proposal, from, limit) => http.get(entriesView, '/record/entries', { query: { from, limit, proposal } }),
  consistency: (from, to) => http.get(consistencyView, '/record/consistency', { query: { from, to } }),
  proof: (seq, size) => http.text(`/record/proof/${part(String(seq))}`, { query: { size } }),
  around: (seq) => http.get(aroundView, `/record/around/${part(String(seq))}`),
  tile: (path) => http.bytes(`/record/log/${path.split('/').map(part).join('/')}`),
  cosign: (cosignature, writing) => http.post(anything, '/record/cosignatures', cosignature, writing),
  status: () => http.get(statusView, '/record/status'),
  sendStatus: (status, writing) => http.post(anything, '/record/status', { status }, writing),
});
