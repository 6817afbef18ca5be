/**
 * Follows the record leaf by leaf and cosigns only what extends what it has seen (V3). A fork, a rollback, a gap or a bad
 * signature stops it for good and loudly: a person has to look and remove the alarm.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { integer, list, object, ok, refuse, text, type Refusal, type Result, type Shape } from '@countersign/core';
import {
  CompactRange,
  cosignCheckpoint,
  decodeBase64,
  encodeBase64,
  leafHash,
  openCheckpoint,
  type CheckpointTrust,
  type CompactRangeState,
  type SignerKey,
} from '@countersign/seal';
import { writeDurable } from '../journal/durable-file.ts';
import { readDocument } from '../preflight/read-file.ts';
import { NOTHING_RULES, readLeaf, rule, rulingShape, type RulingState } from './ledger.ts';
import type { RecordLink } from './record-link.ts';

interface TailFile {
  readonly range: CompactRangeState;
  readonly ruling: RulingState;
}
const tailShape: Shape<TailFile> = object<TailFile>({
  range: object<CompactRangeState>({
    size: integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
    peaks: list(text({ min: 44, max: 44 }), { max: 53 }),
  }),
  ruling: rulingShape,
});

export interface TailOf {
  readonly link: RecordLink;
  readonly trust: CheckpointTrust;
  readonly witness: { readonly name: string; readonly signer: SignerKey };
  readonly state: string;
  readonly nowMs: () => number;
}

const PAGE = 1000;
/** What cannot be explained by a fault of the wire. */
const ALARMS: ReadonlySet<string> = new Set(['fork', 'rollback', 'gap', 'not-signed', 'bad-leaf']);

export class Tail {
  readonly #of: TailOf;
  #range: CompactRange;
  #ruling: RulingState;

  private constructor(of: TailOf, range: CompactRange, ruling: RulingState) {
    this.#of = of;
    this.#range = range;
    this.#ruling = ruling;
  }

  /** Refused while an alarm stands, and when what it remembered cannot be read: forgetting is how a witness is fooled. */
  static open(of: TailOf): Result<Tail> {
    if (existsSync(join(of.state, 'alarm.json')))
      return refuse('alarm', 'an alarm stands; a person has to look at `alarm.json` and remove it');
    const file = join(of.state, 'tail.json');
    if (!existsSync(file)) return ok(new Tail(of, CompactRange.empty, NOTHING_RULES));
    const read = readDocument(file, tailShape);
    if (!read.ok) return refuse('memory-lost', `what was witnessed before cannot be read: ${read.refusal.detail}`);
    const range = CompactRange.parse(read.value.range);
    return range.ok ? ok(new Tail(of, range.value, read.value.ruling)) : range;
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
    if (note === undefined) return ok(false);
    const opened = openCheckpoint(note, { ...this.#of.trust, witnessKeys: [], witnessQuorum: 0 });
    if (!opened.ok) return refuse('not-signed', `the checkpoint: ${opened.refusal.detail}`);
    if (opened.value.size !== size) return refuse('fork', 'the checkpoint is of another size than it is said to be');
    const root = encodeBase64(opened.value.root);
    if (size === this.size)
      return root === this.root ? ok(false) : refuse('fork', `another record of ${size} entries was witnessed`);
    const grown = await this.#grow(size);
    if (!grown.ok) return grown;
    if (encodeBase64(grown.value.range.root()) !== root)
      return refuse('fork', `the ${size} entries do not lead to the root that the record signed`);
    return this.#cosign(note, grown.value);
  }

  /** Fetches the new leaves and appends them to what is known. */
  async #grow(size: number): Promise<Result<{ readonly range: CompactRange; readonly ruling: RulingState }>> {
    let [range, ruling] = [this.#range, this.#ruling];
    while (range.size < size) {
      const page = await this.#of.link.entries(range.size, Math.min(PAGE, size - range.size));
      if (!page.ok) return page;
      if (page.value.length === 0) return refuse('gap', `entry ${range.size} is not shown`);
      for (const { seq, leaf, body } of page.value.slice(0, size - range.size)) {
        if (seq !== range.size) return refuse('gap', `entry ${range.size} is not shown, but entry ${seq} is`);
        const bytes = decodeBase64(leaf);
        const read = bytes === undefined ? undefined : readLeaf(bytes);
        if (bytes === undefined || read?.ok !== true) return refuse('bad-leaf', `entry ${seq} is not a leaf`);
        range = range.append(leafHash(bytes)).range;
        const shown = body === undefined ? undefined : decodeBase64(body);
        ruling = rule(ruling, read.value, { body: shown, nowMs: this.#of.nowMs() });
      }
    }
    return ok({ range, ruling });
  }

  /** Remembered before it is signed: a witness that forgets what it signed would sign a fork. */
  async #cosign(
    note: string,
    grown: { readonly range: CompactRange; readonly ruling: RulingState },
  ): Promise<Result<boolean>> {
    const { state, witness, nowMs, link } = this.#of;
    writeDurable(join(state, 'tail.json'), JSON.stringify(grown));
    this.#range = grown.range;
    this.#ruling = grown.ruling;
    const signed = cosignCheckpoint(note, witness, Math.floor(nowMs() / 1000));
    if (!signed.ok) return signed;
    const line = `${signed.value.trimEnd().split('\n').at(-1) ?? ''}\n`;
    const sent = await link.cosign(this.size, line);
    return sent.ok ? ok(true) : sent;
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
