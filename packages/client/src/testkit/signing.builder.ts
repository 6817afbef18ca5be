/** A whole, valid proposal up for signature, made as control makes it; a test changes one thing. */
import { capsuleShape, readShape, type Capsule } from '@countersign/core';
import { changeDigestOf, digestOfDocument, generateSigner, signCapsule, withWayBack } from '@countersign/seal';
import type { SigningData } from '../sdk/views.ts';

const signer = generateSigner('ed25519');
const none = `sha256:${'0'.repeat(64)}`;

const decision: SigningData['decision'] & Readonly<Record<string, unknown>> = {
  type: 'decision',
  proposal: 'P-1',
  verdict: 'needs-approval',
  stage: 'after-staging',
  reasons: [{ clause: 'AG-706 4.2', text: 'production is countersigned' }],
  missing: [],
  facts: {
    independentSignals: 2,
    unhandledDependants: 0,
    unknownTargets: 0,
    matchesKnownBenign: false,
    isGraphFresh: true,
    overlapsOperation: false,
  },
};
const riskAssessment: Readonly<Record<string, unknown>> = {
  type: 'risk-assessment',
  proposal: 'P-1',
  highestTier: 'production-critical',
  targets: 2,
};

export function capsuleOf(change: Partial<Record<keyof Capsule, unknown>> = {}): Capsule {
  const read = readShape(capsuleShape, {
    type: 'capsule',
    id: 'C-1',
    version: 1,
    organisation: 'demo',
    purpose: 'rollout',
    environment: 'production',
    audience: { enclave: 'production', runner: 'runner-production' },
    notBefore: '2026-11-21T02:00:00.000Z',
    notAfter: '2026-11-22T02:00:00.000Z',
    nonce: 'ab'.repeat(16),
    isDemo: true,
    proposal: {
      id: 'P-1',
      revision: 1,
      agent: 'playbook',
      owner: 'park',
      title: 'Raise the pool size',
      hypothesis: 'the pool is too small',
      signals: ['S-1'],
    },
    change: {
      action: 'config.change',
      summary: 'pool size 10 to 20',
      steps: [{ adapter: 'config', path: 'etc/app.json', content: '{"pool":20}\n', validate: 'json' }],
      intendedVersions: {},
    },
    validation: { spec: { id: 'pool', version: 1 }, checks: [], stagingTargets: ['stage-1'] },
    rollback: { kind: 'restore', windowMinutes: 60, dataEffects: 'none', isAutomatic: true },
    changeDigest: none,
    capture: [],
    counterCapsule: none,
    targets: [
      { id: 'web-1', tier: 'production-critical', stratum: 'os=deb12' },
      { id: 'web-2', tier: 'production-critical', stratum: 'os=deb12' },
    ],
    rollout: { canary: 1, window: 1, bakeMs: 500, healthTimeoutMs: 4000 },
    dependants: ['shop'],
    egress: 'sanitized',
    decision: { digest: digestOfDocument(decision), verdict: 'needs-approval', inputs: { facts: none, trust: none } },
    envelope: { digest: none, version: 1 },
    graph: { digest: none, version: 1 },
    riskAssessment: digestOfDocument(riskAssessment),
    demands: [{ role: 'release-approver', count: 1 }],
    ...change,
  });
  if (!read.ok) throw new Error(JSON.stringify(read.refusal));
  return withWayBack({ ...read.value, changeDigest: changeDigestOf(read.value) });
}

export function signingOf(capsule: Capsule = capsuleOf()): SigningData {
  const { dsse, digest } = signCapsule(capsule, [signer]);
  return {
    capsule: dsse,
    digest,
    state: 'PENDING',
    decision,
    riskAssessment,
    approvals: [],
    eligible: [{ person: 'ana', role: 'release-approver' }],
  };
}
