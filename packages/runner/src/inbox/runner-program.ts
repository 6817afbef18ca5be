/**
 * The runner (X1): reads a folder, talks to targets, opens no other connection and listens on nothing. Stops are looked for first;
 * everything that is refused is journaled and reported.
 */
import { msOf, parseDigest, type Digest, type Refusal, type Result, type TargetId } from '@countersign/core';
import { deliveryShape, digestOf, type Delivery } from '@countersign/seal';
import type { Rollout } from '../act/rollout.ts';
import { Admitted } from '../admit/admit.ts';
import { readUnsignedCapsule } from '../admit/capsule.ts';
import type { GateContext } from '../admit/context.ts';
import { shortName } from '../egress/outbox.ts';
import type { Entry } from '../journal/entry.ts';
import type { OpenCapsule } from '../journal/rows.parse.ts';
import type { Catalogue } from '../preflight/catalogue.ts';
import { readBounded, readBytes } from '../preflight/read-file.ts';
import type { RunnerConfig } from '../preflight/runner-config.ts';
import type { DropFolder } from './drop-folder.ts';
import { openRollout, storedDelivery, type RolloutHouse } from './open-rollout.ts';
import { checkSignedResume, readResume } from './resume.ts';
import type { Standing } from './standing.ts';
import type { Journal } from '../journal/journal.ts';

export interface RunnerParts extends Omit<RolloutHouse, 'context'> {
  readonly config: RunnerConfig;
  readonly catalogue: Catalogue;
  readonly journal: Journal;
  readonly standing: Standing;
  readonly inbox: DropFolder;
}

interface Letter {
  readonly name: string;
  readonly digest: Digest;
}

const MAX_DELIVERY_BYTES = 33_554_432;
/** Stops before everything else; then in the order of delivery. */
const isStop = (name: string): boolean => name.endsWith('-halt.json');

export class RunnerProgram {
  readonly #parts: RunnerParts;
  readonly #house: RolloutHouse;
  readonly #rollouts: Map<Digest, Rollout> = new Map();
  /** Files of capsules whose first entries are not on disk yet. */
  readonly #opening: Set<string> = new Set();

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
    for (const row of this.#parts.journal.openCapsules()) this.#reopen(row, []);
  }

  #reopen(row: OpenCapsule, entries: readonly Entry[]): Rollout | undefined {
    const stored = storedDelivery(row);
    if (!stored.ok) {
      this.#parts.log('journal-broken', { capsule: row.capsule, detail: stored.refusal.detail });
      return undefined;
    }
    const { delivery, signed } = stored.value;
    const leave = this.#leaveAgain(delivery);
    const committed = (): void => this.#parts.outbox.flush();
    const rollout = openRollout(this.#house, { signed, leave, entries, admittedAt: row.admittedAt, committed });
    if (!rollout.ok) {
      this.#parts.log('journal-broken', { capsule: row.capsule, detail: rollout.refusal.detail });
      return undefined;
    }
    this.#run(rollout.value);
    return rollout.value;
  }

