/** A real `ssh-agent` of a test's own, with keys that `ssh-add` put into it. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export class TestAgent {
  readonly socket: string;
  readonly #folder: string;
  readonly #pid: number;

  constructor(keyFiles: readonly string[] = []) {
    // Short, because the path of a socket may have 107 bytes only.
    this.#folder = mkdtempSync(join(tmpdir(), 'cs-agent-'));
    this.socket = join(this.#folder, 'agent');
    // Without -D it listens first and goes into the background then: when this returns, it answers.
    const { stdout, error } = spawnSync('ssh-agent', ['-s', '-a', this.socket], { encoding: 'utf8' });
    const pid = /SSH_AGENT_PID=(\d+)/.exec(stdout)?.[1];
    if (pid === undefined) throw error ?? new Error(`ssh-agent did not start: ${stdout}`);
    this.#pid = Number(pid);
    for (const file of keyFiles) this.add(file);
  }

  add(keyFile: string): void {
    const environment = { ...process.env, SSH_AUTH_SOCK: this.socket };
    const { status, stderr } = spawnSync('ssh-add', ['-q', keyFile], { env: environment, encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
  }

  stop(): void {
    process.kill(this.#pid);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
