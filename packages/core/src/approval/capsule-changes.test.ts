import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readShape } from '../shared/shape.ts';
import { capsuleShape, type Capsule } from '../capsule/capsule.ts';
import { WHOLE_MUTATIONS, wholeCapsule } from '../capsule/every-field.test.ts';
import { decidedAs, digestOf, idOf, instantAt, targetsNamed } from '../capsule/example-capsule.test.ts';
import { capsuleChanges, worstEffect, type DeltaEffect } from './capsule-changes.ts';

const whole = wholeCapsule();
const NOT_PROVED = { narrowsEnvelope: false };
const effectOf = (after: Partial<Capsule>, before: Capsule = whole): DeltaEffect | undefined =>
  worstEffect(capsuleChanges(before, { ...before, ...after }, NOT_PROVED));

test('D6: nothing differs between a capsule and itself', () => {
  expect(capsuleChanges(whole, wholeCapsule(), NOT_PROVED)).toEqual([]);
  expect(effectOf({})).toBe(undefined);
});

const possible = WHOLE_MUTATIONS.filter(({ document }) => readShape(capsuleShape, document).ok);

test.each(possible.map(({ at, document }) => [at, document] as const))(
  'D6: a change of %s is never silent',
  (at, document) => {
    const changes = capsuleChanges(whole, document as Capsule, NOT_PROVED);
    expect(changes.length).toBeGreaterThan(0);
    const field = at.split('/')[1]?.split(' ')[0];
    expect(new Set(changes.map((one) => one.at.split('/')[1]))).toEqual(new Set([field]));
  },
);

const kept = whole.targets;
const [first, second] = [kept[0]!, kept[1]!];
const more = { ...targetsNamed(20)[19]!, stratum: 'os=deb12' };
const rollout = (part: Partial<Capsule['rollout']>): Partial<Capsule> => ({ rollout: { ...whole.rollout, ...part } });
const proposal = (part: Partial<Capsule['proposal']>): Partial<Capsule> => ({
  proposal: { ...whole.proposal, ...part },
});
const inputs = (part: Partial<Capsule['decision']['inputs']>): Partial<Capsule> => ({
  decision: { ...whole.decision, inputs: { ...whole.decision.inputs, ...part } },
});
const { validation: _run, ...withoutRun } = whole.decision.inputs;
const at = instantAt;

