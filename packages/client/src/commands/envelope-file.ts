/** An envelope somebody named on the command line: YAML is compiled, JSON is read as it is, signed or not. */
import {
  envelopeShape,
  graphSnapshotShape,
  lintEnvelope,
  trustBundleShape,
  type Envelope,
  type EnvelopeFinding,
  type LintSetting,
} from '@countersign/core';
import { policyDigestOf } from '@countersign/seal';
import { compileEnvelopeFile } from '../authoring/compile.ts';
import { complaintOf, type Located } from '../authoring/source-map.ts';
import { zoneDisagreement } from '../authoring/zone-offsets.ts';
import { EXIT } from '../cli/exit-codes.ts';
import { Failure } from '../cli/failure.ts';
import { readBytes, readDocument } from '../cli/read-document.ts';

const MAX_YAML_BYTES = 1_048_576;

export const isYaml = (file: string): boolean => /\.ya?ml$/i.test(file);

/** Findings of JSON have no line of their own. */
export type Finding = EnvelopeFinding & Partial<Pick<Located, 'line' | 'column'>>;

export interface OpenedEnvelope {
  /** Absent when there is an error. */
  readonly envelope?: Envelope;
  readonly findings: readonly Finding[];
}

export const yamlText = (file: string): string =>
  new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(readBytes(file, MAX_YAML_BYTES));

export async function openEnvelope(file: string, setting: LintSetting = {}): Promise<OpenedEnvelope> {
  if (!isYaml(file)) return opened(readDocument(file, envelopeShape), setting);
  const compiled = await compileEnvelopeFile(yamlText(file), setting);
  return compiled.ok
    ? { envelope: compiled.value.envelope, findings: compiled.value.findings }
    : { findings: compiled.findings };
}

function opened(envelope: Envelope, setting: LintSetting): OpenedEnvelope {
  const findings = [...lintEnvelope(envelope, setting), ...checkPolicyDigest(envelope), ...checkZones(envelope)];
  const isFaulty = findings.some(({ severity }) => severity === 'error');
  return { ...(!isFaulty && { envelope }), findings };
}

/** A draft may name no digest of its rules yet; whoever signs compiles first. */
const checkPolicyDigest = (envelope: Envelope): readonly EnvelopeFinding[] =>
  policyDigestOf(envelope) === envelope.policies
    ? []
    : [
        {
          severity: 'warning',
          at: '/policies',
          problem: 'is not the digest of its rules, so nobody can activate it',
          advice: 'compile it again',
          clause: 'E1',
        },
      ];

/** What was written out when it was compiled, against the time zone data of today (E1). */
const checkZones = ({ calendars, validFrom, validUntil, tzdata }: Envelope): readonly EnvelopeFinding[] =>
  calendars.flatMap(({ zone, offsets }, position) => {
    const other = zoneDisagreement(zone, offsets, { from: validFrom, to: validUntil });
    if (other === undefined) return [];
    const finding: EnvelopeFinding = {
      severity: 'warning',
      at: `/calendars/${position}/offsets`,
      problem: `differ from today's time zone data (written with ${tzdata}): at ${other.at} ${zone} is ${other.today} minutes east, not ${other.written ?? 'known'}`,
      advice: 'compile a new version',
      clause: 'E1',
    };
    return [finding];
  });

/** Refuses with every error; warnings do not stop anybody. */
export async function usableEnvelope(file: string): Promise<OpenedEnvelope & { readonly envelope: Envelope }> {
  const { envelope, findings } = await openEnvelope(file);
  if (envelope === undefined) throw faulty(findings);
  return { envelope, findings };
}

export function faulty(findings: readonly Finding[]): Failure {
  const errors = findings.filter(({ severity }) => severity === 'error');
  return new Failure(EXIT.failed, {
    code: 'malformed',
    detail: `${errors.length} thing${errors.length === 1 ? ' is' : 's are'} wrong with the envelope`,
    complaints: errors.map((finding) =>
      finding.line === undefined || finding.column === undefined
        ? { at: finding.at, problem: `${finding.problem}; ${finding.advice}` }
        : complaintOf({ ...finding, line: finding.line, column: finding.column }),
    ),
  });
}

/** People and nodes to hold the envelope against, from files. */
export const lintSetting = ({ trust, graph }: { readonly trust?: string; readonly graph?: string }): LintSetting => ({
  ...(trust !== undefined && { roster: readDocument(trust, trustBundleShape).people }),
  ...(graph !== undefined && { graph: readDocument(graph, graphSnapshotShape) }),
});
