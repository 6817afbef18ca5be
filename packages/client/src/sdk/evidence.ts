/** Evidence of a period: the export, the report and the events for other systems. Each asks what it is for, and is on record (V6). */
import type { Http, Writing } from './http.ts';
import { anything } from './view-shape.ts';
import type { SignedDocument } from './views.ts';

interface PeriodQuery {
  readonly from: string;
  readonly to: string;
  readonly purpose: string;
}
export interface EvidenceCalls {
  /** The open answer; the caller writes it where it belongs. */
  readonly exportPeriod: (query: PeriodQuery & { readonly older?: number }, signal: AbortSignal) => Promise<Response>;
  /** Canonical JSON. */
  readonly periodReport: (query: PeriodQuery) => Promise<Uint8Array>;
  readonly periodEvents: (query: PeriodQuery & { readonly format: string }, signal: AbortSignal) => Promise<Response>;
  /** The signature inside is what counts, not who sends it. */
  readonly closeEvidence: (document: SignedDocument, writing?: Writing) => Promise<unknown>;
}

export const evidenceCalls = (http: Http): EvidenceCalls => ({
  exportPeriod: (query, signal) => http.stream('/export', { query: { ...query }, signal }),
  periodReport: (query) => http.bytes('/report', { query: { ...query } }),
  periodEvents: (query, signal) => http.stream('/export/events', { query: { ...query }, signal }),
  closeEvidence: (document, writing) => http.post(anything, '/evidence/closures', { document }, writing),
});
