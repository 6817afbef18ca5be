/**
 * One remediation on its way through one transaction: the row under its lock, what rules, what is known, and what will be written.
 * Every step is a legal event of the proposal's machine or it does not happen (I1).
 */
import {
  assessRisk,
  nextState,
  parseDigest,
  planOf,
  plusMs,
  refuse,
  startRollout,
  viewOf,
  type Capsule,
  type Decision,
  type DecisionInputs,
  type Digest,
  type Instant,
  type Oracle,
  type Proposal,
  type ProposalEvent,
  type Result,
  type TargetId,
} from '@countersign/core';
import { canonicalBytes, digestOfDocument, type NarrowsEnvelope, type SealKey } from '@countersign/seal';
import { fitWithin } from '../capsules/fit-within.ts';
import { buildCapsule } from '../capsules/build-capsule.ts';
import { sealCapsule, statementOf, type SealedCapsule } from '../capsules/seal-capsule.ts';
import { capsuleSubject, type StoredCapsule } from '../capsules/stored-capsule.ts';
import type { Authority } from '../decisions/authority.ts';
import type { Knowledge } from '../decisions/load-knowledge.ts';
import { makeDecision, type DecisionMade } from '../decisions/make-decision.ts';
import type { ProposalRow } from '../proposals/proposal-row.ts';
import type { LeafDraft, Work } from '../store/transact.ts';
import { Writes } from './writes.ts';
import { storedId } from '../store/stored.parse.ts';

/** What every remediation needs beside its own facts. */
export interface Workshop {
  readonly oracle: Oracle;
  readonly signer: SealKey;
  readonly newId: (prefix: string) => string;
  readonly newNonce: () => string;
}

export interface Carried {
  readonly work: Work;
  readonly row: ProposalRow;
  readonly isNew: boolean;
  readonly authority: Authority;
  readonly knowledge: Knowledge;
  readonly workshop: Workshop;
}

/** The version that a new one replaces. */
export type Before = StoredCapsule & { readonly isSigned: boolean; readonly narrows: NarrowsEnvelope };

export class Carrier {
  readonly work: Work;
  readonly authority: Authority;
  readonly knowledge: Knowledge;
  readonly writes: Writes;
  readonly #workshop: Workshop;
  #row: ProposalRow;
  #hasMoved = false;
  #kept: readonly TargetId[] | undefined;

  constructor({ work, row, isNew, authority, knowledge, workshop }: Carried) {
    this.work = work;
    this.#row = row;
    this.authority = authority;
    this.knowledge = knowledge;
    this.#workshop = workshop;
    this.writes = new Writes(row, isNew);
    this.#hasMoved = isNew;
  }

  get row(): ProposalRow {
    return this.#row;
  }

  get now(): Instant {
    return this.work.context.now;
  }

