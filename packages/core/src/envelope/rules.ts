/** An envelope as flat rules in one small total language: what both engines evaluate and Cedar text is printed from. */
import { msOf } from '../shared/brand.ts';
import { TIERS, type Tier } from '../graph/graph.ts';
import type { IntegerName } from './attributes.ts';
import type { Envelope, Grant, Route } from './envelope.ts';
import { humanConditions } from './human-conditions.ts';
import type { Condition, Rule } from './rule.ts';

const atLeast = (fact: IntegerName, value: number): Condition => ({ op: 'at-least', fact, value });
const atMost = (fact: IntegerName, value: number): Condition => ({ op: 'at-most', fact, value });

const TARGETS_OF_TIER: Readonly<Record<Tier, IntegerName>> = {
  'non-critical': 'nonCriticalTargets',
  'production-critical': 'productionCriticalTargets',
  'safety-critical': 'safetyCriticalTargets',
};

/** Authority is bounded in time inside every permit (4.10): the rules alone authorise nothing outside it. */
const validity = (envelope: Envelope): readonly Condition[] => [
  { op: 'is', fact: 'isAgentListed', value: true },
  atLeast('nowMs', msOf(envelope.validFrom)),
  atMost('nowMs', msOf(envelope.validUntil) - 1),
];

function grantRule(envelope: Envelope, grant: Grant): Rule {
  const { caps } = grant;
  return {
    id: grant.id,
    clause: 'AG-706 4.1',
    effect: 'permit',
    modes: ['autonomous'],
    actions: grant.actions,
    conditions: [
      ...validity(envelope),
      { op: 'only', fact: 'tiers', values: grant.tiers },
      { op: 'only', fact: 'environments', values: grant.environments },
      atLeast('severity', grant.minSeverity),
      atLeast('independentSignals', grant.minIndependentSignals),
      ...(grant.requiresStaging ? [{ op: 'is', fact: 'stagingValidated', value: true } as const] : []),
      ...(grant.calendars.length > 0
        ? [{ op: 'any-of', fact: 'openCalendars', values: grant.calendars } as const]
        : []),
      atMost('targets', caps.targets),
      ...TIERS.map((tier) => atMost(TARGETS_OF_TIER[tier], caps.perTier[tier] ?? 0)),
      atMost('affectedServices', caps.services),
      atMost('percentOfTier', caps.percentOfTier),
      atMost('cumulativeTargets', caps.targets),
      // The act itself is the one more: a cap of 3 an hour lets the third go.
      atMost('actionsLastHour', caps.actionsPerHour - 1),
      atMost('rollbackWindowMinutes', grant.rollbackWindowMinutes),
      atLeast('drillAgeDays', 0),
      atMost('drillAgeDays', grant.maxDrillAgeDays),
    ],
  };
}

const routeRule = ({ id, clause, when }: Route): Rule => ({
  id,
  clause,
  effect: 'permit',
  modes: ['route'],
  actions: when.actions ?? 'every',
  conditions: [
    ...(when.environments ? [{ op: 'any-of', fact: 'environments', values: when.environments } as const] : []),
    ...(when.tiers ? [{ op: 'any-of', fact: 'tiers', values: when.tiers } as const] : []),
    ...(when.targetsOver === undefined ? [] : [atLeast('targets', when.targetsOver + 1)]),
  ],
});

const humanOnlyRule = (rule: Envelope['humanOnly'][number]): Rule => ({
  id: rule.id,
  clause: rule.clause,
  effect: 'forbid',
  modes: ['autonomous'],
  actions: rule.actions ?? 'every',
  conditions: [
    ...(rule.tiers ? [{ op: 'any-of', fact: 'tiers', values: rule.tiers } as const] : []),
    ...(rule.zones ? [{ op: 'any-of', fact: 'zones', values: rule.zones } as const] : []),
    ...(rule.dataClasses ? [{ op: 'any-of', fact: 'dataClasses', values: rule.dataClasses } as const] : []),
  ],
});

/** Everything the envelope says, in this order: prohibitions, what turns an act to people, grants, the human path, routes. */
export function rulesOf(envelope: Envelope): readonly Rule[] {
  const prohibited = envelope.prohibited.map(({ id, clause, actions }): Rule => ({
    id,
    clause,
    effect: 'forbid',
    modes: ['autonomous', 'approved'],
    actions,
    conditions: [],
  }));
  const approved: Rule = {
    id: 'approved/by-people',
    clause: 'AG-706 4.2',
    effect: 'permit',
    modes: ['approved'],
    actions: 'every',
    conditions: validity(envelope),
  };
  const grants = envelope.grants.filter(({ isEnabled }) => isEnabled);
  return [
    ...prohibited,
    ...envelope.humanOnly.map(humanOnlyRule),
    ...humanConditions(envelope),
    ...grants.map((grant) => grantRule(envelope, grant)),
    approved,
    ...envelope.routes.map(routeRule),
  ];
}
