/** The proposal of the world, and the parts of its capsule that do not depend on the decision. */
import {
  capsuleShape,
  changeShape,
  id,
  object,
  plusMs,
  proposalDraftShape,
  rollbackPlanShape,
  validationPlanShape,
  type Capsule,
  type Proposal,
  type Shape,
} from '@countersign/core';
import { digestOfDocument } from '@countersign/seal';
import { ORGANISATION } from './house.ts';
import { made } from './made.ts';
import { SERVICE } from './policy.ts';
import type { WorldPlan } from './world.ts';

const NEW_CONTENT = '{"version":"2"}';
export const ZERO: string = `sha256:${'0'.repeat(64)}`;

export function makeProposal(plan: WorldPlan): Proposal {
  const isStaging = plan.authority === 'staging';
  const change = made(changeShape, {
    action: plan.authority === 'people' ? 'config.change' : 'package.patch',
    summary: 'set version 2',
    steps: [
      { adapter: 'config', path: 'lib/app.json', content: NEW_CONTENT, validate: 'json' },
      { adapter: 'service', operation: 'restart', service: 'app' },
    ],
    intendedVersions: { app: '2' },
    ...plan.change,
  });
  const rollback = made(rollbackPlanShape, {
    kind: 'restore',
    windowMinutes: 60,
    dataEffects: 'none',
    isAutomatic: true,
    ...plan.rollback,
  });
  const validation = made(validationPlanShape, {
    spec: { id: 'spec-1', version: 1 },
    checks: [],
    stagingTargets: isStaging ? plan.targets.map((target) => target.id) : ['staging-1'],
    ...plan.validation,
  });
  const draft = made(proposalDraftShape, {
    title: 'patch app',
    hypothesis: 'version 1 has the flaw',
    environment: isStaging ? 'staging' : 'production',
    signals: ['S-0', 'S-1'],
    failingCheck: 'c',
    trace: 't',
    reproduction: 'r',
    runIds: ['R-1'],
    targets: plan.targets.map((target) => target.id),
    timing: { mayNotOverlap: [] },
    context: { model: 'none', prompt: 'rule 1', toolCalls: [] },
    change,
    rollback,
    validation,
  });
  const base = capsuleIds();
  const named = made(proposalId, { id: plan.proposal ?? base.id });
  return {
    ...draft,
    ...base,
    ...named,
    createdAt: plan.now,
    changeDigest: digestOfDocument({ change, rollback, validation }),
  };
}

const proposalId: Shape<Pick<Proposal, 'id'>> = object<Pick<Proposal, 'id'>>({ id: id() });

/** Ids read by the capsule's own shape. */
function capsuleIds(): Pick<Proposal, 'id' | 'organisation' | 'revision' | 'agent'> {
  const { proposal, organisation } = ID_SOURCE;
  return { id: proposal.id, organisation, revision: proposal.revision, agent: proposal.agent };
}

const ID_SOURCE: Pick<Capsule, 'proposal' | 'organisation'> = made(capsuleShape, {
  type: 'capsule',
  id: 'C-1',
  version: 1,
  organisation: ORGANISATION,
  purpose: 'rollout',
  environment: 'production',
  audience: { enclave: 'prod', runner: 'runner-1' },
  notBefore: '2026-01-01T00:00:00.000Z',
  notAfter: '2026-01-02T00:00:00.000Z',
  nonce: '0'.repeat(32),
  isDemo: false,
  proposal: { id: 'P-1', revision: 1, agent: 'playbook', owner: 'ada', title: 't', hypothesis: 'h', signals: ['S-0'] },
  change: {
    action: 'package.patch',
    summary: 's',
    steps: [{ adapter: 'service', operation: 'restart', service: 'app' }],
    intendedVersions: {},
  },
  validation: { spec: { id: 'spec-1', version: 1 }, checks: [], stagingTargets: [] },
  rollback: { kind: 'none', windowMinutes: 0, dataEffects: 'none', isAutomatic: false },
  changeDigest: ZERO,
  targets: [{ id: 'h', tier: 'non-critical', stratum: '' }],
  rollout: { canary: 1, window: 1, bakeMs: 0, healthTimeoutMs: 100 },
  dependants: [],
  egress: 'sanitized',
  capture: [],
  counterCapsule: ZERO,
  decision: { digest: ZERO, verdict: 'autonomous', inputs: { facts: ZERO, trust: ZERO } },
  envelope: { digest: ZERO, version: 1 },
  graph: { digest: ZERO, version: 1 },
  riskAssessment: ZERO,
  demands: [],
});

const HOUR_MS = 3_600_000;

export function capsuleBase({ now, targets, authority }: WorldPlan, proposal: Proposal): object {
  const isStaging = authority === 'staging';
  const most = targets.length > 10 ? targets.length - 1 : targets.length;
  return {
    ...ID_SOURCE,
    purpose: isStaging ? 'validation' : 'rollout',
    environment: isStaging ? 'staging' : 'production',
    audience: isStaging ? { enclave: 'staging', runner: 'runner-staging' } : { enclave: 'prod', runner: 'runner-1' },
    notBefore: plusMs(now, -60_000),
    notAfter: plusMs(now, HOUR_MS),
    nonce: '0123456789abcdef0123456789abcdef',
    proposal: {
      ...ID_SOURCE.proposal,
      id: proposal.id,
      title: proposal.title,
      hypothesis: proposal.hypothesis,
      signals: proposal.signals,
    },
    change: proposal.change,
    validation: proposal.validation,
    rollback: proposal.rollback,
    changeDigest: proposal.changeDigest,
    targets: targets.map((target) => ({ id: target.id, tier: target.tier, stratum: 'one' })),
    rollout: { canary: Math.min(2, most), window: Math.min(4, most), bakeMs: 0, healthTimeoutMs: 400 },
    dependants: [SERVICE],
    egress: 'sanitized',
  };
}
