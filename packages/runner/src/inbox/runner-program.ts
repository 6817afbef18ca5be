/**
 * The runner (X1): reads a folder, talks to targets, opens no other connection and listens on nothing. Stops are looked for first;
 * everything that is refused is journaled and reported.
 */
import { parseDigest, type Digest, type Result, type TargetId } from '@countersign/core';
import { deliveryShape, digestOf, MAX_DELIVERY_BYTES, type CapsuleDelivery, type Delivery } from '@countersign/seal';
import type { Rollout } from '../act/rollout.ts';
import { Admitted } from '../admit/admit.ts';
import type { GateContext } from '../admit/context.ts';
import { isNotice, isNumbered, noticeShape, type RefusedAtGateway } from '../gateway/notice.ts';
import type { Entry } from '../journal/entry.ts';
import type { OpenCapsule } from '../journal/rows.parse.ts';
import type { Catalogue } from '../preflight/catalogue.ts';
import { readBytes, readPlanted } from '../preflight/read-file.ts';
import type { RunnerConfig } from '../preflight/runner-config.ts';
import type { DropFolder } from './drop-folder.ts';
import { checkLateRollback } from './late-rollback.ts';
import { admissionEntries, openRollout, storedDelivery, type RolloutHouse } from './open-rollout.ts';
import { checkSignedResume, readResume } from './resume.ts';
import { leaveFor, type Leaving } from './leave.ts';
import { allOf, Mailbox, type Letter } from './mailbox.ts';
import { RecordView } from './record-view.ts';
import type { Standing } from './standing.ts';
import type { Journal } from '../journal/journal.ts';
import { copyOr, haltedBefore, JOURNAL_BROKEN, NO_SUCH_ROLLOUT, NONCE_USED, subjectOf } from './known-refusals.ts';

export interface RunnerParts extends Omit<RolloutHouse, 'context'> {
  readonly config: RunnerConfig;
  readonly catalogue: Catalogue;
  readonly journal: Journal;
  readonly standing: Standing;
  readonly inbox: DropFolder;
  /** Ends the program: it can no longer keep its record. */
  readonly onFault: () => void;
}

/** Files of the inbox between two turns of the rollouts. */
const AT_ONCE = 32;
/** Stops before everything else; then in the order of delivery. */
const isStop = (name: string): boolean => name.endsWith('-halt.json');
/** A gateway repeats what it numbered; a person who copies the same stop or way back into the folder once more means it. */
const mayComeAgain = (name: string, { kind }: Delivery): boolean =>
  (kind === 'halt' || kind === 'rollback') && !isNumbered(name);

export class RunnerProgram {
  readonly #parts: RunnerParts;
  readonly #house: RolloutHouse;
  readonly #rollouts: Map<Digest, Rollout> = new Map();
  readonly #mail: Mailbox;
  readonly #leaving: Leaving;
  readonly #view: RecordView;
  /** The journal does not know yet what has only been admitted. */
  #newest: GateContext['newest'];
  #isJournalBroken = false;
  #isStopping = false;

  constructor(parts: RunnerParts) {
    this.#parts = parts;
    const { tools, outbox, log } = parts;
    this.#house = { tools, outbox, log, context: () => this.#context() };
    const { config, journal, inbox, standing } = parts;
    this.#view = new RecordView(journal, config);
    this.#leaving = { standing, clock: tools.clock, context: () => this.#context() };
    const onFault = (event: string, error: unknown): void => this.#fault(event, error);
    this.#mail = new Mailbox({ config, journal, outbox, inbox, clock: tools.clock, view: this.#view, log, onFault });
  }

  /** Rollouts that are not finished, by capsule. */
  get rollouts(): ReadonlyMap<Digest, Rollout> {
    return this.#rollouts;
  }

