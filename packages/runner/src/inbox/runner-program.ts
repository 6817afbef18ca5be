/**
 * The runner (X1): reads a folder, talks to targets, opens no other connection and listens on nothing. Stops are looked for first;
 * everything that is refused is journaled and reported.
 */
import { msOf, parseDigest, refuse, type Digest, type Refusal, type Result, type TargetId } from '@countersign/core';
import { deliveryShape, digestOf, type CapsuleDelivery, type Delivery } from '@countersign/seal';
import type { Rollout } from '../act/rollout.ts';
import { Admitted } from '../admit/admit.ts';
import { readUnsignedCapsule } from '../admit/capsule.ts';
import type { GateContext } from '../admit/context.ts';
import type { Trust } from '../admit/trust.ts';
import { textFor } from '../egress/listing.ts';
import { shortName } from '../egress/outbox.ts';
import { isNotice, noticeShape, type RefusedAtGateway } from '../gateway/notice.ts';
import type { Entry } from '../journal/entry.ts';
import type { OpenCapsule } from '../journal/rows.parse.ts';
import type { Catalogue } from '../preflight/catalogue.ts';
import { readBytes, readPlanted } from '../preflight/read-file.ts';
import type { RunnerConfig } from '../preflight/runner-config.ts';
import type { DropFolder } from './drop-folder.ts';
import { checkLateRollback } from './late-rollback.ts';
import { admissionEntries, openRollout, storedDelivery, type RolloutHouse } from './open-rollout.ts';
import { checkSignedResume, readResume } from './resume.ts';
import type { Standing } from './standing.ts';
import type { Journal } from '../journal/journal.ts';

export interface RunnerParts extends Omit<RolloutHouse, 'context'> {
  readonly config: RunnerConfig;
  readonly catalogue: Catalogue;
  readonly journal: Journal;
  readonly standing: Standing;
  readonly inbox: DropFolder;
  /** Ends the program: it can no longer keep its record. */
  readonly onFault: () => void;
}

interface Letter {
  readonly name: string;
  readonly digest: Digest;
}

/** What the gate said, and under which trust and when. */
interface Held {
  readonly admitted: Admitted;
  readonly trust: Trust | undefined;
  readonly atMs: number;
}

const MAX_DELIVERY_BYTES = 33_554_432;
/** Files of the inbox between two turns of the rollouts. */
const AT_ONCE = 32;
/** How long an unreadable file may still be being written. */
const SETTLE_MS = 1500;
/** The gate is asked again at least this often while something runs. */
const RECHECK_MS = 60_000;
/** Stops before everything else; then in the order of delivery. */
const isStop = (name: string): boolean => name.endsWith('-halt.json');

export class RunnerProgram {
  readonly #parts: RunnerParts;
  readonly #house: RolloutHouse;
  readonly #rollouts: Map<Digest, Rollout> = new Map();
  /** Files whose entries are not on disk yet. */
  readonly #inHand: Set<string> = new Set();
  #isJournalBroken = false;
  #isStopping = false;

  constructor(parts: RunnerParts) {
    this.#parts = parts;
    const { tools, outbox, log } = parts;
    this.#house = { tools, outbox, log, context: () => this.#context() };
  }

  /** Rollouts that are not finished, by capsule. */
  get rollouts(): ReadonlyMap<Digest, Rollout> {
    return this.#rollouts;
  }

  #context(): GateContext {
    const { config, catalogue, journal, standing, inbox, tools } = this.#parts;
    const { trust, status } = standing;
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
    const leave = this.#leaveFor(delivery);
    return openRollout(this.#house, { signed, leave, entries, admittedAt: row.admittedAt, committed });
  }

