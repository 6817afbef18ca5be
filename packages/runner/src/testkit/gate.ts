/** A gate context of a runner that has everything it needs to admit the world's delivery. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Status, Tier } from '@countersign/core';
import type { DsseEnvelope } from '@countersign/seal';
import type { GateContext } from '../admit/context.ts';
import { KnownDocuments } from '../admit/known-documents.ts';
import { verifyStatus } from '../admit/status.ts';
import { verifyTrust, type TrustRule } from '../admit/trust.ts';
import { Journal } from '../journal/journal.ts';
import { catalogueShape } from '../preflight/catalogue.ts';
import { inventoryOf, inventoryShape } from '../preflight/inventory.ts';
import { ORGANISATION, rootOf } from './house.ts';
import { good, made } from './made.ts';
import { SERVICE } from './policy.ts';
import { catalogue, configOf } from './runner-house.ts';
import { signStatus } from './signed.ts';
import type { World } from './world.ts';

export interface GatePlan {
  readonly tiers?: Readonly<Record<string, Tier>>;
  readonly targets?: readonly string[];
  readonly status?: DsseEnvelope | 'none';
  readonly change?: Partial<GateContext>;
  readonly config?: object;
}

export function gateOf(world: World, plan: GatePlan = {}): GateContext {
  const { now, targets, authority } = world.plan;
  const isStaging = authority === 'staging';
  const rule: TrustRule = {
    organisation: world.capsule.organisation,
    root: rootOf(world.keys),
    allowDemo: false,
  };
  const trust = good(verifyTrust(world.trust, rule, { now }));
  const folder = mkdtempSync(join(tmpdir(), 'countersign-gate-'));
  const journal = new Journal(join(folder, 'journal.db'));
  const local = targets.filter(({ id }) => plan.targets?.includes(id) ?? true);
  const inventory = made(inventoryShape, {
    targets: local.map(({ id, tier }) => ({
      id,
      root: folder,
      healthUrl: 'http://127.0.0.1:1/health',
      restartUrl: 'http://127.0.0.1:1/restart',
      tier: plan.tiers?.[id] ?? tier,
      labels: {},
    })),
    dependants: [{ id: SERVICE, healthUrl: 'http://127.0.0.1:1/service' }],
  });
  const status: Status | undefined =
    plan.status === 'none'
      ? undefined
      : good(verifyStatus(plan.status ?? signStatus(world, now), trust, world.capsule.organisation));
  return {
    config: configOf({
      organisation: ORGANISATION,
      enclave: isStaging ? 'staging' : 'prod',
      runner: isStaging ? 'runner-staging' : 'runner-1',
      environment: isStaging ? 'staging' : 'production',
      keyFile: 'k',
      root: rule.root,
      allowDemo: false,
      inbox: 'i',
      outbox: 'o',
      state: folder,
      targets: 't',
      catalogue: 'c',
      egress: 'sanitized',
      ...plan.config,
    }),
    catalogue: made(catalogueShape, catalogue),
    inventory: inventoryOf(inventory, (path) => path),
    journal,
    documents: new KnownDocuments(journal),
    trust,
    ...(status !== undefined && { status }),
    now,
    isClockSteady: true,
    isStopped: false,
    busyTargets: new Set(),
    ...plan.change,
  };
}
