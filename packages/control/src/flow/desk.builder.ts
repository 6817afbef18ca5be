/** A whole desk in the process of a test: control, a witness that is played, two enclaves that sign what they are told. */
import {
  approvalFor,
  instantOf,
  plusMs,
  type ActionType,
  type Envelope,
  type Instant,
  type Probe,
  type ProposalDraft,
  type TrustBundle,
  PLAIN_CAPS,
  PLAIN_GRANT,
} from '@countersign/core';
import {
  digestOf,
  PAYLOAD,
  type CapsuleDelivery,
  type DsseEnvelope,
  type PollAnswer,
  type Report,
  type TrustMetadata,
} from '@countersign/seal';
import { approvalRoutes } from '../approvals/routes.ts';
import { campaignRoutes } from '../campaigns/routes.ts';
import { shownDigest } from '../approvals/verify-approval.ts';
import type { Deps, Features } from '../deps.ts';
import { FakeRunner, openDelivery, type Opened } from '../enclaves/enclave.builder.ts';
import { drillRoutes } from '../drills/routes.ts';
import { Release } from '../enclaves/release.ts';
import { evidenceRoutes } from '../evidence/routes.ts';
import { enclaveRoutes } from '../enclaves/routes.ts';
import { manualRoutes } from '../manual/routes.ts';
import { createCedarOracle } from '../policy/cedar.ts';
import { proposalRoutes } from '../proposals/routes.ts';
import { RolloutViews } from '../rollouts/rollout-views.ts';
import { rolloutRoutes } from '../rollouts/routes.ts';
import { restraintRoutes } from '../agents-watch/routes.ts';
import { startControl, type Heard, type TestControl } from '../testkit/control.ts';
import { openTestDatabase, type TestDatabase } from '../testkit/database.ts';
import { recorder } from '../testkit/record.ts';
import { relayed } from '../testkit/relayed.ts';
import { idOf, makeWorld, NOON_MS, sign, type World } from '../testkit/world.ts';
import { bundleIn, capsuleIn, pollAnswer, shownSignals, shownState, type ShownState } from './desk.parse.ts';
import { Remediations } from './remediations.ts';

export let world: World;
let database: TestDatabase;
export let control: TestControl;
export let remediations: Remediations;
export let release: Release;
export const databaseUrl = (): string => database.url;
let nowMs: number = NOON_MS;
export const passTime = (ms: number): void => {
  nowMs += ms;
};
export const now = (): Instant => instantOf(nowMs);

/** Everything but the durable engine, which is one a process: what it would call is called by the tests. */
function features(deps: Deps): Features {
  remediations = new Remediations(deps, createCedarOracle());
  release = new Release(deps);
  return {
    routes: [
      ...proposalRoutes({ deps, remediations }),
      ...approvalRoutes({ deps, remediations }),
      ...campaignRoutes(deps),
      ...rolloutRoutes(deps),
      ...evidenceRoutes(deps),
      ...drillRoutes(deps),
      ...manualRoutes(deps),
      ...restraintRoutes(deps),
      ...enclaveRoutes({ deps, remediations, views: new RolloutViews() }),
    ],
    wake: () => undefined,
    dispatched: () => undefined,
    start: async () => undefined,
    stop: async () => undefined,
  };
}

const HOST = { kind: 'host', tier: 'non-critical' } as const;
export const graphOf = (): DsseEnvelope =>
  world.graph({
    nodes: [
      { id: idOf<'Node'>('web-1'), ...HOST, environment: 'production' },
      { id: idOf<'Node'>('web-2'), ...HOST, environment: 'production' },
      { id: idOf<'Node'>('stage-1'), ...HOST, environment: 'staging' },
      // One of its hosts may be missing.
      { id: idOf<'Node'>('shop'), ...HOST, kind: 'service', environment: 'production', minHealthy: 1 },
    ],
    edges: ['web-1', 'web-2'].map((to) => ({
      from: idOf<'Node'>('shop'),
      to: idOf<'Node'>(to),
      kind: 'depends-on',
      isHard: true,
    })),
  });

