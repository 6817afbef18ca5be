/** What a verified file says, in the four questions of an auditor (V4) and what is withheld. Every text from the file is made harmless. */
import { countsText, derivedText, type FieldState } from '@countersign/core';
import {
  decidedLines,
  escapeHostile,
  timesSummary,
  timesTexts,
  type BundleReport,
  type CapsuleReport,
  type EntryTime,
} from '@countersign/seal';

import type { AgentView } from './agent-view.ts';

export interface Section {
  readonly title: string;
  readonly lines: readonly string[];
}

const MAX_TEXT = 2000;
const safe = (text: string): string => escapeHostile(text, MAX_TEXT);

type Judged = Pick<BundleReport, 'capsules' | 'signals' | 'isStagingValidated' | 'fields' | 'times'>;

/** Of one remediation, in a bundle of its own or inside an export. */
export function remediationSections(report: Judged, agent?: AgentView): readonly Section[] {
  const { capsules, signals, isStagingValidated, fields, times } = report;
  return [
    { title: 'Who authorised it', lines: [...capsules.map(authorityLine), ...decidedLines(capsules)] },
    {
      title: 'What the agent saw',
      lines: [
        `signal statements, each signed by its relay: ${signals}`,
        ...(agent === undefined ? ['the proposal is not in the file'] : agentLines(agent)),
      ],
    },
    {
      title: 'What changed',
      lines: [
        ...(agent === undefined ? [] : [`${safe(agent.action)}: ${safe(agent.summary)}`]),
        ...capsules.flatMap(executionLines),
      ],
    },
    {
      title: 'What validated it',
      lines: [
        isStagingValidated
          ? 'validated in staging for exactly this change, signed by the runner there'
          : 'no passed validation in staging is in the file',
      ],
    },
    // The time in an entry is the server's word; beside it stands what witnesses prove (V3).
    { title: 'When it came into the record', lines: timesTexts(times) },
    {
      title: 'What is withheld',
      lines: withheldLines(fields),
    },
  ];
}

const WITHHELD: Readonly<Partial<Record<FieldState, string>>> = {
  'held-inside': 'held inside the enclave; ask its owner',
  removed: 'removed when its time was over',
  missing: 'missing',
};

function withheldLines(fields: Judged['fields']): readonly string[] {
  const lines = fields.flatMap(({ field, state }) => {
    const why = WITHHELD[state];
    return why === undefined ? [] : [`${field}: ${why}`];
  });
  return lines.length > 0 ? lines : [`nothing of the ${fields.length} fields that such a change has`];
}

/** What stands above everything else of a file whose times do not hold. */
export function timeWarning(times: readonly EntryTime[]): string | undefined {
  const { findings } = timesSummary(times);
  const [first] = findings;
  return first === undefined
    ? undefined
    : `The times of ${findings.length} entries are not what witnesses saw, first entry ${first.index}: ${first.finding}`;
}

/** What it says it had, in its own words. */
const agentLines = ({ agent, model, prompt, toolCalls, signals }: AgentView): readonly string[] => [
  `the agent ${said(agent)}, model ${said(model)}, ${toolCalls} tool calls`,
  `it was told: ${said(prompt)}`,
  `it named the signals: ${said(signals.join(', '))}`,
];

/** An empty word would read as if something was left out by us. */
const said = (text: string): string => (text === '' ? '(nothing is said)' : safe(text));

function authorityLine(capsule: CapsuleReport): string {
  const where = `${capsule.purpose} in ${safe(capsule.environment)}`;
  return `${where}: ${whoText(capsule)}${capsule.isDispatched ? '' : '; never dispatched'}`;
}

/** A trial in staging needs people only where floor or capsule ask for them, whatever the change owes afterwards (L4). */
function whoText({ purpose, verdict, approvedBy }: Pick<CapsuleReport, 'purpose' | 'verdict' | 'approvedBy'>): string {
  const people = approvedBy.map(({ person, role }) => `${safe(person)} as ${safe(role)}`).join(', ');
  if (people !== '') return people;
  if (purpose === 'validation') return 'nobody is owed for a trial there';
  return verdict === 'autonomous' ? 'nobody was asked (autonomous)' : `nobody signed (${safe(verdict)})`;
}

function executionLines({ purpose, phase, counts, outcome, derived = [], closed }: CapsuleReport): readonly string[] {
  const ended = outcome === undefined ? '' : `, evidence says ${safe(outcome)}`;
  return [
    phase === undefined
      ? `${purpose}: no report of the runner`
      : `${purpose}: ${safe(phase)}${ended}${counts === undefined ? '' : `; ${countsText(counts)}`}`,
    ...(derived.length === 0
      ? []
      : [`${purpose}, what the runner says of fields that stay inside: ${derivedText(derived)}`]),
    ...(closed === undefined ? [] : [`${purpose}: ${safe(closed.person)} closed it inside: ${safe(closed.verdict)}`]),
  ];
}

/** One remediation in a line of many. */
export function summaryOf({ proposal, capsules }: Pick<BundleReport, 'proposal' | 'capsules'>): string {
  const rollout = capsules.find(({ purpose }) => purpose === 'rollout');
  if (rollout === undefined) return `${safe(proposal)}: nothing went to production`;
  const ended = rollout.phase ?? (rollout.isDispatched ? 'no report of the runner' : 'never dispatched');
  return `${safe(proposal)}: ${safe(rollout.environment)}, ${whoText(rollout)}, ${safe(ended)}`;
}
