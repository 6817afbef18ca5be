/** AG-706 4.1 and 4.10 as a question to one signed document: is everything there that a reader must be told? */
import { checkEnvelope, type Envelope, type Person } from '@countersign/core';
import { verifyHumanSignature, type DsseEnvelope } from '@countersign/seal';
import { when } from './when.ts';

const LONGEST_MS = 400 * 86_400_000;

export function complaintsOnEnvelope(envelope: Envelope): readonly string[] {
  const { grants, routes, owner, validFrom, validUntil, severities } = envelope;
  const lastsMs = Date.parse(validUntil) - Date.parse(validFrom);
  return [
    ...checkEnvelope(envelope).map(({ at, problem }) => `${at} ${problem}`),
    ...when(owner.length === 0, 'nobody owns it'),
    ...when(grants.length === 0, 'no grant says what may run alone'),
    ...when(routes.length === 0, 'no route says whom to ask'),
    ...when(Object.keys(severities).length === 0, 'no severity is mapped'),
    ...when(!(lastsMs > 0 && lastsMs <= LONGEST_MS), 'it does not end by itself'),
    ...grants.flatMap(({ id, actions, tiers, environments, caps, minSeverity }) => [
      ...when(actions.length === 0, `grant ${id} names no action`),
      ...when(tiers.length === 0, `grant ${id} names no tier`),
      ...when(environments.length === 0, `grant ${id} names no environment`),
      ...when(minSeverity < 0, `grant ${id} names no severity`),
      ...when(caps.targets < 1, `grant ${id} has no cap on targets`),
      ...when(tiers.includes('safety-critical'), `grant ${id} lets safety-critical systems be changed alone`),
    ]),
  ];
}

/** How many different policy admins, other than its owner, signed it. */
export function adminsOf(envelope: Envelope, dsse: DsseEnvelope, roster: readonly Person[]): number {
  const admins = roster.filter(
    ({ id, roles }) => id !== envelope.owner && roles.some((role) => role === 'policy-admin'),
  );
  return admins.filter(({ credentials }) =>
    credentials.some((credential) =>
      dsse.signatures.some((_, index) => verifyHumanSignature(dsse, index, credential).ok),
    ),
  ).length;
}
