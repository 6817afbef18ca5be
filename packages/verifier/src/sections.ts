/** What a verified file says, in the four questions of an auditor (V4) and what is withheld. Every text from the file is made harmless. */
import type { FieldState, RolloutView } from '@countersign/core';
import { escapeHostile, type BundleReport, type CapsuleReport } from '@countersign/seal';

import type { AgentView } from './agent-view.ts';

export interface Section {
  readonly title: string;
  readonly lines: readonly string[];
}

const MAX_TEXT = 2000;
const safe = (text: string): string => escapeHostile(text, MAX_TEXT);

type Counts = RolloutView['counts'];

const countsText = (counts: Counts): string =>
  Object.entries(counts)
    .map(([name, count]) => `${name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)} ${count}`)
    .join(', ');

type Judged = Pick<BundleReport, 'capsules' | 'signals' | 'isStagingValidated' | 'fields'>;

/** Of one remediation, in a bundle of its own or inside an export. */
export function remediationSections(report: Judged, agent?: AgentView): readonly Section[] {
  const { capsules, signals, isStagingValidated, fields } = report;
  return [
    { title: 'Who authorised it', lines: capsules.map(authorityLine) },
    {
      title: 'What the agent saw',
      lines: [
        `signal statements, each signed by its relay: ${signals}`,
        ...(agent === undefined ? [] : agentLines(agent)),
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

/** What it says it had, in its own words. */
const agentLines = ({ agent, model, prompt, toolCalls }: AgentView): readonly string[] => [
  `the agent ${safe(agent)}, model ${safe(model)}, ${toolCalls} tool calls`,
  `it was told: ${safe(prompt)}`,
];

function authorityLine({ purpose, environment, verdict, approvedBy, isDispatched }: CapsuleReport): string {
  const people = approvedBy.map(({ person, role }) => `${safe(person)} as ${safe(role)}`).join(', ');
  const who = people === '' ? `nobody was asked (${safe(verdict)})` : people;
  return `${purpose} in ${safe(environment)}: ${who}${isDispatched ? '' : '; never dispatched'}`;
}

function executionLines({ purpose, phase, counts, outcome }: CapsuleReport): readonly string[] {
  if (phase === undefined) return [`${purpose}: no report of the runner`];
  const ended = outcome === undefined ? '' : `, evidence says ${safe(outcome)}`;
  return [`${purpose}: ${safe(phase)}${ended}${counts === undefined ? '' : `; ${countsText(counts)}`}`];
}
