/** Whom a route asks (A1, AG-706 4.2): somebody, enough of them, and people who exist. */
import { TIERS, type Tier } from '../../graph/graph.ts';
import { ENVIRONMENTS } from '../../people/trust-bundle.ts';
import { isApproverRole } from '../../people/duties.ts';
import type { Demand, Person } from '../../people/person.ts';
import type { Envelope, Route, Selector } from '../envelope.ts';
import { didYouMean } from './nearest-name.ts';
import { error, warning, type EnvelopeFinding } from './finding.ts';

const peopleOf = (demands: readonly Demand[]): number => demands.reduce((sum, { count }) => sum + count, 0);
const CRITICAL: ReadonlySet<Tier> = new Set(TIERS.filter((tier) => tier !== 'non-critical'));

/** Speaks about critical targets only: not merely about everything. */
const isForCritical = ({ tiers, affectedTiers }: Selector): boolean =>
  [tiers, affectedTiers].some((named) => named?.some((tier) => CRITICAL.has(tier)) ?? false);

/** One person is a warning and no error: routes that match together are owed together, and the floor may add people. */
export const checkRoutes = (envelope: Envelope): readonly EnvelopeFinding[] => [
  ...envelope.routes.flatMap(({ demands, when }, position) => {
    const at = `/routes/${position}/demands`;
    if (peopleOf(demands) === 0) return [error(at, 'asks nobody', { clause: 'AG-706 4.2' })];
    return peopleOf(demands) === 1 && isForCritical(when)
      ? [
          warning(at, 'asks a single person about critical targets (one-person)', {
            advice: 'ask two, in different roles',
            clause: 'AG-706 4.2',
          }),
        ]
      : [];
  }),
  ...checkCoverage(envelope),
];

/** Holds for everything in the environment, whatever else is so. */
const isForAllOf = ({ environments, ...rest }: Selector, environment: (typeof ENVIRONMENTS)[number]): boolean =>
  Object.keys(rest).length === 0 && (environments === undefined || environments.includes(environment));

/** Where nobody is named to ask, what needs people is prohibited (D1). */
const checkCoverage = ({ routes }: Envelope): readonly EnvelopeFinding[] =>
  ENVIRONMENTS.filter((environment) => !routes.some(({ when }) => isForAllOf(when, environment))).map((environment) =>
    warning(
      '/routes',
      `name nobody to ask for every act in ${environment}; what no route matches is prohibited there`,
      {
        advice: `add a route \`when: { environments: [${environment}] }\``,
        clause: 'AG-706 4.2',
      },
    ),
  );

type Roster = readonly Pick<Person, 'id' | 'roles' | 'credentials'>[];

/** Routes that no group of people of the roster can satisfy: a role nobody holds, or fewer people than seats (A4). */
export const checkPeople = (envelope: Envelope, roster: Roster): readonly EnvelopeFinding[] => [
  ...envelope.routes.flatMap(({ demands }: Route, position) => checkDemands(demands, roster, `/routes/${position}`)),
  ...checkDemands(envelope.dryRun.demands, roster, '/dryRun'),
];

function checkDemands(demands: readonly Demand[], roster: Roster, owner: string): readonly EnvelopeFinding[] {
  const able = roster.filter(({ credentials }) => credentials.length > 0);
  const holders = (role: string): readonly string[] =>
    able.flatMap(({ id, roles }) => (roles.some((one) => one === role) ? [id] : []));
  const known = [...new Set(able.flatMap(({ roles }) => roles))].filter(isApproverRole).toSorted();
  const short = demands.flatMap(({ role, count }, position) => {
    const at = `${owner}/demands/${position}`;
    if (!isApproverRole(role))
      return [error(`${at}/role`, `\`${role}\` does not approve`, { advice: didYouMean(role, known), clause: 'A4' })];
    const have = new Set(holders(role)).size;
    if (have === 0)
      return [error(`${at}/role`, `nobody holds \`${role}\``, { advice: didYouMean(role, known), clause: 'A4' })];
    return have < count ? [error(`${at}/count`, `only ${have} can sign as \`${role}\``, { clause: 'A4' })] : [];
  });
  return short.length > 0 || areSeatsFilled(demands, holders)
    ? short
    : [error(`${owner}/demands`, 'need more different people than hold these roles together', { clause: 'A4' })];
}

/** Hall's condition: every choice of demands has as many different people as seats. */
function areSeatsFilled(demands: readonly Demand[], holders: (role: string) => readonly string[]): boolean {
  const choices = Array.from({ length: 2 ** demands.length }, (_, choice) =>
    demands.filter((__, position) => Math.floor(choice / 2 ** position) % 2 === 1),
  );
  return choices.every((chosen) => new Set(chosen.flatMap(({ role }) => holders(role))).size >= peopleOf(chosen));
}
