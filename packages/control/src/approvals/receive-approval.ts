/**
 * One person's signature arrives (A2). It is checked as the runner will check it, stored once per person, and when it completes the
 * quorum the capsule is dispatched in this same transaction: quorum, roles, envelope and graph are read in it (I1, traps 2-5).
 */
import {
  ineligibility,
  keyDoubt,
  object,
  owesOwnSurface,
  refuse,
  type Approval,
  type Refusal,
  type Result,
  type Shape,
} from '@countersign/core';
import {
  approvalLeafBody,
  digestOf,
  dsseShape,
  payloadOf,
  standingApprovals,
  type CapsuleChain,
  type DsseEnvelope,
} from '@countersign/seal';
import { underAuthority } from '../decisions/authority.ts';
import type { UnderLock } from '../flow/remediations.ts';
import { json, type Answer, type OwnExchange } from '../http/index.ts';
import type { Means } from '../http/principal.ts';
import type { Acting } from '../proposals/act-on-proposal.ts';
import { isStrongEnough } from './strong-enough.ts';
import { exclusionsFor, readApproval, verifyInChain, type VerifiedApproval } from './verify-approval.ts';

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
        const checked = strong(check(locked, dsse), { locked, dsse, means: exchange.means });
        if (!checked.ok) return onRecord(locked, checked.refusal, claimed.value);
        const { attached, carrier } = locked;
        const { approval } = checked.value;
        const spent = spentBy(locked, checked.value);
        const isNew = await store(locked, { approval, dsse, replaces: spent !== undefined });
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

function check({ carrier, attached }: UnderLock, dsse: DsseEnvelope): Result<VerifiedApproval> {
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
  const verified = verifyInChain(dsse, rollout.chain, { roster, now: carrier.now });
  if (!verified.ok) return verified;
  const { approval, keys } = verified.value;
  if (
    approval.since !== undefined &&
    !isCarried(verified.value, attached.approvals, { chain: rollout.chain, roster, now: carrier.now })
  )
    return refuse('approval-not-bound', 'nothing you signed before stands here: read and sign the whole capsule', {
      clause: 'D6',
    });
  const { person: id, role } = approval;
  const person = roster.find((one) => one.id === id);
  const { demands } = rollout.capsule;
  const isAsked = demands.some((demand) => demand.role === role);
  const doubt =
    person === undefined ? 'is not on the roster' : ineligibility(person, role, exclusionsFor(rollout.capsule, roster));
  const waiting = keyDoubt(keys, carrier.now);
  if (!isAsked)
    return refuse('not-eligible', `nobody is asked for \`${role}\` here`, {
      clause: 'A1',
      eligible: demands.map((demand) => demand.role),
    });
  if (doubt !== undefined) return refuse('not-eligible', `\`${id}\` ${doubt}`, { clause: 'A4' });
  return waiting === undefined ? verified : refuse('key-waits', `\`${id}\`: ${waiting}`, { clause: 'A2' });
}

interface Shown {
  readonly locked: UnderLock;
  readonly dsse: DsseEnvelope;
  readonly means: Means | undefined;
}

/** A good signature is not enough where the decision asks for a fresh strong authentication (A1). */
function strong(checked: Result<VerifiedApproval>, { locked, dsse, means }: Shown): Result<VerifiedApproval> {
  if (!checked.ok || !locked.attached.owesStepUp) return checked;
  const { person: id } = checked.value.approval;
  const person = locked.carrier.authority.trust.bundle.people.find((one) => one.id === id);
  return isStrongEnough(dsse, person?.credentials ?? [], means)
    ? checked
    : refuse('step-up-required', 'this approval asks for a passkey, a hardware key with PIN, or a fresh sign-in', {
        clause: 'A1',
        next: ['sign with your passkey, or sign in again and send the same signature within five minutes'],
      });
}

/** Whether this signature over what changed makes one over an earlier version stand. */
function isCarried(
  anew: VerifiedApproval,
  before: readonly DsseEnvelope[],
  { chain, ...rule }: { readonly chain: CapsuleChain } & Parameters<typeof verifyInChain>[2],
): boolean {
  const bound = before.flatMap((dsse) => {
    const verified = verifyInChain(dsse, chain, rule);
    return verified.ok && verified.value.approval.capsule !== anew.approval.capsule ? [verified.value] : [];
  });
  const { person, role } = anew.approval;
  return standingApprovals(chain, [...bound, anew]).some((one) => one.person === person && one.role === role);
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

/**
 * What this person signed before and does not hold any more: it ran out, or their key or role is gone. Signing anew replaces it,
 * and so does signing on a surface of the organisation's own what was signed on the server's page (A2).
 */
function spentBy({ carrier, attached }: UnderLock, anew: VerifiedApproval): DsseEnvelope | undefined {
  const { person } = anew.approval;
  const { rollout } = attached;
  if (rollout === undefined || carrier.row.state !== 'PENDING') return undefined;
  const roster = carrier.authority.trust.bundle.people;
  const isServed = ({ keys }: VerifiedApproval): boolean =>
    owesOwnSurface(rollout.capsule.environment, keys, carrier.now);
  return attached.approvals.find((dsse) => {
    const claimed = readApproval(dsse);
    // What was signed over an earlier version stays: it may still stand (D6).
    if (!claimed.ok || claimed.value.person !== person || claimed.value.capsule !== rollout.digest) return false;
    const hasRole = roster.some(({ id, roles }) => id === person && roles.includes(claimed.value.role));
    const before = verifyInChain(dsse, rollout.chain, { roster, now: carrier.now });
    return !hasRole || !before.ok || (isServed(before.value) && !isServed(anew));
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
  // INVARIANT: its payload was read when its signature was verified.
  if (!payload.ok) throw new Error('a verified approval has no payload');
  carrier.leaf({ event: 'approval.received', body: approvalLeafBody(approval, digestOf(payload.value)) });
  return true;
}
