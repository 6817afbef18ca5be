/** `cs verify FILE.csx`: a whole period, offline: every wrong item by its name, the first one first; or what the file proves (V4). */
import { readFileSync } from 'node:fs';
import { timesSummary, type ExportContent, type ExportProblem } from '@countersign/seal';
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { unverified } from '../cli/failure.ts';
import { labelled } from '../cli/output.ts';
import { readRoot } from '../cli/roots.ts';
import { safe } from '../cli/safe-text.ts';
import { checkExport } from '../evidence/read-export.ts';
import { findingLines, summaryLine } from '../evidence/time-lines.ts';

export interface VerifyOptions {
  readonly roots: string;
  /** A file with a checkpoint kept from before. */
  readonly checkpoint?: string;
}
const MAX_NAMED = 20;

/** The content of a file in which nothing is wrong; otherwise the failure that names what is. */
export function openExport(file: string, { roots, checkpoint }: VerifyOptions): ExportContent {
  const older = checkpoint === undefined ? undefined : readFileSync(checkpoint, 'utf8');
  const rule = { ...readRoot(roots), ...(older !== undefined && { older }) };
  const { problems, content } = checkExport(file, rule);
  const [first] = problems;
  if (content !== undefined && first === undefined) return content;
  throw unverified({
    code: first?.code ?? 'malformed',
    detail: `${problems.length} wrong: ${problems.slice(0, MAX_NAMED).map(problemText).join('; ')}`,
    complaints: problems.map((problem) => ({ at: problem.item, problem: problemText(problem) })),
    next: ['do not rely on this file; ask for it again, from its source'],
  });
}

const problemText = ({ item, offset, detail }: ExportProblem): string =>
  `${safe(item, 120)}${offset === undefined ? '' : ` at byte ${offset}`}: ${safe(detail, 300)}`;

export async function verifyExportFile(
  { output, settings }: Pick<Context, 'output' | 'settings'>,
  file: string,
  options: VerifyOptions,
): Promise<ExitCode> {
  const content = openExport(file, options);
  const times = timesSummary(content.record.times);
  const verified = times.findings.length === 0;
  if (settings.isJson) {
    const { manifest, isDemo, trustVersion, record, remediations } = content;
    output.json({ verified, manifest, isDemo, trustVersion, entries: record.leaves.length, times, remediations });
  } else output.lines(exportLines(content));
  return verified ? EXIT.ok : EXIT.unverified;
}

function exportLines({ manifest, isDemo, trustVersion, record, remediations }: ExportContent): readonly string[] {
  const { organisation, from, to, by, purpose, checkpoint } = manifest;
  const held = remediations.filter(({ fields }) => fields.some(({ state }) => state === 'held-inside'));
  const incomplete = remediations.filter(({ missing }) => missing.length > 0);
  const dispatched = remediations.flatMap(({ capsules }) =>
    capsules.filter(({ purpose: what, isDispatched }) => what === 'rollout' && isDispatched),
  );
  const signed = dispatched.filter(({ approvedBy }) => approvedBy.length > 0).length;
  const witnesses = record.checkpoint.cosignatures.map(({ name }) => safe(name, 80)).join(', ');
  return [
    ...findingLines(record.times),
    `verified  ${safe(organisation)} from ${from} to ${to}: ${remediations.length} remediations, ${isDemo ? 'DEMO ' : ''}trust bundle ${trustVersion}`,
    ...labelled('record', [
      `${record.leaves.length} entries up to a checkpoint of ${checkpoint.size}, seen by ${witnesses || 'no witness'}`,
      `${record.leaves.filter(({ body }) => body === undefined).length} entries without their body`,
    ]),
    ...labelled('times', [summaryLine(record.times)]),
    ...labelled('who', [
      `${dispatched.length} changes dispatched: ${signed} signed by people, ${dispatched.length - signed} by the envelope alone`,
    ]),
    ...labelled('withheld', [`${held.length} remediations have fields that are held inside an enclave`]),
    ...labelled(
      'missing',
      incomplete.map(({ proposal, missing }) => `${safe(proposal)}: ${missing.join(', ')}`),
    ),
    ...labelled('made for', [`${safe(by)}: ${safe(purpose, 200)}`]),
  ];
}
