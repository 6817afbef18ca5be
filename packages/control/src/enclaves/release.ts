/**
 * A capsule leaves only with the proof that its dispatch is in a record outside witnesses have seen (V3, X1). Told by the bus when
 * a checkpoint is witnessed; asks again after a gap, so a lost message delays and never loses.
 */
import { openStoredCapsule } from '../capsules/stored-capsule.ts';
import type { EnclaveId, OrganisationId } from '@countersign/core';
import { digestOf, encodeBase64 } from '@countersign/seal';
import { sql } from 'kysely';
import type { Deps } from '../deps.ts';
import { completeDelivery, type StoredCapsuleDelivery } from './deliveries.ts';

interface Waiting {
  readonly enclave: EnclaveId;
  readonly capsule: string;
  readonly seq: number;
  readonly leaf: Buffer;
  readonly dsse: unknown;
  readonly approvals: readonly unknown[] | null;
  readonly signals: readonly unknown[] | null;
  readonly validations: readonly unknown[] | null;
  readonly decision: Buffer | null;
  readonly risk: Buffer | null;
}

/** Newest passed drills whose signed reports go along: a fact that enables counts only with its knower's signature. */
const MAX_DRILLS = 5;
const AT_ONCE = 20;

export class Release {
  readonly #deps: Deps;
  readonly #running = new Map<OrganisationId, { isDirty: boolean }>();

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Returns at once; runs once more when it is asked while it runs. */
  tick(organisation: OrganisationId): void {
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
    const waiting = await this.#waiting(organisation);
    let released = 0;
    for (const one of waiting) {
      const proof = await this.#deps.proofs.witnessedProof(organisation, one.seq);
      if (proof === undefined) continue;
      const address = { organisation, enclave: one.enclave };
      if (
        !(await completeDelivery(this.#deps.store, address, {
          capsule: one.capsule,
          body: await this.#body(organisation, one, proof),
        }))
      )
        continue;
      released += 1;
      this.#deps.bus.publish('delivery', organisation, one.enclave);
    }
    return released;
  }

  async #waiting(organisation: OrganisationId): Promise<readonly Waiting[]> {
    const { rows } = await sql<Waiting>`select d.enclave, d.capsule, l.seq, l.bytes as leaf, c.dsse,
        (select json_agg(a.dsse order by a.received_at, a.person) from approval a
           where a.organisation = d.organisation and a.capsule = d.capsule) as approvals,
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
        and l.subject = 'capsule:' || substr(d.capsule, 8) and l.seq is not null
      where d.organisation = ${organisation} and d.kind = 'capsule' and d.body is null
      order by d.seq limit ${AT_ONCE}`.execute(this.#deps.store);
    return rows;
  }

  async #body(organisation: OrganisationId, one: Waiting, proof: string): Promise<StoredCapsuleDelivery> {
    const { capsule } = openStoredCapsule(one.capsule, one.dsse);
    const decision =
      one.decision !== null && digestOf(one.decision) === capsule.decision.digest ? one.decision : undefined;
    return {
      approvals: one.approvals ?? [],
      facts: [...(one.signals ?? []), ...(one.validations ?? [])],
      decision: encodeBase64(decision ?? (await this.#document(organisation, capsule.decision.digest))),
      riskAssessment: encodeBase64(one.risk ?? (await this.#document(organisation, capsule.riskAssessment))),
      leaf: encodeBase64(one.leaf),
      proof,
    };
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
