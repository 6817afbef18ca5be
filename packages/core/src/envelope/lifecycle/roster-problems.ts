/** Whether the people an envelope asks exist (A1, E3): a route nobody can fill stops everything, one person is no cover. */
import type { Demand, Person } from '../../people/person.ts';
import type { Complaint } from '../../shared/result.ts';
import type { Envelope } from '../envelope.ts';

const POLICY_ADMIN = 'policy-admin';
const holders = (people: readonly Person[], role: string): readonly Person[] =>
  people.filter(({ roles, credentials }) => credentials.length > 0 && roles.some((one) => one === role));

/** Every complaint with its place in the envelope; an empty list: everyone who is asked can answer. */
export function rosterProblems(envelope: Envelope, people: readonly Person[]): readonly Complaint[] {
  const asked: readonly (readonly [string, readonly Demand[]])[] = [
    ...envelope.routes.map(({ demands }, place) => [`/routes/${place}/demands`, demands] as const),
    ['/dryRun/demands', envelope.dryRun.demands],
  ];
  const admins = holders(people, POLICY_ADMIN).filter(({ id }) => id !== envelope.owner);
  return [
    ...asked.flatMap(([at, demands]) => demands.flatMap((demand, place) => shortOf(`${at}/${place}`, demand, people))),
    ...(admins.length >= 2
      ? []
      : [
          { at: '/owner', problem: `${admins.length} policy admins beside the owner can sign: nothing can ever widen` },
        ]),
  ];
}

function shortOf(at: string, { role, count }: Demand, people: readonly Person[]): readonly Complaint[] {
  const found = holders(people, role).length;
  if (found < count)
    return [{ at, problem: `asks ${count} of \`${role}\` and ${found} people with a key hold that role` }];
  if (found === count)
    return [{ at, problem: `nobody can stand in: ${found} of \`${role}\` exist and all of them are asked` }];
  return [];
}
