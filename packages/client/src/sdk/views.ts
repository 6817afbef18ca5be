/** What the control plane answers, as far as this client knows it. Every text comes from outside: escape it before showing it. */
import { boolean, list, object, optional, type Shape } from '@countersign/core';
import { anyNumber, anyText, anything, view } from './view-shape.ts';

/** A DSSE envelope as it travels; verified by whoever relies on it. */
export interface SignedDocument {
  readonly payloadType: string;
  readonly payload: string;
  readonly signatures: readonly DocumentSignature[];
}
export interface DocumentSignature {
  readonly keyid?: string;
  readonly sig: string;
  readonly webauthn?: { readonly authenticatorData: string; readonly clientDataJSON: string };
}

export const signedDocument: Shape<SignedDocument> = object<SignedDocument>({
  payloadType: anyText,
  payload: anyText,
  signatures: list(
    object<DocumentSignature>({
      keyid: optional(anyText),
      sig: anyText,
      webauthn: optional(object({ authenticatorData: anyText, clientDataJSON: anyText })),
    }),
    { max: 32 },
  ),
});

const MANY = 100_000;
export const many = <T>(item: Shape<T>): Shape<readonly T[]> => list(item, { max: MANY });

export interface Page<T> {
  readonly items: readonly T[];
  /** Cursor of the next page; absent on the last. */
  readonly next?: string;
}
export const page = <T>(item: Shape<T>): Shape<Page<T>> =>
  view<Page<T>>({ items: many(item), next: optional(anyText) });

export interface DecisionView {
  readonly verdict: string;
  readonly stage?: string;
  readonly reasons: readonly { readonly clause: string; readonly text: string }[];
  readonly missing?: readonly string[];
  readonly counterfactuals?: readonly CounterfactualView[];
}
interface CounterfactualView {
  readonly rule: string;
  readonly changes: readonly { readonly words: string }[];
}
const decisionView: Shape<DecisionView> = view<DecisionView>({
  verdict: anyText,
  stage: optional(anyText),
  reasons: many(view<DecisionView['reasons'][number]>({ clause: anyText, text: anyText })),
  missing: optional(many(anyText)),
  counterfactuals: optional(
    many(view<CounterfactualView>({ rule: anyText, changes: many(view<{ words: string }>({ words: anyText })) })),
  ),
});

export interface Seat {
  readonly person: string;
  readonly role: string;
}
const seat: Shape<Seat> = view<Seat>({ person: anyText, role: anyText });

export interface DemandView {
  readonly role: string;
  readonly count: number;
}
const demand: Shape<DemandView> = view<DemandView>({ role: anyText, count: anyNumber });

export interface ProposalSummary {
  readonly id: string;
  readonly state: string;
  readonly title: string;
  readonly revision?: number;
  readonly agent?: string;
  readonly environment?: string;
  readonly action?: string;
  readonly targets?: number;
  readonly createdAt?: string;
  /** Why it is in its state. */
  readonly reason?: string;
}
const summaryFields = {
  id: anyText,
  state: anyText,
  title: anyText,
  revision: optional(anyNumber),
  agent: optional(anyText),
  environment: optional(anyText),
  action: optional(anyText),
  targets: optional(anyNumber),
  createdAt: optional(anyText),
  reason: optional(anyText),
} as const;
export const proposalSummary: Shape<ProposalSummary> = view<ProposalSummary>(summaryFields);

export interface CapsuleSummary {
  readonly digest: string;
  readonly purpose: string;
  readonly state: string;
}
const capsuleSummary: Shape<CapsuleSummary> = view<CapsuleSummary>({
  digest: anyText,
  purpose: anyText,
  state: anyText,
});

export interface ProposalDetail extends ProposalSummary {
  /** In the order in which they were made; the last one counts. */
  readonly decisions: readonly DecisionView[];
  /** What people still owe. */
  readonly missing?: readonly DemandView[];
  readonly approvals: readonly Seat[];
  readonly capsules: readonly CapsuleSummary[];
  readonly next?: readonly string[];
}
export const proposalDetail: Shape<ProposalDetail> = view<ProposalDetail>({
  ...summaryFields,
  decisions: many(decisionView),
  missing: optional(many(demand)),
  approvals: many(seat),
  capsules: many(capsuleSummary),
  next: optional(many(anyText)),
});

export interface SigningData {
  readonly capsule: SignedDocument;
  /** The server's claim; whoever signs computes it again. */
  readonly digest: string;
  readonly decision: DecisionView;
  readonly riskAssessment?: unknown;
  readonly approvals: readonly Seat[];
  readonly eligible: readonly Seat[];
  /** The version before this one, and whose word stands for it: they sign what changed since, if anything (D6). */
  readonly before?: { readonly capsule: SignedDocument; readonly signed: readonly Seat[] };
  readonly state?: string;
  /** Whether all who signed did so on pages of the server, where one signature has to come from elsewhere. */
  readonly owesOwnSurface?: boolean;
  /** Report of the staging run that was bound to this change, when there was one. */
  readonly validation?: unknown;
}
export const signingData: Shape<SigningData> = view<SigningData>({
  capsule: signedDocument,
  digest: anyText,
  decision: decisionView,
  riskAssessment: optional(anything),
  approvals: many(seat),
  eligible: many(seat),
  before: optional(view<NonNullable<SigningData['before']>>({ capsule: signedDocument, signed: many(seat) })),
  state: optional(anyText),
  owesOwnSurface: optional(boolean),
  validation: optional(anything),
});

export interface RolloutCountsView {
  readonly targets: number;
  readonly touched: number;
  readonly healthy: number;
  readonly broken: number;
  readonly reverted: number;
  readonly unknown: number;
  readonly stillDegraded: number;
  readonly untouched: number;
  readonly actsAfterTrip: number;
}
export const rolloutCounts: Shape<RolloutCountsView> = view<RolloutCountsView>({
  targets: anyNumber,
  touched: anyNumber,
  healthy: anyNumber,
  broken: anyNumber,
  reverted: anyNumber,
  unknown: anyNumber,
  stillDegraded: anyNumber,
  untouched: anyNumber,
  actsAfterTrip: anyNumber,
});

export interface RolloutSummary {
  /** Digest of the capsule that is rolled out. */
  readonly capsule: string;
  readonly proposal: string;
  readonly phase: string;
  readonly counts: RolloutCountsView;
  /** Number of the last trip or halt; 0 when there was none. */
  readonly trip: number;
}
export const rolloutSummary: Shape<RolloutSummary> = view<RolloutSummary>({
  capsule: anyText,
  proposal: anyText,
  phase: anyText,
  counts: rolloutCounts,
  trip: anyNumber,
});

export interface Health {
  readonly instance: string;
  readonly version: string;
  readonly ready: boolean;
}
export const health: Shape<Health> = view<Health>({ instance: anyText, version: anyText, ready: boolean });
