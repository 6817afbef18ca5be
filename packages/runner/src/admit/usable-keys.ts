/** The trust of this moment without the keys that still wait for their cooling-off time (A2): one value for as long as nothing changes. */
import { withoutWaitingKeys, type Instant } from '@countersign/core';
import type { Trust } from './trust.ts';

interface Usable {
  readonly trust: Trust;
  readonly from: Instant;
  /** When the next key is usable; absent: none waits. */
  readonly until: Instant | undefined;
}

/** Documents verified under a trust are kept under that value, so the same one must come again (`KnownDocuments`). */
const known = new WeakMap<Trust, Usable>();

export function withUsableKeys(trust: Trust, now: Instant): Trust {
  const usable = known.get(trust);
  if (usable !== undefined && now >= usable.from && (usable.until === undefined || now < usable.until))
    return usable.trust;
  const { bundle } = trust;
  const waiting = bundle.people
    .flatMap(({ credentials }) => credentials.map(({ usableFrom }) => usableFrom))
    .filter((usableFrom) => usableFrom > now);
  const until = waiting.toSorted().at(0);
  const made =
    until === undefined ? trust : { ...trust, bundle: { ...bundle, people: withoutWaitingKeys(bundle.people, now) } };
  known.set(trust, { trust: made, from: now, until });
  return made;
}
