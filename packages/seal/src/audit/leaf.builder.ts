/** Ids and instants of tests. */
import { parseId, parseInstant, type Instant, type OrganisationId } from '@countersign/core';

export function idOf(text: string): OrganisationId {
  const id = parseId<'Organisation'>(text);
  if (id === undefined) throw new Error(`not an id: ${text}`);
  return id;
}
export function instantAt(text: string): Instant {
  const instant = parseInstant(text);
  if (instant === undefined) throw new Error(`not an instant: ${text}`);
  return instant;
}
