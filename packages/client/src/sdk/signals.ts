/** Signals in, triages out: what sources send and agents answer. */
import { part, type Http, type Writing } from './http.ts';
import type { PageOptions } from './proposals.ts';
import { anyNumber, anyText, anything, view } from './view-shape.ts';
import { page, type Page, type SignedDocument } from './views.ts';

export interface SignalView {
  readonly id: string;
  readonly rule: string;
}
export interface TriageView {
  readonly id: string;
  readonly state: string;
  readonly title: string;
}
/** A document as a relay forwards it: the bytes, and its statements about them. */
export interface RelayedDocument {
  readonly document: string;
  readonly statements: readonly SignedDocument[];
}
/** What became of the signals of one source and category, in counts and per cent. */
export interface RatesView {
  readonly source: string;
  readonly category: string;
  readonly labelled: number;
  readonly true: number;
  readonly false: number;
  readonly benign: number;
  readonly unclear: number;
  readonly unlabelled: number;
  readonly falsePositivePercent: number;
  readonly confidencePercent: number;
}
export interface SignalLabel {
  readonly label: string;
  readonly rationale: string;
}
export interface SignalCalls {
  /** An Alertmanager webhook document, version 4, or one that a relay signed. */
  readonly sendAlertmanager: (document: unknown, writing?: Writing) => Promise<unknown>;
  /** A SARIF 2.1.0 document, or one that a relay signed. */
  readonly sendSarif: (document: unknown, writing?: Writing) => Promise<unknown>;
  readonly signals: (options?: PageOptions) => Promise<Page<SignalView>>;
  readonly triages: (options?: TriageOptions) => Promise<Page<TriageView>>;
  readonly triage: (id: string) => Promise<TriageView>;
  /** Says what became of a signal; the last word counts, all of them stay. */
  readonly labelSignal: (id: string, label: SignalLabel, writing?: Writing) => Promise<unknown>;
  readonly signalRates: () => Promise<Page<RatesView>>;
}
export interface TriageOptions extends PageOptions {
  readonly state?: string;
  /** Milliseconds to wait for a first one. */
  readonly wait?: number;
}

const signalView = view<SignalView>({ id: anyText, rule: anyText });
const triageView = view<TriageView>({ id: anyText, state: anyText, title: anyText });

const ratesView = view<RatesView>({
  source: anyText,
  category: anyText,
  labelled: anyNumber,
  true: anyNumber,
  false: anyNumber,
  benign: anyNumber,
  unclear: anyNumber,
  unlabelled: anyNumber,
  falsePositivePercent: anyNumber,
  confidencePercent: anyNumber,
});

export const signalCalls = (http: Http): SignalCalls => ({
  sendAlertmanager: (document, writing) => http.post(anything, '/signals/alertmanager', document, writing),
  sendSarif: (document, writing) => http.post(anything, '/signals/sarif', document, writing),
  signals: (options = {}) => http.get(page(signalView), '/signals', { query: { ...options } }),
  triages: (options = {}) => http.get(page(triageView), '/triages', { query: { ...options } }),
  triage: (id) => http.get(triageView, `/triages/${part(id)}`),
  labelSignal: (id, label, writing) => http.post(anything, `/signals/${part(id)}/label`, label, writing),
  signalRates: () => http.get(page(ratesView), '/signals/rates'),
});
