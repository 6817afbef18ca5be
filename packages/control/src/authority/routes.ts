/** The life of an envelope over HTTP (E2-E7). Tokens only say who asks; signatures inside decide. */
import { integer, object, oneOf, ok, optional, text, type Shape } from '@countersign/core';
import { dsseShape, MAX_ENVELOPE_BYTES } from '@countersign/seal';
import type { Deps } from '../deps.ts';
import { json, PRINCIPAL_KINDS, route, type RouteDefinition } from '../http/index.ts';
import { auditAlignment, closeFinding, listFindings, receiveFinding, type SignedBody } from './audit.ts';
import { listContractions, restoreClass, type RestorationBody } from './contractions.ts';
import {
  activateDraft,
  draftOf,
  listDrafts,
  noDraft,
  proposeDraft,
  restoreVersion,
  signDraft,
  type DraftBody,
  type RestoreBody,
  type SignatureBody,
} from './drafts.ts';
import { history, type HistoryFormat } from './history.ts';
import { reviewDraft } from './review.ts';
import { storeSuite, suiteBodyShape, type SuiteBody } from './suites.ts';

const everyone = PRINCIPAL_KINDS;
const reason = text({ min: 3, max: 2000 });
const ticket = text({ min: 1, max: 80 });

/** Read in full by the shape of an envelope, once it is complete. */
const loose: Shape<Readonly<Record<string, unknown>>> = {
  schema: { type: 'object' },
  read(value, at, complaints) {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
    complaints.push({ at, problem: 'must be an object' });
    return undefined;
  },
};

export const authorityRoutes = (deps: Deps): readonly RouteDefinition[] => [
  ...draftRoutes(deps),
  ...signingRoutes(deps),
  ...auditRoutes(deps),
  ...contractionRoutes(deps),
];

const draftRoutes = (deps: Deps): readonly RouteDefinition[] => [
  route<DraftBody>({
    method: 'POST',
    url: '/api/v1/envelopes/drafts',
    who: ['person'],
    summary: 'Proposes the next envelope version; version, predecessor and rule digest are filled in',
    body: object<DraftBody>({ document: loose, reason, ticket }),
    bodyLimit: MAX_ENVELOPE_BYTES,
    handle: (exchange) => proposeDraft(deps, exchange),
  }),
  route({
    method: 'GET',
    url: '/api/v1/envelopes/drafts',
    who: everyone,
    summary: 'Proposed versions, newest first, with who signed them',
    handle: ({ principal }) => listDrafts(deps, principal.organisation),
  }),
  route({
    method: 'GET',
    url: '/api/v1/envelopes/drafts/:version',
    who: everyone,
    summary: 'One proposed version: the bytes that are signed, and the signatures so far',
    async handle({ principal, params }) {
      const draft = await draftOf(deps, principal.organisation, params['version'] ?? '');
      if (draft === undefined) return noDraft;
      const { envelope, dsse, ...about } = draft;
      return ok(json({ ...about, document: envelope, envelope: dsse }));
    },
  }),
  route({
    method: 'GET',
    url: '/api/v1/envelopes/drafts/:version/review',
    who: ['person'],
    summary: 'What a draft newly permits, with examples, faults, tests, past decisions and people',
    handle: (exchange) => reviewDraft(deps, exchange),
  }),
  route<RestoreBody>({
    method: 'POST',
    url: '/api/v1/envelopes/restore',
    who: ['person'],
    summary: 'Proposes an old version again; what it permits beyond the version in force is a widening',
    body: object<RestoreBody>({ version: integer({ min: 1, max: 1_000_000 }), reason, ticket }),
    handle: (exchange) => restoreVersion(deps, exchange),
  }),
];

const signingRoutes = (deps: Deps): readonly RouteDefinition[] => [
  route<SignatureBody>({
    method: 'POST',
    url: '/api/v1/envelopes/drafts/:version/signatures',
    who: ['person'],
    summary: 'Adds a signature to a draft; it comes into force as soon as enough people have signed',
    body: object<SignatureBody>({ envelope: dsseShape }),
    bodyLimit: MAX_ENVELOPE_BYTES,
    handle: (exchange) => signDraft(deps, exchange),
  }),
  route({
    method: 'POST',
    url: '/api/v1/envelopes/drafts/:version/activate',
    who: ['person'],
    summary: 'Activates a draft that has its signatures, or says what is missing',
    handle: (exchange) => activateDraft(deps, exchange),
  }),
  route<undefined, { readonly format?: HistoryFormat }>({
    method: 'GET',
    url: '/api/v1/envelopes/history',
    who: everyone,
    summary: 'Every version with who, why, ticket and when; `csv` and `text` for a change advisory board',
    query: object<{ readonly format?: HistoryFormat }>({ format: optional(oneOf('json', 'csv', 'text')) }),
    handle: ({ principal, query }) => history(deps, principal.organisation, query.format ?? 'json'),
  }),
  route<SuiteBody>({
    method: 'POST',
    url: '/api/v1/envelopes/tests',
    who: ['person'],
    summary: 'Stores envelope tests under a name; a version that fails one cannot come into force',
    body: suiteBodyShape,
    bodyLimit: 1_048_576,
    handle: (exchange) => storeSuite(deps, exchange),
  }),
];

const auditRoutes = (deps: Deps): readonly RouteDefinition[] => [
  route({
    method: 'GET',
    url: '/api/v1/audits/alignment',
    who: ['person'],
    summary: 'Where the envelope no longer speaks about the estate as the graph has it',
    handle: (exchange) => auditAlignment(deps, exchange),
  }),
  route({
    method: 'GET',
    url: '/api/v1/audits/findings',
    who: ['person'],
    summary: 'Findings of auditors with owner and due date',
    handle: (exchange) => listFindings(deps, exchange),
  }),
  route<SignedBody>({
    method: 'POST',
    url: '/api/v1/audits/findings',
    who: ['person'],
    summary: 'A finding that an auditor signed; once overdue it stops every widening',
    body: object<SignedBody>({ document: dsseShape }),
    bodyLimit: MAX_ENVELOPE_BYTES,
    handle: (exchange) => receiveFinding(deps, exchange),
  }),
  route<SignedBody>({
    method: 'POST',
    url: '/api/v1/audits/closures',
    who: ['person'],
    summary: 'Closes a finding: an auditor signed that it is mended',
    body: object<SignedBody>({ document: dsseShape }),
    bodyLimit: MAX_ENVELOPE_BYTES,
    handle: (exchange) => closeFinding(deps, exchange),
  }),
];

const contractionRoutes = (deps: Deps): readonly RouteDefinition[] => [
  route({
    method: 'GET',
    url: '/api/v1/contractions',
    who: everyone,
    summary: 'Action types that lost their autonomy, and why',
    handle: ({ principal }) => listContractions(deps, principal.organisation),
  }),
  route<RestorationBody>({
    method: 'POST',
    url: '/api/v1/contractions/restorations',
    who: ['person'],
    summary: 'Gives a class its autonomy back: a policy administrator signed for this contraction',
    body: object<RestorationBody>({ restoration: dsseShape }),
    bodyLimit: MAX_ENVELOPE_BYTES,
    handle: (exchange) => restoreClass(deps, exchange),
  }),
];
