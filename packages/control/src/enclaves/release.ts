/**
 * A capsule leaves only with the proof that its dispatch is in a record outside witnesses have seen (V3, X1). Told by the bus when
 * a checkpoint is witnessed; asks again after a gap, so a lost message delays and never loses.
 */
import { verifyInChain } from '../approvals/verify-approval.ts';
import { MAX_POLICIES, narrowsAmong, storedChain, type StoredVersion } from '../capsules/stored-chain.ts';
import { capsuleSubject, openStoredCapsule, type StoredCapsule } from '../capsules/stored-capsule.ts';
import type { EnclaveId, OrganisationId } from '@countersign/core';
import {
  digestOf,
  encodeBase64,
  MAX_RECORD_LINKS,
  NOTHING_PROVED,
  standingApprovals,
  type CapsuleChain,
  type DsseEnvelope,
} from '@countersign/seal';
import { sql } from 'kysely';
import type { Deps } from '../deps.ts';
import type { StoredCheckpoint } from '../record/checkpoints.ts';
import { newestStatus } from '../record/status.ts';
import { findCampaignOf } from '../campaigns/find-campaign.ts';
import { memberDelivery } from '../campaigns/member-delivery.ts';
import type { LinkedProof } from '../record/proofs.ts';
import { storedDsse } from '../store/stored.parse.ts';
import { completeDelivery, shownSizes, type Address, type StoredCapsuleDelivery } from './deliveries.ts';

interface Waiting {
  readonly enclave: EnclaveId;
  readonly capsule: string;
  readonly seq: number;
  readonly leaf: Buffer;
  readonly dsse: unknown;
  readonly approvals: readonly unknown[] | null;
  readonly earlier: readonly StoredVersion[] | null;
  readonly signals: readonly unknown[] | null;
  readonly validations: readonly unknown[] | null;
  readonly decision: Buffer | null;
  readonly risk: Buffer | null;
}

/** Places in the record: after the one, below the other. */
interface Between {
  readonly after: number;
  readonly below: number;
}

/** Newest passed drills whose signed reports go along: a fact that enables counts only with its knower's signature. */
const MAX_DRILLS = 5;
const AT_ONCE = 20;
/** Whatever takes longer is found by the regular look. */
const EXPECTED_MS = 60_000;
const EVERYTHING = Number.MAX_SAFE_INTEGER;

const keyOf = (organisation: OrganisationId, subject: string): string => `${organisation} ${subject}`;

export class Release {
  readonly #deps: Deps;
  /** Capsules that this process has put on record, with when. */
  readonly #expected = new Map<string, number>();
  /** What waited when the record grew last. */
  readonly #ready = new Map<OrganisationId, Promise<readonly Waiting[]>>();
  readonly #running = new Map<OrganisationId, { isDirty: boolean }>();
  /** Sizes of the records that enclaves were shown; another process may have shown others. */
  readonly #shown = new Map<string, readonly number[]>();

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** A capsule of this process waits from now on. */
  expect(organisation: OrganisationId, subject: string): void {
    this.#expected.set(keyOf(organisation, subject), performance.now());
  }

  /** The record has grown: what waits is read while the witnesses look at it. */
  grown(organisation: OrganisationId): void {
    if (this.#expected.size === 0 || !this.#deps.bus.isAlone) return;
    // A failure shows where it is asked for, and the table is asked again.
    this.#ready.set(
      organisation,
      this.#waiting(organisation, { after: -1, below: EVERYTHING }).catch(() => []),
    );
  }

  /** A checkpoint is witnessed; when nobody else is there and nothing of this process waits, nothing waits. */
  witnessed(organisation: OrganisationId): void {
    const nowMs = performance.now();
    // What was taken back before it left is forgotten too.
    for (const [key, sinceMs] of this.#expected) if (nowMs - sinceMs > EXPECTED_MS) this.#expected.delete(key);
    if (this.#expected.size > 0 || !this.#deps.bus.isAlone) this.#begin(organisation);
  }

  /** Looks into the table, whatever is remembered. Returns at once. */
  tick(organisation: OrganisationId): void {
    this.#ready.delete(organisation);
    this.#begin(organisation);
  }

  /** Runs once more when it is asked while it runs. */
  #begin(organisation: OrganisationId): void {
    const running = this.#running.get(organisation);
    if (running !== undefined) {
      running.isDirty = true;
      return;
    }
    const state = { isDirty: false };
    this.#running.set(organisation, state);
    void this.#run(organisation, state).finally(() => this.#running.delete(organisation));
  }

  async #run(organisation: OrganisationId, state: { isDirty: boolean }): Promise<void> {
    do {
      state.isDirty = false;
      try {
        await this.release(organisation);
      } catch (error) {
        this.#deps.report({ where: 'release', error: error instanceof Error ? error.message : String(error) });
      }
    } while (state.isDirty);
  }

