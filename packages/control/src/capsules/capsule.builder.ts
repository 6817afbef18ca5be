/** A whole capsule as it is signed; a test changes one thing. */
import { capsuleShape, readShape, type Capsule } from '@countersign/core';
import { changeDigestOf, withWayBack } from '@countersign/seal';

const none = `sha256:${'0'.repeat(64)}`;

export function exampleCapsule(change: Partial<Record<keyof Capsule, unknown>> = {}): Capsule {
  const read = readShape(capsuleShape, {
    type: 'capsule',
    id: 'C-1',
    version: 1,
    organisation: 'acme',
    purpose: 'rollout',
    environment: 'production',
    audience: { enclave: 'prod', runner: 'prod-1' },
    notBefore: '2026-11-21T18:00:00.000Z',
    notAfter: '2026-11-21T20:00:00.000Z',
    nonce: '0123456789abcdef0123456789abcdef',
    isDemo: false,
    proposal: {
      id: 'P-1',
      revision: 1,
      agent: 'playbook',
      owner: 'olga',
      title: 'Raise the pool size',
      hypothesis: 'The pool is too small.',
      signals: ['S-1'],
    },
    change: {
      action: 'config.change',
      summary: 'pool 10 to 20',
      steps: [
        { adapter: 'config', path: 'etc/pool.json', content: '{"pool":20}\n', validate: 'json' },
        { adapter: 'service', operation: 'restart', service: 'web' },
      ],
      intendedVersions: { pool: '20' },
    },
    validation: { spec: { id: 'web', version: 3 }, checks: [], stagingTargets: ['stage-1'] },
    rollback: { kind: 'restore', windowMinutes: 60, dataEffects: 'none', isAutomatic: true },
    changeDigest: none,
    capture: [],
    counterCapsule: none,
    targets: ['web-1', 'web-2', 'web-3'].map((id) => ({ id, tier: 'non-critical', stratum: 'os=deb12' })),
    rollout: { canary: 1, window: 2, bakeMs: 5000, healthTimeoutMs: 3000 },
    dependants: ['shop'],
    egress: 'metadata-only',
    decision: { digest: none, verdict: 'needs-approval', inputs: { facts: none, trust: none } },
    envelope: { digest: none, version: 7 },
    graph: { digest: none, version: 12 },
    riskAssessment: none,
    demands: [{ role: 'release-approver', count: 1 }],
    ...change,
  });
  if (!read.ok) throw new Error(JSON.stringify(read.refusal));
  return withWayBack({ ...read.value, changeDigest: changeDigestOf(read.value) });
}