const envelopeChange = (): Partial<Envelope> => ({
  maySkipStaging: ['service.restart'],
  grants: [
    {
      id: idOf<'Rule'>('restart'),
      isEnabled: true,
      actions: ['service.restart'],
      tiers: ['non-critical'],
      environments: ['production'],
      ...PLAIN_GRANT,
      minSeverity: 2,
      minIndependentSignals: 1,
      requiresStaging: false,
      calendars: [],
      caps: {
        ...PLAIN_CAPS,
        targets: 10,
        services: 5,
        perTier: { 'non-critical': 10 },
        percentOfTier: 100,
        actionsPerHour: 10,
      },
      rollbackWindowMinutes: 60,
      maxDrillAgeDays: 30,
    },
  ],
});

export const must = async (
  answer: ReturnType<TestControl['ask']>,
  status: number,
): Promise<Record<string, unknown>> => {
  const found = await answer;
  const failures = control.reports.map(({ where, error }) => `${where}: ${error}`).join('\n');
  if (found.statusCode !== status) throw new Error(`${found.statusCode}: ${found.body}\n${failures}`);
  return found.body === '' ? {} : found.json<Record<string, unknown>>();
};

export const openDesk = (): Promise<void> => openDeskBeside([]);

/** `others`: organisations beside ours on the same server; `heard` is told of every request. */
export async function openDeskBeside(others: readonly World[], heard?: (heard: Heard) => void): Promise<void> {
  nowMs = NOON_MS;
  world = makeWorld();
  database = await openTestDatabase();
  control = await startControl({ url: database.url, worlds: [world, ...others], features, nowMs: () => nowMs, heard });
  await must(control.ask('person:kim', 'POST', '/api/v1/trust', { body: { trust: world.bundle() } }), 200);
  await must(control.ask('person:kim', 'POST', '/api/v1/envelope', { body: { envelope: policy(1) } }), 200);
  await must(control.ask('person:kim', 'POST', '/api/v1/graph', { body: { graph: graphOf() } }), 200);
}

export async function closeDesk(): Promise<void> {
  await control.stop();
  await database.drop();
}

export const policy = (version: number): DsseEnvelope =>
  world.envelope({
    ...envelopeChange(),
    version,
    ...(version > 1 && { supersedes: digestOf(Buffer.from(policy(version - 1).payload, 'base64')) }),
  });

export async function signal(rule: string): Promise<string> {
  const document = {
    version: '4',
    alerts: [
      {
        status: 'firing',
        labels: { alertname: rule, severity: 'critical', target: 'web-1' },
        startsAt: '2026-11-21T11:00:00Z',
      },
    ],
  };
  const answer = await must(
    control.ask('source:alertmanager-dc1', 'POST', '/api/v1/signals/alertmanager', { body: relayed(world, document) }),
    202,
  );
  return shownSignals(answer)[0] ?? '';
}

const probe = (id: string, path: string): Probe => ({ id: idOf<'Check'>(id), path, expectStatus: 200 });

export async function draft(action: ActionType, change: Partial<ProposalDraft> = {}): Promise<ProposalDraft> {
  const id = await signal(action === 'service.restart' ? 'ServiceHung' : 'CheckoutTimeouts');
  const restart = { adapter: 'service', operation: 'restart', service: 'app' } as const;
  const config = { adapter: 'config', path: 'etc/app.conf', content: '{"a":1}\n', validate: 'json' } as const;
  return {
    title: 'mend it',
    hypothesis: 'it is broken',
    environment: 'production',
    signals: [idOf<'Signal'>(id)],
    failingCheck: 'it answers',
    trace: 'the alert',
    reproduction: 'ask it',
    runIds: [idOf<'Run'>(id)],
    change: {
      action,
      summary: 'mend it',
      steps: action === 'config.change' ? [config, restart] : [restart],
      intendedVersions: {},
    },
    validation: {
      spec: { id: idOf<'Spec'>('web'), version: 1 },
      reproduction: probe('answers', '/probe'),
      checks: [probe('health', '/health')],
      stagingTargets: [idOf<'Target'>('stage-1')],
    },
    rollback: { kind: 'restore', windowMinutes: 60, dataEffects: 'none', isAutomatic: true },
    targets: [idOf<'Target'>('web-1')],
    timing: { mayNotOverlap: [] },
    context: { model: 'rules', prompt: 'a rule', toolCalls: [] },
    ...change,
  };
}

let keys = 0;
export const propose = (body: unknown): ReturnType<TestControl['ask']> =>
  control.ask('agent:playbook', 'POST', '/api/v1/proposals', {
    body,
    headers: { 'idempotency-key': `k-${(keys += 1)}` },
  });

