/**
 * What of the trust metadata ends when (X1): at the first end execution closes everywhere, and only people can open it again. So whoever
 * operates is told as long before as mending takes: a ceremony needs weeks, a new bundle days, a timestamp a machine that runs.
 */
import { msOf, plusMs, type Instant } from '@countersign/core';
import { expiryOf, readTufSnapshot, readTufTargets, readTufTimestamp } from './metadata.ts';
import { readRoot } from './roles.ts';
import { decodeTrust, type TrustMetadata } from './trust-metadata.ts';

export type TrustPart = 'root' | 'bundle' | 'snapshot' | 'timestamp';
export interface TrustEnd {
  readonly part: TrustPart;
  readonly at: Instant;
  readonly state: 'fine' | 'soon' | 'over';
  /** One line, for people. */
  readonly text: string;
  /** What ends it well. */
  readonly next: string;
}
export interface TrustDates {
  readonly ends: Readonly<Partial<Record<TrustPart, Instant>>>;
  /** When the bundle was signed: nothing that dates it lives longer than from here. Absent: nobody knows. */
  readonly since?: Instant;
}

/** Warned of so long before, or a third of its life before when that is shorter. */
export const TRUST_WARNING_DAYS: Readonly<Record<TrustPart, number>> = {
  root: 60,
  bundle: 14,
  snapshot: 2,
  timestamp: 2,
};
const DAY_MS = 86_400_000;
const LIFE_SHARE = 3;

const NAMES: Readonly<Record<TrustPart, string>> = {
  root: 'the root',
  bundle: 'the trust bundle',
  snapshot: 'the snapshot',
  timestamp: 'the timestamp',
};
const RENEW = 'cs trust publish FOLDER --key ONLINE-KEY --send';
const NEXT: Readonly<Record<TrustPart, string>> = {
  root: 'hold a ceremony: cs trust rotate FOLDER',
  bundle: 'two registrars sign a new bundle: cs trust set FOLDER, cs trust sign FOLDER, then publish it',
  snapshot: RENEW,
  timestamp: RENEW,
};
const PARTS: readonly TrustPart[] = ['root', 'bundle', 'snapshot', 'timestamp'];

export function trustEnds({ ends, since }: TrustDates, now: Instant): readonly TrustEnd[] {
  return PARTS.flatMap((part) => {
    const at = ends[part];
    if (at === undefined) return [];
    const state = stateOf({ part, at, since, now });
    return [{ part, at, state, text: textOf(part, at, state), next: NEXT[part] }];
  });
}

interface Dated {
  readonly part: TrustPart;
  readonly at: Instant;
  readonly since: Instant | undefined;
  readonly now: Instant;
}

function stateOf({ part, at, since, now }: Dated): TrustEnd['state'] {
  if (at <= now) return 'over';
  const days = TRUST_WARNING_DAYS[part] * DAY_MS;
  // A root is older than the bundle: how long it lives cannot be told from that.
  const isBounded = since !== undefined && part !== 'root';
  const leadMs = isBounded ? Math.min(days, Math.max(0, msOf(at) - msOf(since)) / LIFE_SHARE) : days;
  return plusMs(now, leadMs) < at ? 'fine' : 'soon';
}

const textOf = (part: TrustPart, at: Instant, state: TrustEnd['state']): string =>
  state === 'over' ? `${NAMES[part]} is over since ${at}: no new act starts` : `${NAMES[part]} ends ${at}`;

const until = (found: { readonly signed: { readonly expires: string } } | undefined): Instant | undefined =>
  found === undefined ? undefined : expiryOf(found.signed.expires);

/** The dates in metadata that was opened before: what cannot be read here has no end to name. */
export function trustDates(
  metadata: TrustMetadata,
  bundle: { readonly issuedAt: Instant; readonly expiresAt: Instant },
): TrustDates {
  const decoded = decodeTrust(metadata);
  if (!decoded.ok) return { ends: { bundle: bundle.expiresAt } };
  const { roots, targets, snapshot, timestamp } = decoded.value;
  const newest = readRoot(roots.at(-1) ?? new Uint8Array());
  const [signed, held, dated] = [readTufTargets(targets), readTufSnapshot(snapshot), readTufTimestamp(timestamp)];
  const [root, registrars, shot, stamp] = [
    newest.ok ? until(newest.value) : undefined,
    signed.ok ? until(signed.value) : undefined,
    held.ok ? until(held.value) : undefined,
    dated.ok ? until(dated.value) : undefined,
  ];
  const ofBundle = registrars !== undefined && registrars < bundle.expiresAt ? registrars : bundle.expiresAt;
  return {
    ends: {
      bundle: ofBundle,
      ...(root !== undefined && { root }),
      ...(shot !== undefined && { snapshot: shot }),
      ...(stamp !== undefined && { timestamp: stamp }),
    },
    since: bundle.issuedAt,
  };
}
