/** A valid capsule of which a test changes one thing. */
import { expect, test } from 'vitest';
import { parseDigest, parseId, parseInstant, type Digest, type Instant } from '../shared/brand.ts';
import { readShape } from '../shared/shape.ts';
import { stateToCapture } from './captured-state.ts';
import { capsuleShape, type Capsule, type CapsuleTarget } from './capsule.ts';

export const digestOf = (letter: string): Digest => parseDigest(`sha256:${letter.repeat(64)}`)!;
export const instantAt = (text: string): Instant => parseInstant(text)!;
export const idOf = parseId as <Name extends string>(text: string) => NonNullable<ReturnType<typeof parseId<Name>>>;

export const targetsNamed = (count: number, more: Partial<CapsuleTarget> = {}): readonly CapsuleTarget[] =>
  Array.from({ length: count }, (_, n) => ({
    id: idOf<'Target'>(`web-${String(n + 1).padStart(3, '0')}`),
    tier: 'non-critical',
    stratum: 'os=deb12 role=web',
    ...more,
  }));

export const decidedAs = (verdict: Capsule['decision']['verdict']): Capsule['decision'] => ({
  digest: digestOf('b'),
  verdict,
  inputs: { facts: digestOf('2'), trust: digestOf('3'), validation: digestOf('4') },
});

const EXAMPLE_CHANGE: Capsule['change'] = {
  action: 'config.change',
  summary: 'pool 10 to 20',
  steps: [
    { adapter: 'config', path: 'etc/pool.json', content: '{"pool":20}\n', validate: 'json' },
    { adapter: 'service', operation: 'restart', service: 'web' },
  ],
  intendedVersions: { pool: '20' },
};

export const exampleCapsule = (more: Partial<Capsule> = {}): Capsule => ({
  type: 'capsule',
  id: idOf('C-1'),
  version: 1,
  organisation: idOf('acme'),
  purpose: 'rollout',
  environment: 'production',
  audience: { enclave: idOf('prod'), runner: idOf('prod-1') },
  notBefore: instantAt('2026-11-21T18:00:00.000Z'),
  notAfter: instantAt('2026-11-21T20:00:00.000Z'),
  nonce: '0123456789abcdef0123456789abcdef',
  isDemo: false,
  proposal: {
    id: idOf('P-1'),
    revision: 2,
    agent: idOf('playbook'),
    owner: idOf('olga'),
    title: 'Raise the pool size of the web tier',
    hypothesis: 'The pool is too small since the last release.',
    signals: [idOf('S-1')],
  },
  change: EXAMPLE_CHANGE,
  validation: {
    spec: { id: idOf('web-spec'), version: 3 },
    reproduction: { id: idOf('pool'), path: '/pool', expectStatus: 200 },
    checks: [{ id: idOf('health'), path: '/health', expectStatus: 200 }],
    stagingTargets: [idOf('stage-1')],
  },
  rollback: { kind: 'restore', windowMinutes: 60, dataEffects: 'none', isAutomatic: true },
  changeDigest: digestOf('a'),
  capture: stateToCapture(more.change ?? EXAMPLE_CHANGE),
  counterCapsule: digestOf('f'),
  targets: targetsNamed(3),
  rollout: { canary: 1, window: 2, bakeMs: 5000, healthTimeoutMs: 3000 },
  dependants: [idOf('shop')],
  egress: 'metadata-only',
  decision: decidedAs('needs-approval'),
  envelope: { digest: digestOf('c'), version: 7 },
  graph: { digest: digestOf('d'), version: 12 },
  riskAssessment: digestOf('e'),
  demands: [{ role: idOf('release-approver'), count: 2 }],
  ...more,
});

test('the example capsule fits its shape', () => {
  expect(readShape(capsuleShape, exampleCapsule())).toMatchObject({ ok: true });
});
