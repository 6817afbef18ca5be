/** The gateway's long poll (X1): what waits for its enclave after its cursor, at once when there is something. */
import { MAX_NARROWINGS, type Capsule } from '@countersign/core';
import {
  MAX_ENVELOPE_BYTES,
  type CapsuleDelivery,
  type Delivery,
  type DsseEnvelope,
  type PollAnswer,
} from '@countersign/seal';
import { openStoredCapsule } from '../capsules/stored-capsule.ts';
import type { Deps } from '../deps.ts';
import type { Store } from '../store/schema.ts';
import { versionsBelow } from '../trust/versions.ts';
import { deliveriesAfter, lastNumber, MAX_DELIVERIES, type Address, type WaitingDelivery } from './deliveries.ts';
import { storedCapsuleDelivery, storedDelivery, storedDsse } from '../store/stored.parse.ts';

export interface Poll {
  readonly address: Address;
  readonly after: number;
  readonly waitMs: number;
  readonly closed: AbortSignal;
}

/** Where nothing was left behind a cursor, and what the bus had told by then; belongs to one database. */
interface Emptied {
  readonly after: number;
  readonly told: number;
}
const emptied = new WeakMap<Store, Map<string, Emptied>>();

/** Nothing was behind this cursor, and nothing has been written since: a gateway comes back with it at once. */
function isEmptyBehind({ store, bus }: Deps, { organisation, enclave }: Address, after: number): boolean {
  const known = emptied.get(store)?.get(`${organisation} ${enclave}`);
  return bus.isAlone && known?.after === after && known.told === bus.told('delivery');
}

function rememberEmptied({ store }: Deps, { organisation, enclave }: Address, found: Emptied): void {
  const known = emptied.get(store) ?? new Map<string, Emptied>();
  emptied.set(store, known.set(`${organisation} ${enclave}`, found));
}

export async function poll(deps: Deps, { address, after, waitMs, closed }: Poll): Promise<PollAnswer> {
  const deadline = performance.now() + waitMs;
  // The table is asked after every message and at the end of the wait, whatever is remembered.
  for (let isKnown = waitMs > 0 && isEmptyBehind(deps, address, after); ; isKnown = false) {
    const heard = new AbortController();
    const leave = (): void => heard.abort('left');
    closed.addEventListener('abort', leave, { once: true });
    const { organisation, enclave } = address;
    // Listening starts before the look, so a delivery between the two is not missed.
    const rung = deps.bus.wait(
      (change) => change.organisation === organisation && (change.subject === enclave || change.subject === ''),
      {
        topic: 'delivery',
        timeoutMs: deadline - performance.now(),
        closed: heard.signal,
      },
    );
    try {
      const told = deps.bus.isAlone ? deps.bus.told('delivery') : undefined;
      const rows = isKnown ? [] : await deliveriesAfter(deps.store, address, after);
      if (rows.length > 0) {
        const answer = await answerWith(deps, address, { rows, after });
        const isAll = rows.length < MAX_DELIVERIES && answer.deliveries.length === rows.length;
        if (isAll && told !== undefined) rememberEmptied(deps, address, { after: answer.next, told });
        return answer;
      }
      // A gateway that is ahead has seen what a backup does not hold: from its number on it would hear of no stop for long.
      const last = isKnown ? after : await lastNumber(deps.store, address);
      if (last < after) return { next: last, deliveries: [] };
      if (closed.aborted || (!isKnown && performance.now() >= deadline)) return { next: after, deliveries: [] };
      await rung;
    } finally {
      leave();
      closed.removeEventListener('abort', leave);
    }
  }
}

interface Waiting {
  readonly rows: readonly WaitingDelivery[];
  readonly after: number;
}

/** Ends behind the first large graph, so that an answer is bounded whatever estates are; the rest is asked for next. */
async function answerWith(deps: Deps, address: Address, { rows, after }: Waiting): Promise<PollAnswer> {
  const deliveries: PollAnswer['deliveries'][number][] = [];
  for (const row of rows) {
    const wire = await wireOf(deps, address, row);
    deliveries.push(wire);
    if (isLarge(wire.delivery)) break;
  }
  return { next: deliveries.at(-1)?.seq ?? after, deliveries };
}

