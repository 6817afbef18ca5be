/** Documents that rule: trust bundle, envelope, system graph; and the keys people ask to have enrolled. */
import { list, optional, type EnvelopeTestCase } from '@countersign/core';
import { part, type Http, type Writing } from './http.ts';
import type { PageOptions } from './proposals.ts';
import { anyNumber, anyText, anything, view } from './view-shape.ts';
import { page, signedDocument, type Page, type SignedDocument } from './views.ts';

/** The trust metadata as it travels; every part is base64 of exact bytes. Who signed them is the reader's question. */
export interface TrustDocument {
  readonly roots: readonly string[];
  readonly timestamp: string;
  readonly snapshot: string;
  readonly targets: string;
  readonly bundle: string;
}
export interface TrustView {
  readonly version: number;
  readonly digest: string;
  readonly trust: TrustDocument;
  /** What ends soon or is over, and what to do about it: at the first end no new act starts. */
  readonly warnings?: readonly string[];
}
export interface EnvelopeView {
  readonly version: number;
  readonly digest: string;
  readonly envelope: SignedDocument;
  /** What people have to do soon, e.g. re-authorise it. */
  readonly warnings?: readonly string[];
}
export interface GraphView {
  readonly version: number;
  readonly digest: string;
  readonly graph: SignedDocument;
}
export interface EnrolmentView {
  readonly id: string;
  readonly person: string;
  /** The key as it would stand in the roster; a registrar reads it strictly. */
  readonly credential?: unknown;
}
export interface TrustCalls {
  readonly trust: () => Promise<TrustView>;
  readonly installTrust: (trust: TrustDocument, writing?: Writing) => Promise<unknown>;
  readonly envelope: () => Promise<EnvelopeView>;
  readonly activateEnvelope: (envelope: SignedDocument, writing?: Writing) => Promise<unknown>;
  readonly suspendEnvelope: (writing?: Writing) => Promise<unknown>;
  readonly testEnvelope: (cases: readonly EnvelopeTestCase[], writing?: Writing) => Promise<unknown>;
  readonly graph: () => Promise<GraphView>;
  readonly installGraph: (graph: SignedDocument, writing?: Writing) => Promise<unknown>;
  /** What a browser needs to make a passkey. */
  readonly passkeyOptions: (person: string, writing?: Writing) => Promise<unknown>;
  /** A wish: the key counts only once a root-signed trust bundle holds it. */
  readonly enrolPasskey: (person: string, response: unknown, writing?: Writing) => Promise<EnrolmentState>;
  readonly enrolments: (options?: PageOptions) => Promise<Page<EnrolmentView>>;
}
export interface EnrolmentState {
  readonly id: string;
  readonly state?: string;
}

const trustDocument = view<TrustDocument>({
  roots: list(anyText, { max: 256 }),
  timestamp: anyText,
  snapshot: anyText,
  targets: anyText,
  bundle: anyText,
});
const trustView = view<TrustView>({
  version: anyNumber,
  digest: anyText,
  trust: trustDocument,
  warnings: optional(list(anyText, { max: 100 })),
});
const envelopeView = view<EnvelopeView>({
  version: anyNumber,
  digest: anyText,
  envelope: signedDocument,
  warnings: optional(list(anyText, { max: 100 })),
});
const graphView = view<GraphView>({ version: anyNumber, digest: anyText, graph: signedDocument });
const enrolmentView = view<EnrolmentView>({ id: anyText, person: anyText, credential: optional(anything) });
const enrolmentState = view<EnrolmentState>({ id: anyText, state: optional(anyText) });

export const trustCalls = (http: Http): TrustCalls => ({
  trust: () => http.get(trustView, '/trust'),
  installTrust: (trust, writing) => http.post(anything, '/trust', { trust }, writing),
  envelope: () => http.get(envelopeView, '/envelope'),
  activateEnvelope: (envelope, writing) => http.post(anything, '/envelope', { envelope }, writing),
  suspendEnvelope: (writing) => http.post(anything, '/envelope/suspend', {}, writing),
  testEnvelope: (cases, writing) => http.post(anything, '/envelope/test', { cases }, writing),
  graph: () => http.get(graphView, '/graph'),
  installGraph: (graph, writing) => http.post(anything, '/graph', { graph }, writing),
  passkeyOptions: (person, writing) => http.post(anything, `/people/${part(person)}/passkeys/options`, {}, writing),
  enrolPasskey: (person, response, writing) =>
    http.post(enrolmentState, `/people/${part(person)}/passkeys`, { response }, writing),
  enrolments: (options = {}) => http.get(page(enrolmentView), '/enrolments', { query: { ...options } }),
});
