/**
 * What each exit of control may hand to whom (V2, V6). A route that is in neither list has no statement, and the test of the exits
 * fails until it has one.
 */
import type { Kind } from './canaries.builder.ts';

/** Kinds of callers; `outsider` is a person of the organisation whom the trust bundle does not name. */
export type Reader = 'stranger' | 'source' | 'enclave' | 'witness' | 'agent' | 'outsider' | 'person';
type Shown = Readonly<Partial<Record<Kind, readonly Reader[]>>>;
export interface Statement {
  readonly shows: Shown;
  /** The reading is an entry of the record before the first byte leaves. */
  readonly isRecorded?: true;
}

const TEAM = ['agent', 'outsider', 'person'] as const;
const PEOPLE = ['outsider', 'person'] as const;
const EVERYBODY = ['source', 'enclave', 'witness', ...TEAM] as const;
/** People whom the trust bundle gives a role, and who said what for. */
const READERS = ['person'] as const;

const to = (readers: readonly Reader[], ...kinds: readonly Kind[]): Shown =>
  Object.fromEntries(kinds.map((kind) => [kind, readers]));

/** Bodies of entries: all that people, agents and sources sent, and nothing of what an enclave sent as evidence. */
const BODIES: readonly Kind[] = [
  'signal',
  'proposal',
  'context',
  'change',
  'label',
  'rejection',
  'hold',
  'restraint',
  'benign',
  'estate',
  'envelope',
  'spec',
  'note',
  'purpose',
];
/** Bodies of one remediation, and the documents it names. */
const OF_ONE: readonly Kind[] = ['signal', 'proposal', 'context', 'change', 'rejection', 'estate', 'envelope', 'note'];
const FROM_ENCLAVES: readonly Kind[] = ['validation', 'detail', 'evidence'];

export const SHOWN: Readonly<Record<string, Statement>> = {
  'GET /api/v1/signals': { shows: to(['source', ...TEAM], 'signal', 'stranger', 'finding') },
  'GET /api/v1/triages': { shows: to(TEAM, 'signal') },
  'GET /api/v1/triages/{id}': { shows: to(TEAM, 'signal', 'stranger', 'finding') },
  'GET /api/v1/signals/{id}/labels': { shows: to(TEAM, 'label') },
  'GET /api/v1/benign-schedules': { shows: to(TEAM, 'benign') },
  'GET /api/v1/findings': { shows: to(TEAM, 'finding', 'estate') },
  'GET /api/v1/findings/{id}': { shows: to(TEAM, 'finding', 'estate') },
  'GET /api/v1/specs': { shows: to(['enclave', ...TEAM], 'spec') },
  'GET /api/v1/coverage': { shows: to(TEAM, 'spec') },
  // What registrars and policy admins signed, for everyone who has to verify it.
  'GET /api/v1/trust': { shows: to(EVERYBODY, 'person') },
  'GET /api/v1/envelope': { shows: to(EVERYBODY, 'envelope') },
  'GET /api/v1/envelopes/history': { shows: to(EVERYBODY, 'envelope') },
  'GET /api/v1/graph': { shows: to(TEAM, 'estate') },
  'GET /api/v1/graph/owners': { shows: to(TEAM, 'estate') },
  'GET /api/v1/audits/findings': { shows: to(PEOPLE, 'audit') },
  'GET /api/v1/proposals': { shows: to(TEAM, 'proposal', 'rejection') },
  'GET /api/v1/proposals/{id}': { shows: to(TEAM, 'proposal', 'context', 'change', 'estate', 'rejection') },
  'GET /api/v1/proposals/{id}/text': { shows: to(TEAM, 'proposal', 'change', 'estate') },
  // Of a demo installation only: what it shows was made for showing.
  'GET /p/{file}': { shows: to(['stranger', ...EVERYBODY], 'proposal', 'change', 'estate') },
  'GET /api/v1/proposals/{id}/signing': { shows: to(PEOPLE, 'proposal', 'change', 'estate', 'validation') },
  'GET /api/v1/manual-work': { shows: to(TEAM, 'note') },
  'GET /api/v1/restraints': { shows: to(TEAM, 'restraint') },
  'GET /api/v1/holds': { shows: to(PEOPLE, 'hold') },
  // A capsule with what its runner verifies it against.
  'GET /api/v1/enclaves/{id}/poll': {
    shows: to(['enclave'], 'signal', 'proposal', 'change', 'estate', 'envelope', 'validation', 'person'),
  },
  'GET /api/v1/record/entries': { shows: to(['witness', ...READERS], ...BODIES), isRecorded: true },
  'GET /api/v1/events': { shows: to(READERS, ...BODIES), isRecorded: true },
  'GET /api/v1/proposals/{id}/bundle': {
    shows: to(READERS, ...OF_ONE, ...FROM_ENCLAVES, 'purpose', 'person'),
    isRecorded: true,
  },
  'GET /api/v1/export': {
    shows: to(READERS, ...BODIES, ...FROM_ENCLAVES, 'person'),
    isRecorded: true,
  },
  'GET /api/v1/report': { shows: {}, isRecorded: true },
  'GET /api/v1/export/events': { shows: {}, isRecorded: true },
};

