/**
 * Which organisation's rows the code that runs now may see (O3). The database holds to it by row-level security; this only tells it.
 * A connection is told anew when somebody else uses it, in one piece with the next statement: that costs no round trip.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { OrganisationId } from '@countersign/core';

const narrowed = new AsyncLocalStorage<OrganisationId>();

/** Everything `work` asks the database for is of this organisation. */
export const within = <T>(organisation: OrganisationId, work: () => T): T => narrowed.run(organisation, work);

/** Undefined: background work over all organisations of this process. */
export const organisationInHand = (): OrganisationId | undefined => narrowed.getStore();

/** The role the product runs as; it owns nothing. */
export const APP_ROLE = 'countersign_app';
export const TELL_ORGANISATION = "select set_config('countersign.organisations', $1, false)";

/** Ids have neither commas nor spaces, so a list of them is one word. */
export const organisationList = (organisations: Iterable<OrganisationId>): string => [...organisations].join(',');

/** Options of a connection that works as the product: its role, and whose rows it sees until it is told otherwise. */
export const productOptions = (organisations: Iterable<OrganisationId>): string =>
  `-c role=${APP_ROLE} -c countersign.organisations=${organisationList(organisations)}`;

/** Options of a connection that migrates or installs: as the owner, over all organisations, on purpose. */
export const KEEPER_OPTIONS = '-c countersign.keeper=on';
