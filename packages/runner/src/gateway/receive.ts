/**
 * From control into the inbox. A delivery is on disk before the stored cursor moves past it, so none is lost and one may come twice.
 * The stored cursor lags: the runner gets what came at once, and one flush serves everything of a while.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { integer, object, type Shape } from '@countersign/core';
import type { Delivery, PollAnswer } from '@countersign/seal';
import type { DropFolder } from '../inbox/drop-folder.ts';
import { flushFile, flushFolder, writeDurable } from '../journal/durable-file.ts';
import type { Log } from '../preflight/log.ts';
import { readDocument } from '../preflight/read-file.ts';
import { Backoff } from './backoff.ts';
import type { ControlLink } from './control-link.ts';
import { noticeName, noticeOf, placeOf } from './notice.ts';
import type { Verifier } from './verify-delivery.ts';

interface CursorFile {
  readonly next: number;
}
const cursorShape: Shape<CursorFile> = object<CursorFile>({ next: integer({ min: 0, max: Number.MAX_SAFE_INTEGER }) });

export interface Receiving {
  readonly link: ControlLink;
  readonly inbox: DropFolder;
  readonly verifier: Verifier;
  readonly stateFolder: string;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Where the gateway continues; a spoilt file starts again from the beginning, which only repeats deliveries. */
export function readCursor(stateFolder: string): number {
  const path = cursorPath(stateFolder);
  if (!existsSync(path)) return 0;
  const read = readDocument(path, cursorShape);
  return read.ok ? read.value.next : 0;
}

const SETTLE_MS = 1000;
/** Files in the inbox from which on only stops are added. */
const MAX_WAITING = 2000;

/** Deliveries since the stored cursor, and when it may follow. */
class Cursor {
  readonly #inbox: DropFolder;
  readonly #path: string;
  readonly #verifier: Verifier;
  readonly #log: Log;
  readonly #unsettled: Set<string> = new Set();
  #timer: NodeJS.Timeout | undefined;
  #next: number;

  constructor({ inbox, stateFolder, verifier, log }: Omit<Receiving, 'link' | 'signal'>) {
    this.#inbox = inbox;
    this.#verifier = verifier;
    this.#log = log;
    this.#path = cursorPath(stateFolder);
    // A bundle that was lost comes again only with everything before it; the runner knows what it has seen.
    this.#next = verifier.hasTrust ? readCursor(stateFolder) : 0;
  }

  get next(): number {
    return this.#next;
  }

  /** Whether it moved on. A runner that does not keep up gets stops and nothing else, and the rest is asked for again. */
  moveOn({ next, deliveries }: PollAnswer): boolean {
    const isFull = this.#inbox.names().length >= MAX_WAITING;
    for (const { seq, delivery } of deliveries) if (!isFull || delivery.kind === 'halt') this.#put(seq, delivery);
    if (isFull) this.#log('inbox-full', { waiting: MAX_WAITING });
    if (isFull || next === this.#next) return false;
    const isOn = next > this.#next;
    // Control was restored from a backup and counts from there. What comes twice the runner knows; what is numbered anew it has to hear.
    if (!isOn) this.#log('cursor-set-back', { from: this.#next, to: next });
    this.#next = next;
    this.#timer ??= setTimeout(() => this.settle(), SETTLE_MS).unref();
    return isOn;
  }

  #put(seq: number, delivery: Delivery): void {
    const verified = this.#verifier.check(delivery);
    const name = verified.ok ? nameOf(seq, delivery.kind) : noticeName(placeOf(seq));
    if (!verified.ok) this.#log('not-let-in', { name, kind: delivery.kind, code: verified.refusal.code });
    this.#inbox.put(name, JSON.stringify(verified.ok ? delivery : noticeOf(delivery, verified.refusal)));
    this.#unsettled.add(name);
  }

  /** A delivery that is gone was taken by the runner, whose journal was flushed before the file went. */
  settle(): void {
    clearTimeout(this.#timer);
    if (this.#timer === undefined) return;
    this.#timer = undefined;
    let isAnyLeft = false;
    for (const name of this.#unsettled) isAnyLeft = flushFile(this.#inbox.at(name)) || isAnyLeft;
    if (isAnyLeft) flushFolder(this.#inbox.path);
    this.#unsettled.clear();
    writeDurable(this.#path, JSON.stringify({ next: this.#next }));
  }
}

const cursorPath = (stateFolder: string): string => join(stateFolder, 'cursor.json');

export async function receive(receiving: Receiving): Promise<void> {
  const { link, log, signal } = receiving;
  const backoff = new Backoff();
  const cursor = new Cursor(receiving);
  while (!signal.aborted) {
    const answer = await link.poll(cursor.next, signal);
    if (!answer.ok) {
      if (!signal.aborted) log('control-unreachable', { detail: answer.refusal.detail });
      await backoff.pause(signal);
      continue;
    }
    // A server that answers at once and says nothing new must not be asked in a loop.
    if (cursor.moveOn(answer.value)) backoff.succeeded();
    else if (answer.value.deliveries.length > 0 || answer.value.next <= cursor.next) await backoff.pause(signal);
  }
  cursor.settle();
}

const nameOf = (seq: number, kind: string): string => `${placeOf(seq)}-${kind}.json`;
