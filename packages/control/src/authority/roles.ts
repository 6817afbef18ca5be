/** Who of the roster may do this: the trust bundle in force names the roles, never the token. */
import { refuse, type Person, type Result } from '@countersign/core';
import type { Deps } from '../deps.ts';
import type { Principal } from '../http/index.ts';

export interface Wanted {
  readonly role: string;
  /** Completes "only a … may". */
  readonly what: string;
  readonly clause: string;
}

const MAX_NAMED = 100;

export async function demandRole(
  { trust }: Pick<Deps, 'trust'>,
  { organisation, id }: Principal,
  { role, what, clause }: Wanted,
): Promise<Result<Person>> {
  const bundle = await trust.bundle(organisation);
  if (bundle === undefined) return refuse('no-trust', 'no trust bundle names who may do this');
  const holders = [...bundle.people.values()].filter(({ roles }) => roles.some((one) => one === role));
  const person = holders.find((holder) => holder.id === id);
  if (person !== undefined) return { ok: true, value: person };
  return refuse('forbidden', `only a person with the role \`${role}\` may ${what}`, {
    clause,
    eligible: holders.map((holder) => holder.id).slice(0, MAX_NAMED),
  });
}