  #context(): GateContext {
    const { config, catalogue, journal, standing, inbox, tools } = this.#parts;
    const { trust, status } = standing;
    const { seen } = this.#view;
    const busy = [...this.#rollouts.values()].flatMap(({ work }): readonly TargetId[] =>
      work.capsule.targets.map(({ id }) => id),
    );
    return {
      config,
      catalogue,
      inventory: tools.inventory,
      journal,
      documents: standing.documents,
      ...(trust !== undefined && { trust }),
      ...(status !== undefined && { status }),
      ...(seen !== undefined && { seen }),
      ...(this.#newest !== undefined && { newest: this.#newest }),
      now: tools.clock.now(),
      isClockSteady: standing.isClockSteady,
      isStopped: inbox.hasHalt(),
      busyTargets: new Set(busy),
    };
  }

  /** After a start: unfinished rollouts go on from the journal; nothing that was begun is begun again (X7). */
  recover(): void {
    this.#parts.outbox.flush();
    for (const row of this.#parts.journal.openCapsules()) {
      const reopened = this.#reopen(row, []);
      // What it touched cannot be told, so nothing new may run beside it until a person has looked.
      if (!reopened.ok) this.#isJournalBroken = true;
    }
  }

  #reopen(row: OpenCapsule, entries: readonly Entry[]): Result<Rollout> {
    const opened = this.#openStored(row, entries);
    if (opened.ok) this.#run(opened.value);
    else this.#parts.log('journal-broken', { capsule: row.capsule, detail: opened.refusal.detail });
    return opened;
  }

  #openStored(row: OpenCapsule, entries: readonly Entry[]): Result<Rollout> {
    const stored = storedDelivery(row);
    if (!stored.ok) return stored;
    const { delivery, signed } = stored.value;
    const committed = (): void => this.#parts.outbox.flush();
    const leave = leaveFor(delivery, this.#leaving);
    return openRollout(this.#house, { signed, leave, entries, admittedAt: row.admittedAt, committed });
  }

  #run(rollout: Rollout): void {
    const { digest } = rollout.work;
    this.#rollouts.set(digest, rollout);
    rollout.run().then(
      (view) => this.#ended(digest, view.phase.name),
      (error: unknown) => {
        rollout.stop();
        this.#rollouts.delete(digest);
        this.#fault('rollout-broken', error, { capsule: digest });
      },
    );
  }

  #ended(digest: Digest, phase: string): void {
    this.#rollouts.delete(digest);
    this.#parts.log('rollout-ended', { capsule: digest, detail: phase });
  }

  /** The journal or the outbox could not be written: this program must not go on as if it had been (I6, G7). */
  #fault(event: string, error: unknown, fields: Readonly<Record<string, string>> = {}): void {
    this.#parts.log(event, { ...fields, detail: error instanceof Error ? error.message : 'unknown' });
    this.stop();
    this.#parts.onFault();
  }

  /** One look at the inbox: stops first, a few at a time, so that a full folder holds up neither a stop nor the rollouts (X5). */
  async look(): Promise<void> {
    try {
      await this.#lookThrough();
    } catch (error) {
      this.#fault('inbox-broken', error);
    }
  }

  async #lookThrough(): Promise<void> {
    const { inbox } = this.#parts;
    const unsettled = new Set<string>();
    for (;;) {
      if (inbox.hasHalt()) this.#haltAll('the file HALT in the inbox');
      const names = inbox.names().filter((name) => !this.#mail.inHand.has(name) && !unsettled.has(name));
      const ordered = [...names.filter(isStop), ...names.filter((name) => !isStop(name))];
      for (const name of ordered.slice(0, AT_ONCE)) if (!this.#open(name)) unsettled.add(name);
      if (names.length <= AT_ONCE || this.#isStopping) return;
      await new Promise((resolve) => void setImmediate(resolve));
    }
  }

  /** False when somebody may still be writing the file: it is looked at again. */
  #open(name: string): boolean {
    const { inbox, journal } = this.#parts;
    const bytes = readPlanted(inbox.at(name), MAX_DELIVERY_BYTES);
    const letter: Letter = { name, digest: digestOf(bytes.ok ? bytes.value : Buffer.from(name)) };
    const notice = bytes.ok && isNotice(name) ? readBytes(bytes.value, noticeShape, MAX_DELIVERY_BYTES) : undefined;
    const delivery = bytes.ok ? readBytes(bytes.value, deliveryShape, MAX_DELIVERY_BYTES) : bytes;
    if (journal.hasDelivered(name, letter.digest) && !(delivery.ok && mayComeAgain(name, delivery.value)))
      inbox.remove(name);
    else if (notice?.ok === true) this.#refuseFor(letter, notice.value);
    else if (!delivery.ok && this.#mail.isYoung(name)) return false;
    else if (delivery.ok) this.#take(letter, delivery.value);
    else this.#mail.refuse(letter, letter.digest, delivery.refusal);
    return true;
  }

  /** The gateway did not let it in; said here, where refusals are journaled and signed. */
  #refuseFor(letter: Letter, { subject, code, detail }: RefusedAtGateway): void {
    this.#mail.refuse(letter, subject, { code, detail, clause: 'X1' });
  }

  #take(letter: Letter, delivery: Delivery): void {
    const { standing } = this.#parts;
    const { documents, trust } = standing;
    switch (delivery.kind) {
      case 'trust':
        return this.#mail.settle(letter, standing.acceptTrust(delivery.trust));
      case 'graph':
        return this.#mail.keep(letter, documents.accept('graph', delivery.graph, trust));
      case 'envelope':
        return this.#mail.keep(letter, documents.accept('envelope', delivery.envelope, trust, delivery.since));
      case 'status': {
        const before = standing.status?.halts ?? [];
        this.#mail.settleSoon(letter, standing.acceptStatus(delivery.status));
        return this.#obeyStatus(before);
      }
      case 'halt':
        return this.#haltFor(letter, delivery);
      case 'capsule':
        return this.#admit(letter, delivery);
      case 'resume':
        return this.#resume(letter, delivery);
      case 'rollback':
        return this.#rollback(letter, delivery);
    }
  }

  #admit(letter: Letter, delivery: CapsuleDelivery): void {
    const { standing } = this.#parts;
    const before = standing.status?.halts ?? [];
    if (standing.hear(delivery.status)) this.#obeyStatus(before);
    const admitted = this.#isJournalBroken ? JOURNAL_BROKEN : Admitted.check(delivery, this.#context());
    if (!admitted.ok) {
      this.#view.refused(delivery, standing.trust);
      const subject = subjectOf(delivery) ?? letter.digest;
      return this.#mail.refuse(letter, subject, copyOr(admitted.refusal, this.#rollouts.has(subject)));
    }
    const { capsule, digest } = admitted.value;
    // The journal does not know yet what has only been admitted.
    if (this.#holdsNonce(capsule.nonce)) return this.#mail.refuse(letter, digest, NONCE_USED);
    const by = this.#parts.journal.note(digest, 'halt', 'asked');
    if (by !== undefined) return this.#mail.refuse(letter, digest, haltedBefore(by));
    return this.#begin(letter, delivery, admitted.value);
  }

  #begin(letter: Letter, delivery: CapsuleDelivery, admitted: Admitted): void {
    const { inbox, outbox, standing, tools } = this.#parts;
    const { capsule, digest } = admitted;
    const at = tools.clock.now();
    this.#view.admitted(admitted.seen);
    this.#newest = admitted.newest;
    this.#mail.inHand.add(letter.name);
    const committed = (): void => {
      // The file stays until the journal holds what it said.
      if (this.#mail.inHand.delete(letter.name)) inbox.remove(letter.name);
      outbox.flush();
    };
    const rollout = openRollout(this.#house, {
      signed: { capsule, digest },
      leave: leaveFor(delivery, this.#leaving, admitted),
      entries: [
        ...admissionEntries(admitted, { delivery, at }),
        ...standing.documents.broughtBy(delivery, standing.trust),
        this.#mail.delivered(letter),
      ],
      admittedAt: at,
      committed,
    });
    if (rollout.ok) return this.#run(rollout.value);
    this.#mail.inHand.delete(letter.name);
    return this.#mail.refuse(letter, digest, rollout.refusal);
  }

  #holdsNonce(nonce: string): boolean {
    return [...this.#rollouts.values()].some(({ work }) => work.capsule.nonce === nonce);
  }

  /** A stop is done with when it is on disk, so that a crash in between loses none. */
  #haltFor(letter: Letter, { capsule, by }: Extract<Delivery, { kind: 'halt' }>): void {
    const named = capsule === 'all' ? [...this.#rollouts.values()] : [this.#rollouts.get(capsule)];
    const rollouts = named.filter((rollout) => rollout !== undefined);
    if (rollouts.length > 0) {
      const stopped = allOf(rollouts.map((rollout) => rollout.halt(by)));
      return this.#mail.whenAnswered(
        letter,
        { subject: letter.digest, code: 'halt-refused', isSettled: false },
        stopped,
      );
    }
    // One that overtook its capsule stops it all the same.
    if (capsule !== 'all' && !this.#parts.journal.hasCapsule(capsule))
      this.#parts.journal.write([{ kind: 'note', capsule, subject: 'halt', topic: 'asked', body: by }]);
    return this.#mail.settle(letter, undefined);
  }

  #haltAll(by: string): void {
    for (const rollout of this.#rollouts.values()) void rollout.halt(by);
  }

  /** A halt that is new stops; one that was there before may have been answered by a signed resume meanwhile. */
  #obeyStatus(before: readonly string[]): void {
    const halts = this.#parts.standing.status?.halts ?? [];
    for (const halt of halts.filter((one) => !before.includes(one))) {
      const digest = parseDigest(halt);
      if (digest === undefined) this.#haltAll('the witness');
      else void this.#rollouts.get(digest)?.halt('the witness');
    }
  }

  #resume(letter: Letter, { resume: envelope }: Extract<Delivery, { kind: 'resume' }>): void {
    const resume = readResume(envelope);
    if (!resume.ok) return this.#mail.refuse(letter, letter.digest, resume.refusal);
    const { journal, standing, tools } = this.#parts;
    const rollout = this.#rollouts.get(resume.value.capsule);
    const { trust } = standing;
    if (rollout === undefined || trust === undefined) return this.#mail.refuse(letter, letter.digest, NO_SUCH_ROLLOUT);
    const { capsule, digest } = rollout.work;
    const { breaker } = rollout.view;
    const { trip, nonce } = resume.value;
    const proof = checkSignedResume(envelope, resume.value, {
      capsule,
      digest,
      trip: breaker.state === 'open' ? breaker.trip : 0,
      bundle: trust.bundle,
      usedNonces: new Set(journal.hasResumed(nonce) ? [nonce] : []),
      now: tools.clock.now(),
    });
    if (!proof.ok) return this.#mail.refuse(letter, digest, proof.refusal);
    const entries: readonly Entry[] = [{ kind: 'resumed', capsule: digest, trip, nonce }, this.#mail.delivered(letter)];
    const about = { subject: digest, code: 'resume-refused', isSettled: true };
    return this.#mail.whenAnswered(letter, about, rollout.resume(proof.value, entries));
  }

  /** X6: on demand and inside the window, without a signature; the counter-capsule was signed with the change. */
  #rollback(letter: Letter, { capsule, by }: Extract<Delivery, { kind: 'rollback' }>): void {
    const running = this.#rollouts.get(capsule);
    const rollout = running === undefined ? this.#lateRollback(capsule) : { ok: true as const, value: running };
    if (!rollout.ok) return this.#mail.refuse(letter, capsule, rollout.refusal);
    const about = { subject: capsule, code: 'rollback-refused', isSettled: false };
    return this.#mail.whenAnswered(letter, about, rollout.value.rollback(by));
  }

  #lateRollback(capsule: Digest): Result<Rollout> {
    const { journal } = this.#parts;
    const { busyTargets, now } = this.#context();
    const row = checkLateRollback({ capsule, journal, busyTargets, now });
    return row.ok ? this.#reopen(row.value, [{ kind: 'reopened', capsule }]) : row;
  }

  /** Ends every loop between two turns. */
  stop(): void {
    this.#isStopping = true;
    for (const rollout of this.#rollouts.values()) rollout.stop();
  }
}
