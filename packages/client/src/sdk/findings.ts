/** Findings: what scanners see, in the order in which people should look at it (G5). */
import { boolean, optional, type Shape } from '@countersign/core';
import { part, type Http, type Writing } from './http.ts';
import type { PageOptions } from './proposals.ts';
import { anyNumber, anyText, anything, view } from './view-shape.ts';
import { many, page, type Page } from './views.ts';

export interface FindingView {
  readonly id: string;
  /** `routed`, `queued`, `held` or `resolved`. */
  readonly state: string;
  readonly rule: string;
  readonly target: string;
  readonly title: string;
  readonly isOverdue: boolean;
  /** Why it costs no signature, when it is held. */
  readonly held?: string;
  readonly answerable?: { readonly kind: string; readonly name: string };
  readonly dueAt?: string;
  readonly reasons?: readonly string[];
}
export interface FindingSummaryView {
  readonly total: number;
  readonly routed: number;
  readonly queued: number;
  readonly held: number;
  readonly heldPercent: number;
  readonly overdue: number;
  readonly withoutOwner: number;
}
export interface FindingOptions extends PageOptions {
  readonly state?: string;
  readonly answerable?: string;
}
export interface FindingCalls {
  readonly findings: (options?: FindingOptions) => Promise<Page<FindingView>>;
  readonly finding: (id: string) => Promise<FindingView>;
  /** How much is held back, and why. */
  readonly findingSummary: () => Promise<FindingSummaryView>;
  readonly ownFinding: (id: string, who: { readonly owner: string; readonly reason: string }) => Promise<unknown>;
  /** OpenVEX or CycloneDX. */
  readonly sendVex: (document: unknown, writing?: Writing) => Promise<unknown>;
  readonly sendExploited: (document: unknown, writing?: Writing) => Promise<unknown>;
}

const findingView: Shape<FindingView> = view<FindingView>({
  id: anyText,
  state: anyText,
  rule: anyText,
  target: anyText,
  title: anyText,
  isOverdue: boolean,
  held: optional(anyText),
  answerable: optional(view<NonNullable<FindingView['answerable']>>({ kind: anyText, name: anyText })),
  dueAt: optional(anyText),
  reasons: optional(many(anyText)),
});
const summaryView: Shape<FindingSummaryView> = view<FindingSummaryView>({
  total: anyNumber,
  routed: anyNumber,
  queued: anyNumber,
  held: anyNumber,
  heldPercent: anyNumber,
  overdue: anyNumber,
  withoutOwner: anyNumber,
});

export const findingCalls = (http: Http): FindingCalls => ({
  findings: (options = {}) => http.get(page(findingView), '/findings', { query: { ...options } }),
  finding: (id) => http.get(findingView, `/findings/${part(id)}`),
  findingSummary: () => http.get(summaryView, '/findings/summary'),
  ownFinding: (id, who) => http.post(anything, `/findings/${part(id)}/owner`, who),
  sendVex: (document, writing) => http.post(anything, '/vex', document, writing),
  sendExploited: (document, writing) => http.post(anything, '/findings/exploited', document, writing),
});
