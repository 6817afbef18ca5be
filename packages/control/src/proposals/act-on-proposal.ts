/** What people and agents do to a proposal that exists: reject, withdraw. Each under the row's lock, each on record. */
import {
  eligiblePeople,
  object,
  oneOf,
  refuse,
  text,
  type ProposalEvent,
  type Result,
  type Shape,
} from '@countersign/core';
import { exclusionsFor } from '../approvals/verify-approval.ts';
import { underAuthority } from '../decisions/authority.ts';
import type { Deps } from '../deps.ts';
import { deliver, takeBack } from '../enclaves/deliveries.ts';
import type { Remediations, UnderLock } from '../flow/remediations.ts';
import { json, type Answer, type OwnExchange } from '../http/index.ts';
import { storedId } from '../store/stored.parse.ts';

export interface Acting {
  readonly deps: Deps;
  readonly remediations: Remediations;
}
export interface Rejection {
  readonly code: 'scope' | 'evidence' | 'timing' | 'false-positive' | 'other';
  readonly rationale: string;
}
export const rejectionShape: Shape<Rejection> = object<Rejection>({
  code: oneOf('scope', 'evidence', 'timing', 'false-positive', 'other'),
  rationale: text({ min: 3, max: 4000 }),
});

/** Stopping needs one eligible reviewer; the intent is locked until there is new evidence (A3). */
export async function rejectProposal(
  acting: Acting,
  exchange: OwnExchange<Rejection, undefined>,
): Promise<Result<Answer>> {
  const { principal, body } = exchange;
  return onProposal(acting, exchange, async (locked) => {
    const { carrier, attached } = locked;
    const eligible = reviewersOf(locked);
    if (!eligible.includes(principal.id))
      return refuse('forbidden', 'only a reviewer who could approve this may reject it', { clause: 'A3', eligible });
    const moved = carrier.attempt(
      { type: 'rejected', by: storedId<'Person'>(principal.id) },
      `${body.code}: ${body.rationale}`,
    );
    if (!moved.ok) return moved;
    if (attached.rollout?.state === 'built') carrier.writes.capsuleState(attached.rollout.digest, 'void');
    carrier.leaf({
      event: 'approval.rejected',
      body: { ...body, by: principal.id, capsule: attached.rollout?.digest ?? null },
    });
    return moved;
  });
}

/** Whoever could fill a place of the demanded quorum; before there is a capsule, whoever holds an approver's role of the floor. */
function reviewersOf({ carrier, attached }: UnderLock): readonly string[] {
  const { people, floor } = carrier.authority.trust.bundle;
  const { environment } = carrier.row.proposal;
  const rollout = attached.rollout?.capsule;
  const demands =
    rollout?.demands ??
    floor.quorums.filter((quorum) => quorum.environment === environment).flatMap((quorum) => quorum.demands);
  const exclusions = rollout === undefined ? [] : exclusionsFor(rollout, people);
  return [...new Set(eligiblePeople(demands, people, exclusions).flatMap((demand) => demand.people))];
}

/** Before dispatch it is over at once; afterwards only the runner can say that nothing was touched (trap 6). */
export async function withdrawProposal(
  acting: Acting,
  exchange: OwnExchange<undefined, undefined>,
): Promise<Result<Answer>> {
  const { principal } = exchange;
  return onProposal(acting, exchange, async ({ carrier, attached }) => {
    const { proposal, state } = carrier.row;
    const owner = carrier.authority.trust.agents.get(proposal.agent)?.owner;
    const isAuthor = principal.kind === 'agent' ? principal.id === proposal.agent : principal.id === owner;
    if (!isAuthor) {
      const eligible = [`agent:${proposal.agent}`, ...(owner === undefined ? [] : [`person:${owner}`])];
      return refuse('forbidden', 'only its agent or the owner of that agent may withdraw it', {
        clause: 'A3',
        eligible,
      });
    }
    const isDispatched = state === 'DISPATCHED';
    const event: ProposalEvent = { type: isDispatched ? 'withdrawal-requested' : 'withdrawn' };
    const byWhom = `withdrawn by ${principal.id}`;
    const moved = carrier.attempt(event, isDispatched ? 'the runner is asked to leave it' : byWhom);
    if (!moved.ok) return moved;
    const { rollout } = attached;
    if (rollout?.state === 'built') carrier.writes.capsuleState(rollout.digest, 'void');
    // Still waiting for its proof: no gateway has ever seen it, and now none will.
    const isKept = isDispatched && rollout !== undefined && (await takeBack(carrier.work, rollout.digest));
    if (isKept) {
      carrier.move({ type: 'fenced' }, byWhom);
      carrier.writes.capsuleState(rollout.digest, 'void');
    } else if (isDispatched && rollout !== undefined) {
      const address = { organisation: principal.organisation, enclave: rollout.capsule.audience.enclave };
      await deliver(carrier.work.db, address, {
        kind: 'halt',
        capsule: rollout.digest,
        by: `${principal.kind}:${principal.id}`,
      });
    }
    carrier.leaf({ event: 'proposal.withdrawn', body: { by: principal.id, state: carrier.row.state } });
    return moved;
  });
}

async function onProposal(
  { deps, remediations }: Acting,
  exchange: OwnExchange<unknown, undefined>,
  act: (locked: UnderLock) => Promise<Result<true>>,
): Promise<Result<Answer>> {
  const { organisation } = exchange.principal;
  const id = exchange.params['id'] ?? '';
  const enclaves = new Set<string>();
  const answer = await underAuthority(deps.trust, organisation, (authority) =>
    exchange.commit((work) =>
      remediations.inside(work, { authority, proposal: id }, async (locked) => {
        const acted = await act(locked);
        if (!acted.ok) return acted;
        const { row } = locked.carrier;
        const enclave = locked.attached.rollout?.capsule.audience.enclave;
        if (enclave !== undefined) enclaves.add(enclave);
        return { ok: true, value: json({ id: row.id, state: row.state, reason: row.reason }) };
      }),
    ),
  );
  if (answer.ok) {
    for (const enclave of enclaves) deps.bus.publish('delivery', organisation, enclave);
    deps.wake(organisation, storedId<'Proposal'>(id));
  }
  return answer;
}
