/** Where a remediation stands after it was taken as far as the tables allow; small, because a flow keeps it in its history. */
import type { OrganisationId, ProposalId } from '@countersign/core';

export interface Standing {
  readonly state: string;
  /** Nothing can happen to it any more. */
  readonly isOver: boolean;
  /** How long nothing will happen by itself, in milliseconds: until the next expiry, at most an hour. */
  readonly waitMs: number;
}

/** Younger remediations are carried by the request that made them: they have no flow. */
export const SETTLED_MS = 3000;

export interface Remediation {
  readonly organisation: OrganisationId;
  readonly proposal: ProposalId;
}

/** Takes one remediation as far as it can go; safe to call at any time, by several processes, any number of times. */
export type Advance = (remediation: Remediation) => Promise<Standing>;

/** A page of the remediations that are not over and have not moved since `olderThanMs`; the tables are the only truth. */
export type FindOpen = (page: {
  readonly olderThanMs: number;
  readonly limit: number;
  /** Last one of the page before; absent: from the beginning. */
  readonly after: Remediation | undefined;
}) => Promise<readonly Remediation[]>;
