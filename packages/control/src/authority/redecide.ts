/**
 * What is open is decided again under a newer version or graph, at once (E2): the same verdict goes on, a narrower one pauses. What
 * waits for people is asked anew; what has not left yet is taken back; what runs is halted with the reason and goes on only
 * by a signed resume. Taking back own acts needs nothing of this.
 */
import { parseDigest, type OrganisationId, type Result } from '@countersign/core';
import type { Deps } from '../deps.ts';
import { deliver, takeBack } from '../enclaves/deliveries.ts';
import type { AttachedCapsule, Attached } from '../flow/attached.ts';
import type { Carrier } from '../flow/carrier.ts';
import type { Remediations, UnderLock } from '../flow/remediations.ts';
import type { Remediation, Standing } from '../flow/standing.ts';
import { moreThanSigned, replace, stageOf } from '../flow/steps.ts';
import type { DecisionMade } from '../decisions/make-decision.ts';

/** SHA-256 of no bytes: what a decision names when there is no document. */
const NOTHING = parseDigest('sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
const PAGE = 200;
/** A process of ours; runners journal it as whoever stopped the rollout. */
const BY = 'control';

interface Running {
  isDirty: boolean;
  readonly done: Promise<void>;
}

export class Redecide {
  readonly #deps: Deps;
  readonly #remediations: Remediations;
  readonly #running = new Map<OrganisationId, Running>();
  /** Heads that everything open was decided under; only to look less often. */
  readonly #looked = new Map<OrganisationId, string>();
  #isStopped = false;

  constructor(deps: Deps, remediations: Remediations) {
    this.#deps = deps;
    this.#remediations = remediations;
  }

  /** Looks now, at every change of what rules, and after every gap in which a change may have been missed. */
  start(): void {
    const { bus, config } = this.#deps;
    const all = (): void => {
      for (const organisation of config.organisations.keys()) this.tick(organisation);
    };
    bus.subscribe('trust', ({ organisation }) => this.tick(organisation));
    bus.onGap(all);
    all();
  }

  /** Returns at once; runs once more when it is asked while it runs. */
  tick(organisation: OrganisationId): void {
    const running = this.#running.get(organisation);
    if (running !== undefined) {
      running.isDirty = true;
      return;
    }
    const state = { isDirty: false };
    const done = this.#run(organisation, state).finally(() => this.#running.delete(organisation));
    this.#running.set(organisation, Object.assign(state, { done }));
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all([...this.#running.values()].map(({ done }) => done));
  }

  async #run(organisation: OrganisationId, state: { isDirty: boolean }): Promise<void> {
    do {
      state.isDirty = false;
      try {
        await this.look(organisation);
      } catch (error) {
        this.#deps.report({ where: 'redecide', error: error instanceof Error ? error.message : String(error) });
      }
    } while (state.isDirty && !this.#isStopped);
  }

  /** Goes through everything open once; returns how many were paused. A failure of one is told and does not hold up the others. */
  async look(organisation: OrganisationId): Promise<number> {
    const { trust, store, report } = this.#deps;
    const { envelope, graph, bundle } = await trust.heads(store, organisation);
    const heads = JSON.stringify([envelope, graph, bundle]);
    if (this.#looked.get(organisation) === heads || bundle === null) return 0;
    let paused = 0;
    let isWhole = true;
    for (let after: Remediation | undefined; !this.#isStopped;) {
      const open = await this.#remediations.findOpen({ olderThanMs: 0, limit: PAGE, after });
      for (const one of open.filter((remediation) => remediation.organisation === organisation)) {
        const isPaused = await this.#again(one).catch((error: unknown) => {
          report({ where: 'redecide', error: error instanceof Error ? error.message : String(error) });
          isWhole = false;
          return false;
        });
        if (isPaused) paused += 1;
      }
      after = open.at(-1);
      if (open.length < PAGE) break;
    }
    if (isWhole && !this.#isStopped) this.#looked.set(organisation, heads);
    return paused;
  }

  async #again({ organisation, proposal }: Remediation): Promise<boolean> {
    const { bus, clock } = this.#deps;
    const actor = { organisation, actor: BY, now: clock() };
    const enclaves = new Set<string>();
    const result = await this.#remediations.under(actor, proposal, (locked, step) => again(locked, step, enclaves));
    for (const enclave of enclaves) bus.publish('delivery', organisation, enclave);
    if (!result.ok && result.refusal.code !== 'not-found') throw new Error(result.refusal.detail);
    return enclaves.size > 0;
  }
}

type Step = (attached: Attached) => Standing;

/** States in which a capsule is out, or may be. */
const IS_OUT: ReadonlySet<string> = new Set(['DISPATCHED', 'RUNNING', 'VERIFYING']);

async function again({ carrier, attached }: UnderLock, step: Step, enclaves: Set<string>): Promise<Result<true>> {
  const { rollout, decidedUnder } = attached;
  const done = { ok: true, value: true } as const;
  const { envelope, graph } = carrier.authority;
  const isSame =
    decidedUnder !== undefined &&
    decidedUnder.envelope === (envelope?.digest ?? NOTHING) &&
    decidedUnder.graph === (graph?.digest ?? NOTHING);
  if (!IS_OUT.has(carrier.row.state) || rollout === undefined) {
    step(attached);
    return done;
  }
  if (isSame) return done;
  const made = carrier.decide(stageOf(carrier));
  const why = narrowerThan(rollout, made);
  // Decided and on record: the same verdict, or a wider one, goes on.
  if (why === undefined) carrier.change({});
  else await pause(carrier, rollout, { made, why, enclaves });
  return done;
}

/** Why this verdict is narrower than the one the capsule was sent under; undefined when it is not. */
function narrowerThan({ capsule }: AttachedCapsule, { decision }: DecisionMade): string | undefined {
  switch (decision.verdict) {
    case 'autonomous':
      return undefined;
    case 'prohibited':
      return 'what rules now prohibits it';
    case 'needs-approval':
      if (capsule.decision.verdict === 'autonomous') return 'what rules now asks people';
      return moreThanSigned(decision, capsule.demands) ? 'what rules now asks more people than have signed' : undefined;
  }
}

interface Pausing {
  readonly made: DecisionMade;
  readonly why: string;
  readonly enclaves: Set<string>;
}

async function pause(carrier: Carrier, rollout: AttachedCapsule, { made, why, enclaves }: Pausing): Promise<void> {
  const { work, row, authority } = carrier;
  const { digest, capsule } = rollout;
  const reason = made.decision.reasons[0]?.text ?? made.decision.verdict;
  carrier.leaf({
    event: 'authority.narrowed',
    body: {
      capsule: digest,
      was: capsule.decision.verdict,
      now: made.decision.verdict,
      why: reason,
      envelope: authority.envelope?.digest ?? null,
      graph: authority.graph?.digest ?? null,
    },
  });
  // Still waiting for its proof: no gateway has ever seen it, and now none will.
  if (row.state === 'DISPATCHED' && (await takeBack(work, digest))) {
    carrier.move({ type: 'refused-by-runner', code: 'authority-narrowed' }, why);
    carrier.writes.capsuleState(digest, 'void');
    replace(carrier, undefined, { made, why });
    return;
  }
  const { enclave } = capsule.audience;
  const { organisation } = work.context;
  await deliver(work.db, { organisation, enclave }, { kind: 'halt', capsule: digest, by: BY });
  enclaves.add(enclave);
  carrier.change({ reason: `halted: ${why}: ${reason}`.slice(0, 2000) });
}
