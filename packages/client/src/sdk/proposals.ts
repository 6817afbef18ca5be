/** Proposals and what people do with them. */
import type { ProposalDraft } from '@countersign/core';
import type { Http, Writing } from './http.ts';
import { part } from './http.ts';
import { anything } from './view-shape.ts';
import {
  page,
  proposalDetail,
  proposalSummary,
  signingData,
  type Page,
  type ProposalDetail,
  type ProposalSummary,
  type SignedDocument,
  type SigningData,
} from './views.ts';

export interface PageOptions {
  readonly cursor?: string;
  readonly limit?: number;
}
export interface ProposalCalls {
  readonly proposals: (options?: PageOptions & { readonly state?: string }) => Promise<Page<ProposalSummary>>;
  readonly proposal: (id: string) => Promise<ProposalDetail>;
  /** The plain text that is the same on every channel. */
  readonly proposalText: (id: string) => Promise<string>;
  readonly propose: (draft: ProposalDraft & { readonly triage?: string }, writing?: Writing) => Promise<unknown>;
  /** Stopping needs no signature. */
  readonly reject: (id: string, why: Rejection, writing?: Writing) => Promise<unknown>;
  readonly withdraw: (id: string, writing?: Writing) => Promise<unknown>;
  readonly signing: (id: string) => Promise<SigningData>;
  /** The signature inside is what counts, not who sends it. */
  readonly approve: (approval: SignedDocument, writing?: Writing) => Promise<unknown>;
  /** The evidence bundle; that it was read is recorded. */
  /** The purpose is recorded with the reading. */
  readonly bundle: (id: string, purpose: string) => Promise<Uint8Array>;
}
export interface Rejection {
  readonly code: string;
  readonly rationale: string;
}

export const proposalCalls = (http: Http): ProposalCalls => ({
  proposals: (options = {}) => http.get(page(proposalSummary), '/proposals', { query: { ...options } }),
  proposal: (id) => http.get(proposalDetail, `/proposals/${part(id)}`),
  proposalText: (id) => http.text(`/proposals/${part(id)}/text`),
  propose: (draft, writing) => http.post(anything, '/proposals', draft, writing),
  reject: (id, why, writing) => http.post(anything, `/proposals/${part(id)}/reject`, why, writing),
  withdraw: (id, writing) => http.post(anything, `/proposals/${part(id)}/withdraw`, {}, writing),
  signing: (id) => http.get(signingData, `/proposals/${part(id)}/signing`),
  approve: (approval, writing) => http.post(anything, '/approvals', { approval }, writing),
  bundle: (id, purpose) => http.bytes(`/proposals/${part(id)}/bundle`, { query: { purpose } }),
});
