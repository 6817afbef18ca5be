/**
 * Follows the record leaf by leaf and cosigns only what extends what it has seen (V3). A fork, a rollback, a gap or a bad
 * signature stops it for good and loudly: a person has to look and remove the alarm.
 */
import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { ok, refuse, type Refusal, type Result } from '@countersign/core';
import {
  CompactRange,
  cosignCheckpoint,
  decodeBase64,
  encodeBase64,
  leafHash,
  openCheckpoint,
  type CheckpointTrust,
  type SignerKey,
} from '@countersign/seal';
import { writeDurable, writeSynced } from '../journal/durable-file.ts';
import { readLeaf, rule, type RulingState } from './ledger.ts';
import type { RecordCopy } from './record-copy.ts';
import type { RecordLink } from './record-link.ts';
import { TailFile } from './tail-file.ts';

export interface TailOf {
  readonly link: RecordLink;
  readonly trust: CheckpointTrust;
  readonly witness: { readonly name: string; readonly signer: SignerKey };
  readonly state: string;
  /** The witness's own copy of the record, where it keeps one. */
  readonly copy?: RecordCopy;
  readonly nowMs: () => number;
}

const PAGE = 1000;
const SHOWN_EVERY_MS = 1000;
/** What cannot be explained by a fault of the wire. */
const ALARMS: ReadonlySet<string> = new Set(['fork', 'rollback', 'gap', 'not-signed', 'bad-leaf']);

export class Tail {
  readonly #of: TailOf;
  readonly #file: TailFile;
  #range: CompactRange;
  #ruling: RulingState;
  /** The newest cosignature, and how sending it ended. */
  #line = '';
  #sending: Promise<Result<true>> = Promise.resolve(ok(true));
  #shownMs = 0;

  private constructor(of: TailOf, file: TailFile, range: CompactRange) {
    this.#of = of;
    this.#file = file;
    this.#range = range;
    this.#ruling = file.last.ruling;
  }

  /** Refused while an alarm stands, and when what it remembered cannot be read. */
  static open(of: TailOf): Result<Tail> {
    if (existsSync(join(of.state, 'alarm.json')))
      return refuse('alarm', 'an alarm stands; a person has to look at `alarm.json` and remove it');
    const file = TailFile.open(of.state);
    if (!file.ok) return file;
    const range = CompactRange.parse(file.value.last.range);
    return range.ok ? ok(new Tail(of, file.value, range.value)) : range;
  }

  async close(): Promise<void> {
    this.#file.close();
    await this.#of.copy?.close();
  }

