/**
 * Places and people: as many places as possible are filled, each by another person (augmenting paths). Counting per role would
 * let one person with two roles stand for two.
 */
export function fillPlaces<Place, Voter>(
  places: readonly Place[],
  voters: readonly Voter[],
  mayTake: (place: Place, voter: Voter) => boolean,
): readonly (Voter | undefined)[] {
  const placeOf = new Map<Voter, number>();
  const seat = (index: number, seen: Set<Voter>): boolean => {
    const place = places[index];
    if (place === undefined) return false;
    const fitting = voters.filter((voter) => mayTake(place, voter));
    const chosen = fitting.find((voter) => !placeOf.has(voter)) ?? fitting.find((voter) => moves(voter, seen));
    if (chosen !== undefined) placeOf.set(chosen, index);
    return chosen !== undefined;
  };
  /** Whether somebody who sits already can sit elsewhere; each person is asked once a search. */
  const moves = (voter: Voter, seen: Set<Voter>): boolean => {
    const held = placeOf.get(voter);
    if (held === undefined || seen.has(voter)) return false;
    seen.add(voter);
    return seat(held, seen);
  };
  places.forEach((_, index) => seat(index, new Set()));
  const taken: (Voter | undefined)[] = places.map(() => undefined);
  for (const [voter, index] of placeOf) taken[index] = voter;
  return taken;
}
