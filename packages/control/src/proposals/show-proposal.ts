/** A proposal as people and programs see it: a summary for lists, everything that belongs to it for its own page. */
import {
  eventsFrom,
  quorumProgress,
  type Decision,
  type Demand,
  type Digest,
  type Instant,
  type OrganisationId,
} from '@countersign/core';
import { keysThatSigned, payloadOf, readStrictJson, type DsseEnvelope } from '@countersign/seal';
import { exclusionsFor, readApproval } from '../approvals/verify-approval.ts';
import { openStoredCapsule, type StoredCapsule } from '../capsules/stored-capsule.ts';
import { heldInside } from '../evidence/close-evidence.ts';
import { storedEnvelope } from '../flow/attached.ts';
import type { Deps } from '../deps.ts';
import type { ProposalRow } from './proposal-row.ts';
import { storedDecision, storedDigest } from '../store/stored.parse.ts';

export const summaryOf = ({
  id,
  state,
  reason,
  revision,
  proposal,
  rolloutCapsule,
  expired,
}: ProposalRow): Record<string, unknown> => ({
  id,
  state,
  reason,
  revision,
  title: proposal.title,
  agent: proposal.agent,
  environment: proposal.environment,
  action: proposal.change.action,
  targets: proposal.targets.length,
  createdAt: proposal.createdAt,
  ...(rolloutCapsule !== null && { capsule: rolloutCapsule }),
  ...(expired !== null && { expired }),
});

export interface CapsuleLine extends StoredCapsule {
  readonly purpose: string;
  readonly state: string;
  readonly risk: string;
}

export async function capsulesOf({ store }: Pick<Deps, 'store'>, row: ProposalRow): Promise<readonly CapsuleLine[]> {
  const rows = await store
    .selectFrom('capsule')
    .select(['digest', 'purpose', 'state', 'dsse', 'risk'])
    .where('organisation', '=', row.organisation)
    .where('proposal', '=', row.id)
    .orderBy('created_at')
    .execute();
  return rows.map(({ digest, dsse, ...line }) => ({ ...openStoredCapsule(digest, dsse), ...line }));
}

export async function decisionsOf(
  { store }: Pick<Deps, 'store'>,
  row: ProposalRow,
): Promise<readonly { readonly digest: Digest; readonly decision: Decision }[]> {
  const rows = await store
    .selectFrom('decision')
    .select(['digest', 'document'])
    .where('organisation', '=', row.organisation)
    .where('proposal', '=', row.id)
    .orderBy('made_at')
    .orderBy('stage', 'desc')
    .execute();
  // INVARIANT: only `flow` writes decisions, each as `decide` made it.
  return rows.map(({ digest, document }) => ({ digest: storedDigest(digest), decision: storedDecision(document) }));
}

export interface StoredApproval {
  readonly capsule: string;
  readonly person: string;
  readonly role: string;
  readonly dsse: DsseEnvelope;
  readonly receivedAt: string;
}

export async function approvalsOf(
  { store }: Pick<Deps, 'store'>,
  organisation: OrganisationId,
  capsules: readonly string[],
): Promise<readonly StoredApproval[]> {
  if (capsules.length === 0) return [];
  const rows = await store
    .selectFrom('approval')
    .select(['capsule', 'person', 'role', 'dsse', 'received_at'])
    .where('organisation', '=', organisation)
    .where('capsule', 'in', [...capsules])
    .orderBy('received_at')
    .orderBy('person')
    .execute();
  return rows.map(({ capsule, person, role, dsse, received_at }) => ({
    capsule,
    person,
    role,
    dsse: storedEnvelope(dsse),
    receivedAt: received_at.toISOString(),
  }));
}

export async function detailOf(deps: Deps, row: ProposalRow): Promise<Record<string, unknown>> {
  const [capsules, decisions, installed] = await Promise.all([
    capsulesOf(deps, row),
    decisionsOf(deps, row),
    deps.trust.bundle(row.organisation),
  ]);
  const approvals = await approvalsOf(
    deps,
    row.organisation,
    capsules.map(({ digest }) => digest),
  );
  const current = capsules.find(({ digest }) => digest === row.rolloutCapsule);
  const held = current && (await heldInside(deps, { organisation: row.organisation, capsule: current }));
  return {
    ...summaryOf(row),
    document: row.proposal,
    decisions: decisions.map(({ digest, decision }) => ({ digest, ...decision })),
    capsules: capsules.map(({ digest, purpose, state, capsule }) => ({
      digest,
      purpose,
      state,
      enclave: capsule.audience.enclave,
      notAfter: capsule.notAfter,
      targets: capsule.targets.length,
    })),
    approvals: approvals
      .filter(({ capsule }) => capsule === row.rolloutCapsule)
      .map(({ person, role, receivedAt }) => ({ person, role, receivedAt })),
    requirement: current?.capsule.demands ?? [],
    ...(row.state === 'PENDING' && current !== undefined && installed !== undefined
      ? owedOn(current, approvals, { roster: installed.bundle.people, now: deps.trust.now() })
      : { missing: [], owesOwnSurface: false }),
    // Never zero and never green: nothing is known outside (V2).
    ...(held !== undefined && { evidence: held }),
    next: eventsFrom(row.state),
  };
}

type Roster = Parameters<typeof exclusionsFor>[1];

interface Owed {
  readonly missing: readonly Demand[];
  /** Whether all signed on pages of this server, where one signature has to come from elsewhere (A2). */
  readonly owesOwnSurface: boolean;
}

/** What people still owe on the capsule in force; an approval whose signer lost the role does not count (trap 4). */
export function owedOn(
  { capsule, digest }: StoredCapsule,
  approvals: readonly StoredApproval[],
  { roster, now }: { readonly roster: Roster; readonly now: Instant },
): Owed {
  const votes = approvals.flatMap(({ dsse, capsule: signed }) => {
    const approval = readApproval(dsse);
    if (!approval.ok || signed !== digest) return [];
    const { person, role } = approval.value;
    const credentials = roster.filter(({ id }) => id === person).flatMap((known) => known.credentials);
    return [{ person, role, capsule: digest, keys: keysThatSigned(dsse, credentials) ?? [] }];
  });
  const { missing, owesOwnSurface } = quorumProgress({
    capsule: digest,
    demands: capsule.demands,
    approvals: votes,
    exclusions: exclusionsFor(capsule, roster),
    roster,
    environment: capsule.environment,
    now,
  });
  return { missing, owesOwnSurface };
}

/** A stored JSON document by its digest. */
export async function documentOf(
  { store }: Pick<Deps, 'store'>,
  organisation: string,
  digest: string,
): Promise<unknown> {
  const row = await store
    .selectFrom('document')
    .select('bytes')
    .where('organisation', '=', organisation)
    .where('digest', '=', digest)
    .executeTakeFirst();
  const document = row === undefined ? undefined : readStrictJson(row.bytes, { maxBytes: row.bytes.length });
  return document?.ok === true ? document.value : undefined;
}

/** The signed document inside an envelope that was verified before it was stored. */
export function contentOf(dsse: DsseEnvelope): unknown {
  const payload = payloadOf(dsse);
  const document = payload.ok ? readStrictJson(payload.value, { maxBytes: payload.value.length }) : payload;
  return document.ok ? document.value : undefined;
}
