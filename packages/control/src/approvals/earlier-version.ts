/** For whoever signed the version before: its bytes, and whose word stands for it, so that a surface can show what changed since (D6). */
import type { Instant, Person } from '@countersign/core';
import { NOTHING_PROVED, standingApprovals, type DsseEnvelope } from '@countersign/seal';
import { storedChain } from '../capsules/stored-chain.ts';
import type { CapsuleLine, StoredApproval } from '../proposals/show-proposal.ts';
import { verifyInChain } from './verify-approval.ts';

export interface EarlierVersion {
  readonly capsule: DsseEnvelope;
  readonly signed: readonly { readonly person: string; readonly role: string }[];
}

/** Replaced versions of the same capsule: what was signed over them may stand. */
export const versionsOf = (current: CapsuleLine, capsules: readonly CapsuleLine[]): readonly CapsuleLine[] =>
  capsules.filter(({ capsule, state }) => capsule.id === current.capsule.id && state === 'void');

export function earlierVersion(
  current: CapsuleLine,
  { versions, approvals }: { readonly versions: readonly CapsuleLine[]; readonly approvals: readonly StoredApproval[] },
  rule: { readonly roster: readonly Person[]; readonly now: Instant },
): EarlierVersion | undefined {
  const [, before, ...older] = storedChain(current, versions, NOTHING_PROVED).versions;
  const line = versions.find(({ digest }) => digest === before?.read.digest);
  if (before === undefined || line === undefined) return undefined;
  const chain = { newest: before.read.digest, versions: [before, ...older] };
  const bound = approvals.flatMap(({ dsse }) => {
    const verified = verifyInChain(dsse, chain, rule);
    return verified.ok ? [verified.value] : [];
  });
  const signed = standingApprovals(chain, bound).map(({ person, role }) => ({ person, role }));
  return signed.length === 0 ? undefined : { capsule: line.dsse, signed };
}