  /** The gate once more. Halts are left to the rollout, which knows whether a person has answered them. */
  #leaveAgain(delivery: Extract<Delivery, { kind: 'capsule' }>): () => Result<Admitted> {
    let leave: Result<Admitted> | undefined;
    return () => {
      if (leave?.ok === true) return leave;
      const { status, ...context } = this.#context();
      const standing = status === undefined ? context : { ...context, status: { ...status, halts: [] } };
      leave = Admitted.check(delivery, { ...standing, isStopped: false }, true);
      return leave;
    };
  }

  #run(rollout: Rollout): void {
    const { digest } = rollout.work;
    this.#rollouts.set(digest, rollout);
    const ended = (event: string, detail: string): void => {
      this.#rollouts.delete(digest);
      this.#parts.log(event, { capsule: digest, detail });
    };
    rollout.run().then(
      (view) => ended('rollout-ended', view.phase.name),
      // The journal could not be written: this program must not go on as if it had been.
      (error: unknown) => {
        ended('rollout-broken', error instanceof Error ? error.message : 'unknown');
        process.exitCode = 1;
        process.kill(process.pid, 'SIGTERM');
      },
    );
  }

  /** One look at the inbox. */
  async look(): Promise<void> {
    const { inbox } = this.#parts;
    if (inbox.hasHalt()) this.#haltAll('the file HALT in the inbox');
    const names = inbox.names();
    const ordered = [...names.filter(isStop), ...names.filter((name) => !isStop(name))];
    for (const name of ordered) if (!this.#opening.has(name)) this.#open(name);
  }

  #open(name: string): void {
    const { inbox, journal } = this.#parts;
    const bytes = readBounded(inbox.at(name), MAX_DELIVERY_BYTES);
    const letter: Letter = { name, digest: digestOf(bytes.ok ? bytes.value : Buffer.from(name)) };
    if (journal.hasDelivered(name, letter.digest)) return inbox.remove(name);
    const delivery = bytes.ok ? readBytes(bytes.value, deliveryShape, MAX_DELIVERY_BYTES) : bytes;
    if (!delivery.ok) return this.#refuse(letter, letter.digest, delivery.refusal);
    return this.#take(letter, delivery.value);
  }

  #take(letter: Letter, delivery: Delivery): void {
    const { standing } = this.#parts;
    switch (delivery.kind) {
      case 'trust':
        return this.#settle(letter, standing.acceptTrust(delivery.bundle));
      case 'status': {
        const before = standing.status?.halts ?? [];
        this.#settle(letter, standing.acceptStatus(delivery.status));
        return this.#obeyStatus(before);
      }
      case 'halt':
        this.#halt(delivery);
        return this.#settle(letter, undefined);
      case 'capsule':
        return this.#admit(letter, delivery);
      case 'resume':
        return this.#resume(letter, delivery);
      case 'rollback':
        return this.#rollback(letter, delivery);
    }
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
      detail,
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

  #admit(letter: Letter, delivery: Extract<Delivery, { kind: 'capsule' }>): void {
    const { inbox, outbox } = this.#parts;
    const admitted = Admitted.check(delivery, this.#context());
    if (!admitted.ok) return this.#refuse(letter, subjectOf(delivery) ?? letter.digest, admitted.refusal);
    const { capsule, digest, seen } = admitted.value;
    // The journal does not know yet what has only been admitted.
    if (this.#holdsNonce(capsule.nonce))
      return this.#refuse(letter, digest, { code: 'replay', detail: 'the nonce was used before', clause: 'I4' });
    const at = this.#parts.tools.clock.now();
    const entries: readonly Entry[] = [
      { kind: 'admitted', capsule: digest, nonce: capsule.nonce, at, delivery: JSON.stringify(delivery) },
      { kind: 'latest', key: 'checkpoint', value: JSON.stringify(seen) },
      this.#delivered(letter),
    ];
    this.#opening.add(letter.name);
    const committed = (): void => {
      // The file stays until the journal holds what it said.
      if (this.#opening.delete(letter.name)) inbox.remove(letter.name);
      outbox.flush();
    };
    const rollout = openRollout(this.#house, {
      signed: { capsule, digest },
      leave: () => admitted,
      entries,
      admittedAt: at,
      committed,
    });
    if (!rollout.ok) return this.#refuse(letter, digest, rollout.refusal);
    return this.#run(rollout.value);
  }

  #holdsNonce(nonce: string): boolean {
    return [...this.#rollouts.values()].some(({ work }) => work.capsule.nonce === nonce);
  }

  #halt({ capsule, by }: Extract<Delivery, { kind: 'halt' }>): void {
    if (capsule === 'all') return this.#haltAll(by);
    const rollout = this.#rollouts.get(capsule);
    if (rollout !== undefined) this.#haltOne(rollout, by);
    return undefined;
  }

  /** Again and again is fine for a stop, but every stop takes a number: one that stands is left alone. */
  #haltAll(by: string): void {
    for (const rollout of this.#rollouts.values()) this.#haltOne(rollout, by);
  }

  #haltOne(rollout: Rollout, by: string): void {
    const { breaker } = rollout.view;
    if (breaker.state !== 'open' || !breaker.isHalt) rollout.halt(by);
  }

  /** A halt that is new stops; one that was there before may have been answered by a signed resume meanwhile. */
  #obeyStatus(before: readonly string[]): void {
    const halts = this.#parts.standing.status?.halts ?? [];
    for (const halt of halts.filter((one) => !before.includes(one))) {
      const digest = parseDigest(halt);
      if (digest === undefined) this.#haltAll('the witness');
      else this.#halt({ kind: 'halt', capsule: digest, by: 'the witness' });
    }
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
    const proof = checkSignedResume(envelope, resume.value, {
      capsule,
      digest,
      trip: breaker.state === 'open' ? breaker.trip : 0,
      bundle: trust.bundle,
      usedNonces: journal.resumeNonces(digest),
      now: tools.clock.now(),
    });
    if (!proof.ok) return this.#refuse(letter, digest, proof.refusal);
    const { trip, nonce } = resume.value;
    journal.write([{ kind: 'resumed', capsule: digest, trip, nonce }, this.#delivered(letter)]);
    this.#parts.inbox.remove(letter.name);
    return rollout.resume(proof.value);
  }

  /** X6: on demand and inside the window, without a signature; the counter-capsule was signed with the change. */
  #rollback(letter: Letter, { capsule, by }: Extract<Delivery, { kind: 'rollback' }>): void {
    const { journal, tools } = this.#parts;
    const running = this.#rollouts.get(capsule);
    const row = running === undefined ? journal.capsule(capsule) : undefined;
    if (running === undefined && row === undefined)
      return this.#refuse(letter, capsule, {
        code: 'rollback-refused',
        detail: 'this runner has not run the capsule',
        clause: 'X6',
      });
    if (row !== undefined) {
      const completed = journal.events(capsule).find(({ type }) => type === 'completed');
      const stored = storedDelivery(row);
      const rule = stored.ok ? stored.value.signed.capsule.rollback : undefined;
      const ageMs = completed === undefined ? Number.NaN : msOf(tools.clock.now()) - msOf(completed.at);
      const isOpen = rule?.kind === 'restore' && ageMs <= rule.windowMinutes * 60_000;
      const isUndone = journal.events(capsule).some(({ type }) => type === 'rollback-started');
      if (!isOpen || isUndone)
        return this.#refuse(letter, capsule, {
          code: 'rollback-refused',
          detail: 'the rollback window is over or it was rolled back',
          clause: 'X6',
        });
    }
    const rollout = running ?? (row === undefined ? undefined : this.#reopen(row, [{ kind: 'reopened', capsule }]));
    rollout?.rollback(by);
    return this.#settle(letter, undefined);
  }

  /** Ends every loop between two turns. */
  stop(): void {
    for (const rollout of this.#rollouts.values()) rollout.stop();
  }
}

function subjectOf({ capsule }: Extract<Delivery, { kind: 'capsule' }>): Digest | undefined {
  const read = readUnsignedCapsule(capsule);
  return read.ok ? read.value.digest : undefined;
}
