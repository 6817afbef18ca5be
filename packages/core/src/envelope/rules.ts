/** An envelope as flat rules in one small total language: what both engines evaluate and Cedar text is printed from. */
import { msOf } from '../shared/brand.ts';
import { TIERS, type Tier } from '../graph/graph.ts';
import type { IntegerName, Mode, SetName } from './attributes.ts';
import type { Envelope, Grant, Guardrail, Prohibition, Restriction, Route, Selector } from './envelope.ts';
import { humanConditions } from './human-conditions.ts';
import type { Condition, Rule } from './rule.ts';

const atLeast = (fact: IntegerName, value: number): Condition => ({ op: 'at-least', fact, value });
const atMost = (fact: IntegerName, value: number): Condition => ({ op: 'at-most', fact, value });
const anyOf = (fact: SetName, values: readonly string[] | undefined): readonly Condition[] =>
  values === undefined ? [] : [{ op: 'any-of', fact, values }];

const TARGETS_OF_TIER: Readonly<Record<Tier, IntegerName>> = {
  'non-critical': 'nonCriticalTargets',
  'production-critical': 'productionCriticalTargets',
  'safety-critical': 'safetyCriticalTargets',
};
/** What a grant can permit: alone, or after a look at the dry run. */
const WITHOUT_APPROVAL: readonly Mode[] = ['autonomous', 'reviewed'];

/** Authority is bounded in time inside every permit (4.10): the rules alone authorise nothing outside it. */
const validity = (envelope: Envelope): readonly Condition[] => [
  { op: 'is', fact: 'isAgentListed', value: true },
  atLeast('nowMs', msOf(envelope.validFrom)),
  atMost('nowMs', msOf(envelope.validUntil) - 1),
];

const PARTS: readonly (readonly [SetName, keyof Selector & ('zones' | SetName)])[] = [
  ['environments', 'environments'],
  ['tiers', 'tiers'],
  ['affectedTiers', 'affectedTiers'],
  ['targetKinds', 'targetKinds'],
  ['reachedZones', 'zones'],
  ['reachedDataClasses', 'dataClasses'],
  ['paths', 'paths'],
  ['owners', 'owners'],
];

function selected(selector: Selector): readonly Condition[] {
  const { calendars, targetsOver, servicesOver, citizensFrom, statutoryWithinHours } = selector;
  return [
    ...PARTS.flatMap(([fact, part]) => anyOf(fact, selector[part])),
    ...anyOf('openCalendars', calendars),
    ...(targetsOver === undefined ? [] : [atLeast('targets', targetsOver + 1)]),
    ...(servicesOver === undefined ? [] : [atLeast('affectedServices', servicesOver + 1)]),
    ...(citizensFrom === undefined ? [] : [atLeast('citizens', citizensFrom)]),
    ...(statutoryWithinHours === undefined ? [] : [atMost('statutoryHours', statutoryWithinHours)]),
  ];
}

/** Most of a cap that is not yet near it; a cap of one or two has no room to be near. */
const withRoom = (cap: number, marginPercent: number): number => cap - Math.floor((cap * marginPercent) / 100);

function caps(grant: Grant, marginPercent: number): readonly Condition[] {
  const most = (fact: IntegerName, cap: number): Condition => atMost(fact, withRoom(cap, marginPercent));
  const { targets, services, segments, perTier, percentOfTier, changeSetSize, fanOut, sharedServices } = grant.caps;
  return [
    most('targets', targets),
    ...TIERS.map((tier) => most(TARGETS_OF_TIER[tier], perTier[tier] ?? 0)),
    most('affectedServices', services),
    most('affectedSegments', segments),
    most('percentOfTier', percentOfTier),
    most('changeSetSize', changeSetSize),
    most('fanOut', fanOut),
    most('sharedServices', sharedServices),
    most('cumulativeTargets', targets),
  ];
}

