/** A runner on a folder of its own, with the fake estate under it: started, stopped and started again in one process. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from '@countersign/core';
import { signerPem, type Delivery, type Report } from '@countersign/seal';
import { reportShape } from '../egress/check-report.ts';
import { gatewayFileShape, type GatewayConfig } from '../gateway/gateway-config.ts';
import { DropFolder } from '../inbox/drop-folder.ts';
import { startRunner, type RunnerSurroundings, type RunningRunner } from '../inbox/run-runner.ts';
import type { Log } from '../preflight/log.ts';
import { runnerFileShape, type RunnerConfig } from '../preflight/runner-config.ts';
import type { FakeEstate } from './fake-estate.ts';
import { ORGANISATION, rootOf, type HouseKeys } from './house.ts';
import { good, made } from './made.ts';

/** A configuration as if it had been read from a file, with the root in hand. */
export const configOf = ({
  root,
  ...fields
}: Readonly<Record<string, unknown>> & { readonly root: Uint8Array }): RunnerConfig => ({
  ...made(runnerFileShape, { ...fields, root: 'root.json' }),
  root,
});

/** The same for a gateway; without a root it pins none. */
export function gatewayConfigOf(fields: object, root?: Uint8Array): GatewayConfig {
  const { root: _none, ...config } = made(gatewayFileShape, fields);
  return root === undefined ? config : { ...config, root };
}

export class RunnerHouse {
  readonly folder: string;
  readonly config: RunnerConfig;
  readonly inbox: DropFolder;
  readonly lines: string[] = [];
  #running: RunningRunner | undefined;
  #count = 0;

  constructor(
    keys: HouseKeys,
    estate: FakeEstate,
    change: Partial<Record<Exclude<keyof RunnerConfig, 'root'>, unknown>> = {},
  ) {
    this.folder = mkdtempSync(join(tmpdir(), 'countersign-runner-'));
    const at = (name: string): string => join(this.folder, name);
    const environment: Environment = change['environment'] === 'staging' ? 'staging' : 'production';
    const isStaging = environment === 'staging';
    writeFileSync(at('runner.pem'), signerPem(isStaging ? keys.stagingRunner : keys.runner), { mode: 0o600 });
    writeFileSync(at('targets.json'), JSON.stringify(estate.inventory()));
    writeFileSync(at('catalogue.json'), JSON.stringify(catalogue));
    this.config = configOf({
      organisation: ORGANISATION,
      enclave: isStaging ? 'staging' : 'prod',
      runner: isStaging ? 'runner-staging' : 'runner-1',
      environment,
      keyFile: at('runner.pem'),
      root: rootOf(keys),
      allowDemo: false,
      inbox: at('inbox'),
      outbox: at('outbox'),
      state: at('state'),
      targets: at('targets.json'),
      catalogue: at('catalogue.json'),
      egress: 'sanitized',
      ...change,
    });
    estate.taskKeyFiles.set(this.config.runner, at('state/task-key.pub'));
    mkdirSync(this.config.outbox, { recursive: true });
    this.inbox = new DropFolder(this.config.inbox);
  }

  /** The configuration as files, for a runner in a process of its own. */
  writeConfig(): string {
    const file = join(this.folder, 'runner.json');
    writeFileSync(join(this.folder, '1.root.json'), this.config.root);
    writeFileSync(file, JSON.stringify({ ...this.config, root: '1.root.json' }));
    return file;
  }

  /** A fault is noted among the lines and does not end the test's own process. */
  start(surroundings: RunnerSurroundings = {}): RunningRunner {
    const log: Log = (event, fields) => void this.lines.push(`${event} ${JSON.stringify(fields)}`);
    const onFault = (): void => void this.lines.push('fault');
    this.#running = good(startRunner(this.config, log, { onFault, ...surroundings }));
    return this.#running;
  }

  async stop(): Promise<void> {
    await this.#running?.stop();
    this.#running = undefined;
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  deliver(...deliveries: readonly Delivery[]): void {
    for (const delivery of deliveries) {
      this.#count += 1;
      this.inbox.put(`${String(this.#count).padStart(6, '0')}-${delivery.kind}.json`, JSON.stringify(delivery));
    }
  }

  reports(): readonly { readonly name: string; readonly report: Report }[] {
    const names = readdirSync(this.config.outbox).filter((name) => name.endsWith('.json'));
    return names.toSorted().map((name) => ({
      name,
      report: made(reportShape, JSON.parse(readFileSync(join(this.config.outbox, name), 'utf8'))),
    }));
  }
}

const entry = (action: string): object => ({
  action,
  adapters: ['config', 'service'],
  paths: ['lib/app.json'],
  services: ['app'],
});
export const catalogue: object = {
  type: 'catalogue',
  runner: 'runner-1',
  entries: ['package.patch', 'config.change', 'service.restart'].map(entry),
};

/** Waits for a condition by looking again on each turn of the event loop's timers; fails after ten seconds. */
export async function until(what: string, isTrue: () => boolean): Promise<void> {
  const end = Date.now() + 10_000;
  while (!isTrue()) {
    if (Date.now() > end) throw new Error(`never came: ${what}`);
    await new Promise((resolve) => void setTimeout(resolve, 5));
  }
}