  /** Completes every delivery whose leaf is witnessed; returns how many. */
  async release(organisation: OrganisationId): Promise<number> {
    const witnessed = await this.#deps.proofs.witnessed(organisation, 1);
    if (witnessed === undefined) return 0;
    const ready = await this.#releaseReady(organisation, witnessed);
    if (ready.isAll) return ready.released;
    let { released } = ready;
    for (let after = -1; ;) {
      const waiting = await this.#waiting(organisation, { after, below: witnessed.size });
      for (const one of waiting) if (await this.#releaseOne(organisation, one, witnessed)) released += 1;
      const last = waiting.at(-1);
      if (last === undefined || waiting.length < AT_ONCE) return released;
      after = last.seq;
    }
  }

  /** What was read when the record grew. That is all there is when nobody else is there and nothing more of this process waits. */
  async #releaseReady(
    organisation: OrganisationId,
    witnessed: StoredCheckpoint,
  ): Promise<{ readonly released: number; readonly isAll: boolean }> {
    const reading = this.#ready.get(organisation);
    const ready = (await reading) ?? [];
    const waiting = new Set<string>();
    for (const one of ready) {
      const isReleased = one.seq < witnessed.size && (await this.#releaseOne(organisation, one, witnessed));
      if (!isReleased) waiting.add(keyOf(organisation, capsuleSubject(one.capsule)));
    }
    // What waits for the status that counts it is still as it was read; what the record got meanwhile was read anew.
    if (waiting.size === 0 && this.#ready.get(organisation) === reading) this.#ready.delete(organisation);
    const isAll = ready.length > 0 && ready.length < AT_ONCE && this.#deps.bus.isAlone;
    return {
      released: ready.length - waiting.size,
      isAll:
        isAll &&
        [...this.#expected.keys()].every((key) => waiting.has(key) || !key.startsWith(keyOf(organisation, ''))),
    };
  }

  /** One that cannot leave is told and stays; those behind it do not wait for it. */
  async #releaseOne(organisation: OrganisationId, one: Waiting, witnessed: StoredCheckpoint): Promise<boolean> {
    const { proofs, store, bus, report } = this.#deps;
    const { enclave, capsule } = one;
    try {
      const address = { organisation, enclave };
      const from = await this.#sizesShown(address);
      const stored = openStoredCapsule(capsule, one.dsse);
      const status = await this.#statusFor(organisation, stored, one.seq);
      if (status === 'awaited') return false;
      const leaf = { seq: one.seq, bytes: one.leaf };
      const proof = await proofs.linkedProofOf(organisation, leaf, { checkpoint: witnessed, from });
      if (!proof.ok) throw new Error(`${capsule}: ${proof.refusal.detail}`);
      const body = { ...(await this.#body(organisation, one, { stored, shown: proof.value })), ...status };
      if (!(await completeDelivery(store, address, { capsule, body }))) return false;
      const sizes = [...new Set([witnessed.size, ...from])].toSorted((a, b) => b - a);
      this.#shown.set(`${organisation} ${enclave}`, sizes.slice(0, MAX_RECORD_LINKS));
      this.#expected.delete(keyOf(organisation, capsuleSubject(capsule)));
      bus.publish('delivery', organisation, enclave);
      return true;
    } catch (error) {
      report({ where: 'release', error: error instanceof Error ? error.message : String(error) });
      return false;
    }
  }

  async #sizesShown(address: Address): Promise<readonly number[]> {
    const known = this.#deps.bus.isAlone ? this.#shown.get(`${address.organisation} ${address.enclave}`) : undefined;
    return known ?? shownSizes(this.#deps.store, address);
  }

  /** In the order of the record, a page at a time. */
  async #waiting(organisation: OrganisationId, leaf: Between): Promise<readonly Waiting[]> {
    const { rows } = await sql<Waiting>`select d.enclave, d.capsule, l.seq, l.bytes as leaf, c.dsse,
        (select json_agg(a.dsse order by a.received_at, a.person) from approval a
           where a.organisation = d.organisation and (a.capsule = d.capsule or a.capsule in (select v.digest from capsule v
             where v.organisation = d.organisation and v.proposal = c.proposal and v.id = c.id))) as approvals,
        (select json_agg(json_build_object('digest', v.digest, 'dsse', v.dsse)) from capsule v
           where v.organisation = d.organisation and v.proposal = c.proposal and v.id = c.id and v.state = 'void') as earlier,
        (select json_agg(s.dsse) from signal s where s.organisation = d.organisation and s.dsse is not null
           and s.id in (select jsonb_array_elements_text(p.document->'signals'))) as signals,
        (select json_agg(v.dsse) from validation v where v.organisation = d.organisation
           and (v.proposal = c.proposal or v.capsule in (
             select evidence from drill where organisation = d.organisation and action = p.document->'change'->>'action'
             order by at desc limit ${MAX_DRILLS}))) as validations,
        (select doc.bytes from decision de join document doc on doc.organisation = de.organisation and doc.digest = de.digest
           where de.organisation = d.organisation and de.proposal = c.proposal and de.made_at <= c.created_at
           order by de.made_at desc limit 1) as decision,
        (select doc.bytes from document doc where doc.organisation = d.organisation and doc.digest = c.risk) as risk
      from delivery d
      join capsule c on c.organisation = d.organisation and c.digest = d.capsule
      join proposal p on p.organisation = d.organisation and p.id = c.proposal
      join leaf l on l.organisation = d.organisation and l.correlation = c.proposal and l.event = 'capsule.dispatched'
        and l.subject = 'capsule:' || substr(d.capsule, 8) and l.seq > ${leaf.after} and l.seq < ${leaf.below}
      where d.organisation = ${organisation} and d.kind = 'capsule' and d.body is null
      order by l.seq limit ${AT_ONCE}`.execute(this.#deps.store);
    return rows;
  }

  /** What runs alone leaves with the witness's statement that counts it (I14); the bus tells of the next one. */
  async #statusFor(
    organisation: OrganisationId,
    { capsule }: StoredCapsule,
    seq: number,
  ): Promise<Pick<StoredCapsuleDelivery, 'status'> | 'awaited'> {
    if (capsule.purpose !== 'rollout' || capsule.decision.verdict !== 'autonomous') return {};
    const newest = await newestStatus(this.#deps, organisation);
    return newest !== undefined && newest.status.checkpoint.size > seq ? { status: newest.dsse } : 'awaited';
  }

  async #body(
    organisation: OrganisationId,
    one: Waiting,
    { stored, shown }: { readonly stored: StoredCapsule; readonly shown: LinkedProof },
  ): Promise<StoredCapsuleDelivery> {
    const { capsule } = stored;
    const decision =
      one.decision !== null && digestOf(one.decision) === capsule.decision.digest ? one.decision : undefined;
    return {
      ...(await this.#standing(organisation, stored, one)),
      facts: [...(one.signals ?? []), ...(one.validations ?? [])],
      decision: encodeBase64(decision ?? (await this.#document(organisation, capsule.decision.digest))),
      riskAssessment: encodeBase64(one.risk ?? (await this.#document(organisation, capsule.riskAssessment))),
      leaf: encodeBase64(one.leaf),
      ...shown,
      ...(await this.#campaign(organisation, stored)),
    };
  }

  /** A runner refuses a capsule with a single approval that no longer holds; one that was not needed must not stop the others. */
  async #standing(
    organisation: OrganisationId,
    stored: StoredCapsule,
    { approvals, earlier }: Pick<Waiting, 'approvals' | 'earlier'>,
  ): Promise<{ readonly approvals: readonly DsseEnvelope[]; readonly parents?: readonly DsseEnvelope[] }> {
    const { trust, clock } = this.#deps;
    const roster = (await trust.bundle(organisation))?.bundle.people ?? [];
    const chain = await this.#chain(organisation, stored, earlier ?? []);
    const bound = (approvals ?? []).map(storedDsse).flatMap((dsse) => {
      const verified = verifyInChain(dsse, chain, { roster, now: clock() });
      return verified.ok ? [{ ...verified.value, dsse }] : [];
    });
    const standing = standingApprovals(chain, bound).flatMap(({ signed }) => signed);
    const parents = chain.versions.slice(1).map(({ read }) => read.digest);
    const isCarried = standing.some(({ approval }) => parents.includes(approval.capsule));
    const sent = parents.flatMap((digest) => (earlier ?? []).filter((version) => version.digest === digest));
    return {
      approvals: standing.map(({ dsse }) => dsse),
      ...(isCarried && { parents: sent.map(({ dsse }) => storedDsse(dsse)) }),
    };
  }

  /** Asked for only where people approve: what runs alone is of no campaign (C4). */
  async #campaign(
    organisation: OrganisationId,
    { capsule, digest }: StoredCapsule,
  ): Promise<Pick<StoredCapsuleDelivery, 'campaign'>> {
    if (capsule.purpose !== 'rollout' || capsule.decision.verdict !== 'needs-approval') return {};
    const { store, trust, clock } = this.#deps;
    const found = await findCampaignOf(store, organisation, digest);
    const bundle = found === undefined ? undefined : (await trust.bundle(organisation))?.bundle;
    if (found === undefined || bundle === undefined) return {};
    return { campaign: memberDelivery(found, digest, { bundle, now: clock() }) };
  }

  async #chain(
    organisation: OrganisationId,
    stored: StoredCapsule,
    earlier: readonly StoredVersion[],
  ): Promise<CapsuleChain> {
    if (earlier.length === 0) return storedChain(stored, [], NOTHING_PROVED);
    const policies = await this.#deps.store
      .selectFrom('envelope_version')
      .select('dsse')
      .where('organisation', '=', organisation)
      .orderBy('version', 'desc')
      .limit(MAX_POLICIES)
      .execute();
    return storedChain(stored, earlier, narrowsAmong(policies.map(({ dsse }) => dsse)));
  }

  async #document(organisation: OrganisationId, digest: string): Promise<Buffer> {
    const row = await this.#deps.store
      .selectFrom('document')
      .select('bytes')
      .where('organisation', '=', organisation)
      .where('digest', '=', digest)
      .executeTakeFirst();
    if (row === undefined) throw new Error(`the document ${digest} of a capsule is not stored`);
    return row.bytes;
  }
}
