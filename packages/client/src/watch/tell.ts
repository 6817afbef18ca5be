/** One line for people about one event of the record. Everything in it comes from outside, so everything is escaped. */
import { countsText, readShape } from '@countersign/core';
import type { Style } from '../cli/output.ts';
import { safe } from '../cli/safe-text.ts';
import type { Recorded } from '../sdk/events.ts';
import { rolloutCounts, type RolloutCountsView } from '../sdk/views.ts';

/** What people read instead of the word of the record, and how it stands out. Events that are not named say nothing new. */
const WORDS: Readonly<Record<string, readonly [string, Style?]>> = {
  'trust.updated': ['trust bundle updated'],
  'envelope.activated': ['envelope activated'],
  'envelope.suspended': ['envelope suspended', 'yellow'],
  'graph.updated': ['system graph updated'],
  'signal.received': ['signal received'],
  'signal.unauthenticated': ['signal from an unknown sender', 'yellow'],
  'triage.opened': ['triage opened'],
  'proposal.created': ['proposed', 'bold'],
  'proposal.refused': ['proposal refused', 'yellow'],
  'proposal.withdrawn': ['withdrawn', 'yellow'],
  'proposal.expired': ['expired', 'yellow'],
  'decision.made': ['decided'],
  'validation.requested': ['staging validation asked for'],
  'validation.finished': ['staging validation finished'],
  'capsule.built': ['capsule built'],
  'approval.received': ['countersigned', 'green'],
  'approval.refused': ['countersignature refused', 'red'],
  'approval.rejected': ['rejected', 'yellow'],
  'capsule.dispatched': ['handed to the runner'],
  'capsule.refused': ['refused by the runner', 'red'],
  'rollout.started': ['rollout started', 'bold'],
  'rollout.tripped': ['CIRCUIT BREAKER TRIPPED', 'red'],
  'rollout.halted': ['HALTED', 'red'],
  'rollout.resumed': ['resumed', 'yellow'],
  'rollout.rolled-back': ['rolled back', 'yellow'],
  'rollout.rollback-failed': ['ROLLBACK FAILED', 'red'],
  'rollout.completed': ['rollout completed', 'green'],
  'halt.requested': ['halt asked for', 'yellow'],
  'resume.requested': ['resume asked for', 'yellow'],
  'rollback.requested': ['rollback asked for', 'yellow'],
  'evidence.received': ['evidence received'],
  'remediation.closed': ['closed', 'bold'],
  'manual-work.opened': ['manual work opened', 'yellow'],
  'manual-work.done': ['manual work done'],
  'manual-work.closed': ['manual work closed', 'green'],
  'transition.refused': ['step refused', 'yellow'],
  'enclave.invited': ['gateway invited'],
  'enclave.certified': ['gateway certified'],
  'enclave.shut-out': ['gateway shut out'],
  'session.began': ['signed in'],
  'session.ended': ['signed out'],
  'session.refused': ['step-up refused', 'yellow'],
  'identity.counted': ['tokens and refused sign-ins counted'],
  'source.described': ['source registered'],
  'benign-schedule.added': ['known-benign schedule added'],
  'benign-schedule.removed': ['known-benign schedule removed', 'yellow'],
  'signal.labelled': ['signal labelled'],
  'vex.received': ['exploitability statements received'],
  'exploited.received': ['list of exploited weaknesses received'],
  'findings.ranked': ['findings ranked again'],
  'finding.owned': ['finding has an owner'],
  'spec.registered': ['validation specification registered'],
  'envelope.drafted': ['envelope drafted'],
  'envelope.signed': ['envelope draft signed'],
  'envelope.tests-stored': ['envelope tests stored'],
  'authority.narrowed': ['AUTHORITY NARROWED', 'yellow'],
  'class.contracted': ['AUTONOMY TAKEN AWAY', 'red'],
  'class.restored': ['autonomy given back', 'yellow'],
  'audit.found': ['audit finding', 'yellow'],
  'audit.closed': ['audit finding closed', 'green'],
  'engine.failed': ['POLICY ENGINES DISAGREE', 'red'],
  'restraint.set': ['suspended', 'yellow'],
  'restraint.lifted': ['suspension lifted', 'yellow'],
  'prediction.compared': ['prediction held against what was seen'],
  'evidence.exported': ['evidence exported'],
  'evidence.closed': ['evidence closed by a person inside', 'green'],
  'campaign.made': ['campaign made'],
  'campaign.signed': ['campaign signed by a person'],
  'campaign.approved': ['campaign approved', 'green'],
  'campaign.released': ['stage of a campaign released'],
  'campaign.receipt': ['receipt of a stage of a campaign'],
  'campaign.held': ['CAMPAIGN HELD', 'red'],
  'body.expired': ['bodies of the record expired'],
  'hold.set': ['legal hold set', 'yellow'],
  'hold.lift-asked': ['lifting of a legal hold asked for', 'yellow'],
  'hold.lifted': ['legal hold lifted', 'yellow'],
};

/** Fields of a body that say why, in this order. */
const TELLING = [
  'title',
  'verdict',
  'outcome',
  'trip',
  'cause',
  'code',
  'detail',
  'reason',
  'rationale',
  'person',
  'role',
  'by',
];
const MAX_DETAIL = 160;

export interface Told {
  readonly text: string;
  readonly style: Style | undefined;
}

/** Undefined for events that are only progress. */
export function tell({ leaf, body }: Recorded, counts?: RolloutCountsView): Told | undefined {
  const words = Object.hasOwn(WORDS, leaf.event) ? WORDS[leaf.event] : undefined;
  if (words === undefined) return undefined;
  const [said, style] = words;
  const about = leaf.correlation === '' ? leaf.subject : leaf.correlation;
  const detail = detailOf(body);
  const parts = [
    safe(leaf.at.slice(11, 19), 8),
    safe(about, 40).padEnd(12),
    said,
    ...(detail === '' ? [] : [detail]),
    ...(counts === undefined ? [] : [countsText(counts)]),
    `by ${safe(leaf.actor, 80)}`,
  ];
  return { text: parts.join('  '), style };
}

function detailOf(body: unknown): string {
  const fields = new Map([...fieldsOf(body), ...fieldsOf(new Map(fieldsOf(body)).get('event'))]);
  const verdict = fields.get('isPassed');
  const told = TELLING.flatMap((name) => {
    const value = fields.get(name);
    if (typeof value === 'number') return [`${name} ${value}`];
    return typeof value === 'string' && value !== '' ? [safe(value, MAX_DETAIL)] : [];
  });
  if (typeof verdict === 'boolean') told.unshift(verdict ? 'passed' : 'failed');
  return told.slice(0, 3).join('; ');
}

const fieldsOf = (value: unknown): readonly (readonly [string, unknown])[] =>
  typeof value === 'object' && value !== null ? Object.entries(value) : [];

/** The counts a body carries, when it does. */
export function countsIn(body: unknown): RolloutCountsView | undefined {
  const counts: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, 'counts') : undefined;
  const read = readShape(rolloutCounts, counts);
  return read.ok ? read.value : undefined;
}
