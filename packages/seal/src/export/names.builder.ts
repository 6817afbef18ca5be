/** What the tests of exports share: names, a time to begin at, and an envelope that two people sign. */
import {
  instantOf,
  parseId,
  PLAIN_CAPS,
  PLAIN_GRANT,
  plainBlocks,
  plusMs,
  readShape,
  type Decision,
  type Envelope,
  type Id,
  type Instant,
  type Result,
  type Shape,
} from '@countersign/core';
import type { SignerKey } from '../keys.ts';
import type { DsseEnvelope } from '../dsse.ts';
import type { RecordEvent } from '@countersign/core';
import { withPolicies } from '../policies.ts';

export const idOf = <Name extends string>(text: string): Id<Name> => {
  const id = parseId<Name>(text);
  if (id === undefined) throw new Error(text);
  return id;
};
export function good<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new Error(JSON.stringify(result.refusal));
}
export const made = <T>(shape: Shape<T>, value: unknown): T => good(readShape(shape, value));

export const BEGIN: Instant = instantOf(Date.UTC(2026, 10, 1));
export type KeyName =
  | 'root'
  | 'capsules'
  | 'graph'
  | 'relay'
  | 'staging'
  | 'prod'
  | 'log'
  | 'witness'
  | 'kim'
  | 'pat'
  | 'quinn';
export const LOG = 'DEMO/record.acme';
export const MINUTE_MS = 60_000;

export type Course = 'approved' | 'automatic' | 'prohibited' | 'rejected' | 'staging-failed' | 'held-inside';

/** What the agent said of it: a claim, so it may be any text. */
export interface Told {
  readonly agent?: string;
  readonly model?: string;
  readonly prompt?: string;
  readonly summary?: string;
  /** What a control plane that holds its own keys writes in place of a decision. */
  readonly lie?: (decision: Decision) => Decision;
}

/** What a remediation needs of the organisation it happens in. */
export interface Workshop {
  readonly keys: Readonly<Record<KeyName, SignerKey>>;
  readonly policy: DsseEnvelope;
  readonly graph: DsseEnvelope;
  readonly now: Instant;
  write(
    event: RecordEvent,
    about: { readonly correlation: string; readonly body: unknown; readonly subject?: string },
  ): void;
}

export const envelope = (change: Partial<Envelope> = {}): Envelope =>
  withPolicies({
    type: 'envelope',
    organisation: idOf('acme'),
    version: 1,
    owner: 'omar',
    ticket: 'CHG-1',
    reason: 'for a test',
    ...plainBlocks([{ role: idOf('release-approver'), count: 1 }]),
    validFrom: BEGIN,
    validUntil: plusMs(BEGIN, 90 * 86_400_000),
    agents: [idOf('playbook')],
    maxGraphAgeMinutes: 60,
    severities: { high: 3 },
    calendars: [],
    prohibited: [],
    humanOnly: [],
    grants: [
      {
        id: idOf('restart'),
        isEnabled: true,
        actions: ['service.restart'],
        tiers: ['non-critical'],
        environments: ['production'],
        ...PLAIN_GRANT,
        minSeverity: 1,
        minIndependentSignals: 1,
        requiresStaging: true,
        calendars: [],
        caps: {
          ...PLAIN_CAPS,
          targets: 5,
          services: 5,
          perTier: { 'non-critical': 5 },
          percentOfTier: 100,
          actionsPerHour: 1000,
        },
        rollbackWindowMinutes: 60,
        maxDrillAgeDays: 60,
      },
    ],
    routes: [
      {
        id: idOf('release'),
        clause: 'A1',
        when: {},
        demands: [{ role: idOf('release-approver'), count: 1 }],
        stepUp: false,
      },
    ],
    maySkipStaging: [],
    rollout: { canary: 50, window: 10, bakeMs: 0, healthTimeoutMs: 5000 },
    egress: { staging: 'sanitized', 'pre-production': 'sanitized', production: 'sanitized' },
    ...change,
  });
