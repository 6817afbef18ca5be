/**
 * The versions behind one capsule, each read from its own bytes (C1, D6): which page an approval has to be over, and whose word still
 * stands. The same at control, at the runner, in `cs` and in the check of an evidence bundle.
 */
import {
  carriedApprovals,
  linkBetween,
  MAX_CARRY_DEPTH,
  ok,
  refuse,
  renderDelta,
  weakestKeys,
  type Approval,
  type ApprovalFacts,
  type BoundApproval,
  type CarriedApproval,
  type Digest,
  type Instant,
  type Link,
  type Result,
  type Vote,
} from '@countersign/core';
import { capsuleShownDigest, type ReadCapsule } from './capsule-statement.ts';
import { digestOf, digestWords } from './digest.ts';

export interface ChainVersion {
  readonly read: ReadCapsule;
  /** Of the whole page. */
  readonly shown: Digest;
  readonly since?: ChainLink;
}

export interface ChainLink extends Link {
  readonly before: Digest;
  /** The page of what changed, and its digest. */
  readonly page: string;
  readonly shown: Digest;
}

export interface CapsuleChain {
  readonly newest: Digest;
  /** Newest first, never empty. */
  readonly versions: readonly ChainVersion[];
}

/** Whether one authority envelope is proved to allow nothing that another does not; unknown ones are not. */
export type NarrowsEnvelope = (before: Digest, after: Digest) => boolean;

export const NOTHING_PROVED: NarrowsEnvelope = () => false;

/** `parents`: newest first, every one of them a link of the chain. */
export function capsuleChain(
  newest: ReadCapsule,
  parents: readonly ReadCapsule[],
  narrowsEnvelope: NarrowsEnvelope,
): Result<CapsuleChain> {
  if (parents.length > MAX_CARRY_DEPTH)
    return refuse('version-chain', `more than ${MAX_CARRY_DEPTH} versions stand behind the capsule`, { clause: 'C1' });
  const versions: ChainVersion[] = [];
  for (const [index, read] of [newest, ...parents].entries()) {
    const before = parents[index];
    const link = before === undefined ? undefined : chainLink(before, read, narrowsEnvelope);
    if (link !== undefined && !link.ok) return link;
    versions.push({ read, shown: capsuleShownDigest(read), ...(link !== undefined && { since: link.value }) });
  }
  return ok({ newest: newest.digest, versions });
}

function chainLink(before: ReadCapsule, after: ReadCapsule, narrowsEnvelope: NarrowsEnvelope): Result<ChainLink> {
  const [was, is] = [before.capsule.envelope.digest, after.capsule.envelope.digest];
  const link = linkBetween(before, after, { narrowsEnvelope: was !== is && narrowsEnvelope(was, is) });
  if (!link.ok) return link;
  const page = deltaPageOf(before, after);
  return ok({ ...link.value, before: before.digest, page, shown: digestOf(new TextEncoder().encode(page)) });
}

/** The page of what changed between two versions. */
export const deltaPageOf = (before: ReadCapsule, after: ReadCapsule): string =>
  renderDelta(before, after, digestWords(after.digest));

/** What an approval that names this version, and what it says it was signed since, has to be bound to. */
export function approvalFactsIn(
  { versions }: CapsuleChain,
  claimed: Pick<Approval, 'capsule' | 'since'>,
): Omit<ApprovalFacts, 'skewMs' | 'surfaces'> | undefined {
  const version = versions.find(({ read }) => read.digest === claimed.capsule);
  if (version === undefined) return undefined;
  const { read, shown, since } = version;
  if (claimed.since === undefined) return { ...read, shown };
  // Over a link that voids nothing is signed by itself: there the whole version is owed.
  if (since === undefined || since.kind === 'void' || since.before !== claimed.since) return undefined;
  return { ...read, shown: since.shown, since: since.before };
}

/** Whose word stands for the newest version, from approvals that were verified and bound by `approvalFactsIn`. */
export function standingApprovals<T extends BoundApproval>(
  { versions }: CapsuleChain,
  bound: readonly T[],
): readonly CarriedApproval<T>[] {
  return carriedApprovals(
    versions.map(({ read, since }) => ({
      signed: bound.filter(({ approval }) => approval.capsule === read.digest),
      ...(since !== undefined && { link: since }),
    })),
  );
}

/** As many votes as people: what a quorum over the newest version counts. */
export const votesIn = (chain: CapsuleChain, bound: readonly BoundApproval[], now: Instant): readonly Vote[] =>
  standingApprovals(chain, bound).map(({ person, role, signed }) => ({
    person,
    role,
    capsule: chain.newest,
    keys: weakestKeys(signed, now),
  }));
