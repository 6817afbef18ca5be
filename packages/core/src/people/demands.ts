/** Who is owed when several ask for people: what they ask for only adds up. */
import type { Demand } from './person.ts';
import type { Environment, Floor } from './trust-bundle.ts';

/** One demand a role, with the highest count any route, capsule or quorum asks for; sorted by role. */
export function mergeDemands(demands: readonly Demand[]): readonly Demand[] {
  const counts = new Map<Demand['role'], number>();
  for (const { role, count } of demands) counts.set(role, Math.max(count, counts.get(role) ?? 0));
  return [...counts].map(([role, count]) => ({ role, count })).toSorted((a, b) => (a.role < b.role ? -1 : 1));
}

/** Who the floor asks for, as the root keys signed it, wherever one of these environments is touched (L7). */
export const floorDemands = ({ quorums }: Floor, environments: readonly Environment[]): readonly Demand[] =>
  quorums
    .filter((quorum) => environments.some((environment) => environment === quorum.environment))
    .flatMap(({ demands }) => demands);
