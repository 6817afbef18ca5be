/** The real runner program with its own memory, reached as an attacker reaches it: by files in its inbox, answered in its outbox. */
import { existsSync, readdirSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  parseTlogProof,
  publicKeyOf,
  readCheckpoint,
  recordLinksShape,
  type Delivery,
  type PublicKey,
} from '@countersign/seal';
import { literal, object, text, type Shape } from '@countersign/core';
import { writeEnclave } from '../../demo/enclave-files.ts';
import { ENCLAVES } from '../../demo/trust.ts';
import type { AttackedHosts } from './estate.ts';
import { start, type Started } from './programs.ts';
import { readReport, type SeenReport } from './reports.ts';
import { made } from './made.ts';
import type { World } from './world.ts';

const LOOK_MS = 3;

export interface Address {
  readonly enclave: string;
  readonly runner: string;
  readonly environment: string;
}

export interface EnclavePlace {
  /** Its memory; a new one knows nothing. */
  readonly folder: string;
  /** Whether it obeys demo keys. */
  readonly allowDemo: boolean;
  /** Production's unless said otherwise. */
  readonly address?: Address;
  /** A file by which its clock is off. */
  readonly clock?: string;
}

/** A letter as it lies in the inbox. */
export const bytesOf = (letter: Delivery | Uint8Array): Uint8Array =>
  letter instanceof Uint8Array ? letter : new TextEncoder().encode(JSON.stringify(letter));

interface View {
  readonly type: 'record-view';
  readonly by: string;
  readonly note: string;
  readonly links: readonly unknown[];
}
const viewShape: Shape<View> = object<View>({
  type: literal('record-view'),
  by: text({ max: 200 }),
  note: text({ max: 65_536 }),
  links: recordLinksShape,
});

/** Entries of the record a signed checkpoint is of; 0 when it is none. */
function sizeIn(note: string): number {
  const read = readCheckpoint(note.slice(0, note.indexOf('\n\n') + 1));
  return read.ok ? read.value.size : 0;
}
function sizeOfProof(proof: string): number {
  const parsed = parseTlogProof(proof);
  return parsed.ok ? sizeIn(parsed.value.checkpoint) : 0;
}

export class Enclave {
  readonly folder: string;
  readonly #program: Started;
  readonly #runner: PublicKey;
  readonly #seen: SeenReport[] = [];
  readonly #world: World;
  #letters = 0;
  /** Sizes of the records that went along. */
  readonly #sent: number[] = [];

  private constructor(
    folder: string,
    world: World,
    { program, runner }: { readonly program: Started; readonly runner: PublicKey },
  ) {
    this.folder = folder;
    this.#world = world;
    this.#program = program;
    this.#runner = runner;
  }

  static async start(world: World, hosts: AttackedHosts, place: EnclavePlace): Promise<Enclave> {
    const { folder, allowDemo, address = ENCLAVES[1], clock } = place;
    const { keys, layout } = world;
    const estate = { layout, baseUrl: hosts.baseUrl, stateDir: hosts.stateDir };
    // Its gateway never runs.
    const link = { kind: 'folder', dropIn: 'drop-in', dropOut: 'drop-out' };
    writeEnclave(keys, { folder, address, estate, link, allowDemo });
    const config = join(folder, 'runner.json');
    const program = await start({
      file: 'runner/src/runner.ts',
      args: [config],
      ...(clock !== undefined && { clock }),
    });
    return new Enclave(folder, world, { program, runner: publicKeyOf(keys.signer(address.runner)) });
  }

  /** What is seen from now on begins here. */
  mark(): number {
    this.#look();
    return this.#seen.length;
  }

  /** Puts one document into the inbox as a whole; returns its name there. */
  drop(letter: Delivery | Uint8Array): string {
    this.#letters += 1;
    const name = `${String(this.#letters).padStart(6, '0')}-letter.json`;
    this.put(name, this.linked(letter));
    return name;
  }

  /** As the control plane sends it: with what shows that its record continues the one this runner verified last. */
  linked(letter: Delivery | Uint8Array): Delivery | Uint8Array {
    if (letter instanceof Uint8Array || letter.kind !== 'capsule' || letter.links !== undefined) return letter;
    const { record } = this.#world;
    const to = sizeOfProof(letter.proof);
    if (to > record.size) return letter;
    // What was sent a moment ago may be let in before this one is looked at.
    const known = [...new Set([sizeIn(this.#view()), ...this.#sent.slice(-4)])].filter((size) => size > 0 && size < to);
    this.#sent.push(to);
    return known.length === 0 ? letter : { ...letter, links: known.map((from) => record.linkFrom(from, to)) };
  }

  /** The record as far as this runner has verified it: the file that people compare with those of others. */
  get recordView(): string {
    return join(this.folder, 'runner', 'record-view.json');
  }

  /** The checkpoint that the runner says it has verified last; empty before the first. */
  #view(): string {
    const file = this.recordView;
    return existsSync(file) ? made(viewShape, JSON.parse(readFileSync(file, 'utf8'))).note : '';
  }

  put(name: string, letter: Delivery | Uint8Array): void {
    const part = join(this.folder, 'inbox', `.${name}.part`);
    writeFileSync(part, bytesOf(letter));
    renameSync(part, join(this.folder, 'inbox', name));
  }

  /** The first answer that `match` takes, of all that came since `from`. */
  async until<T>(from: number, match: (report: SeenReport) => T | undefined, timeoutMs = 15_000): Promise<T> {
    const endMs = performance.now() + timeoutMs;
    for (let at = from; performance.now() < endMs;) {
      const isOver = !this.#program.isRunning();
      this.#look();
      for (; at < this.#seen.length; at += 1) {
        const report = this.#seen[at];
        const found = report === undefined ? undefined : match(report);
        if (found !== undefined) return found;
      }
      // One last look was taken after its end: what it had to say is there.
      if (isOver) throw new Error(`the runner has ended; it said: ${this.#program.said().slice(-1500)}`);
      await pause(LOOK_MS);
    }
    throw new Error(
      `the runner gave no such answer within ${timeoutMs} ms; it said: ${this.#program.said().slice(-1500)}`,
    );
  }

  /** Everything that came since `from`. */
  since(from: number): readonly SeenReport[] {
    this.#look();
    return this.#seen.slice(from);
  }

  #look(): void {
    const outbox = join(this.folder, 'outbox');
    for (const name of readdirSync(outbox).toSorted()) {
      if (!name.endsWith('.json')) continue;
      const file = join(outbox, name);
      this.#seen.push(readReport(readFileSync(file), this.#runner));
      unlinkSync(file);
    }
  }

  /** Whether everything that was dropped has been taken. */
  isInboxEmpty(): boolean {
    return !readdirSync(join(this.folder, 'inbox')).some((name) => name.endsWith('.json'));
  }

  stop(): Promise<void> {
    return this.#program.stop();
  }
}
