/** Service-level health of everything the analysis named, read together (X4). One that is missing locally is no data. */
import type { HealthVerdict, Instant, NodeId } from '@countersign/core';
import type { Inventory } from '../preflight/inventory.ts';
import type { Caller } from './ask.ts';
import { askService, askTarget, type ServiceHealth, type TargetHealth } from './health.ts';
import { watchUntilFinal, type Judgement, type Patience } from './after-act.ts';

interface DependantState {
  readonly subject: string;
  readonly state: string;
}

export interface DependantsReading {
  readonly verdict: HealthVerdict;
  readonly detail: string;
  readonly states: readonly DependantState[];
}

const CHECK_TIMEOUT_MS = 5000;
/** Services asked at the same time. */
const AT_ONCE = 16;

export interface DependantsQuestion {
  readonly dependants: readonly NodeId[];
  /** A reading from before this moment does not count. */
  readonly since: Instant;
  readonly patience: Patience;
}

export async function readDependants(
  caller: Caller,
  inventory: Inventory,
  { dependants, since, patience }: DependantsQuestion,
): Promise<DependantsReading> {
  const judged: (Judgement & { readonly subject: string })[] = [];
  const waiting = dependants.values();
  const worker = async (): Promise<void> => {
    for (const id of waiting) {
      const read = readerOf(caller, inventory, {
        id,
        since,
        timeoutMs: Math.min(CHECK_TIMEOUT_MS, patience.timeoutMs),
      });
      const judgement = read === undefined ? UNLISTED : await watchUntilFinal(read, patience);
      judged.push({ ...judgement, subject: id });
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, dependants.length) }, worker));
  return summarise(judged.toSorted((a, b) => (a.subject < b.subject ? -1 : 1)));
}

/** A service by its own health; what depends on a target may also be another target of this enclave. */
function readerOf(
  caller: Caller,
  { dependants, targets }: Inventory,
  { id, since, timeoutMs }: { readonly id: NodeId; readonly since: Instant; readonly timeoutMs: number },
): (() => Promise<Judgement>) | undefined {
  const service = dependants.get(id);
  if (service !== undefined)
    return async () => judgeService(await askService(caller, service.healthUrl, timeoutMs), since);
  const target = targets.get(id);
  if (target === undefined) return undefined;
  return async () => judgeService(asService(await askTarget(caller, target.healthUrl, timeoutMs)), since);
}

function asService(health: TargetHealth): ServiceHealth {
  switch (health.state) {
    case 'running':
      return { state: 'ok', detail: 'running', observedAt: health.observedAt };
    case 'failed':
      return { state: 'degraded', detail: health.detail, observedAt: health.observedAt };
    case 'no-data':
      return health;
  }
}

const UNLISTED: Judgement = { verdict: 'error', detail: 'not in the inventory of this enclave', isFinal: true };

export function judgeService(health: ServiceHealth, since: Instant): Judgement {
  switch (health.state) {
    case 'no-data':
      return { verdict: 'error', detail: `no health data: ${health.detail}`, isFinal: false };
    case 'degraded':
      return { verdict: 'failure', detail: `degraded: ${health.detail}`, isFinal: true };
    case 'ok':
      return health.observedAt < since
        ? { verdict: 'error', detail: 'no fresh health data', isFinal: false }
        : { verdict: 'success', detail: `ok: ${health.detail}`, isFinal: true };
  }
}

const MAX_NAMED = 5;

function summarise(judged: readonly (Judgement & { readonly subject: string })[]): DependantsReading {
  const states = judged.map(({ subject, detail }) => ({ subject, state: detail }));
  const bad = judged.filter(({ verdict }) => verdict !== 'success');
  if (bad.length === 0) return { verdict: 'success', detail: `${judged.length} dependants are well`, states };
  const verdict = bad.find((one) => one.verdict === 'failure')?.verdict ?? bad[0]?.verdict ?? 'error';
  const named = bad.slice(0, MAX_NAMED).map(({ subject, detail }) => `${subject}: ${detail}`);
  const more = bad.length > MAX_NAMED ? `; and ${bad.length - MAX_NAMED} more` : '';
  return { verdict, detail: named.join('; ') + more, states };
}
