/** A rollout on stage: estate, world and runner together, and what came out of the runner. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  digest,
  evidenceStatementShape,
  id,
  instantOf,
  integer,
  list,
  literal,
  object,
  readShape,
  rolloutEventShape,
  type EvidenceStatement,
  type Instant,
  type RolloutEvent,
  type Shape,
} from '@countersign/core';
import { payloadOf, readStrictJson, type Progress, type Report } from '@countersign/seal';
import type { RunnerSurroundings } from '../inbox/run-runner.ts';
import { FakeEstate, type Behaviour } from './fake-estate.ts';
import { makeKeys, type HouseKeys } from './house.ts';
import { good, made } from './made.ts';
import { RunnerHouse } from './runner-house.ts';
import { signStatus } from './signed.ts';
import { makeWorld, type World, type WorldPlan } from './world.ts';

export interface Stage {
  readonly world: World;
  readonly estate: FakeEstate;
  readonly house: RunnerHouse;
  readonly now: () => Instant;
}

const cleanups: (() => Promise<void>)[] = [];
/** For `afterEach`. */
export async function cleanUp(): Promise<void> {
  for (const cleanup of cleanups.splice(0)) await cleanup();
}

export const KEYS: HouseKeys = makeKeys();
export const ids = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, place) => `host-${String(place).padStart(3, '0')}`);

const clock = (): Instant => instantOf(Date.now());

export async function stage(
  count: number,
  plan: Partial<WorldPlan> = {},
  about: { readonly behaviour?: Readonly<Record<string, Behaviour>>; readonly config?: object } = {},
): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-estate-'));
  const estate = new FakeEstate(folder, ids(count));
  for (const [host, behaviour] of Object.entries(about.behaviour ?? {})) estate.behaviour.set(host, behaviour);
  await estate.listen();
  const targets = ids(count).map((target) => ({ id: target, tier: 'non-critical' as const }));
  const world = makeWorld({ now: clock(), targets, authority: 'people', ...plan }, KEYS);
  const house = new RunnerHouse(KEYS, estate, {
    ...(plan.authority === 'staging' && { environment: 'staging' }),
    ...about.config,
  });
  cleanups.push(async () => {
    await house.remove();
    await estate.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return { world, estate, house, now: clock };
}

export function begin({ world, house, now }: Stage, surroundings: RunnerSurroundings = {}): void {
  house.deliver(
    { kind: 'trust', trust: world.trust },
    { kind: 'status', status: signStatus(world, now()) },
    world.delivery,
  );
  house.start(surroundings);
}

export function payload(report: Report): unknown {
  const envelope =
    'progress' in report
      ? report.progress
      : 'evidence' in report
        ? report.evidence
        : 'validation' in report
          ? report.validation
          : 'receipt' in report
            ? report.receipt
            : report.refusal;
  return good(readStrictJson(good(payloadOf(envelope)), { maxBytes: 4_000_000 }));
}

const progressEvents: Shape<Progress> = object<Progress>({
  type: literal('progress'),
  organisation: id(),
  runner: id(),
  capsule: digest,
  from: integer({ min: 0, max: 1_000_000 }),
  events: list(rolloutEventShape, { max: 1000 }),
});

export function events({ house }: Pick<Stage, 'house'>): readonly RolloutEvent[] {
  const progress = house.reports().filter(({ report }) => report.kind === 'progress');
  return progress.flatMap(({ report }) => made(progressEvents, payload(report)).events);
}
export const types = (of: Pick<Stage, 'house'>): readonly string[] => events(of).map(({ type }) => type);
export const hasReport = ({ house }: Pick<Stage, 'house'>, kind: Report['kind']): boolean =>
  house.reports().some(({ report }) => report.kind === kind);
export const evidenceOf = ({
  house,
}: Pick<Stage, 'house'>): {
  readonly report: Extract<Report, { kind: 'evidence' }>;
  readonly statement: EvidenceStatement;
} => {
  const report = house
    .reports()
    .map((one) => one.report)
    .find((one) => one.kind === 'evidence');
  if (report?.kind !== 'evidence') throw new Error('no evidence');
  return { report, statement: good(readShape(evidenceStatementShape, payload(report))) };
};
