import { expect, test } from 'vitest';
import type { Capsule } from './capsule.ts';
import { checkCapsule } from './capsule-rules.ts';
import { decidedAs, digestOf, exampleCapsule, idOf, instantAt, targetsNamed } from './example-capsule.test.ts';

test('the example contradicts nothing', () => {
  expect(checkCapsule(exampleCapsule())).toEqual([]);
});

const good = exampleCapsule();
const rollout = (more: Partial<Capsule['rollout']>): Capsule['rollout'] => ({ ...good.rollout, ...more });
const [step] = good.change.steps;
const file = step?.adapter === 'config' ? step : undefined;

const autonomous: Partial<Capsule> = { decision: decidedAs('autonomous'), demands: [] };
test.each<[string, Partial<Capsule>, string]>([
  ['C1: no target', { targets: [] }, '/targets'],
  ['C1: a target twice', { targets: [...targetsNamed(2), ...targetsNamed(1)] }, '/targets'],
  ['X4: a dependant twice', { dependants: [idOf('shop'), idOf('shop')] }, '/dependants'],
  ['C1: no step', { change: { ...good.change, steps: [] } }, '/change/steps'],
  ['C1: a file twice', { change: { ...good.change, steps: [file!, file!] } }, '/change/steps'],
  ['X4: no canary', { rollout: rollout({ canary: 0 }) }, '/rollout/canary'],
  ['X5: no window', { rollout: rollout({ window: 0 }) }, '/rollout/window'],
  ['X4: a canary of more than all', { rollout: rollout({ canary: 4 }) }, '/rollout/canary'],
  [
    'X4: over 10 targets with everything in the canary',
    { targets: targetsNamed(11), rollout: rollout({ canary: 11 }) },
    '/rollout/canary',
  ],
  [
    'X5: over 10 targets with everything at once',
    { targets: targetsNamed(11), rollout: rollout({ window: 11 }) },
    '/rollout/window',
  ],
  ['a window of no length', { notAfter: good.notBefore }, '/notAfter'],
  ['a window that ends before it begins', { notAfter: instantAt('2026-11-21T17:00:00.000Z') }, '/notAfter'],
  ['C1: a second version without the first', { version: 2 }, '/parent'],
  ['C1: a first version with a parent', { parent: digestOf('f') }, '/parent'],
  ['D1: a prohibited decision', { decision: decidedAs('prohibited') }, '/decision/verdict'],
  ['A2: approval needed from nobody', { demands: [] }, '/demands'],
  ['D1: autonomous but people are owed', { ...autonomous, demands: good.demands }, '/demands'],
  [
    'X6: autonomous with lost data',
    { ...autonomous, rollback: { ...good.rollback, dataEffects: 'lost' } },
    '/rollback/dataEffects',
  ],
  [
    'X6: autonomous with unknown data',
    { ...autonomous, rollback: { ...good.rollback, dataEffects: 'unknown' } },
    '/rollback/dataEffects',
  ],
  [
    'L7: autonomous on safety-critical',
    { ...autonomous, targets: targetsNamed(3, { tier: 'safety-critical' }) },
    '/decision/verdict',
  ],
  ['X6: automatic rollback without one', { rollback: { ...good.rollback, kind: 'none' } }, '/rollback/isAutomatic'],
  ['X6: a rollback without time', { rollback: { ...good.rollback, windowMinutes: 0 } }, '/rollback/windowMinutes'],
  [
    'L4: a validation run in production',
    { purpose: 'validation', targets: targetsNamed(1, { id: idOf('stage-1') }) },
    '/environment',
  ],
  ['L4: a validation run on other targets', { purpose: 'validation', environment: 'staging' }, '/targets'],
  ['L4: a rollout on its staging targets', { targets: targetsNamed(1, { id: idOf('stage-1') }) }, '/targets'],
  [
    'W1: a check twice',
    { validation: { ...good.validation, checks: [...good.validation.checks, ...good.validation.checks] } },
    '/validation/checks',
  ],
  ['L1: a signal twice', { proposal: { ...good.proposal, signals: [idOf('S-1'), idOf('S-1')] } }, '/proposal/signals'],
])('refuses %s', (_, more, at) => {
  expect(checkCapsule(exampleCapsule(more)).map((complaint) => complaint.at)).toContain(at);
});

test('a second version that names the first is fine', () => {
  expect(checkCapsule(exampleCapsule({ version: 2, parent: digestOf('f') }))).toEqual([]);
});

test('an autonomous capsule without demands is fine, and so is a validation run on staging targets', () => {
  expect(checkCapsule(exampleCapsule(autonomous))).toEqual([]);
  const run = {
    purpose: 'validation',
    environment: 'staging',
    targets: targetsNamed(1, { id: idOf('stage-1') }),
  } as const;
  expect(checkCapsule(exampleCapsule({ ...run, demands: [] }))).toEqual([]);
});
