/** Waits for the end of a rollout that something died in, and gathers all that its three witnesses tell. */
import { join } from 'node:path';
import { demoFiles } from '../demo/files.ts';
import { estateHosts, type EstateHostView } from '../scenarios/estate-view.ts';
import { rolloutOf, watchToEnd } from '../scenarios/play-a.ts';
import { stageOf, verifies } from '../scenarios/run-a.ts';
import type { System } from '../system/start-system.ts';
import type { RolloutEvent } from '@countersign/core';
import { complaintsOfExecution, eventsInBundle } from './executed.ts';
import type { LongRollout } from './long-rollout.ts';

export interface Settled {
  /** SUCCEEDED, or the state in which a rule ended it. */
  readonly state: string;
  readonly events: readonly RolloutEvent[];
  readonly hosts: readonly EstateHostView[];
  /** Rules that were broken. */
  readonly complaints: readonly string[];
}

interface Settling {
  readonly timeoutMs: number;
  /** Hosts that another rollout touches. */
  readonly others?: readonly string[];
}

export async function settle(system: System, rollout: LongRollout, settling: Settling): Promise<Settled> {
  const { timeoutMs, others = [] } = settling;
  const { proposal, capsule, targets } = rollout;
  const stage = stageOf(system, () => undefined);
  const state = await watchToEnd(stage, proposal, timeoutMs);
  const isVerified = await verifies(system, stage.client, proposal);
  const events = eventsInBundle(join(system.state, `${proposal}.bundle.json`), capsule);
  const hosts = await estateHosts(system.estates.production);
  const counts = (await rolloutOf(stage.client, proposal))?.counts;
  const leased = new Set(events.flatMap((event) => (event.type === 'leased' ? [event.target] : [])));
  const complaints = [
    ...complaintsOfExecution({ targets, events, hosts, state, others }),
    ...(isVerified ? [] : [`\`cs verify --roots ${demoFiles(system.state).root}\` does not accept the bundle`]),
    ...(counts?.touched === leased.size
      ? []
      : [`the record tells of ${counts?.touched ?? 0} touched targets, the runner of ${leased.size}`]),
  ];
  return { state, events, hosts, complaints };
}