test.each<[DeltaEffect, string, Partial<Capsule>]>([
  // What people decided about.
  ['voids', 'another capsule', { id: idOf('C-2') }],
  ['voids', 'another organisation', { organisation: idOf('other') }],
  ['voids', 'a validation run', { purpose: 'validation' }],
  ['voids', 'another environment', { environment: 'pre-production' }],
  ['voids', 'another enclave', { audience: { ...whole.audience, enclave: idOf('other') } }],
  ['voids', 'another runner', { audience: { ...whole.audience, runner: idOf('other') } }],
  ['voids', 'no longer a demo', { isDemo: true }],
  ['voids', 'another proposal', proposal({ id: idOf('P-2') })],
  ['voids', 'another agent', proposal({ agent: idOf('other') })],
  ['voids', 'another owner', proposal({ owner: idOf('other') })],
  ['voids', 'an earlier revision', proposal({ revision: 1 })],
  ['shifts', 'a later revision', proposal({ revision: 3 })],
  ['shifts', 'another title', proposal({ title: 'Another' })],
  ['shifts', 'another reason', proposal({ hypothesis: 'Another.' })],
  ['shifts', 'one signal fewer', proposal({ signals: [idOf('S-1')] })],
  ['shifts', 'one signal more', proposal({ signals: [idOf('S-1'), idOf('S-2'), idOf('S-3')] })],
  ['shifts', 'another change record', proposal({ changeRecord: 'CHG-2' })],
  ['shifts', 'another contingency plan', proposal({ contingencyPlan: 'none' })],
  // What is done, proved and undone.
  ['voids', 'another action', { change: { ...whole.change, action: 'package.patch' } }],
  ['voids', 'another summary', { change: { ...whole.change, summary: 'x' } }],
  ['voids', 'a step fewer', { change: { ...whole.change, steps: whole.change.steps.slice(0, 1) } }],
  ['voids', 'no version afterwards', { change: { ...whole.change, intendedVersions: {} } }],
  ['voids', 'another change digest', { changeDigest: digestOf('9') }],
  ['voids', 'no check', { validation: { ...whole.validation, checks: [] } }],
  ['voids', 'another staging target', { validation: { ...whole.validation, stagingTargets: [] } }],
  ['voids', 'no way back', { rollback: { ...whole.rollback, kind: 'none' } }],
  ['voids', 'a rollback that waits', { rollback: { ...whole.rollback, isAutomatic: false } }],
  ['voids', 'a shorter way back', { rollback: { ...whole.rollback, windowMinutes: 1 } }],
  ['voids', 'nothing captured', { capture: [] }],
  ['follows', 'another counter-capsule', { counterCapsule: digestOf('9') }],
  // Where.
  ['narrows', 'a target fewer', { targets: kept.slice(1) }],
  ['narrows', 'one target left', { targets: kept.slice(0, 1) }],
  ['shifts', 'a target more', { targets: [...kept, more] }],
  ['shifts', 'one target for another', { targets: [...kept.slice(1), more] }],
  ['voids', 'a more critical one more', { targets: [...kept, { ...more, tier: 'production-critical' }] }],
  ['voids', 'a higher tier', { targets: kept.with(0, { ...first, tier: 'production-critical' }) }],
  ['shifts', 'another configuration', { targets: kept.with(0, { ...first, stratum: 'os=deb14' }) }],
  ['shifts', 'another order', { targets: kept.with(0, second).with(1, first) }],
  ['shifts', 'another order of fewer', { targets: kept.toReversed().slice(2) }],
  // How fast.
  ['voids', 'a larger canary', rollout({ canary: 5 })],
  ['narrows', 'a smaller canary', rollout({ canary: 3 })],
  ['voids', 'a larger window', rollout({ window: 4 })],
  ['narrows', 'a smaller window', rollout({ window: 2 })],
  ['voids', 'a shorter bake', rollout({ bakeMs: 4999 })],
  ['narrows', 'a longer bake', rollout({ bakeMs: 5001 })],
  ['voids', 'more patience with an answer', rollout({ healthTimeoutMs: 3001 })],
  ['narrows', 'less patience with an answer', rollout({ healthTimeoutMs: 2999 })],
  ['shifts', 'one dependant fewer', { dependants: [idOf('shop')] }],
  ['narrows', 'one dependant more', { dependants: [idOf('shop'), idOf('till'), idOf('bank')] }],
  ['follows', 'dependants in another order', { dependants: whole.dependants.toReversed() }],
  // When.
  ['voids', 'earlier', { notBefore: at('2026-11-21T17:59:59.999Z') }],
  ['narrows', 'later', { notBefore: at('2026-11-21T18:00:00.001Z') }],
  ['voids', 'longer', { notAfter: at('2026-11-21T20:00:00.001Z') }],
  ['narrows', 'shorter', { notAfter: at('2026-11-21T19:59:59.999Z') }],
  // What leaves.
  ['voids', 'more leaves', { egress: 'sanitized' }],
  ['narrows', 'less leaves', { egress: 'local-only' }],
  // By whose word.
  ['voids', 'it runs alone now', { decision: { ...whole.decision, verdict: 'autonomous' } }],
  ['voids', 'it is prohibited now', { decision: decidedAs('prohibited') }],
  ['follows', 'decided again', { decision: { ...whole.decision, digest: digestOf('9') } }],
  ['follows', 'from other facts', inputs({ facts: digestOf('9') })],
  ['follows', 'under another trust bundle', inputs({ trust: digestOf('9') })],
  ['follows', 'after another staging run', inputs({ validation: digestOf('9') })],
  ['shifts', 'after no staging run', { decision: { ...whole.decision, inputs: withoutRun } }],
  ['shifts', 'another envelope', { envelope: { digest: digestOf('9'), version: 8 } }],
  ['voids', 'an older envelope', { envelope: { digest: digestOf('9'), version: 6 } }],
  ['voids', 'another envelope of the same version', { envelope: { digest: digestOf('9'), version: 7 } }],
  ['voids', 'the same envelope under another number', { envelope: { ...whole.envelope, version: 8 } }],
  ['follows', 'a newer graph', { graph: { digest: digestOf('9'), version: 13 } }],
  ['voids', 'an older graph', { graph: { digest: digestOf('9'), version: 11 } }],
  ['voids', 'another graph of the same version', { graph: { digest: digestOf('9'), version: 12 } }],
  ['voids', 'the same graph under another number', { graph: { ...whole.graph, version: 13 } }],
  ['follows', 'another risk assessment', { riskAssessment: digestOf('9') }],
  ['voids', 'one person fewer', { demands: [{ role: idOf('release-approver'), count: 1 }, ...whole.demands.slice(1)] }],
  ['voids', 'one role fewer', { demands: whole.demands.slice(0, 1) }],
  ['voids', 'nobody', { demands: [] }],
  ['voids', 'another role', { demands: [whole.demands[0]!, { role: idOf('dba'), count: 1 }] }],
  ['narrows', 'one person more', { demands: [whole.demands[0]!, { ...whole.demands[1]!, count: 2 }] }],
  ['narrows', 'one role more', { demands: [...whole.demands, { role: idOf('dba'), count: 1 }] }],
  [
    'follows',
    'the same people in two lines',
    { demands: [...whole.demands.slice(1), ...[1, 1].map((count) => ({ ...whole.demands[0]!, count }))] },
  ],
  ['follows', 'another version', { version: 3 }],
  ['follows', 'another parent', { parent: digestOf('9') }],
  ['follows', 'another nonce', { nonce: 'f'.repeat(32) }],
])('D6: %s: %s', (effect, _name, after) => {
  expect(effectOf(after)).toBe(effect);
});