/** Two permits: with room to spare it runs alone; up to the caps themselves it runs after one look at the dry run (4.12). */
function grantRules(envelope: Envelope, grant: Grant): readonly Rule[] {
  const rule = (mode: Mode, marginPercent: number): Omit<Rule, 'id'> => ({
    clause: 'AG-706 4.1',
    effect: 'permit',
    modes: [mode],
    actions: grant.actions,
    conditions: [
      ...validity(envelope),
      { op: 'only', fact: 'tiers', values: grant.tiers },
      { op: 'only', fact: 'environments', values: grant.environments },
      ...(grant.targetKinds.length > 0
        ? [{ op: 'only', fact: 'targetKinds', values: grant.targetKinds } as const]
        : []),
      atLeast('severity', grant.minSeverity),
      atLeast('independentSignals', grant.minIndependentSignals),
      atLeast('confidencePercent', grant.minConfidencePercent),
      ...(grant.requiresStaging ? [{ op: 'is', fact: 'stagingValidated', value: true } as const] : []),
      ...(grant.calendars.length > 0 ? anyOf('openCalendars', grant.calendars) : []),
      ...caps(grant, marginPercent),
      // The act itself is the one more: a cap of 3 an hour lets the third go.
      atMost('actionsLastHour', grant.caps.actionsPerHour - 1),
      atLeast('capacityLeftPercent', grant.minCapacityLeftPercent),
      atMost('rollbackWindowMinutes', grant.rollbackWindowMinutes),
      atLeast('drillAgeDays', 0),
      atMost('drillAgeDays', grant.maxDrillAgeDays),
    ],
  });
  return [
    { id: grant.id, ...rule('autonomous', envelope.dryRun.marginPercent) },
    { id: `near/${grant.id}`, ...rule('reviewed', 0) },
  ];
}

const routeRule = ({ id, clause, when }: Route): Rule => ({
  id,
  clause,
  effect: 'permit',
  modes: ['route'],
  actions: when.actions ?? 'every',
  conditions: selected(when),
});

const WITHOUT = { 'change-record': 'hasChangeRecord', 'contingency-plan': 'hasContingencyPlan' } as const;

const prohibitionRule = (rule: Prohibition): Rule => ({
  id: rule.id,
  clause: rule.clause,
  effect: 'forbid',
  modes: [...WITHOUT_APPROVAL, 'approved'],
  actions: rule.actions ?? 'every',
  conditions: [
    ...selected(rule),
    ...(rule.without === undefined ? [] : [{ op: 'is', fact: WITHOUT[rule.without], value: false } as const]),
  ],
});

const humanOnlyRule = (rule: Restriction): Rule => ({
  id: rule.id,
  clause: rule.clause,
  effect: 'forbid',
  modes: WITHOUT_APPROVAL,
  actions: rule.actions ?? 'every',
  conditions: selected(rule),
});

const guardrailRule = ({ id, clause, modes, actions, conditions }: Guardrail): Rule => ({
  id,
  clause,
  effect: 'forbid',
  modes: [
    ...(modes.includes('autonomous') || modes.includes('approved') ? WITHOUT_APPROVAL : []),
    ...(modes.includes('approved') ? (['approved'] as const) : []),
  ],
  actions: actions.length === 0 ? 'every' : actions,
  conditions,
});

/** Adoption (L6): what the phase takes away whatever the rest says. */
function phaseRules({ phase }: Envelope): readonly Rule[] {
  const forbid = { clause: 'L6', effect: 'forbid', actions: 'every' } as const;
  switch (phase) {
    case 'observe-only':
      return [{ id: 'phase/observe-only', ...forbid, modes: [...WITHOUT_APPROVAL, 'approved'], conditions: [] }];
    case 'non-production':
      return [
        { id: 'phase/people-everywhere', ...forbid, modes: WITHOUT_APPROVAL, conditions: [] },
        {
          id: 'phase/not-in-production',
          ...forbid,
          modes: ['approved'],
          conditions: anyOf('environments', ['production']),
        },
      ];
    case 'bounded-autonomy':
      return [];
  }
}

const limitRule = (id: string, fact: IntegerName, from: number): Rule => ({
  id: `limit/${id}`,
  clause: 'D5',
  effect: 'forbid',
  modes: WITHOUT_APPROVAL,
  actions: 'every',
  conditions: [atLeast(fact, from)],
});

/** Most at once and over time (D5): one more asks people. */
function limitRules({ limits }: Envelope): readonly Rule[] {
  return [
    limitRule('class-rate', 'classActionsLastHour', limits.classActionsPerHour),
    limitRule('organisation-rate', 'organisationActionsLastHour', limits.organisationActionsPerHour),
    limitRule('concurrent', 'concurrentOperations', limits.concurrentOperations),
    limitRule('organisation-targets', 'organisationTargets', limits.organisationTargetsPerDay + 1),
  ];
}

/** Everything the envelope says, in this order: what forbids, what turns an act to people, grants, the human path, routes. */
export function rulesOf(envelope: Envelope): readonly Rule[] {
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
    ...phaseRules(envelope),
    ...envelope.prohibited.map(prohibitionRule),
    ...envelope.guardrails.map(guardrailRule),
    ...envelope.humanOnly.map(humanOnlyRule),
    ...humanConditions(envelope),
    ...limitRules(envelope),
    ...grants.flatMap((grant) => grantRules(envelope, grant)),
    approved,
    ...envelope.routes.map(routeRule),
  ];
}
