/** The real runner program with its own memory, reached as an attacker reaches it: by files in its inbox, answered in its outbox. */
import { readdirSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isJsonObject, publicKeyOf, readStrictJson, type Delivery, type PublicKey } from '@countersign/seal';
import { writeEnclave } from '../../demo/enclave-files.ts';
import { writeJson } from '../../demo/files.ts';
import { ENCLAVES } from '../../demo/trust.ts';
import type { AttackedHosts } from './estate.ts';
import { good } from './made.ts';
import { start, type Started } from './programs.ts';
import { readReport, type SeenReport } from './reports.ts';
import type { World } from './world.ts';

const LOOK_MS = 3;
const ADDRESS = ENCLAVES[1];

export interface EnclavePlace {
  /** Its memory; a new one knows nothing. */
  readonly folder: string;
  /** Whether it obeys demo keys. */
  readonly allowDemo: boolean;
}

/** A letter as it lies in the inbox. */
export const bytesOf = (letter: Delivery | Uint8Array): Uint8Array =>
  letter instanceof Uint8Array ? letter : new TextEncoder().encode(JSON.stringify(letter));

export class Enclave {
  readonly folder: string;
  readonly #program: Started;
  readonly #runner: PublicKey;
  readonly #seen: SeenReport[] = [];
  #letters = 0;

  private constructor(folder: string, program: Started, runner: PublicKey) {
    this.folder = folder;
    this.#program = program;
    this.#runner = runner;
  }

  static async start(world: World, hosts: AttackedHosts, place: EnclavePlace): Promise<Enclave> {
    const { folder, allowDemo } = place;
    const { keys, layout } = world;
    const estate = { layout, baseUrl: hosts.baseUrl, stateDir: hosts.stateDir };
    const token = 'nobody-asks-for-this-token';
    writeEnclave(keys, { folder, address: ADDRESS, estate, controlUrl: 'http://127.0.0.1:9', token });
    const config = join(folder, 'runner.json');
    const written = good(readStrictJson(readFileSync(config)));
    writeJson(config, { ...(isJsonObject(written) ? written : {}), allowDemo });
    const program = await start({ file: 'runner/src/runner.ts', args: [config] });
    return new Enclave(folder, program, publicKeyOf(keys.signer(ADDRESS.runner)));
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
    this.put(name, letter);
    return name;
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
