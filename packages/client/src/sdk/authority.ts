/** The life of an envelope: drafts, review, signatures, history, tests, contractions and what auditors sign. */
import { boolean, list, optional, type EnvelopeTestSuite } from '@countersign/core';
import { part, type Http, type Writing } from './http.ts';
import { anyNumber, anyText, anything, view } from './view-shape.ts';
import { signedDocument, type SignedDocument } from './views.ts';

export interface DraftCreated {
  readonly version: number;
  readonly digest: string;
}
export interface DraftView extends DraftCreated {
  readonly author: string;
  readonly state: string;
  /** The bytes that are signed, with the signatures so far; a draft may have none. */
  readonly envelope: SignedDocument;
}
export interface DraftLine extends DraftCreated {
  readonly author: string;
  readonly state: string;
  readonly createdAt: string;
  readonly signers: readonly string[];
}
export interface Missing {
  readonly code: string;
  readonly detail: string;
}
export interface SignatureAnswer extends DraftCreated {
  readonly signers: readonly string[];
  readonly isActive: boolean;
  /** What is still owed; absent when it is active. */
  readonly missing?: Missing;
}
interface Named {
  readonly at: string;
  readonly problem: string;
}
export interface ReviewView extends DraftCreated {
  readonly author: string;
  readonly isStale: boolean;
  readonly signers: readonly string[];
  readonly owed: string;
  readonly isWidening: boolean;
  readonly isNotProved: boolean;
  /** One line for everything that is newly permitted or not proved. */
  readonly widening: readonly string[];
  readonly covers: readonly string[];
  readonly doesNotCover: readonly string[];
  readonly faults: readonly Named[];
  readonly roster: readonly Named[];
  readonly tests: {
    readonly passed: number;
    readonly failed: readonly { readonly name: string; readonly problems: readonly string[] }[];
  };
  readonly replay: {
    readonly looked: number;
    readonly newlyAlone: number;
    readonly newlyAloneRejected: number;
    readonly noLongerAlone: number;
    readonly newlyProhibited: number;
    readonly unreadable: number;
    readonly notReplayed: readonly string[];
    readonly examples: readonly {
      readonly proposal: string;
      readonly title: string;
      readonly was: string;
      readonly now: string;
      readonly rejected?: string;
    }[];
  };
  readonly expansions: readonly { readonly grant: string; readonly why: string }[];
}
export interface AlignmentView {
  readonly isAligned: boolean;
  readonly drift: readonly {
    readonly kind: string;
    readonly at: string;
    readonly text: string;
    readonly count: number;
    readonly examples: readonly string[];
  }[];
  readonly overdueFindings: readonly { readonly id: string; readonly owner: string; readonly dueAt: string }[];
}
export interface FindingView {
  readonly id: string;
  readonly digest: string;
  readonly title: string;
  readonly auditor: string;
  readonly owner: string;
  readonly dueAt: string;
  readonly closedAt?: string;
  readonly isOverdue: boolean;
}
export interface ContractionView {
  readonly id: string;
  readonly action: string;
  readonly reasons: readonly string[];
  readonly since: string;
  readonly liftedAt?: string;
  readonly liftedBy?: string;
}
interface Proposing {
  readonly document: unknown;
  readonly reason: string;
  readonly ticket: string;
}
interface Items<T> {
  readonly items: readonly T[];
}

export interface AuthorityCalls {
  readonly proposeEnvelope: (proposing: Proposing, writing?: Writing) => Promise<DraftCreated>;
  readonly envelopeDrafts: () => Promise<Items<DraftLine>>;
  readonly envelopeDraft: (version: number) => Promise<DraftView>;
  readonly reviewEnvelope: (version: number) => Promise<ReviewView>;
  readonly signEnvelopeDraft: (
    version: number,
    envelope: SignedDocument,
    writing?: Writing,
  ) => Promise<SignatureAnswer>;
  readonly activateEnvelopeDraft: (version: number, writing?: Writing) => Promise<unknown>;
  readonly restoreEnvelope: (
    wanted: { readonly version: number; readonly reason: string; readonly ticket: string },
    writing?: Writing,
  ) => Promise<DraftCreated>;
  readonly envelopeVersion: (version: number) => Promise<unknown>;
  readonly envelopeHistory: () => Promise<unknown>;
  /** For a change advisory board. */
  readonly envelopeHistoryAs: (format: 'csv' | 'text') => Promise<string>;
  readonly storeEnvelopeTests: (name: string, suite: EnvelopeTestSuite, writing?: Writing) => Promise<unknown>;
  readonly alignment: () => Promise<AlignmentView>;
  readonly auditFindings: () => Promise<Items<FindingView>>;
  readonly signAuditFinding: (document: SignedDocument, writing?: Writing) => Promise<unknown>;
  readonly closeAuditFinding: (document: SignedDocument, writing?: Writing) => Promise<unknown>;
  readonly contractions: () => Promise<Items<ContractionView>>;
  readonly restoreClass: (restoration: SignedDocument, writing?: Writing) => Promise<unknown>;
}