  /** Moves the proposal, or throws: a step of ours that is not legal is a defect and must not be stored. */
  move(event: ProposalEvent, reason: string): void {
    const next = nextState(this.#row.state, event);
    if (!next.ok) throw new Error(`an illegal step was taken: ${next.refusal.detail}`);
    this.change({ state: next.value, reason });
  }

  /** An event somebody asked for: a pair that is not legal is refused, changes nothing and is put on record (409). */
  attempt(event: ProposalEvent, reason: string): Result<true> {
    const next = nextState(this.#row.state, event);
    if (!next.ok) {
      this.leaf({
        event: 'transition.refused',
        body: { asked: event.type, state: this.#row.state, revision: this.#row.revision },
      });
      return next;
    }
    this.change({ state: next.value, reason });
    return { ok: true, value: true };
  }

  change(changes: Partial<Pick<ProposalRow, 'state' | 'reason' | 'validationCapsule' | 'rolloutCapsule'>>): void {
    this.#row = { ...this.#row, ...changes, updatedAt: this.now };
    this.#hasMoved = true;
  }

  leaf(draft: Omit<LeafDraft, 'correlation' | 'subject'> & { readonly subject?: string }): Digest {
    const { id } = this.#row;
    return this.work.leaf({ subject: `proposal:${id}`, ...draft, correlation: id });
  }

  /** What is decided and built: the proposal, without targets that are gone since people signed for the rest (D6). */
  get proposal(): Proposal {
    const { proposal } = this.#row;
    return this.#kept === undefined ? proposal : { ...proposal, targets: this.#kept };
  }

  /** From here on only these of the proposal's targets are meant. */
  narrowTo(targets: readonly TargetId[]): void {
    this.#kept = targets;
  }

  /** Decides from what was read in this transaction and puts the decision on record. */
  decide(stage: Decision['stage']): DecisionMade {
    const { authority, knowledge, now, proposal } = this;
    const made = makeDecision({ proposal, stage, authority, knowledge, oracle: this.#workshop.oracle, now });
    this.writes.decision(made);
    // The leaf's body is the decision itself: its digest in the record is the one in the capsule.
    this.leaf({ event: 'decision.made', body: made.decision });
    const { alarm } = made.decision;
    // D1: an engine that fails or disagrees stops everything it is asked, and somebody has to hear of it.
    if (alarm !== undefined) this.leaf({ event: 'engine.failed', body: { decision: made.digest, alarm } });
    return made;
  }

  /** Builds and signs a capsule for a decision; the version before it is replaced. */
  build(purpose: Capsule['purpose'], made: DecisionMade, before?: Before): Result<SealedCapsule> {
    const { envelope, graph, trust } = this.authority;
    if (envelope === undefined || graph === undefined)
      return refuse('no-envelope', 'without an envelope and a graph nothing is built');
    const { proposal } = this;
    const risk = assessRisk({
      proposal,
      decision: made.decision,
      derived: made.derived,
      signals: this.knowledge.signals,
    });
    const fresh = buildCapsule({
      purpose,
      proposal,
      decision: made.decision,
      decisionDigest: made.digest,
      riskAssessment: this.work.keep('risk-assessment', canonicalBytes(risk)),
      trust: trust.bundle,
      envelope: { document: envelope.envelope, digest: envelope.digest },
      graph,
      id: storedId<'Capsule'>(this.#workshop.newId('C')),
      nonce: this.#workshop.newNonce(),
      inputs: this.#inputsOf(made),
      ...(before !== undefined && { before }),
      now: this.now,
    });
    if (!fresh.ok) return fresh;
    const fitting = { graph: graph.index, now: this.now };
    const capsule =
      before?.isSigned === true ? fitWithin(before, fresh.value, { ...fitting, narrows: before.narrows }) : fresh.value;
    const sealed = sealCapsule(capsule, this.#workshop.signer);
    this.writes.capsule(sealed, this.now);
    this.leaf({
      event: 'capsule.built',
      subject: capsuleSubject(sealed.digest),
      body: {
        capsule: sealed.digest,
        purpose,
        riskAssessment: capsule.riskAssessment,
        ...(capsule.parent !== undefined && { parent: capsule.parent }),
      },
    });
    return { ok: true, value: sealed };
  }

  #inputsOf({ decision: { facts } }: DecisionMade): DecisionInputs {
    const { validation } = this.knowledge;
    const run = facts.stagingValidated && validation !== undefined ? parseDigest(validation.capsule) : undefined;
    return {
      facts: digestOfDocument(facts),
      trust: this.authority.trust.digest,
      ...(run !== undefined && { validation: run }),
    };
  }

  /** Puts the dispatch on record. The leaf's body is the signed statement, so the leaf holds the capsule's own digest (V3). */
  dispatch(capsule: StoredCapsule): void {
    const { digest } = capsule;
    const { phase, breaker, counts } = viewOf(startRollout(planOf(capsule.capsule)));
    this.writes.dispatch({
      digest,
      proposal: this.#row.id,
      enclave: capsule.capsule.audience.enclave,
      counts: { ...counts, phase, breaker },
      at: this.now,
    });
    const body = this.leaf({
      event: 'capsule.dispatched',
      subject: capsuleSubject(digest),
      body: statementOf(capsule),
    });
    if (body !== digest) throw new Error('the record would name another capsule than the one that is sent');
  }

  async flush(): Promise<void> {
    if (this.#hasMoved) await this.writes.flush(this.work, this.#row);
  }

  /** Milliseconds from now, at least one second. */
  untilMs(instant: Instant, marginMs: number = 0): number {
    return Math.max(1000, Date.parse(plusMs(instant, marginMs)) - Date.parse(this.now));
  }
}
