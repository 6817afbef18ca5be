/**
 * One person's signature arrives (A2). It is checked as the runner will check it, stored once per person, and when it completes the
 * quorum the capsule is dispatched in this same transaction: quorum, roles, envelope and graph are read in it (I1, traps 2-5).
 */
import { ineligibility, object, refuse, type Approval, type Refusal, type Result, type Shape } from '@countersign/core';
import { digestOf, dsseShape, payloadOf, type DsseEnvelope } from '@countersign/seal';
import { underAuthority } from '../decisions/authority.ts';
import type { UnderLock } from '../flow/remediations.ts';
import { json, type Answer, type OwnExchange } from '../http/index.ts';
import type { Acting } from '../proposals/act-on-proposal.ts';
import { exclusionsFor, readApproval, shownDigest, verifyApproval } from './verify-approval.ts';

export interface ApprovalBody {
  readonly approval: DsseEnvelope;
}
export const approvalBodyShape: Shape<ApprovalBody> = object<ApprovalBody>({ approval: dsseShape });

export async function receiveApproval(
  { deps, remediations }: Acting,
  exchange: OwnExchange<ApprovalBody, undefined>,
): Promise<Result<Answer>> {
  const { organisation } = exchange.principal;
  const dsse = exchange.body.approval;
  const claimed = readApproval(dsse);
  if (!claimed.ok) return claimed;
  const answer = await underAuthority(deps.trust, organisation, (authority) =>
    exchange.commit((work) =>
      remediations.inside<Answer>(work, { authority, proposal: claimed.value.proposal }, async (locked, step) => {
        const checked = check(locked, dsse);
        if (!checked.ok) return onRecord(locked, checked.refusal, claimed.value);
        const { attached, carrier } = locked;
        const spent = spentBy(locked, checked.value.person);
        const isNew = await store(locked, { approval: checked.value, dsse, replaces: spent !== undefined });
        const others = attached.approvals.filter((one) => one !== spent);
        const standing = step(isNew ? { ...attached, approvals: [...others, dsse] } : attached);
        const { id, reason } = carrier.row;
        return { ok: true, value: json({ id, state: standing.state, reason, isNew }, isNew ? 201 : 200) };
      }),
    ),
  );
  if (answer.ok) deps.wake(organisation, claimed.value.proposal);
  return answer;
}

function check({ carrier, attached }: UnderLock, dsse: DsseEnvelope): Result<Approval> {
  const { state, revision } = carrier.row;
  const { rollout } = attached;
  const roster = carrier.authority.trust.bundle.people;
  const claimed = readApproval(dsse);
  if (!claimed.ok) return claimed;
  const hasSignedBefore = attached.approvals.some(({ payload }) => payload === dsse.payload);
  if (state !== 'PENDING' && !hasSignedBefore)
    return refuse('illegal-transition', `\`approved\` is not possible while the proposal is ${state}`, {
      clause: 'L1',
    });
  if (claimed.value.revision !== revision)
    return refuse('stale-revision', `revision ${revision} is up for approval`, { clause: 'A2' });
  if (rollout === undefined || rollout.digest !== claimed.value.capsule)
    return refuse('stale-capsule', 'another capsule is up for approval now: read and sign that one', { clause: 'D6' });
  const verified = verifyApproval(dsse, { stored: rollout, roster, now: carrier.now, shown: shownDigest(rollout) });
  if (!verified.ok) return verified;
  const { person: id, role } = verified.value;
  const person = roster.find((one) => one.id === id);
  const { demands } = rollout.capsule;
  const isAsked = demands.some((demand) => demand.role === role);
  const doubt =
    person === undefined ? 'is not on the roster' : ineligibility(person, role, exclusionsFor(rollout.capsule, roster));
  if (!isAsked)
    return refuse('not-eligible', `nobody is asked for \`${role}\` here`, {
      clause: 'A1',
      eligible: demands.map((demand) => demand.role),
    });
  return doubt === undefined ? verified : refuse('not-eligible', `\`${id}\` ${doubt}`, { clause: 'A4' });
}

function onRecord({ carrier }: UnderLock, refusal: Refusal, claimed: Approval): Result<never> {
  const isStep = refusal.code === 'illegal-transition';
  const { person, role, capsule, revision } = claimed;
  const body = isStep
    ? { asked: 'approved', state: carrier.row.state, person }
    : { code: refusal.code, detail: refusal.detail, claimed: { person, role, capsule, revision } };
  carrier.leaf({ event: isStep ? 'transition.refused' : 'approval.refused', body });
  return { ok: false, refusal };
}

/** What this person signed before and does not hold any more: it ran out, or their key or role is gone. Signing anew replaces it. */
function spentBy({ carrier, attached }: UnderLock, person: string): DsseEnvelope | undefined {
  const { rollout } = attached;
  if (rollout === undefined || carrier.row.state !== 'PENDING') return undefined;
  const roster = carrier.authority.trust.bundle.people;
  const rule = { stored: rollout, roster, now: carrier.now, shown: shownDigest(rollout) };
  return attached.approvals.find((dsse) => {
    const claimed = readApproval(dsse);
    if (!claimed.ok || claimed.value.person !== person) return false;
    const hasRole = roster.some(({ id, roles }) => id === person && roles.includes(claimed.value.role));
    return !hasRole || !verifyApproval(dsse, rule).ok;
  });
}

/** A person is one voice however often it is delivered (trap 2). */
async function store(
  { carrier }: UnderLock,
  signed: { readonly approval: Approval; readonly dsse: DsseEnvelope; readonly replaces: boolean },
): Promise<boolean> {
  const { approval, dsse, replaces } = signed;
  const { db, context } = carrier.work;
  const row = { role: approval.role, dsse: JSON.stringify(dsse), received_at: context.now };
  const inserted = await db
    .insertInto('approval')
    .values({ organisation: context.organisation, capsule: approval.capsule, person: approval.person, ...row })
    .onConflict((conflict) =>
      replaces ? conflict.columns(['organisation', 'capsule', 'person']).doUpdateSet(row) : conflict.doNothing(),
    )
    .returning('person')
    .executeTakeFirst();
  if (inserted === undefined) return false;
  const payload = payloadOf(dsse);
  const { capsule, person, role, surface, riskAssessment, shown } = approval;
  carrier.leaf({
    event: 'approval.received',
    body: {
      capsule,
      person,
      role,
      surface,
      riskAssessment,
      shown,
      approval: payload.ok ? digestOf(payload.value) : '',
    },
  });
  return true;
}