/** Witnesses what is in the record, so that capsules may leave. */
export async function witness(): Promise<void> {
  await control.settled();
  const { cosign, sizeOf } = recorder(() => control, world);
  const size = await sizeOf();
  await must(
    control.ask('witness:one', 'POST', '/api/v1/record/cosignatures', {
      body: { size, line: await cosign(size, nowMs) },
    }),
    200,
  );
  // What runs alone leaves with the statement that counts it (I14).
  await must(control.ask('witness:one', 'POST', '/api/v1/record/status', { body: { status: statusOn(size) } }), 200);
  await release.release(world.organisation);
}

let statements = 0;
export function statusOn(size: number): DsseEnvelope {
  statements += 1;
  const issuedAt = instantOf(nowMs + (statements % 50_000));
  const status = {
    type: 'status',
    organisation: world.organisation,
    issuedAt,
    expiresAt: plusMs(issuedAt, 300_000),
    checkpoint: { size, root: Buffer.alloc(32).toString('base64') },
    trustVersion: 1,
    halts: [],
    suspendedActions: [],
    quota: { used: 0, limit: 1000, from: 0 },
  };
  return sign(PAYLOAD.status, status, [world.keys.status]);
}

const cursor = new Map<string, number>();
export async function deliveries(enclave: string): Promise<readonly PollAnswer['deliveries'][number][]> {
  const key = `${database.url} ${enclave}`;
  const answer = pollAnswer(
    await must(
      control.ask(`enclave:${enclave}`, 'GET', `/api/v1/enclaves/${enclave}/poll?after=${cursor.get(key) ?? 0}&wait=0`),
      200,
    ),
  );
  cursor.set(key, answer.next);
  return answer.deliveries;
}
export const capsulesFor = async (
  enclave: string,
): Promise<readonly (Opened & { readonly delivery: CapsuleDelivery })[]> =>
  (await deliveries(enclave)).flatMap(({ delivery }) =>
    delivery.kind === 'capsule' ? [{ ...openDelivery(delivery), delivery }] : [],
  );

let names = 0;
export const report = (enclave: string, ...reports: readonly Report[]): ReturnType<TestControl['ask']> =>
  control.ask(`enclave:${enclave}`, 'POST', `/api/v1/enclaves/${enclave}/reports`, {
    body: { reports: reports.map((one) => ({ name: `r-${(names += 1)}.json`, report: one })) },
  });

export const stateOf = async (id: string): Promise<ShownState> =>
  shownState(await must(control.ask('person:kim', 'GET', `/api/v1/proposals/${id}`), 200));
export const eventsOf = async (id: string): Promise<readonly string[]> =>
  (
    await control.deps.store.selectFrom('leaf').select('event').where('correlation', '=', id).orderBy('id').execute()
  ).map(({ event }) => event);

export async function signing(id: string): Promise<Opened> {
  const page = await must(control.ask('person:ana', 'GET', `/api/v1/proposals/${id}/signing`), 200);
  return openDelivery(capsuleIn(page));
}
export function approvalOf(opened: Opened, person: 'ana' | 'sam' | 'kim', change: object = {}): DsseEnvelope {
  const document = approvalFor(opened.capsule, {
    capsuleDigest: opened.digest,
    person: idOf<'Person'>(person),
    role: idOf<'Role'>('release-approver'),
    surface: 'cli',
    shown: shownDigest(opened),
    signedAt: now(),
    expiresAt: instantOf(nowMs + 3_600_000),
    nonce: '0'.repeat(32),
  });
  return sign(PAYLOAD.approval, { ...document, ...change }, [world.keys[person]]);
}
export const approve = (approval: DsseEnvelope, by: string = 'person:ana'): ReturnType<TestControl['ask']> =>
  control.ask(by, 'POST', '/api/v1/approvals', { body: { approval } });

export const staging = (): FakeRunner => new FakeRunner(world.keys.staging);
export const production = (): FakeRunner => new FakeRunner(world.keys.runner);
export async function drilled(): Promise<void> {
  await control.deps.store
    .insertInto('drill')
    .values({
      organisation: world.organisation,
      action: 'service.restart',
      tier: 'non-critical',
      at: now(),
      is_passed: true,
      evidence: 'none',
    })
    .execute();
}

export function bundlePeople(bundle: TrustMetadata): TrustBundle['people'] {
  return bundleIn(bundle).people;
}
