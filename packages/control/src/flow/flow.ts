/**
 * Several identical workers on one database carry the flows. Off the autonomous path: a flow is started some seconds after its
 * proposal, when it is still open, so what is finished at once never needs one.
 */
import { DBOS } from '@dbos-inc/dbos-sdk';
import type { Store } from '../store/schema.ts';
import { ifDead, Liveness } from './liveness.ts';
import { bindAdvance, remediate, WAKE } from './remediate.ts';
import { SETTLED_MS, type Advance, type FindOpen, type Remediation } from './standing.ts';

export interface FlowParts {
  readonly store: Store;
  readonly databaseUrl: string;
  /** Unique for every start of every process: two workers under one name would share flows. */
  readonly worker: string;
  readonly advance: Advance;
  readonly findOpen: FindOpen;
  /** The worker lost its session: it must end, others may take its flows over. */
  readonly lost: () => void;
  readonly report: (failure: { readonly what: string; readonly error: string }) => void;
  readonly sweepMs?: number;
}

const QUEUE = 'remediation';
const SWEEP_MS = 2000;
const OPEN_PER_SWEEP = 500;
const FLOWS_AT_ONCE = 1000;
/** A flow that was found alive is not asked for again so soon. */
const RECHECK_MS = 60_000;
/** After so many dead workers the flow itself is the likely cause; the sweep still advances its remediation. */
const MAX_TAKEOVERS = 20;

const flowId = ({ organisation, proposal }: Remediation, round: number): string =>
  `${organisation}/${proposal}/${round}`;

export class Flow {
  readonly #parts: FlowParts;
  readonly #liveness: Liveness;
  #timer: NodeJS.Timeout | undefined;
  #sweeping: Promise<void> = Promise.resolve();
  #isStopped = false;
  /** When a live flow was last seen, by remediation; only to ask less often. */
  readonly #alive = new Map<string, number>();
  /** The last remediation of the page that was looked at. */
  #looked: Remediation | undefined;

  private constructor(parts: FlowParts, liveness: Liveness) {
    this.#parts = parts;
    this.#liveness = liveness;
  }

  /** One a process: the engine is a singleton. */
  static async start(parts: FlowParts): Promise<Flow> {
    bindAdvance(parts.advance);
    DBOS.setConfig({
      name: 'countersign',
      systemDatabaseUrl: parts.databaseUrl,
      systemDatabasePoolSize: 4,
      executorID: parts.worker,
      // The default is a hash of the code: a new release would strand every waiting flow.
      applicationVersion: '1',
      logLevel: 'error',
    });
    // First the lock, then the work: a flow of a worker without lock would be taken over while it runs.
    const liveness = await Liveness.hold(parts.databaseUrl, parts.worker, parts.lost);
    await DBOS.launch();
    await DBOS.registerQueue(QUEUE, { workerConcurrency: 50 });
    const flow = new Flow(parts, liveness);
    flow.#schedule();
    return flow;
  }

  /** Makes the remediation's flow look again; never throws and need not arrive. */
  wake(remediation: Remediation): void {
    void this.#latest(remediation)
      .then((round) => (round === undefined ? undefined : DBOS.send(flowId(remediation, round), 'look', WAKE)))
      .catch((error: unknown) => this.#report('wake', error));
  }

  /** One pass, for tests and for the start: dead workers' flows, then open remediations without a flow. */
  async sweep(): Promise<void> {
    await this.#takeOver().catch((error: unknown) => this.#report('takeover', error));
    await this.#adopt().catch((error: unknown) => this.#report('adopt', error));
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#sweeping;
    await DBOS.shutdown();
    await this.#liveness.leave();
  }

  #schedule(): void {
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => {
      this.#sweeping = this.sweep().finally(() => this.#schedule());
    }, this.#parts.sweepMs ?? SWEEP_MS);
    this.#timer.unref();
  }

