/**
 * Which signatures over earlier versions still stand for the newest one (D6). Over a version that only narrows they stand by themselves;
 * over one that shifts a person's signature stands when the same person also signed what changed; over anything wider none does. Every
 * link is judged here from the two capsules, never from what a server says about them.
 */
import type { Instant, PersonId } from '../shared/brand.ts';
import { ok, refuse, type Complaint, type Result } from '../shared/result.ts';
import type { Enrolled, Role } from '../people/person.ts';
import type { Approval } from './approval.ts';
import { capsuleChanges, worstEffect, type CapsuleChange, type ChangeFacts } from './capsule-changes.ts';
import type { Version } from './render-delta.ts';
import { keyDoubt, owesOwnSurface } from './surface.ts';

/** Longest chain of versions behind one capsule. */
export const MAX_CARRY_DEPTH = 8;

export interface Link {
  /** `narrower`: signatures stand. `delta`: they stand together with a signature over what changed. `void`: none stands. */
  readonly kind: 'narrower' | 'delta' | 'void';
  readonly changes: readonly CapsuleChange[];
}

/** Whether `after` is the version that follows `before`, and what of the signatures over `before` it leaves. */
export function linkBetween(before: Version, after: Version, facts: ChangeFacts): Result<Link> {
  const complaints = chainComplaints(before, after);
  if (complaints.length > 0)
    return refuse('version-chain', 'the version before is not the one this capsule names', {
      clause: 'C1',
      complaints,
    });
  const changes = capsuleChanges(before.capsule, after.capsule, facts);
  return ok({ kind: kindOf(changes), changes });
}

function kindOf(changes: readonly CapsuleChange[]): Link['kind'] {
  switch (worstEffect(changes)) {
    case undefined:
    case 'follows':
    case 'narrows':
      return 'narrower';
    case 'shifts':
      return 'delta';
    case 'voids':
      return 'void';
  }
}

const wrong = (isWrong: boolean, at: string, problem: string): readonly Complaint[] =>
  isWrong ? [{ at, problem }] : [];

function chainComplaints(before: Version, after: Version): readonly Complaint[] {
  return [
    ...wrong(after.capsule.parent !== before.digest, '/parent', 'is not the digest of the version before'),
    ...wrong(after.capsule.version !== before.capsule.version + 1, '/version', 'does not follow the version before'),
    ...wrong(after.capsule.id !== before.capsule.id, '/id', 'is another capsule'),
  ];
}

/** An approval whose signature was verified and which is bound to its version, with the keys that verified. */
export interface BoundApproval {
  readonly approval: Approval;
  readonly keys: readonly Enrolled[];
}

/** A version with what was signed over it, and how it follows the next one of the list. */
export interface SignedVersion<T extends BoundApproval> {
  readonly signed: readonly T[];
  /** Absent: nothing is known before it. */
  readonly link?: Pick<Link, 'kind'>;
}

/** One person's standing word for the newest version, and everything they signed for it, oldest first. */
export interface CarriedApproval<T extends BoundApproval> {
  readonly person: PersonId;
  readonly role: Role;
  readonly signed: readonly T[];
}

/** `chain`: newest first. */
export function carriedApprovals<T extends BoundApproval>(
  chain: readonly SignedVersion<T>[],
): readonly CarriedApproval<T>[] {
  let standing: readonly CarriedApproval<T>[] = [];
  for (const version of chain.slice(0, MAX_CARRY_DEPTH + 1).toReversed()) {
    const whole = version.signed.filter(({ approval }) => approval.since === undefined);
    const own = whole.map((one) => ({ person: one.approval.person, role: one.approval.role, signed: [one] }));
    const carried = standing.flatMap((earlier) => carriedOver(earlier, version));
    standing = [...own, ...carried.filter((earlier) => !own.some((one) => isSameVoice(one, earlier)))];
  }
  return standing;
}

function carriedOver<T extends BoundApproval>(
  earlier: CarriedApproval<T>,
  { link, signed }: SignedVersion<T>,
): readonly CarriedApproval<T>[] {
  const delta = signed.find(({ approval }) => approval.since !== undefined && isSameVoice(approval, earlier));
  const more = delta === undefined ? [] : [delta];
  switch (link?.kind) {
    case 'narrower':
      return [{ ...earlier, signed: [...earlier.signed, ...more] }];
    case 'delta':
      return delta === undefined ? [] : [{ ...earlier, signed: [...earlier.signed, ...more] }];
    case 'void':
    case undefined:
      return [];
  }
}

type Voice = Pick<Approval, 'person' | 'role'>;

const isSameVoice = (a: Voice, b: Voice): boolean => a.person === b.person && a.role === b.role;

/** A word made of several signatures is as good as the weakest: one that may not count, else one made on a page of the server (A2). */
export function weakestKeys(signed: readonly BoundApproval[], now: Instant): readonly Enrolled[] {
  const sets = signed.map(({ keys }) => keys);
  const doubted = sets.find((keys) => keyDoubt(keys, now) !== undefined);
  const served = sets.find((keys) => owesOwnSurface('production', keys, now));
  return doubted ?? served ?? sets.at(-1) ?? [];
}
