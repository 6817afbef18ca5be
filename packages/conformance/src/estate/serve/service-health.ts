/** Health of a service as its users see it: computed from the real states of its members and of what it needs. */
import { readFileSync } from 'node:fs';
import { integer, object, readShape, text, type Shape } from '@countersign/core';
import type { HostService } from '../host/host-service.ts';
import type { EstateService } from '../layout.ts';

export interface Objective {
  readonly service: string;
  readonly minSuccessPerMille: number;
  readonly requestsPerSecond: number;
}

export interface ServiceHealth {
  readonly service: string;
  readonly state: 'ok' | 'degraded';
  /** Requests served of a thousand, rounded down. */
  readonly successRate: number;
  /** Requests that failed since their members did, waiting to be sent again. */
  readonly queueDepth: number;
  readonly members: { readonly running: number; readonly failed: number };
  /** Hard dependencies whose failures this service passes on. */
  readonly degradedDependencies: readonly string[];
}

const objectiveShape: Shape<Objective> = object<Objective>({
  service: text({ min: 1, max: 64 }),
  minSuccessPerMille: integer({ min: 0, max: 1000 }),
  requestsPerSecond: integer({ min: 0, max: 1_000_000 }),
});

/** The service-level objective from `<state>/services/<id>.json`; a spoilt one stops the estate with the reason. */
export function readObjective(path: string): Objective {
  const read = readShape(objectiveShape, JSON.parse(readFileSync(path, 'utf8')));
  if (!read.ok)
    throw new Error(`${path}: ${read.refusal.complaints?.map(({ at, problem }) => `${at} ${problem}`).join('; ')}`);
  return read.value;
}

/**
 * Requests go round-robin over the members in whole rounds, so the share served is the share of running members; a
 * request that passes a hard dependency is served only if that one serves it too.
 */
export function serviceHealth(
  members: readonly HostService[],
  objective: Objective,
  at: { readonly nowMs: number; readonly hard: readonly ServiceHealth[] },
): ServiceHealth {
  const total = members.length;
  const failures = members.flatMap(({ current }) => (current.state === 'failed' ? [current.failedAtMs] : []));
  const own = total === 0 ? 0 : Math.floor(((total - failures.length) * 1000) / total);
  const successRate = at.hard.reduce((rate, { successRate: next }) => Math.floor((rate * next) / 1000), own);
  const waitedMs = failures.reduce((sum, failedAtMs) => sum + Math.max(0, at.nowMs - failedAtMs), 0);
  return {
    service: objective.service,
    state: successRate < objective.minSuccessPerMille ? 'degraded' : 'ok',
    successRate,
    queueDepth: total === 0 ? 0 : Math.floor((waitedMs * objective.requestsPerSecond) / (1000 * total)),
    members: { running: total - failures.length, failed: failures.length },
    degradedDependencies: at.hard.filter(({ state }) => state === 'degraded').map(({ service }) => service),
  };
}

/** Ids of the services a service cannot work without. */
export const hardDependencies = (service: EstateService): readonly string[] =>
  service.dependsOn.filter(({ isHard }) => isHard).map(({ service: id }) => id);