  /** Flows of workers whose lock is free: queued again for whoever is alive. */
  async #takeOver(): Promise<void> {
    const { store, worker } = this.#parts;
    const owners = new Set<string>();
    for (let offset = 0; ; offset += FLOWS_AT_ONCE) {
      const pending = await DBOS.listWorkflows({
        status: 'PENDING',
        loadInput: false,
        loadOutput: false,
        limit: FLOWS_AT_ONCE,
        offset,
      });
      for (const { executorId } of pending)
        if (executorId !== undefined && executorId !== worker) owners.add(executorId);
      if (pending.length < FLOWS_AT_ONCE) break;
    }
    for (const owner of owners)
      await ifDead(store, owner, async () => {
        const left = await DBOS.listWorkflows({ status: 'PENDING', executorId: owner, loadInput: false });
        const resumed = await this.#countAttempts(left.map(({ workflowID }) => workflowID));
        if (resumed.length > 0) await DBOS.resumeWorkflows([...resumed], { queueName: QUEUE });
      });
  }

  /** The engine forgets its own count at a takeover, so we keep one; flows beyond the cap are cancelled. */
  async #countAttempts(flows: readonly string[]): Promise<readonly string[]> {
    const kept: string[] = [];
    for (const workflow of flows) {
      const organisation = workflow.split('/')[0] ?? '';
      const { attempts } = await this.#parts.store
        .insertInto('flow_attempt')
        .values({ organisation, workflow, attempts: 1 })
        .onConflict((conflict) =>
          conflict
            .columns(['organisation', 'workflow'])
            .doUpdateSet((row) => ({ attempts: row('flow_attempt.attempts', '+', 1) })),
        )
        .returning('attempts')
        .executeTakeFirstOrThrow();
      if (attempts <= MAX_TAKEOVERS) kept.push(workflow);
      else await DBOS.cancelWorkflow(workflow);
    }
    return kept;
  }

  /** Starts a flow for every open remediation that has none; a lost start, wake or engine is healed here. */
  async #adopt(): Promise<void> {
    const open = await this.#parts.findOpen({ olderThanMs: SETTLED_MS, limit: OPEN_PER_SWEEP, after: this.#looked });
    // However many wait, each has its turn: a page a sweep, then from the beginning.
    this.#looked = open.length < OPEN_PER_SWEEP ? undefined : open.at(-1);
    const nowMs = performance.now();
    for (const [key, seenMs] of this.#alive) if (nowMs - seenMs > RECHECK_MS) this.#alive.delete(key);
    for (const remediation of open) {
      const key = `${remediation.organisation}/${remediation.proposal}`;
      if (this.#alive.has(key)) continue;
      this.#alive.set(key, nowMs);
      const round = await this.#latest(remediation);
      const status = round === undefined ? null : await DBOS.getWorkflowStatus(flowId(remediation, round));
      if (status?.status === 'PENDING' || status?.status === 'ENQUEUED' || status?.status === 'DELAYED') continue;
      const next = (round ?? -1) + 1;
      await DBOS.startWorkflow(remediate, { workflowID: flowId(remediation, next) })(
        remediation.organisation,
        remediation.proposal,
      );
    }
  }

  /** The newest flow of a remediation; they are numbered without gaps. */
  async #latest(remediation: Remediation): Promise<number | undefined> {
    const prefix = `${remediation.organisation}/${remediation.proposal}/`;
    const [newest] = await DBOS.listWorkflows({
      workflow_id_prefix: prefix,
      sortDesc: true,
      limit: 1,
      loadInput: false,
      loadOutput: false,
    });
    const round = Number(newest?.workflowID.slice(prefix.length));
    return newest === undefined || !Number.isSafeInteger(round) ? undefined : round;
  }

  #report(what: string, error: unknown): void {
    if (!this.#isStopped)
      this.#parts.report({ what: `flow: ${what}`, error: error instanceof Error ? error.message : String(error) });
  }
}