const proved = (envelope: Capsule['envelope']): DeltaEffect | undefined =>
  worstEffect(capsuleChanges(whole, { ...whole, envelope }, { narrowsEnvelope: true }));

test('D6, E3: an envelope that is proved to narrow needs no signature; one that is older voids, proved or not', () => {
  expect(proved({ digest: digestOf('9'), version: 8 })).toBe('narrows');
  expect(proved({ digest: digestOf('9'), version: 6 })).toBe('voids');
});

test('D6: a lower tier of the same target is less', () => {
  const critical = { ...whole, targets: kept.with(0, { ...first, tier: 'safety-critical' as const }) };
  expect(effectOf({ targets: kept }, critical)).toBe('narrows');
});

/** Capsules that differ in all that may become narrower, in any direction. */
const anyCapsule: fc.Arbitrary<Capsule> = fc
  .record({
    ids: fc.subarray([...kept], { minLength: 1 }),
    canary: fc.integer({ min: 1, max: 5 }),
    window: fc.integer({ min: 1, max: 5 }),
    bakeMs: fc.integer({ min: 0, max: 3 }),
    hour: fc.integer({ min: 0, max: 3 }),
    end: fc.integer({ min: 5, max: 8 }),
    egress: fc.constantFrom<Capsule['egress']>('local-only', 'metadata-only', 'sanitized'),
    people: fc.integer({ min: 1, max: 3 }),
    dependants: fc.subarray([idOf<'Node'>('shop'), idOf<'Node'>('till'), idOf<'Node'>('bank')]),
  })
  .map(({ ids, canary, window, bakeMs, hour, end, egress, people, dependants }) => ({
    ...whole,
    targets: ids,
    rollout: { ...whole.rollout, canary, window, bakeMs },
    notBefore: at(`2026-11-21T0${hour}:00:00.000Z`),
    notAfter: at(`2026-11-21T0${end}:00:00.000Z`),
    egress,
    dependants,
    demands: [{ role: idOf<'Role'>('release-approver'), count: people }],
  }));

const isNarrower = (before: Capsule, after: Capsule): boolean =>
  ['narrows', 'follows', undefined].includes(worstEffect(capsuleChanges(before, after, NOT_PROVED)));

test('D6: narrower than narrower is narrower: a chain of small steps never adds up to a wide one', () => {
  fc.assert(
    fc.property(anyCapsule, anyCapsule, anyCapsule, (a, b, c) => {
      // Made narrower on purpose half of the time, else hardly any three would be in order.
      const [two, three] = [meet(a, b), meet(meet(a, b), c)];
      expect([isNarrower(a, two), isNarrower(two, three), isNarrower(a, three)]).toEqual([true, true, true]);
      expect(isNarrower(a, c) || !isNarrower(a, b) || !isNarrower(b, c)).toBe(true);
    }),
    { numRuns: 500 },
  );
});

const least = <T>(x: T, y: T): T => (x < y ? x : y);
const most = <T>(x: T, y: T): T => (x > y ? x : y);

/** What both allow. */
function meet(a: Capsule, b: Capsule): Capsule {
  const ids = new Set<string>(b.targets.map(({ id }) => id));
  const both = a.targets.filter(({ id }) => ids.has(id));
  const modes = ['local-only', 'metadata-only', 'sanitized'] as const;
  return {
    ...a,
    targets: both.length > 0 ? both : a.targets.slice(0, 1),
    rollout: {
      ...a.rollout,
      canary: least(a.rollout.canary, b.rollout.canary),
      window: least(a.rollout.window, b.rollout.window),
      bakeMs: most(a.rollout.bakeMs, b.rollout.bakeMs),
    },
    notBefore: most(a.notBefore, b.notBefore),
    notAfter: least(a.notAfter, b.notAfter),
    egress: modes[Math.min(modes.indexOf(a.egress), modes.indexOf(b.egress))]!,
    demands: [{ role: idOf('release-approver'), count: most(a.demands[0]!.count, b.demands[0]!.count) }],
    dependants: [...new Set([...a.dependants, ...b.dependants])],
  };
}

test('D6: what is narrower one way is wider the other way, and never free in both', () => {
  fc.assert(
    fc.property(anyCapsule, anyCapsule, (a, b) => {
      const there = capsuleChanges(a, b, NOT_PROVED);
      const isLess = there.some(({ effect }) => effect === 'narrows');
      expect(isLess && isNarrower(b, a)).toBe(false);
    }),
    { numRuns: 500 },
  );
});
