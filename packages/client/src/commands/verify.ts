/**
 * `cs verify BUNDLE --roots FILE`: the four questions of an auditor, answered offline from one file and nobody's word (V4): who
 * authorised it, what did the agent see, what changed, what validated it; and what is withheld.
 */
import { countsText, derivedText } from '@countersign/core';
import { decidedLines, digestOf, verifyBundle, type BundleReport, type CapsuleReport } from '@countersign/seal';
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { unverified, usage } from '../cli/failure.ts';
import { labelled } from '../cli/output.ts';
import { readBytes } from '../cli/read-document.ts';
import { readRoot } from '../cli/roots.ts';
import { safe } from '../cli/safe-text.ts';
import { readBundleContent, type BundleContent } from '../bundle/bundle-content.ts';
import { isExport } from '../evidence/read-export.ts';
import { findingLines, timeLines } from '../evidence/time-lines.ts';
import { verifyExportFile, type VerifyOptions } from './verify-export.ts';

const MAX_FILE_BYTES = 134_217_728;

export async function verify(
  { output, settings }: Pick<Context, 'output' | 'settings'>,
  file: string,
  options: VerifyOptions,
): Promise<ExitCode> {
  if (isExport(file)) return verifyExportFile({ output, settings }, file, options);
  if (options.checkpoint !== undefined)
    throw usage('a bundle does not hold the record, so a checkpoint cannot be compared with it', 'cs export --help');
  const bytes = readBytes(file, MAX_FILE_BYTES);
  const verified = verifyBundle(bytes, readRoot(options.roots));
  if (!verified.ok)
    throw unverified({
      ...verified.refusal,
      next: verified.refusal.next ?? ['do not rely on this file; ask for it again, from its source'],
    });
  const content = readBundleContent(bytes);
  const digest = digestOf(bytes);
  const isContradicted = verified.value.times.some(({ finding }) => finding !== undefined);
  if (settings.isJson) output.json({ verified: !isContradicted, file: digest, ...verified.value, ...content });
  else output.lines(reportLines(verified.value, content));
  return isContradicted ? EXIT.unverified : EXIT.ok;
}

export function reportLines(report: BundleReport, { agent, withheld }: BundleContent): readonly string[] {
  const { organisation, proposal, leaves, recordSize, isDemo, trustVersion, capsules, signals } = report;
  const shown = report.fields.filter(({ state }) => state === 'shown');
  return [
    ...findingLines(report.times),
    `verified  ${safe(proposal)} of ${safe(organisation)}: ${leaves} entries of a witnessed record of ${recordSize}, ${isDemo ? 'DEMO ' : ''}trust bundle ${trustVersion}`,
    ...labelled('who', [...capsules.map(authorityLine), ...decidedLines(capsules)]),
    ...labelled('saw', [
      ...(agent === undefined ? ['the proposal is not in the file'] : agentLines(agent)),
      `${signals} signal statements of relays`,
    ]),
    ...labelled('changed', [
      ...(agent === undefined ? [] : [`${safe(agent.action)}: ${safe(agent.summary)}`]),
      ...capsules.flatMap(executionLines),
    ]),
    ...labelled('proof', [
      report.isStagingValidated
        ? 'validated in staging for exactly this change, signed by its runner'
        : 'no passed validation in staging is in the file',
    ]),
    ...labelled('fields', [
      `${shown.length} of ${report.fields.length} fields of V1 are in the file`,
      ...report.fields.filter(({ state }) => state !== 'shown').map(({ field, state }) => `${field}: ${state}`),
    ]),
    ...labelled('times', timeLines(report.times)),
    ...labelled('withheld', [
      `${withheld.fields} of ${withheld.allFields} evidence fields`,
      `${withheld.bodies} bodies of record entries`,
    ]),
  ];
}

function authorityLine({ purpose, environment, verdict, approvedBy, isDispatched }: CapsuleReport): string {
  const people = approvedBy.map(({ person, role }) => `${safe(person)} as ${safe(role)}`).join(', ');
  const who = people === '' ? withoutPeople(purpose, verdict) : people;
  return `${purpose} in ${safe(environment)}: ${who}${isDispatched ? '' : '; never dispatched'}`;
}

/** A trial in staging needs people only where floor or capsule ask for them, whatever the change owes afterwards (L4). */
function withoutPeople(purpose: CapsuleReport['purpose'], verdict: CapsuleReport['verdict']): string {
  if (purpose === 'validation') return 'nobody is owed for a trial there';
  return verdict === 'autonomous' ? 'nobody was asked (autonomous)' : `nobody signed (${safe(verdict)})`;
}

const agentLines = (agent: NonNullable<BundleContent['agent']>): readonly string[] => [
  `${safe(agent.agent)} (${safe(agent.model, 100)}): ${safe(agent.prompt, 300)}`,
  `${agent.toolCalls} tool calls; signals ${safe(agent.signals.join(', '), 300)}`,
];

function executionLines({ purpose, phase, counts, outcome, derived = [], closed }: CapsuleReport): readonly string[] {
  const said = [
    ...(derived.length === 0 ? [] : [`  the runner says of what stays inside: ${derivedText(derived)}`]),
    ...(closed === undefined ? [] : [`  ${safe(closed.person)} closed it inside: ${safe(closed.verdict)}`]),
  ];
  if (phase === undefined) return [`${purpose}: no report of the runner`, ...said];
  const ended = outcome === undefined ? '' : `, evidence says ${safe(outcome)}`;
  return [`${purpose}: ${safe(phase)}${ended}${counts === undefined ? '' : `; ${countsText(counts)}`}`, ...said];
}
