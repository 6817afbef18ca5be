/** What is wrong with an envelope beyond its shape (E1, E2). An envelope with a complaint is never activated. */
import { msOf } from '../shared/brand.ts';
import type { Complaint } from '../shared/result.ts';
import type { ActionType } from '../proposal/change.ts';
import type { Calendar, Envelope, Grant, Route } from './envelope.ts';

const DAY_MS = 86_400_000;
const MAX_VALIDITY_DAYS = 92;
/** Above this count a canary goes first (AG-706 4.9). */
const CANARY_ABOVE = 10;
/** A canary covers every configuration stratum once; beyond this it is no longer a small first cohort. */
const CANARY_AT_MOST = 50;
const DAY_MINUTES = 1440;

/** Every complaint at once, with its JSON pointer. */
export const checkEnvelope = (envelope: Envelope): readonly Complaint[] => [
  ...checkValidity(envelope),
  ...checkIds(envelope),
  ...envelope.calendars.flatMap(checkCalendar),
  ...envelope.grants.flatMap((grant, position) =>
    checkGrant(envelope, grant).map(({ at, problem }) => ({ at: `/grants/${position}${at}`, problem })),
  ),
  ...envelope.humanOnly.flatMap(checkHumanOnly),
  ...envelope.routes.flatMap(checkRoute),
  ...checkCoverage(envelope),
];

function checkValidity({ validFrom, validUntil, version, supersedes }: Envelope): readonly Complaint[] {
  const days = (msOf(validUntil) - msOf(validFrom)) / DAY_MS;
  const complaints: Complaint[] = [];
  if (days <= 0) complaints.push({ at: '/validUntil', problem: 'must be later than validFrom' });
  if (days > MAX_VALIDITY_DAYS)
    complaints.push({
      at: '/validUntil',
      problem: `must be at most ${MAX_VALIDITY_DAYS} days after validFrom (AG-706 4.10)`,
    });
  if (version > 1 && supersedes === undefined)
    complaints.push({ at: '/supersedes', problem: 'must name the version it replaces' });
  if (version === 1 && supersedes !== undefined)
    complaints.push({ at: '/supersedes', problem: 'the first version replaces nothing' });
  return complaints;
}

/** Prohibitions, human-only rules, grants and routes share one space of ids: a reason names a rule without doubt. */
function checkIds(envelope: Envelope): readonly Complaint[] {
  const seen = new Set<string>();
  const lists = {
    prohibited: envelope.prohibited,
    humanOnly: envelope.humanOnly,
    grants: envelope.grants,
    routes: envelope.routes,
  };
  const ids = Object.entries(lists).flatMap(([name, rules]) =>
    rules.map(({ id }, position) => ({ at: `/${name}/${position}/id`, id })),
  );
  const calendars = new Set<string>();
  return [
    ...ids.flatMap(({ at, id }) => {
      if (seen.has(id)) return [{ at, problem: 'is the id of another rule' }];
      seen.add(id);
      return [];
    }),
    ...envelope.calendars.flatMap(({ name }, position) => {
      if (calendars.has(name))
        return [{ at: `/calendars/${position}/name`, problem: 'is the name of another calendar' }];
      calendars.add(name);
      return [];
    }),
  ];
}

const checkCalendar = (calendar: Calendar, position: number): readonly Complaint[] =>
  calendar.weekly.flatMap(({ from, to }, hours) => {
    const at = `/calendars/${position}/weekly/${hours}`;
    if (from === to) return [{ at, problem: 'is never open: from equals to' }];
    return from === DAY_MINUTES ? [{ at: `${at}/from`, problem: 'must be before the end of the day' }] : [];
  });

/** A switched-off grant may be unfinished; one that is on must be able to permit something, and only what it says. */
function checkGrant(envelope: Envelope, grant: Grant): readonly Complaint[] {
  const known = new Set(envelope.calendars.map(({ name }) => name));
  const complaints: Complaint[] = grant.calendars.flatMap((name, position) =>
    known.has(name) ? [] : [{ at: `/calendars/${position}`, problem: 'is not a calendar of this envelope' }],
  );
  if (!grant.isEnabled) return complaints;
  for (const field of ['actions', 'tiers', 'environments'] as const)
    if (grant[field].length === 0) complaints.push({ at: `/${field}`, problem: 'is empty, so the grant is dead' });
  if (grant.caps.targets === 0 || grant.caps.actionsPerHour === 0 || grant.caps.percentOfTier === 0)
    complaints.push({ at: '/caps', problem: 'has a cap of zero, so the grant is dead' });
  if (grant.tiers.length > 0 && grant.tiers.every((tier) => (grant.caps.perTier[tier] ?? 0) === 0))
    complaints.push({
      at: '/caps/perTier',
      problem: 'allows no target of any tier of the grant, so the grant is dead',
    });
  if (grant.tiers.includes('safety-critical'))
    complaints.push({ at: '/tiers', problem: 'safety-critical targets are never autonomous (AG-706 4.7)' });
  const forbidden = new Set<ActionType>(envelope.prohibited.flatMap(({ actions }) => actions));
  if (grant.actions.length > 0 && grant.actions.every((action) => forbidden.has(action)))
    complaints.push({ at: '/actions', problem: 'are all prohibited by this envelope, so the grant is dead' });
  if (grant.caps.targets > CANARY_ABOVE && envelope.rollout.canary > CANARY_AT_MOST)
    complaints.push({
      at: '/caps/targets',
      problem: `over ${CANARY_ABOVE} targets need a canary of at most ${CANARY_AT_MOST} (AG-706 4.9)`,
    });
  return complaints;
}

/** An empty list can match nothing and looks as if it protected something. */
const checkHumanOnly = (rule: Envelope['humanOnly'][number], position: number): readonly Complaint[] =>
  (['actions', 'tiers', 'zones', 'dataClasses'] as const).flatMap((field) =>
    rule[field]?.length === 0
      ? [{ at: `/humanOnly/${position}/${field}`, problem: 'is empty, so the rule never matches' }]
      : [],
  );

function checkRoute(route: Route, position: number): readonly Complaint[] {
  const at = `/routes/${position}`;
  const empty = (['environments', 'tiers', 'actions'] as const).flatMap((field) =>
    route.when[field]?.length === 0
      ? [{ at: `${at}/when/${field}`, problem: 'is empty, so the route never matches' }]
      : [],
  );
  const people = route.demands.reduce((sum, { count }) => sum + count, 0);
  return people > 0 ? empty : [...empty, { at: `${at}/demands`, problem: 'asks nobody' }];
}

function checkCoverage(envelope: Envelope): readonly Complaint[] {
  const complaints: Complaint[] = [];
  if (envelope.agents.length === 0)
    complaints.push({ at: '/agents', problem: 'names no agent, so nothing can be proposed' });
  envelope.prohibited.forEach(({ actions }, position) => {
    if (actions.length === 0)
      complaints.push({ at: `/prohibited/${position}/actions`, problem: 'is empty, so nothing is prohibited' });
  });
  if (envelope.maySkipStaging.includes('config.change'))
    complaints.push({
      at: '/maySkipStaging',
      problem: 'config.change is never low-risk: production config needs staging proof (L7)',
    });
  return complaints;
}
