/**
 * Who is asked (A1): all matching routes are owed together, the highest count for each role. A change is safe when wherever an old
 * route matched, new ones match too and ask for at least the same people. Decided by the selectors alone; what they cannot show counts
 * as weaker.
 */
import type { Demand } from '../../people/person.ts';
import type { Envelope, Route, Selector } from '../envelope.ts';
import { shown, type OutsideChange } from './outside-change.ts';

type Lists = Exclude<keyof Selector, Numbers>;
type Numbers = 'targetsOver' | 'servicesOver' | 'citizensFrom' | 'statutoryWithinHours';

/** Every part of a selector: a new one that is forgotten here does not compile. */
const PARTS: Readonly<Record<keyof Selector, 'list' | 'from' | 'within'>> = {
  actions: 'list',
  environments: 'list',
  tiers: 'list',
  affectedTiers: 'list',
  targetKinds: 'list',
  zones: 'list',
  dataClasses: 'list',
  paths: 'list',
  owners: 'list',
  calendars: 'list',
  targetsOver: 'from',
  servicesOver: 'from',
  citizensFrom: 'from',
  statutoryWithinHours: 'within',
};
const NAMES: readonly (keyof Selector)[] = [
  'actions',
  'environments',
  'tiers',
  'affectedTiers',
  'targetKinds',
  'zones',
  'dataClasses',
  'paths',
  'owners',
  'calendars',
  'targetsOver',
  'servicesOver',
  'citizensFrom',
  'statutoryWithinHours',
];

const isNumber = (name: keyof Selector): name is Numbers => PARTS[name] !== 'list';
const listOf = (selector: Selector, name: Lists): readonly string[] | undefined => selector[name];

/** Whether everything `inner` matches is matched by `outer` too. */
export const covers = (outer: Selector, inner: Selector): boolean =>
  NAMES.every((name) => {
    if (outer[name] === undefined) return true;
    if (inner[name] === undefined) return false;
    if (!isNumber(name)) {
      const allowed = new Set(listOf(outer, name));
      return listOf(inner, name)?.every((value) => allowed.has(value)) ?? false;
    }
    return PARTS[name] === 'from' ? outer[name] <= inner[name] : outer[name] >= inner[name];
  });

/** How many people of a role are asked, at most over these demands: as a decision merges them. */
const asked = (demands: readonly Demand[], role: string): number =>
  demands.reduce((most, demand) => (demand.role === role ? Math.max(most, demand.count) : most), 0);

/** Roles of which fewer people are asked than before. */
export const weakerRoles = (before: readonly Demand[], after: readonly Demand[]): readonly string[] =>
  [...new Set(before.map(({ role }) => role))].filter((role) => asked(after, role) < asked(before, role));

const describe = ({ demands, stepUp, when }: Route): string =>
  shown(
    `${demands.map(({ role, count }) => `${count} x ${role}`).join(', ')}${stepUp ? ', step-up' : ''}, when ${JSON.stringify(when)}`,
  );

/** Changes of the routes that ask fewer people, or that let people be asked where nobody could. */
export function compareRoutes(before: Envelope, after: Envelope): readonly OutsideChange[] {
  return [
    ...before.routes.flatMap((route) => weakened(route, after.routes)),
    ...after.routes.flatMap((route) => opened(route, before.routes)),
  ];
}

function weakened(route: Route, routes: readonly Route[]): readonly OutsideChange[] {
  const at = `/routes/${route.id}`;
  const matching = routes.filter(({ when }) => covers(when, route.when));
  const roles = weakerRoles(
    route.demands,
    matching.flatMap(({ demands }) => demands),
  );
  const same = routes.find(({ id }) => id === route.id);
  const change = { at, before: describe(route), after: same === undefined ? 'absent' : describe(same) };
  if (roles.length > 0) {
    const why = `where this route asked, fewer people of ${roles.join(', ')} are asked for certain`;
    return [{ ...change, effect: 'widens', why }];
  }
  if (route.stepUp && !matching.some(({ stepUp }) => stepUp))
    return [{ ...change, effect: 'widens', why: 'where this route asked for a fresh strong signature, none is asked' }];
  if (change.before === change.after) return [];
  return [{ ...change, effect: 'neutral', why: 'everyone who was asked is still asked' }];
}

/** Where no route matched, nobody could approve (D1): a route there makes an act possible that was not. */
function opened(route: Route, routes: readonly Route[]): readonly OutsideChange[] {
  if (routes.some(({ when }) => covers(when, route.when))) return [];
  const why = 'people can be asked where perhaps nobody could be before';
  return [{ at: `/routes/${route.id}`, effect: 'unclear', before: 'absent', after: describe(route), why }];
}
