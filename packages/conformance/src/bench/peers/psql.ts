/** One session of `psql` on the database of a running system: statements in, lines out, one after the other. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { System } from '../../system/start-system.ts';

const END = '-- end of the answer --';

export class Psql {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #ended: Promise<void>;
  #lines: string[] = [];
  #answered: (lines: readonly string[]) => void = () => undefined;
  #failed: (error: Error) => void = () => undefined;
  #said = '';

  constructor({ state }: System) {
    const read = (file: string): string => readFileSync(join(state, file), 'utf8').trim();
    // Every statement that fails ends the session: a number from after an error means nothing.
    const args = ['-h', '127.0.0.1', '-p', read('pg.port'), '-U', 'countersign', '-d', 'countersign', '-qAtX'];
    this.#child = spawn('psql', [...args, '-v', 'ON_ERROR_STOP=1'], {
      env: { ...process.env, PGPASSWORD: read('pg.secret'), PGOPTIONS: '-c countersign.keeper=on' },
      stdio: 'pipe',
    });
    this.#child.stderr.on('data', (chunk: Buffer) => (this.#said = (this.#said + chunk.toString('utf8')).slice(-1000)));
    // A session that ended early is told by its end; what is written to it after that is lost.
    this.#child.stdin.on('error', () => undefined);
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#hear(line));
    this.#ended = new Promise((done) => {
      const end = (): void => {
        this.#failed(new Error(`psql ended: ${this.#said}`));
        done();
      };
      this.#child.once('error', end);
      this.#child.once('close', end);
    });
  }

  #hear(line: string): void {
    if (line !== END) return void this.#lines.push(line);
    const lines = this.#lines;
    this.#lines = [];
    this.#answered(lines);
  }

  /** Lines of the answer. One question at a time. */
  ask(statement: string): Promise<readonly string[]> {
    return new Promise((done, fail) => {
      this.#answered = done;
      this.#failed = fail;
      this.#child.stdin.write(`${statement}\n\\echo '${END}'\n`);
    });
  }

  /** Rows as tab separated text into a table; each chunk waits until the last one was taken. */
  async copy(into: string, chunks: Iterable<string>): Promise<void> {
    const { stdin } = this.#child;
    stdin.write(`copy ${into} from stdin;\n`);
    for (const chunk of chunks)
      if (!stdin.write(chunk))
        await Promise.race([new Promise<void>((done) => stdin.once('drain', done)), this.#ended]);
    await this.ask('\\.');
  }

  async end(): Promise<void> {
    this.#child.stdin.end();
    await this.#ended;
  }
}
