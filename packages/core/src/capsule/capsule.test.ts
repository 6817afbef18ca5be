import { expect, test } from 'vitest';
import { acceptedUnknown, acceptedWrong, leftOut } from '../shared/shape.builder.ts';
import { readShape } from '../shared/shape.ts';
import { capsuleShape } from './capsule.ts';
import { decidedAs, digestOf, exampleCapsule, targetsNamed } from './example-capsule.test.ts';

const example = exampleCapsule();
const WHOLE = {
  ...example,
  version: 2,
  parent: digestOf('9'),
  proposal: { ...example.proposal, changeRecord: 'CHG-4711', contingencyPlan: 'paper charts' },
};
const placesOf = (more: Record<string, unknown>): readonly string[] => {
  const read = readShape(capsuleShape, { ...WHOLE, ...more });
  return read.ok ? [] : (read.refusal.complaints ?? []).map(({ at }) => at);
};

test('C1: a capsule is read whole: everything that will run, and nothing else', () => {
  expect(readShape(capsuleShape, WHOLE)).toEqual({ ok: true, value: WHOLE });
  expect(acceptedUnknown(capsuleShape, WHOLE)).toEqual([]);
});

test('C1: every field of a capsule has its own type', () => {
  expect(acceptedWrong(capsuleShape, WHOLE)).toEqual([]);
});

test('C1: exactly these fields of a capsule may be absent', () => {
  expect(leftOut(capsuleShape, WHOLE)).toEqual([
    '/parent',
    '/proposal/changeRecord',
    '/proposal/contingencyPlan',
    '/change/intendedVersions/pool',
    '/validation/reproduction',
    '/decision/inputs/validation',
  ]);
});

test.each<[string, Record<string, unknown>, string]>([
  ['another type', { type: 'approval' }, '/type'],
  ['version 0', { version: 0 }, '/version'],
  ['version 1001', { version: 1001 }, '/version'],
  ['a purpose that is none', { purpose: 'test' }, '/purpose'],
  ['an environment that is none', { environment: 'prod' }, '/environment'],
  ['every runner', { audience: { enclave: 'prod', runner: '*' } }, '/audience/runner'],
  ['a nonce of 31 digits', { nonce: '0'.repeat(31) }, '/nonce'],
  ['a nonce in capitals', { nonce: 'A'.repeat(32) }, '/nonce'],
  ['no target', { targets: [] }, '/targets'],
  ['a query for its targets', { targets: 'role=web' }, '/targets'],
  ['a target by name only', { targets: ['web-1'] }, '/targets/0'],
  ['a tier that is none', { targets: [{ id: 'web-1', tier: 'low', stratum: '' }] }, '/targets/0/tier'],
  ['more than 20000 targets', { targets: targetsNamed(20_001) }, '/targets'],
  ['no signal', { proposal: { ...WHOLE.proposal, signals: [] } }, '/proposal/signals'],
  ['no owner', { proposal: { ...WHOLE.proposal, owner: '' } }, '/proposal/owner'],
  ['no canary', { rollout: { ...WHOLE.rollout, canary: 0 } }, '/rollout/canary'],
  ['no window', { rollout: { ...WHOLE.rollout, window: 0 } }, '/rollout/window'],
  ['a bake of more than a day', { rollout: { ...WHOLE.rollout, bakeMs: 86_400_001 } }, '/rollout/bakeMs'],
  ['no time for health', { rollout: { ...WHOLE.rollout, healthTimeoutMs: 99 } }, '/rollout/healthTimeoutMs'],
  ['a way out of the enclave that is none', { egress: 'full' }, '/egress'],
  ['a verdict that is none', { decision: { ...decidedAs('autonomous'), verdict: 'approved' } }, '/decision/verdict'],
  ['an envelope of version 0', { envelope: { digest: digestOf('c'), version: 0 } }, '/envelope/version'],
  ['a graph without its digest', { graph: { version: 1 } }, '/graph/digest'],
  ['a demand of nobody', { demands: [{ role: 'owner', count: 0 }] }, '/demands/0/count'],
  ['more than 32 demands', { demands: Array.from({ length: 33 }, () => ({ role: 'owner', count: 1 })) }, '/demands'],
  [
    'a risk assessment inside instead of its digest',
    { riskAssessment: { highestTier: 'non-critical' } },
    '/riskAssessment',
  ],
  ['shell text for a step', { change: { ...WHOLE.change, steps: ['rm -rf /'] } }, '/change/steps/0/adapter'],
])('C1: refuses a capsule with %s', (_, more, at) => {
  expect(placesOf(more)).toEqual([at]);
});

test('C1: a signature inside the payload is a field that nobody listed', () => {
  expect(placesOf({ signatures: [] })).toEqual(['/signatures']);
});
