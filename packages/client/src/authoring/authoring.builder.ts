/** A whole written envelope for tests; each test changes one thing. */
import type { Envelope } from '@countersign/core';
import { compileEnvelopeFile } from './compile.ts';

export const WRITTEN: string = `# kept
organisation: acme
version: 1
owner: olive
reason: for a test
ticket: CAB-7
validFrom: "2026-11-01"
validUntil: "2027-01-15"
phase: bounded-autonomy # the third stage
agents: [playbook]
maxGraphAge: 60m
severities: { warning: 2, critical: 4 }
calendars:
  night:
    zone: Europe/London
    weekly: ["daily 22:00-05:00"]
grants:
  - id: restart
    isEnabled: true
    actions: [service.restart, network.isolate]
    tiers: [non-critical]
    environments: [production]
    minSeverity: 2
    minIndependentSignals: 2
    requiresStaging: false
    caps: { targets: 3, perTier: { non-critical: 3 }, services: 5, percentOfTier: 5, actionsPerHour: 4 }
    rollbackWindow: 2h
    maxDrillAge: 60d
routes:
  - { id: base-production, clause: "AG-706 4.2", when: { environments: [production] }, ask: { release-approver: 1 } }
  - { id: base-rest, clause: "AG-706 4.2", when: { environments: [staging, pre-production] }, ask: { release-approver: 1 } }
maySkipStaging: [service.restart, network.isolate]
rollout: { canary: 1, window: 2, bake: 10m, healthTimeout: 60s }
`;

/** The file with lines added at its end, so that a test can name their lines. */
export const withLines = (...lines: readonly string[]): string => `${WRITTEN}${lines.join('\n')}\n`;
/** Number of the first line added by `withLines`. */
export const FIRST_ADDED: number = WRITTEN.split('\n').length;

export async function compiled(text: string): Promise<Envelope> {
  const answer = await compileEnvelopeFile(text);
  if (answer.ok) return answer.value.envelope;
  throw new Error(JSON.stringify(answer.findings));
}

/** Errors as `line:column pointer problem; advice`. */
export async function faults(text: string): Promise<readonly string[]> {
  const answer = await compileEnvelopeFile(text);
  if (answer.ok) return [];
  return answer.findings
    .filter(({ severity }) => severity === 'error')
    .map(({ line, column, at, problem, advice }) => `${line}:${column} ${at} ${problem}; ${advice}`);
}
