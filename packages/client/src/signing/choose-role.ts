/** Which duty a person signs for. It is theirs to say when there is more than one. */
import { parseId, type PersonId, type Role } from '@countersign/core';
import { EXIT } from '../cli/exit-codes.ts';
import { Failure, usage } from '../cli/failure.ts';
import type { Seat } from '../sdk/views.ts';

export interface Signer {
  readonly person: PersonId;
  readonly role: Role;
}

export function personOf(id: string | undefined): PersonId {
  if (id === undefined) throw usage('say who signs with `--as PERSON`');
  const person = parseId<'Person'>(id);
  if (person === undefined) throw usage('`--as` must be the id of a person');
  return person;
}

export function chooseRole(eligible: readonly Seat[], person: PersonId, wanted: string | undefined): Signer {
  const roles = eligible.filter((seat) => seat.person === person).map(({ role }) => role);
  const [only] = roles;
  if (only === undefined)
    throw new Failure(EXIT.prohibited, {
      code: 'forbidden',
      detail: `\`${person}\` may not sign this`,
      clause: 'A4',
      eligible: eligible.map((seat) => `${seat.person} (${seat.role})`),
    });
  const name = wanted ?? (roles.length === 1 ? only : undefined);
  if (name === undefined) throw usage(`\`${person}\` holds several duties here; choose one with \`--role\``, ...roles);
  const role = parseId<'Role'>(name);
  if (role !== undefined && roles.includes(name)) return { person, role };
  throw usage(`\`${person}\` cannot sign as \`${name}\` here`, ...roles.map((one) => `--role ${one}`));
}
