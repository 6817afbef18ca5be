/**
 * The report of a period (V4): population, exceptions, and what the record holds for each control. A function of the record alone, so the
 * server and whoever has an export come to the same bytes. What cannot be told, because a body is gone, is counted as such.
 */
import type { Instant, OrganisationId } from '../shared/brand.ts';
import { CONTROLS, type Control } from './control-map.ts';
import type { Leaf, RecordEvent } from './leaf.ts';

export interface ReportedEntry {
  readonly index: number;
  readonly leaf: Leaf;
  /** Read from its bytes; absent when the body is not kept any more, or is none of ours. */
  readonly body?: unknown;
  readonly hasBody: boolean;
}

export interface PeriodQuestion {
  readonly organisation: OrganisationId;
  readonly from: Instant;
  /** Not part of it. */
  readonly to: Instant;
}

export interface PeriodReport extends PeriodQuestion {
  readonly type: 'period-report';
  /** Of the record in the period. */
  readonly entries: {
    readonly count: number;
    readonly first: number;
    readonly last: number;
    readonly bodiesGone: number;
  };
  readonly population: {
    /** Remediations with an entry in the period. */
    readonly remediations: number;
    readonly proposed: number;
    readonly closed: number;
    readonly open: number;
    /** By the last decision of the period. */
    readonly verdicts: Readonly<Record<string, number>>;
    /** By the state they ended in. */
    readonly ends: Readonly<Record<string, number>>;
  };
  readonly people: {
    readonly approvals: number;
    readonly rejections: number;
    readonly readings: number;
    readonly exports: number;
  };
  /** In the order of the record; each names its entry. */
  readonly exceptions: readonly Exception[];
  readonly controls: readonly ControlLine[];
}

interface Exception {
  readonly entry: number;
  readonly at: Instant;
  readonly event: RecordEvent;
  readonly remediation: string;
  readonly actor: string;
}

interface ControlLine {
  readonly framework: string;
  readonly clause: string;
  /** Entries of the period that show it at work. */
  readonly entries: number;
  readonly isChecked: boolean;
}

/** What an auditor looks at one by one: refused, stopped, taken back, failed, or outside the usual course. */
export const EXCEPTIONS: readonly RecordEvent[] = [
  'signal.unauthenticated',
  'proposal.refused',
  'proposal.expired',
  'approval.refused',
  'approval.rejected',
  'capsule.refused',
  'rollout.tripped',
  'rollout.halted',
  'rollout.rolled-back',
  'rollout.rollback-failed',
  'halt.requested',
  'resume.requested',
  'rollback.requested',
  'envelope.suspended',
  'transition.refused',
  'class.contracted',
  'audit.found',
  'engine.failed',
  'manual-work.opened',
  'restraint.set',
  'evidence.closed',
  'body.expired',
];

export function periodReport(question: PeriodQuestion, entries: readonly ReportedEntry[]): PeriodReport {
  const { organisation, from, to } = question;
  const inside = entries.filter(({ leaf }) => leaf.organisation === organisation && leaf.at >= from && leaf.at < to);
  const of = (...events: readonly RecordEvent[]): readonly ReportedEntry[] =>
    inside.filter(({ leaf }) => events.includes(leaf.event));
  const remediations = new Set(of(...OF_REMEDIATIONS).map(({ leaf }) => leaf.correlation));
  const closed = of('remediation.closed');
  return {
    type: 'period-report',
    organisation,
    from,
    to,
    entries: {
      count: inside.length,
      first: inside[0]?.index ?? 0,
      last: inside.at(-1)?.index ?? 0,
      bodiesGone: inside.filter(({ hasBody }) => !hasBody).length,
    },
    population: {
      remediations: remediations.size,
      proposed: of('proposal.created').length,
      closed: closed.length,
      open: remediations.size - new Set(closed.map(({ leaf }) => leaf.correlation)).size,
      verdicts: tallied(lastOfEach(of('decision.made')), 'verdict'),
      ends: tallied(closed, 'state'),
    },
    people: {
      approvals: of('approval.received').length,
      rejections: of('approval.rejected').length,
      readings: of('evidence.read').length,
      exports: of('evidence.exported').length,
    },
    exceptions: of(...EXCEPTIONS).map(({ index, leaf }) => ({
      entry: index,
      at: leaf.at,
      event: leaf.event,
      remediation: leaf.correlation,
      actor: leaf.actor,
    })),
    controls: CONTROLS.map((control) => lineOf(control, inside)),
  };
}

/** Intake refuses what never becomes a remediation; it names no proposal. */
const OF_REMEDIATIONS: readonly RecordEvent[] = ['proposal.created', 'decision.made', 'remediation.closed'];

const lineOf = ({ framework, clause, events, isChecked }: Control, inside: readonly ReportedEntry[]): ControlLine => ({
  framework,
  clause,
  entries: inside.filter(({ leaf }) => events.includes(leaf.event)).length,
  isChecked,
});

const lastOfEach = (entries: readonly ReportedEntry[]): readonly ReportedEntry[] => [
  ...new Map(entries.map((entry) => [entry.leaf.correlation, entry])).values(),
];

const GONE = 'body not kept';

/** How often each value of a field is there, names in order. */
function tallied(entries: readonly ReportedEntry[], field: string): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const { body } of entries) {
    const value =
      typeof body === 'object' && body !== null ? Object.entries(body).find(([name]) => name === field) : undefined;
    const name = typeof value?.[1] === 'string' ? value[1] : GONE;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return Object.fromEntries([...counts].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

const counted = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ') || 'none';

/** The report for people; the same bytes wherever it is made. */
export function periodReportText(report: PeriodReport): string {
  const { organisation, from, to, entries, population, people, exceptions, controls } = report;
  const lines = [
    `Report of ${organisation} from ${from} to ${to}`,
    '',
    `record      ${entries.count} entries (${entries.first} to ${entries.last}), ${entries.bodiesGone} without their body`,
    `population  ${population.remediations} remediations: ${population.proposed} proposed, ${population.closed} closed, ${population.open} open`,
    `verdicts    ${counted(population.verdicts)}`,
    `ended       ${counted(population.ends)}`,
    `people      ${people.approvals} approvals, ${people.rejections} rejections, ${people.readings} readings, ${people.exports} exports`,
    '',
    `exceptions  ${exceptions.length}`,
    ...exceptions.map(
      ({ entry, at, event, remediation, actor }) => `  ${entry}  ${at}  ${event}  ${remediation || '-'}  ${actor}`,
    ),
    '',
    'controls',
    ...controls.map(
      ({ framework, clause, entries: count, isChecked }) =>
        `  ${framework}  ${clause}  ${count} entries${isChecked ? '' : '  (clause not checked against its source)'}`,
    ),
  ];
  return `${lines.join('\n')}\n`;
}