const texts = list(anyText, { max: 100_000 });
const created = view<DraftCreated>({ version: anyNumber, digest: anyText });
const draftView = view<DraftView>({
  version: anyNumber,
  digest: anyText,
  author: anyText,
  state: anyText,
  envelope: signedDocument,
});
const draftLine = view<DraftLine>({
  version: anyNumber,
  digest: anyText,
  author: anyText,
  state: anyText,
  createdAt: anyText,
  signers: texts,
});
const named = list(view<Named>({ at: anyText, problem: anyText }), { max: 100_000 });
const signatureAnswer = view<SignatureAnswer>({
  version: anyNumber,
  digest: anyText,
  signers: texts,
  isActive: boolean,
  missing: optional(view<Missing>({ code: anyText, detail: anyText })),
});
const reviewView = view<ReviewView>({
  version: anyNumber,
  digest: anyText,
  author: anyText,
  isStale: boolean,
  signers: texts,
  owed: anyText,
  isWidening: boolean,
  isNotProved: boolean,
  widening: texts,
  covers: texts,
  doesNotCover: texts,
  faults: named,
  roster: named,
  tests: view<ReviewView['tests']>({
    passed: anyNumber,
    failed: list(view<ReviewView['tests']['failed'][number]>({ name: anyText, problems: texts }), { max: 100_000 }),
  }),
  replay: view<ReviewView['replay']>({
    looked: anyNumber,
    newlyAlone: anyNumber,
    newlyAloneRejected: anyNumber,
    noLongerAlone: anyNumber,
    newlyProhibited: anyNumber,
    unreadable: anyNumber,
    notReplayed: texts,
    examples: list(
      view<ReviewView['replay']['examples'][number]>({
        proposal: anyText,
        title: anyText,
        was: anyText,
        now: anyText,
        rejected: optional(anyText),
      }),
      { max: 1000 },
    ),
  }),
  expansions: list(view<ReviewView['expansions'][number]>({ grant: anyText, why: anyText }), { max: 1000 }),
});
const alignmentView = view<AlignmentView>({
  isAligned: boolean,
  drift: list(
    view<AlignmentView['drift'][number]>({
      kind: anyText,
      at: anyText,
      text: anyText,
      count: anyNumber,
      examples: texts,
    }),
    { max: 100_000 },
  ),
  overdueFindings: list(
    view<AlignmentView['overdueFindings'][number]>({ id: anyText, owner: anyText, dueAt: anyText }),
    { max: 1000 },
  ),
});
const findingView = view<FindingView>({
  id: anyText,
  digest: anyText,
  title: anyText,
  auditor: anyText,
  owner: anyText,
  dueAt: anyText,
  closedAt: optional(anyText),
  isOverdue: boolean,
});
const contractionView = view<ContractionView>({
  id: anyText,
  action: anyText,
  reasons: texts,
  since: anyText,
  liftedAt: optional(anyText),
  liftedBy: optional(anyText),
});

const draftPath = (version: number): string => `/envelopes/drafts/${part(String(version))}`;

export const authorityCalls = (http: Http): AuthorityCalls => ({
  proposeEnvelope: (proposing, writing) => http.post(created, '/envelopes/drafts', proposing, writing),
  envelopeDrafts: () =>
    http.get(view<Items<DraftLine>>({ items: list(draftLine, { max: 1000 }) }), '/envelopes/drafts'),
  envelopeDraft: (version) => http.get(draftView, draftPath(version)),
  reviewEnvelope: (version) => http.get(reviewView, `${draftPath(version)}/review`),
  signEnvelopeDraft: (version, envelope, writing) =>
    http.post(signatureAnswer, `${draftPath(version)}/signatures`, { envelope }, writing),
  activateEnvelopeDraft: (version, writing) => http.post(anything, `${draftPath(version)}/activate`, {}, writing),
  restoreEnvelope: (wanted, writing) => http.post(created, '/envelopes/restore', wanted, writing),
  envelopeVersion: (version) => http.get(anything, '/envelope', { query: { version } }),
  envelopeHistory: () => http.get(anything, '/envelopes/history'),
  envelopeHistoryAs: (format) => http.text('/envelopes/history', { query: { format } }),
  storeEnvelopeTests: (name, suite, writing) => http.post(anything, '/envelopes/tests', { name, suite }, writing),
  alignment: () => http.get(alignmentView, '/audits/alignment'),
  auditFindings: () =>
    http.get(view<Items<FindingView>>({ items: list(findingView, { max: 1000 }) }), '/audits/findings'),
  signAuditFinding: (document, writing) => http.post(anything, '/audits/findings', { document }, writing),
  closeAuditFinding: (document, writing) => http.post(anything, '/audits/closures', { document }, writing),
  contractions: () =>
    http.get(view<Items<ContractionView>>({ items: list(contractionView, { max: 1000 }) }), '/contractions'),
  restoreClass: (restoration, writing) => http.post(anything, '/contractions/restorations', { restoration }, writing),
});