/** Shown to nobody by these: ids, states, counts, digests and times only, or what the caller sent itself. */
export const SILENT: readonly string[] = [
  'GET /api/v1/audits/alignment',
  'GET /api/v1/campaigns',
  'GET /api/v1/campaigns/{id}',
  'GET /api/v1/contractions',
  'GET /api/v1/drills',
  'GET /api/v1/enrolments',
  'GET /api/v1/envelopes/drafts',
  'GET /api/v1/envelopes/drafts/{version}',
  'GET /api/v1/envelopes/drafts/{version}/review',
  'GET /api/v1/findings/summary',
  'GET /api/v1/graph/report',
  'GET /api/v1/health',
  'GET /api/v1/metrics',
  'GET /api/v1/proposals/{id}/explanation',
  'GET /api/v1/record/around/{seq}',
  'GET /api/v1/record/checkpoint',
  'GET /api/v1/record/consistency',
  'GET /api/v1/record/log/checkpoint',
  'GET /api/v1/record/log/tile/{level}/{a}',
  'GET /api/v1/record/log/tile/{level}/{a}/{b}',
  'GET /api/v1/record/log/tile/{level}/{a}/{b}/{c}',
  'GET /api/v1/record/log/tile/{level}/{a}/{b}/{c}/{d}',
  'GET /api/v1/record/log/tile/{level}/{a}/{b}/{c}/{d}/{e}',
  'GET /api/v1/record/log/tile/{level}/{a}/{b}/{c}/{d}/{e}/{f}',
  'GET /api/v1/record/proof/{seq}',
  'GET /api/v1/record/status',
  'GET /api/v1/retention',
  'GET /api/v1/rollouts',
  'GET /api/v1/rollouts/{digest}',
  'GET /api/v1/session',
  'GET /api/v1/session/callback',
  'GET /api/v1/session/offer',
  'GET /api/v1/session/sign-in',
  'GET /api/v1/session/step-up',
  'GET /api/v1/signals/rates',
  'GET /api/v1/sources',
  'POST /api/v1/agents/{id}/suspend',
  'POST /api/v1/approvals',
  'POST /api/v1/audits/closures',
  'POST /api/v1/audits/findings',
  'POST /api/v1/benign-schedules',
  'POST /api/v1/benign-schedules/{id}/remove',
  'POST /api/v1/campaigns',
  'POST /api/v1/campaigns/{id}/approvals',
  'POST /api/v1/campaigns/{id}/hold',
  'POST /api/v1/contractions/restorations',
  'POST /api/v1/enclaves/{id}/invitations',
  'POST /api/v1/enclaves/{id}/reports',
  'POST /api/v1/enclaves/{id}/shut-out',
  'POST /api/v1/envelope',
  'POST /api/v1/envelope/suspend',
  'POST /api/v1/envelope/test',
  'POST /api/v1/envelopes/drafts',
  'POST /api/v1/envelopes/drafts/{version}/activate',
  'POST /api/v1/envelopes/drafts/{version}/signatures',
  'POST /api/v1/envelopes/restore',
  'POST /api/v1/envelopes/tests',
  'POST /api/v1/evidence/closures',
  'POST /api/v1/findings/exploited',
  'POST /api/v1/findings/{id}/owner',
  'POST /api/v1/graph',
  'POST /api/v1/halt',
  'POST /api/v1/holds',
  'POST /api/v1/holds/{name}/lift',
  'POST /api/v1/manual-work/{id}/close',
  'POST /api/v1/manual-work/{id}/done',
  'POST /api/v1/people/{id}/passkeys',
  'POST /api/v1/people/{id}/passkeys/options',
  'POST /api/v1/proposals',
  'POST /api/v1/proposals/{id}/reject',
  'POST /api/v1/proposals/{id}/withdraw',
  'POST /api/v1/record/cosignatures',
  'POST /api/v1/record/status',
  'POST /api/v1/restraints/{id}/lift',
  'POST /api/v1/retention/run',
  'POST /api/v1/rollouts/{digest}/halt',
  'POST /api/v1/rollouts/{digest}/resume',
  'POST /api/v1/rollouts/{digest}/rollback',
  'POST /api/v1/session/redeem',
  'POST /api/v1/session/sign-out',
  'POST /api/v1/signals/alertmanager',
  'POST /api/v1/signals/sarif',
  'POST /api/v1/signals/{id}/label',
  'POST /api/v1/sources/{id}',
  'POST /api/v1/sources/{id}/suspend',
  'POST /api/v1/specs',
  'POST /api/v1/token',
  'POST /api/v1/trust',
  'POST /api/v1/vex',
];

/** What the door for gateways answers: routes of the above, and certificates, which hold no text of anybody. */
export const DOOR: readonly string[] = [
  'POST /api/v1/enclaves/enrolment',
  'POST /api/v1/enclaves/{id}/certificate',
  'GET /api/v1/enclaves/{id}/poll',
  'POST /api/v1/enclaves/{id}/reports',
  'GET /api/v1/drills',
];