  /**
   * The gate again, under the trust that rules now and at least once a minute (D6, I5): a person struck off, a graph grown old or a
   * freeze that began stop the next cohort. Halts are left to the rollout, which knows whether a person has answered them.
   */
  #leaveFor(delivery: CapsuleDelivery, first?: Admitted): () => Result<Admitted> {
    const { standing, tools } = this.#parts;
    const { monotonicMs } = tools.clock;
    const held = (admitted: Admitted): Held => ({ admitted, trust: standing.trust, atMs: monotonicMs() });
    let last = first === undefined ? undefined : held(first);
    return () => {
      if (last !== undefined && last.trust === standing.trust && monotonicMs() - last.atMs < RECHECK_MS)
        return { ok: true, value: last.admitted };
      const { status, ...context } = this.#context();
      const unhalted = status === undefined ? context : { ...context, status: { ...status, halts: [] } };
      const again = Admitted.check(delivery, { ...unhalted, isStopped: false }, true);
      last = again.ok ? held(again.value) : undefined;
      return again;
    };
  }

  #run(rollout: Rollout): void {
    const { digest } = rollout.work;
    this.#rollouts.set(digest, rollout);
    rollout.run().then(
      (view) => {
        this.#rollouts.delete(digest);
        this.#parts.log('rollout-ended', { capsule: digest, detail: view.phase.name });
      },
      (error: unknown) => {
        this.#rollouts.delete(digest);
        this.#fault('rollout-broken', { capsule: digest, detail: error instanceof Error ? error.message : 'unknown' });
      },
    );
  }

  /** The journal or the outbox could not be written: this program must not go on as if it had been (I6, G7). */
  #fault(event: string, fields: Readonly<Record<string, string>>): void {
    this.#parts.log(event, fields);
    this.stop();
    this.#parts.onFault();
  }

  /** One look at the inbox: stops first, a few at a time, so that a full folder holds up neither a stop nor the rollouts (X5). */
  async look(): Promise<void> {
    try {
      await this.#lookThrough();
    } catch (error) {
      this.#fault('inbox-broken', { detail: error instanceof Error ? error.message : 'unknown' });
    }
  }

  async #lookThrough(): Promise<void> {
    const { inbox } = this.#parts;
    const unsettled = new Set<string>();
    for (;;) {
      if (inbox.hasHalt()) this.#haltAll('the file HALT in the inbox');
      const names = inbox.names().filter((name) => !this.#inHand.has(name) && !unsettled.has(name));
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
    if (journal.hasDelivered(name, letter.digest)) inbox.remove(name);
    else {
      const notice = bytes.ok && isNotice(name) ? readBytes(bytes.value, noticeShape, MAX_DELIVERY_BYTES) : undefined;
      if (notice?.ok === true) return this.#refuseFor(letter, notice.value);
      const delivery = bytes.ok ? readBytes(bytes.value, deliveryShape, MAX_DELIVERY_BYTES) : bytes;
      if (!delivery.ok && this.#isYoung(name)) return false;
      if (delivery.ok) this.#take(letter, delivery.value);
      else this.#refuse(letter, letter.digest, delivery.refusal);
    }
    return true;
  }

  /** The gateway did not let it in; said here, where refusals are journaled and signed. */
  #refuseFor(letter: Letter, { subject, code, detail }: RefusedAtGateway): true {
    this.#refuse(letter, subject, { code, detail, clause: 'X1' });
    return true;
  }

  /** A person without a gateway may copy a file into the inbox; what is half there is not removed under their hands. */
  #isYoung(name: string): boolean {
    const { inbox, tools } = this.#parts;
    const writtenMs = inbox.writtenMs(name);
    return writtenMs !== undefined && Math.abs(msOf(tools.clock.now()) - writtenMs) < SETTLE_MS;
  }

  #take(letter: Letter, delivery: Delivery): void {
    const { standing } = this.#parts;
    switch (delivery.kind) {
      case 'trust':
        return this.#settle(letter, standing.acceptTrust(delivery.bundle));
      case 'graph':
        return this.#keep(letter, standing.documents.accept('graph', delivery.graph, standing.trust));
      case 'envelope':
        return this.#keep(letter, standing.documents.accept('envelope', delivery.envelope, standing.trust));
      case 'status': {
        const before = standing.status?.halts ?? [];
        this.#settleSoon(letter, standing.acceptStatus(delivery.status));
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

  #keep(letter: Letter, accepted: Result<Entry>): void {
    if (!accepted.ok) return this.#refuse(letter, letter.digest, accepted.refusal);
    this.#parts.journal.write([accepted.value, this.#delivered(letter)]);
    return this.#parts.inbox.remove(letter.name);
  }

  /** A statement comes with every change of the record and is in force at once; its file stays until the next flush has it. */
  #settleSoon(letter: Letter, accepted: Result<Entry>): void {
    if (!accepted.ok) return this.#refuse(letter, letter.digest, accepted.refusal);
    const { journal, inbox } = this.#parts;
    this.#inHand.add(letter.name);
    return journal.putOff([accepted.value, this.#delivered(letter)], () => {
      this.#inHand.delete(letter.name);
      inbox.remove(letter.name);
    });
  }

  /** The file is done with: as agreed, or refused for the record. */
  #settle(letter: Letter, refusal: Refusal | undefined): void {
    if (refusal !== undefined) return this.#refuse(letter, letter.digest, refusal);
    this.#parts.journal.write([this.#delivered(letter)]);
    return this.#parts.inbox.remove(letter.name);
  }

  #delivered = ({ name, digest }: Letter): Entry => ({ kind: 'delivered', name, digest });

  #refuse(letter: Letter, subject: Digest, refusal: Refusal): void {
    const { config, journal, outbox, inbox, tools, log } = this.#parts;
    const at = tools.clock.now();
    const complaints = (refusal.complaints ?? []).slice(0, 5).map(({ at: place, problem }) => `${place} ${problem}`);
    const detail = [refusal.detail, ...complaints].join('; ').slice(0, 1000);
    const { code } = refusal;
    const report = outbox.refusalReport({
      type: 'refusal',
      organisation: config.organisation,
      runner: config.runner,
      subject,
      code,
      // The code says what it was; its words may name what is inside (V2).
      detail: textFor(config.egress, detail),
      at,
    });
    const name = `${shortName(subject)}-refusal-${msOf(at)}.json`;
    journal.write([
      { kind: 'refused', at, subject, code, detail },
      { kind: 'report', name, body: JSON.stringify(report) },
      this.#delivered(letter),
    ]);
    inbox.remove(letter.name);
    outbox.flush();
    log('refused', { subject, code, detail });
  }

  #admit(letter: Letter, delivery: CapsuleDelivery): void {
    const admitted = this.#isJournalBroken ? JOURNAL_BROKEN : Admitted.check(delivery, this.#context());
    if (!admitted.ok) return this.#refuse(letter, subjectOf(delivery) ?? letter.digest, admitted.refusal);
    const { capsule, digest } = admitted.value;
    // The journal does not know yet what has only been admitted.
    if (this.#holdsNonce(capsule.nonce))
      return this.#refuse(letter, digest, { code: 'replay', detail: 'the nonce was used before', clause: 'I4' });
    const by = this.#parts.journal.note(digest, 'halt', 'asked');
    if (by !== undefined)
      return this.#refuse(letter, digest, { code: 'halted', detail: `halted by ${by} before it came`, clause: 'X5' });
    return this.#begin(letter, delivery, admitted.value);
  }

  #begin(letter: Letter, delivery: CapsuleDelivery, admitted: Admitted): void {
    const { inbox, outbox, standing, tools } = this.#parts;
    const { capsule, digest } = admitted;
    const at = tools.clock.now();
    this.#inHand.add(letter.name);
    const committed = (): void => {
      // The file stays until the journal holds what it said.
      if (this.#inHand.delete(letter.name)) inbox.remove(letter.name);
      outbox.flush();
    };
    const rollout = openRollout(this.#house, {
      signed: { capsule, digest },
      leave: this.#leaveFor(delivery, admitted),
      entries: [
        ...admissionEntries(admitted, { delivery, at }),
        ...standing.documents.broughtBy(delivery, standing.trust),
        this.#delivered(letter),
      ],
      admittedAt: at,
      committed,
    });
    if (rollout.ok) return this.#run(rollout.value);
    this.#inHand.delete(letter.name);
    return this.#refuse(letter, digest, rollout.refusal);
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
      return this.#whenAnswered(letter, { subject: letter.digest, code: 'halt-refused', isSettled: false }, stopped);
    }
    // One that overtook its capsule stops it all the same.
    if (capsule !== 'all' && !this.#parts.journal.hasCapsule(capsule))
      this.#parts.journal.write([{ kind: 'note', capsule, subject: 'halt', topic: 'asked', body: by }]);
    return this.#settle(letter, undefined);
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

  /** `isSettled`: the entries that went to disk with the answer say already that the file is done with. */
  #whenAnswered(
    letter: Letter,
    about: { readonly subject: Digest; readonly code: string; readonly isSettled: boolean },
    answer: Promise<Result<true>>,
  ): void {
    this.#inHand.add(letter.name);
    const settle = (outcome: Result<true>): void => {
      this.#inHand.delete(letter.name);
      if (!outcome.ok) this.#refuse(letter, about.subject, { ...outcome.refusal, code: about.code });
      else if (about.isSettled) this.#parts.inbox.remove(letter.name);
      else this.#settle(letter, undefined);
    };
    answer.then(settle).catch((error: unknown) => {
      this.#fault('inbox-broken', { detail: error instanceof Error ? error.message : 'unknown' });
    });
  }

  #resume(letter: Letter, { resume: envelope }: Extract<Delivery, { kind: 'resume' }>): void {
    const resume = readResume(envelope);
    if (!resume.ok) return this.#refuse(letter, letter.digest, resume.refusal);
    const { journal, standing, tools } = this.#parts;
    const rollout = this.#rollouts.get(resume.value.capsule);
    const { trust } = standing;
    if (rollout === undefined || trust === undefined)
      return this.#refuse(letter, letter.digest, {
        code: 'resume-refused',
        detail: 'no such rollout is stopped here',
        clause: 'X5',
      });
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
    if (!proof.ok) return this.#refuse(letter, digest, proof.refusal);
    const entries: readonly Entry[] = [{ kind: 'resumed', capsule: digest, trip, nonce }, this.#delivered(letter)];
    const about = { subject: digest, code: 'resume-refused', isSettled: true };
    return this.#whenAnswered(letter, about, rollout.resume(proof.value, entries));
  }

  /** X6: on demand and inside the window, without a signature; the counter-capsule was signed with the change. */
  #rollback(letter: Letter, { capsule, by }: Extract<Delivery, { kind: 'rollback' }>): void {
    const running = this.#rollouts.get(capsule);
    const rollout = running === undefined ? this.#lateRollback(capsule) : { ok: true as const, value: running };
    if (!rollout.ok) return this.#refuse(letter, capsule, rollout.refusal);
    const about = { subject: capsule, code: 'rollback-refused', isSettled: false };
    return this.#whenAnswered(letter, about, rollout.value.rollback(by));
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

const JOURNAL_BROKEN = refuse(
  'journal-broken',
  'an unfinished rollout in the journal cannot be read; a person has to look',
  { clause: 'X7' },
);

/** One that was over already needed no stop. */
async function allOf(answers: readonly Promise<Result<true>>[]): Promise<Result<true>> {
  await Promise.all(answers);
  return { ok: true, value: true };
}

function subjectOf({ capsule }: CapsuleDelivery): Digest | undefined {
  const read = readUnsignedCapsule(capsule);
  return read.ok ? read.value.digest : undefined;
}
