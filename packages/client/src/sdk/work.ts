/** Work by hand, and who is held back (D1, D7). */
import { optional, type Shape } from '@countersign/core';
import { part, type Http, type Writing } from './http.ts';
import type { PageOptions } from './proposals.ts';
import { anyNumber, anyText, anything, view } from './view-shape.ts';
import { many, page, type Page, type SignedDocument } from './views.ts';

export interface WorkView {
  readonly proposal: string;
  readonly revision: number;
  readonly title: string;
  readonly why: string;
  readonly missing: readonly string[];
  readonly state: string;
  readonly proposalState: string;
  readonly openedAt: string;
  readonly note?: string;
  readonly doneBy?: string;
}
export interface RestraintView {
  readonly id: string;
  readonly subjectKind: string;
  readonly subject: string;
  readonly kind: string;
  readonly reasons: readonly string[];
  readonly by: string;
  readonly since: string;
}
export interface WorkCalls {
  readonly work: (options?: PageOptions & { readonly state?: string }) => Promise<Page<WorkView>>;
  readonly workDone: (proposal: string, note: string, writing?: Writing) => Promise<unknown>;
  readonly workClose: (
    proposal: string,
    closing: { readonly result: string; readonly note: string },
    writing?: Writing,
  ) => Promise<unknown>;
  readonly restraints: (options?: PageOptions) => Promise<Page<RestraintView>>;
  /** At once, by one person, without a signature. */
  readonly suspend: (kind: 'agent' | 'source', id: string, reason: string, writing?: Writing) => Promise<unknown>;
  /** The signature inside is what counts, not who sends it. */
  readonly liftRestraint: (id: string, lift: SignedDocument, writing?: Writing) => Promise<unknown>;
  /** One page on the newest decision. */
  readonly explanation: (proposal: string) => Promise<string>;
}

const workView: Shape<WorkView> = view<WorkView>({
  proposal: anyText,
  revision: anyNumber,
  title: anyText,
  why: anyText,
  missing: many(anyText),
  state: anyText,
  proposalState: anyText,
  openedAt: anyText,
  note: optional(anyText),
  doneBy: optional(anyText),
});
const restraintView: Shape<RestraintView> = view<RestraintView>({
  id: anyText,
  subjectKind: anyText,
  subject: anyText,
  kind: anyText,
  reasons: many(anyText),
  by: anyText,
  since: anyText,
});

export const workCalls = (http: Http): WorkCalls => ({
  work: (options = {}) => http.get(page(workView), '/manual-work', { query: { ...options } }),
  workDone: (proposal, note, writing) => http.post(anything, `/manual-work/${part(proposal)}/done`, { note }, writing),
  workClose: (proposal, closing, writing) =>
    http.post(anything, `/manual-work/${part(proposal)}/close`, closing, writing),
  restraints: (options = {}) => http.get(page(restraintView), '/restraints', { query: { ...options } }),
  suspend: (kind, id, reason, writing) => http.post(anything, `/${kind}s/${part(id)}/suspend`, { reason }, writing),
  liftRestraint: (id, lift, writing) => http.post(anything, `/restraints/${part(id)}/lift`, { lift }, writing),
  explanation: (proposal) => http.text(`/proposals/${part(proposal)}/explanation`),
});
