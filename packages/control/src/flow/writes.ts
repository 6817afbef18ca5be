/**
 * What one use case changes, gathered and written in one statement: round trips are what the autonomous path waits for. The move
 * of the proposal is compare-and-set on revision and state, so a decision never lands on a proposal that moved on (trap 5).
 */
import type { Decision, Digest, EnclaveId, Instant, ProposalId, ProposalState } from '@countersign/core';
import { sql } from 'kysely';
import type { DecisionMade } from '../decisions/make-decision.ts';
import type { SealedCapsule } from '../capsules/seal-capsule.ts';
import type { ProposalRow } from '../proposals/proposal-row.ts';
import { WITH_NEXT } from '../store/together.ts';
import type { Work } from '../store/transact.ts';

type CapsuleState = 'built' | 'dispatched' | 'refused' | 'running' | 'finished' | 'void';

interface ManualWork {
  readonly proposal: ProposalId;
  readonly revision: number;
  readonly title: string;
  readonly why: string;
  readonly missing: readonly string[];
}

export class Writes {
  /** A proposal that is not in the table yet. */
  readonly isNew: boolean;
  readonly #before: Pick<ProposalRow, 'state' | 'revision'>;
  readonly #decisions: object[] = [];
  readonly #decided: Digest[] = [];
  readonly #capsules: (Readonly<Record<string, unknown>> & { readonly digest: Digest })[] = [];
  readonly #states = new Map<Digest, CapsuleState>();
  readonly #made = new Set<Digest>();
  readonly #rollouts: object[] = [];
  readonly #works: ManualWork[] = [];
  readonly #deliveries: { readonly enclave: EnclaveId; readonly capsule: Digest }[] = [];

  constructor(row: ProposalRow, isNew: boolean) {
    this.#before = { state: row.state, revision: row.revision };
    this.isNew = isNew;
  }