const isLarge = (delivery: Delivery): boolean =>
  (delivery.kind === 'graph' || delivery.kind === 'capsule') &&
  delivery.graph !== undefined &&
  delivery.graph.payload.length > MAX_ENVELOPE_BYTES;

async function wireOf(deps: Deps, address: Address, row: WaitingDelivery): Promise<PollAnswer['deliveries'][number]> {
  // INVARIANT: only this folder writes deliveries, each by its type.
  if (row.kind !== 'capsule') return { seq: row.seq, delivery: storedDelivery(row.body) };
  const stored = storedCapsuleDelivery(row.body);
  const { dsse, capsule } = openStoredCapsule(digestIn(row), row.dsse);
  const { organisation } = address;
  const inline = stored.isInline === true ? await documentsOf(deps, organisation, capsule) : {};
  return {
    seq: row.seq,
    delivery: {
      kind: 'capsule',
      capsule: dsse,
      approvals: stored.approvals.map(storedDsse),
      ...(stored.parents !== undefined && { parents: stored.parents.map(storedDsse) }),
      ...inline,
      facts: stored.facts.map(storedDsse),
      decision: stored.decision,
      riskAssessment: stored.riskAssessment,
      leaf: stored.leaf,
      proof: stored.proof,
      ...(stored.links !== undefined && { links: stored.links }),
      ...(stored.campaign !== undefined && { campaign: stored.campaign }),
      ...(stored.status !== undefined && { status: stored.status }),
    },
  };
}

/** For a runner that says it does not have them; every enclave was sent them when they came into force. */
async function documentsOf(
  deps: Deps,
  organisation: string,
  { envelope, graph }: Capsule,
): Promise<Required<Pick<CapsuleDelivery, 'envelope' | 'since' | 'graph'>>> {
  const [signedEnvelope, signedGraph] = await Promise.all([
    signedDocument(deps, { organisation, table: 'envelope_version', digest: envelope.digest }),
    signedDocument(deps, { organisation, table: 'graph_version', digest: graph.digest }),
  ]);
  const since = await chainOf(deps, organisation, envelope);
  return { envelope: signedEnvelope, since, graph: signedGraph };
}

/** What a version that one person signed is proved with; nothing for one that two people signed. */
async function chainOf(
  { store }: Pick<Deps, 'store'>,
  organisation: string,
  { version }: Capsule['envelope'],
): Promise<readonly DsseEnvelope[]> {
  const [named, ...before] = await versionsBelow(store, organisation, {
    below: version + 1,
    limit: MAX_NARROWINGS + 1,
  });
  return before.slice(0, named?.narrowings ?? 0).map(({ dsse }) => dsse);
}

const digestIn = ({ capsule }: WaitingDelivery): string => {
  if (capsule === null) throw new Error('a delivery of a capsule names none');
  return capsule;
};

interface Wanted {
  readonly organisation: string;
  readonly table: 'envelope_version' | 'graph_version';
  readonly digest: string;
}

const MAX_REMEMBERED = 32;
/** Signed documents never change under their digest; what is remembered belongs to one database. */
const remembered = new WeakMap<Store, Map<string, DsseEnvelope>>();

async function signedDocument(
  { store }: Pick<Deps, 'store'>,
  { organisation, table, digest }: Wanted,
): Promise<DsseEnvelope> {
  const known = remembered.get(store) ?? new Map<string, DsseEnvelope>();
  remembered.set(store, known);
  const key = `${organisation} ${digest}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  const row = await store
    .selectFrom(table)
    .select('dsse')
    .where('organisation', '=', organisation)
    .where('digest', '=', digest)
    .executeTakeFirst();
  if (row === undefined) throw new Error(`the signed document ${digest} is not stored`);
  // INVARIANT: read by its shape before it was stored.
  const dsse = storedDsse(row.dsse);
  // Each of these may be 45 MB, and is asked for only by a runner that lost it.
  if (dsse.payload.length > MAX_ENVELOPE_BYTES) return dsse;
  const [oldest] = known.keys();
  if (known.size >= MAX_REMEMBERED && oldest !== undefined) known.delete(oldest);
  known.set(key, dsse);
  return dsse;
}
