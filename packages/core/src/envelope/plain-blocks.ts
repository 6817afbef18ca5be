/**
 * The blocks of an envelope that add no condition of their own: what a short envelope is completed with. Nothing here grants
 * anything; limits are as wide as the numbers go and the floor and the closed list still hold.
 */
import type { Demand } from '../people/person.ts';
import type { Envelope, Grant } from './envelope.ts';

type PlainBlocks = Pick<
  Envelope,
  | 'phase'
  | 'confidence'
  | 'correlation'
  | 'tzdata'
  | 'dryRun'
  | 'limits'
  | 'contraction'
  | 'maxSkipPercent'
  | 'staging'
  | 'retentionDays'
  | 'guardrails'
>;

const MOST = 1_000_000;

export const plainBlocks = (dryRun: readonly Demand[]): PlainBlocks => ({
  phase: 'bounded-autonomy',
  confidence: {},
  correlation: { windowMinutes: 1440 },
  tzdata: 'none',
  dryRun: { marginPercent: 0, demands: dryRun },
  limits: {
    classActionsPerHour: MOST,
    organisationActionsPerHour: MOST,
    concurrentOperations: MOST,
    organisationTargetsPerDay: MOST,
  },
  contraction: { failurePercent: 20, falsePositivePercent: 20, predictionErrorPercent: 20, minCases: 10, days: 30 },
  maxSkipPercent: 100,
  staging: { dataClasses: [], dependencies: [] },
  retentionDays: { staging: 400, 'pre-production': 400, production: 2555 },
  guardrails: [],
});

export const PLAIN_CAPS: Pick<Grant['caps'], 'segments' | 'changeSetSize' | 'fanOut' | 'sharedServices'> = {
  segments: MOST,
  changeSetSize: MOST,
  fanOut: MOST,
  sharedServices: MOST,
};
export const PLAIN_GRANT: Pick<Grant, 'targetKinds' | 'minConfidencePercent' | 'minCapacityLeftPercent'> = {
  targetKinds: [],
  minConfidencePercent: 0,
  minCapacityLeftPercent: 0,
};