  decision({ decision, digest }: DecisionMade): void {
    const { proposal, revision, stage, verdict, decidedAt } = decision;
    this.#decided.push(digest);
    this.#decisions.push({
      proposal,
      revision,
      stage,
      digest,
      verdict,
      document: decision satisfies Decision,
      made_at: decidedAt,
    });
  }

  capsule({ digest, capsule, dsse }: SealedCapsule, at: Instant): void {
    const { id, purpose, proposal, audience, riskAssessment } = capsule;
    this.#made.add(digest);
    this.#states.set(digest, 'built');
    this.#capsules.push({
      digest,
      id,
      proposal: proposal.id,
      revision: proposal.revision,
      purpose,
      enclave: audience.enclave,
      dsse,
      risk: riskAssessment,
      created_at: at,
    });
  }

  /** What people now have to do by hand (D1). */
  manualWork(work: ManualWork): void {
    this.#works.push(work);
  }

  capsuleState(digest: Digest, state: CapsuleState): void {
    this.#states.set(digest, state);
  }

  /** The capsule waits for its inclusion proof; its rollout is known from here on. */
  dispatch(sent: {
    readonly digest: Digest;
    readonly proposal: ProposalId;
    readonly enclave: EnclaveId;
    readonly counts: object;
    readonly at: Instant;
  }): void {
    const { digest, proposal, enclave, counts, at } = sent;
    this.#states.set(digest, 'dispatched');
    this.#deliveries.push({ enclave, capsule: digest });
    this.#rollouts.push({ capsule: digest, proposal, counts, updated_at: at });
  }

  #lastDecision(): string | null {
    return this.#decided.at(-1) ?? null;
  }

  get enclaves(): readonly EnclaveId[] {
    return this.#deliveries.map(({ enclave }) => enclave);
  }

  /** Writes everything. When somebody moved the proposal although its row was locked, it divides by nought and nothing is kept. */
  async flush({ db, context }: Work, row: ProposalRow): Promise<void> {
    const { organisation } = context;
    const capsules = this.#capsules.map((capsule) => ({
      ...capsule,
      state: this.#states.get(capsule.digest),
    }));
    const states = [...this.#states].flatMap(([digest, state]) => (this.#made.has(digest) ? [] : [{ digest, state }]));
    const moved = this.isNew ? insertion(row) : movement(row, this.#before);
    await sql`
      with moved as (${moved}),
      decided as (
        insert into decision (organisation, proposal, revision, stage, digest, verdict, document, made_at)
        select ${organisation}, proposal, revision, stage, digest, verdict, document, made_at
        from jsonb_to_recordset(${JSON.stringify(this.#decisions)}::jsonb)
          as d (proposal text, revision int, stage text, digest text, verdict text, document jsonb, made_at timestamptz)
        on conflict do nothing),
      built as (
        insert into capsule (organisation, digest, id, proposal, revision, purpose, enclave, dsse, risk, state, created_at)
        select ${organisation}, digest, id, proposal, revision, purpose, enclave, dsse, risk, state, created_at
        from jsonb_to_recordset(${JSON.stringify(capsules)}::jsonb)
          as c (digest text, id text, proposal text, revision int, purpose text, enclave text, dsse jsonb, risk text, state text,
                created_at timestamptz)),
      changed as (
        update capsule set state = s.state
        from jsonb_to_recordset(${JSON.stringify(states)}::jsonb) as s (digest text, state text)
        where capsule.organisation = ${organisation} and capsule.digest = s.digest),
      awaited as (
        insert into rollout (organisation, capsule, proposal, phase, counts, trip, last_event, updated_at)
        select ${organisation}, capsule, proposal, 'waiting', counts, 0, 0, updated_at
        from jsonb_to_recordset(${JSON.stringify(this.#rollouts)}::jsonb) 
          as r (capsule text, proposal text, counts jsonb, updated_at timestamptz)),
      handed as (
        insert into manual_work (organisation, proposal, revision, title, why, missing, decision, state, opened_at)
        select ${organisation}, proposal, revision, title, why, missing, ${this.#lastDecision()}, 'open', ${context.now}::timestamptz
        from jsonb_to_recordset(${JSON.stringify(this.#works)}::jsonb)
          as w (proposal text, revision int, title text, why text, missing jsonb)
        on conflict do nothing),
      sent as (
        insert into delivery (organisation, enclave, kind, capsule, body)
        select ${organisation}, enclave, 'capsule', capsule, null
        from jsonb_to_recordset(${JSON.stringify(this.#deliveries)}::jsonb) as d (enclave text, capsule text))
      select 1 / count(*) from moved ${sql.raw(WITH_NEXT)}`.execute(db);
  }
}

type Fragment = ReturnType<typeof sql<unknown>>;

const insertion = (row: ProposalRow): Fragment => sql`
  insert into proposal (organisation, id, revision, state, agent, triage, document, change_digest, intent, reason,
                        validation_capsule, rollout_capsule, created_at, updated_at)
  values (${row.organisation}, ${row.id}, ${row.revision}, ${row.state}, ${row.proposal.agent}, ${row.triage},
          ${JSON.stringify(row.proposal)}::jsonb, ${row.proposal.changeDigest}, ${row.intent}, ${row.reason},
          ${row.validationCapsule}, ${row.rolloutCapsule}, ${row.createdAt}::timestamptz, ${row.updatedAt}::timestamptz)
  returning 1`;

const movement = (
  row: ProposalRow,
  before: { readonly state: ProposalState; readonly revision: number },
): Fragment => sql`
  update proposal set state = ${row.state}, reason = ${row.reason}, validation_capsule = ${row.validationCapsule},
                      rollout_capsule = ${row.rolloutCapsule}, updated_at = ${row.updatedAt}::timestamptz
  where organisation = ${row.organisation} and id = ${row.id} and revision = ${before.revision} and state = ${before.state}
  returning 1`;
