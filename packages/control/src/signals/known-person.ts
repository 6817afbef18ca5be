/** Who a person of a request is: named by the trust bundle, with the roles it gives. A token alone names nobody (A2). */
import { refuse, type Person, type Result } from '@countersign/core';
import type { Deps } from '../deps.ts';
import type { Principal } from '../http/index.ts';

/** The caller as a person of the bundle, who holds one of `roles`; without roles any named person will do. */
export async function knownPerson(
  deps: Pick<Deps, 'trust'>,
  { organisation, kind, id }: Principal,
  { roles, clause }: { readonly roles?: readonly string[]; readonly clause: string },
): Promise<Result<Person>> {
  const bundle = await deps.trust.bundle(organisation);
  if (bundle === undefined) return refuse('no-trust', 'no trust bundle says who people are', { clause });
  const mayAct = (person: Person): boolean => roles === undefined || person.roles.some((role) => roles.includes(role));
  const person = kind === 'person' ? bundle.people.get(id) : undefined;
  if (person !== undefined && mayAct(person)) return { ok: true, value: person };
  return refuse('forbidden', `only ${roles?.join(' or ') ?? 'a person of the trust bundle'} may do this`, {
    clause,
    eligible: [...bundle.people.values()].filter(mayAct).map((one) => one.id),
  });
}

/** Whether somebody of the organisation has this id: owners are people who can be asked. */
export async function demandPerson(
  deps: Pick<Deps, 'trust'>,
  organisation: Principal['organisation'],
  { id, clause }: { readonly id: string; readonly clause: string },
): Promise<Result<true>> {
  const bundle = await deps.trust.bundle(organisation);
  if (bundle?.people.has(id) === true) return { ok: true, value: true };
  return refuse('malformed', 'the owner is nobody of the trust bundle', {
    clause,
    complaints: [{ at: '/owner', problem: 'must be a person of the trust bundle' }],
  });
}
