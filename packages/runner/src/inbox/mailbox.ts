/** Files of the inbox until they are done with: each leaves only when the journal says what became of it (X7). */
import { msOf, type Digest, type Refusal, type Result } from '@countersign/core';
import { digestOf } from '@countersign/seal';
import { textFor } from '../egress/listing.ts';
import { shortName, type Outbox } from '../egress/outbox.ts';
import type { Entry } from '../journal/entry.ts';
import type { Journal } from '../journal/journal.ts';
import type { Clock } from '../preflight/clock.ts';
import type { Log } from '../preflight/log.ts';
import type { RunnerConfig } from '../preflight/runner-config.ts';
import type { DropFolder } from './drop-folder.ts';
import type { RecordView } from './record-view.ts';

export interface Letter {
  readonly name: string;
  readonly digest: Digest;
}

export interface MailboxParts {
  readonly config: Pick<RunnerConfig, 'organisation' | 'runner' | 'egress'>;
  readonly journal: Journal;
  readonly outbox: Outbox;
  readonly inbox: DropFolder;
  readonly clock: Clock;
  readonly view: Pick<RecordView, 'seen'>;
  readonly log: Log;
  readonly onFault: (event: string, error: unknown) => void;
}

/** How long an unreadable file may still be being written. */
const SETTLE_MS = 1500;

export class Mailbox {
  readonly #parts: MailboxParts;
  /** Files whose entries are not on disk yet. */
  readonly inHand: Set<string> = new Set();

  constructor(parts: MailboxParts) {
    this.#parts = parts;
  }

  keep(letter: Letter, accepted: Result<Entry>): void {
    if (!accepted.ok) return this.refuse(letter, letter.digest, accepted.refusal);
    this.#parts.journal.write([accepted.value, this.delivered(letter)]);
    return this.#parts.inbox.remove(letter.name);
  }

  /** A statement comes with every change of the record and is in force at once; its file stays until the next flush has it. */
  settleSoon(letter: Letter, accepted: Result<Entry>): void {
    if (!accepted.ok) return this.refuse(letter, letter.digest, accepted.refusal);
    const { journal, inbox } = this.#parts;
    this.inHand.add(letter.name);
    return journal.putOff([accepted.value, this.delivered(letter)], () => {
      this.inHand.delete(letter.name);
      inbox.remove(letter.name);
    });
  }

  /** The file is done with: as agreed, or refused for the record. */
  settle(letter: Letter, refusal: Refusal | undefined): void {
    if (refusal !== undefined) return this.refuse(letter, letter.digest, refusal);
    this.#parts.journal.write([this.delivered(letter)]);
    return this.#parts.inbox.remove(letter.name);
  }

  delivered({ name, digest }: Letter): Entry {
    return { kind: 'delivered', name, digest };
  }

  refuse(letter: Letter, subject: Digest, refusal: Refusal): void {
    const { config, journal, outbox, inbox, clock, log, view } = this.#parts;
    const at = clock.now();
    const complaints = (refusal.complaints ?? []).slice(0, 5).map(({ at: place, problem }) => `${place} ${problem}`);
    const detail = [refusal.detail, ...complaints].join('; ').slice(0, 1000);
    const { code } = refusal;
    // Whoever wants to help has to know from where a proof is lacking (V3).
    const seen = code === 'record-unlinked' ? view.seen?.size : undefined;
    const report = outbox.refusalReport({
      type: 'refusal',
      organisation: config.organisation,
      runner: config.runner,
      subject,
      code,
      // The code says what it was; its words may name what is inside (V2).
      detail: textFor(config.egress, detail),
      ...(seen !== undefined && { seen }),
      at,
    });
    // The file's own name takes part: two copies of one capsule may be refused within one millisecond.
    const mark = digestOf(new TextEncoder().encode(letter.name)).slice(-8);
    const name = `${shortName(subject)}-refusal-${msOf(at)}-${mark}.json`;
    journal.write([
      { kind: 'refused', at, subject, code, detail },
      { kind: 'report', name, body: JSON.stringify(report) },
      this.delivered(letter),
    ]);
    inbox.remove(letter.name);
    outbox.flush();
    log('refused', { subject, code, detail });
  }

  /** `isSettled`: the entries that went to disk with the answer say already that the file is done with. */
  whenAnswered(
    letter: Letter,
    about: { readonly subject: Digest; readonly code: string; readonly isSettled: boolean },
    answer: Promise<Result<true>>,
  ): void {
    this.inHand.add(letter.name);
    const settle = (outcome: Result<true>): void => {
      this.inHand.delete(letter.name);
      if (!outcome.ok) this.refuse(letter, about.subject, { ...outcome.refusal, code: about.code });
      else if (about.isSettled) this.#parts.inbox.remove(letter.name);
      else this.settle(letter, undefined);
    };
    answer.then(settle).catch((error: unknown) => {
      this.#parts.onFault('inbox-broken', error);
    });
  }

  /** A person without a gateway may copy a file into the inbox; what is half there is not removed under their hands. */
  isYoung(name: string): boolean {
    const { inbox, clock } = this.#parts;
    const writtenMs = inbox.writtenMs(name);
    return writtenMs !== undefined && Math.abs(msOf(clock.now()) - writtenMs) < SETTLE_MS;
  }
}

/** One that was over already needed no stop. */
export async function allOf(answers: readonly Promise<Result<true>>[]): Promise<Result<true>> {
  await Promise.all(answers);
  return { ok: true, value: true };
}
