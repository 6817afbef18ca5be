/** Who calls: an identity of one organisation, found by the hash of a bearer token. The organisation never comes from a request. */
import type { OrganisationId } from '@countersign/core';

export const PRINCIPAL_KINDS = ['agent', 'person', 'source', 'enclave', 'witness'] as const;
export type PrincipalKind = (typeof PRINCIPAL_KINDS)[number];

export interface Principal {
  readonly organisation: OrganisationId;
  readonly kind: PrincipalKind;
  readonly id: string;
}

/** As it stands in a leaf, e.g. `agent:playbook`. */
export const actorOf = (principal: Principal): string => `${principal.kind}:${principal.id}`;