  get size(): number {
    return this.#range.size;
  }
  get root(): string {
    return encodeBase64(this.#range.root());
  }
  get ruling(): RulingState {
    return this.#ruling;
  }

  /** Follows to the next checkpoint; true when something was cosigned. */
  async follow(signal: AbortSignal): Promise<Result<boolean>> {
    const claim = await this.#of.link.checkpoint(this.size, signal);
    if (!claim.ok) return claim;
    const result = await this.#judge(claim.value.size, claim.value.note);
    if (!result.ok && ALARMS.has(result.refusal.code)) this.#alarm(result.refusal, claim.value.note ?? '');
    return result;
  }

  async #judge(size: number, note: string | undefined): Promise<Result<boolean>> {
    if (size < this.size) return refuse('rollback', `the record has ${size} entries, ${this.size} were witnessed`);
    if (note === undefined) return this.#sendAgain();
    const opened = openCheckpoint(note, { ...this.#of.trust, witnessKeys: [], witnessQuorum: 0 });
    if (!opened.ok) return refuse('not-signed', `the checkpoint: ${opened.refusal.detail}`);
    if (opened.value.size !== size) return refuse('fork', 'the checkpoint is of another size than it is said to be');
    const root = encodeBase64(opened.value.root);
    if (size === this.size)
      return root === this.root ? this.#sendAgain() : refuse('fork', `another record of ${size} entries was witnessed`);
    const grown = await this.#grow(size);
    if (!grown.ok) return grown;
    if (encodeBase64(grown.value.range.root()) !== root)
      return refuse('fork', `the ${size} entries do not lead to the root that the record signed`);
    return this.#cosign(note, grown.value);
  }

  /** Fetches the new leaves and appends them to what is known. */
  async #grow(size: number): Promise<Result<{ readonly range: CompactRange; readonly ruling: RulingState }>> {
    const { link, copy } = this.#of;
    let [range, ruling] = [this.#range, this.#ruling];
    // A copy that was begun later, or lost its last step, is shown the entries before once more.
    let at = Math.min(range.size, copy?.size ?? range.size);
    while (at < size) {
      const page = await link.entries(at, Math.min(PAGE, size - at));
      if (!page.ok) return page;
      if (page.value.length === 0) return refuse('gap', `entry ${at} is not shown`);
      const copied: Uint8Array[] = [];
      for (const { seq, leaf, body } of page.value.slice(0, size - at)) {
        if (seq !== at) return refuse('gap', `entry ${at} is not shown, but entry ${seq} is`);
        const bytes = decodeBase64(leaf);
        const read = bytes === undefined ? undefined : readLeaf(bytes);
        if (bytes === undefined || read?.ok !== true) return refuse('bad-leaf', `entry ${seq} is not a leaf`);
        at += 1;
        if (copy !== undefined && seq >= copy.size + copied.length) copied.push(bytes);
        if (seq < range.size) continue;
        range = range.append(leafHash(bytes)).range;
        const shown = body === undefined ? undefined : decodeBase64(body);
        ruling = rule(ruling, read.value, { body: shown, nowMs: this.#of.nowMs(), index: seq });
      }
      await copy?.add(copied);
    }
    return ok({ range, ruling });
  }

  /** Held against its own copy and remembered before it is signed: a witness that forgets what it signed would sign a fork. */
  async #cosign(
    note: string,
    grown: { readonly range: CompactRange; readonly ruling: RulingState },
  ): Promise<Result<boolean>> {
    const { witness, nowMs, link, copy } = this.#of;
    if (copy !== undefined && copy.root() !== encodeBase64(grown.range.root()))
      return refuse('fork', 'entries that were shown before are not shown as they were');
    this.#file.remember({ range: grown.range.toJSON(), ruling: grown.ruling });
    this.#range = grown.range;
    this.#ruling = grown.ruling;
    const signed = cosignCheckpoint(note, witness, Math.floor(nowMs() / 1000));
    if (!signed.ok) return signed;
    const line = `${signed.value.trimEnd().split('\n').at(-1) ?? ''}\n`;
    // The next checkpoint is asked for while this one is being stored; a fault is told with it.
    const before = await this.#sending;
    this.#line = line;
    this.#sending = link.cosign(this.size, line);
    // Nobody waits for the copy; what it lost with the machine it is shown again.
    await copy?.keep(() => note + line);
    await this.#show(note + line);
    return before.ok ? ok(true) : before;
  }

  /** For people who compare what runners, witnesses and auditors hold; the file may be a second behind. */
  async #show(note: string): Promise<void> {
    const { state, witness, copy, nowMs } = this.#of;
    if (nowMs() - this.#shownMs < SHOWN_EVERY_MS) return;
    this.#shownMs = nowMs();
    const file = join(state, 'record-view.json');
    writeSynced(`${file}.new`, `${JSON.stringify({ type: 'record-view', by: witness.name, note, links: [] })}\n`);
    renameSync(`${file}.new`, file);
    await copy?.publish();
  }

  /** Nothing is new: a cosignature that did not get through is sent once more, since dispatches may wait for it. */
  async #sendAgain(): Promise<Result<boolean>> {
    const sent = await this.#sending;
    if (sent.ok) return ok(false);
    this.#sending = this.#of.link.cosign(this.size, this.#line);
    return sent;
  }

  #alarm({ code, detail }: Refusal, note: string): void {
    const seen = { size: this.size, root: this.root };
    writeDurable(
      join(this.#of.state, 'alarm.json'),
      JSON.stringify({ code, detail, seen, note, atMs: this.#of.nowMs() }),
    );
  }

  isAlarm(refusal: Refusal): boolean {
    return ALARMS.has(refusal.code);
  }
}
