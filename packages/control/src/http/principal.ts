/** Who calls: an identity of one organisation, found by the hash of a bearer token. The organisation never comes from a request. */
import type { AgentScope, Instant, OrganisationId } from '@countersign/core';

export const PRINCIPAL_KINDS = ['agent', 'person', 'source', 'enclave', 'witness'] as const;
export type PrincipalKind = (typeof PRINCIPAL_KINDS)[number];

export interface Principal {
  readonly organisation: OrganisationId;
  readonly kind: PrincipalKind;
  readonly id: string;
}

/** As it stands in a leaf, e.g. `agent:playbook`. */
export const actorOf = (principal: Principal): string => `${principal.kind}:${principal.id}`;

/** How the caller proved who they are. */
export type Means =
  | { readonly kind: 'fixed-token' }
  /** A certificate of this installation's authority; `serial` in lower-case hex. */
  | { readonly kind: 'certificate'; readonly serial: string }
  | { readonly kind: 'agent-token'; readonly scopes: readonly AgentScope[] }
  | { readonly kind: 'session'; readonly authenticatedAt: Instant; readonly isFresh: boolean };

export interface Caller {
  readonly principal: Principal;
  readonly means: Means;
}
