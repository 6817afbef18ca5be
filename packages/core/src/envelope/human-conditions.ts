/** The closed list of what turns an act to people whatever a grant says (D1): each with its clause. An envelope can only add to it. */
import { ACTION_TYPES, type ActionType } from '../proposal/change.ts';
import type { Envelope } from './envelope.ts';
import type { Condition, Rule } from './rule.ts';

/** The quarter of AG-706 4.6. */
const MAX_DRILL_AGE_DAYS = 92;
/** Have no inverse; a passed drill that shows the same state again stands in for one (X6). */
const WITHOUT_INVERSE: ReadonlySet<ActionType> = new Set(['service.restart', 'process.kill']);

interface HumanCondition {
  readonly name: string;
  readonly clause: string;
  readonly condition: Condition;
}

const EVERY_ACTION: readonly HumanCondition[] = [
  { name: 'stale-graph', clause: 'AG-706 4.3', condition: { op: 'is', fact: 'isGraphFresh', value: false } },
  {
    name: 'unhandled-dependants',
    clause: 'AG-706 4.3',
    condition: { op: 'at-least', fact: 'unhandledDependants', value: 1 },
  },
  {
    name: 'missing-consumers',
    clause: 'AG-706 4.3',
    condition: { op: 'at-least', fact: 'missingConsumers', value: 1 },
  },
  { name: 'cut-flows', clause: 'AG-706 4.3', condition: { op: 'at-least', fact: 'cutFlows', value: 1 } },
  { name: 'foreseen-down', clause: 'AG-706 4.12', condition: { op: 'at-least', fact: 'predictedDown', value: 1 } },
  { name: 'not-foreseen', clause: 'AG-706 4.12', condition: { op: 'at-least', fact: 'predictedUnknown', value: 1 } },
  { name: 'unknown-targets', clause: 'AG-706 4.7', condition: { op: 'at-least', fact: 'unknownTargets', value: 1 } },
  { name: 'breaker-open', clause: 'AG-706 4.4', condition: { op: 'is', fact: 'isBreakerOpen', value: true } },
  { name: 'suspended', clause: 'D7', condition: { op: 'is', fact: 'isSuspended', value: true } },
  { name: 'contracted', clause: 'E6', condition: { op: 'is', fact: 'isContracted', value: true } },
  { name: 'baseline-left', clause: 'D7', condition: { op: 'is', fact: 'isBaselineLeft', value: true } },
  { name: 'staging-policy', clause: 'L4', condition: { op: 'is', fact: 'stagingPolicyMet', value: false } },
  { name: 'overlap', clause: 'AG-706 4.5', condition: { op: 'is', fact: 'overlapsOperation', value: true } },
  { name: 'never-drilled', clause: 'AG-706 4.6', condition: { op: 'at-most', fact: 'drillAgeDays', value: -1 } },
  {
    name: 'drill-overdue',
    clause: 'AG-706 4.6',
    condition: { op: 'at-least', fact: 'drillAgeDays', value: MAX_DRILL_AGE_DAYS + 1 },
  },
  { name: 'loses-data', clause: 'AG-706 4.6', condition: { op: 'is', fact: 'rollbackLosesData', value: true } },
  { name: 'known-benign', clause: 'AG-706 4.11', condition: { op: 'is', fact: 'matchesKnownBenign', value: true } },
  { name: 'severity-unknown', clause: 'AG-706 4.1', condition: { op: 'at-most', fact: 'severity', value: -1 } },
  { name: 'uncorrelated', clause: 'AG-706 4.11', condition: { op: 'at-most', fact: 'independentSignals', value: 0 } },
];

export function humanConditions(envelope: Envelope): readonly Rule[] {
  const forbid = { effect: 'forbid', modes: ['autonomous', 'reviewed'] } as const;
  const every = EVERY_ACTION.map(({ name, clause, condition }): Rule => ({
    id: `people/${name}`,
    clause,
    ...forbid,
    actions: 'every',
    conditions: [condition],
  }));
  return [
    ...every,
    {
      id: 'people/no-rollback',
      clause: 'AG-706 4.6',
      ...forbid,
      actions: ACTION_TYPES.filter((action) => !WITHOUT_INVERSE.has(action)),
      conditions: [{ op: 'one-of', fact: 'rollbackKind', values: ['none'] }],
    },
    {
      id: 'people/not-validated',
      clause: 'L4',
      ...forbid,
      actions: ACTION_TYPES.filter((action) => !envelope.maySkipStaging.includes(action)),
      conditions: [{ op: 'is', fact: 'stagingValidated', value: false }],
    },
    {
      id: 'people/skips-used-up',
      clause: 'L4',
      ...forbid,
      actions: 'every',
      conditions: [
        { op: 'is', fact: 'stagingValidated', value: false },
        { op: 'at-least', fact: 'skipSharePercent', value: envelope.maxSkipPercent + 1 },
      ],
    },
  ];
}

/** The closed list for people: what turns an act to them, by which clause. Printed with the envelope's schema (D1). */
export const describeHumanConditions = (): readonly { readonly name: string; readonly clause: string }[] => [
  ...EVERY_ACTION.map(({ name, clause }) => ({ name, clause })),
  { name: 'no-rollback', clause: 'AG-706 4.6' },
  { name: 'not-validated', clause: 'L4' },
  { name: 'skips-used-up', clause: 'L4' },
];

export const HUMAN_CONDITION_NAMES: readonly string[] = describeHumanConditions().map(({ name }) => name);
