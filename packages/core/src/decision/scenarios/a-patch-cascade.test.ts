import { expect, test } from 'vitest';
import { HOSTS, numbered, patchEstate } from '../../impact/actions/estate.builder.ts';
import type { Step } from '../../proposal/step.ts';
import { aGrant, anEnvelope, anId } from '../../envelope/envelope.builder.ts';
import type { OperationRecord } from '../../impact/cumulative.ts';
import type { TargetId } from '../../shared/brand.ts';
import { applyAll } from '../counterfactual.ts';
import { explainDecision } from '../explain.ts';
import { decideScenario, NOW, type Decided, type Scenario } from './scenario.builder.ts';

const graph = patchEstate();
const hosts = numbered('h', HOSTS);
const steps: readonly Step[] = [{ adapter: 'package', operation: 'install', name: 'openssl', version: '3.0.14' }];
const envelope = anEnvelope({
  grants: [aGrant({ caps: { ...aGrant().caps, perTier: { 'non-critical': 15, 'production-critical': 15 } } })],
  rollout: { canary: 5, window: 10, bakeMs: 1000, healthTimeoutMs: 5000 },
});
const patch = (targets: readonly string[], change: Partial<Scenario> = {}): Decided =>
  decideScenario({ graph, action: 'package.patch', steps, targets, envelope, isStaged: true, ...change });

test('scenario A: 1,240 hosts without staging: people are asked, and the way back to autonomy is named', () => {
  const { decision, derived } = patch(hosts, { isStaged: false });
  expect(decision.verdict).toBe('needs-approval');
  expect(decision.owesStaging).toBe(true);
  expect(decision.missing).toEqual([]);
  expect(derived.facts).toMatchObject({ targets: 1240, affectedServices: 3, percentOfTier: 100, paths: ['payment'] });
  expect(decision.requirement).toMatchObject({ routes: ['R01-production', 'R02-blast'], stepUp: true });
  expect(decision.counterfactuals).toEqual([
    {
      rule: 'G01-patch-staged',
      cost: 4,
      changes: [
        { fact: 'stagingValidated', op: 'is', value: true, words: 'a validated staging run' },
        { fact: 'targets', op: 'at-most', value: 15, words: 'at most 15 targets' },
      ],
    },
  ]);
});

test('scenario A: 15 staged hosts run alone; payment is foreseen weaker and not down', () => {
  const { decision } = patch(hosts.slice(0, 15));
  expect(decision.reasons).toEqual([
    { clause: 'AG-706 4.1', text: 'grant `G01-patch-staged` covers package.patch on 15 targets' },
  ]);
  expect(decision.verdict).toBe('autonomous');
  expect(decision.prediction).toMatchObject({ downCount: 0, unknownCount: 0, capacityLeftPercent: 98 });
  expect(decision.margins).toContainEqual({
    grant: 'G01-patch-staged',
    fact: 'targets',
    value: 15,
    bound: 'at-most',
    limit: 15,
    room: 0,
  });
});

test('scenario A, 4.12: with a margin kept, the same 15 hosts are looked at by one person with the dry run before them', () => {
  const near = anEnvelope({ ...envelope, dryRun: { ...envelope.dryRun, marginPercent: 10 } });
  const { decision } = patch(hosts.slice(0, 15), { envelope: near });
  expect(decision.verdict).toBe('needs-approval');
  expect(decision.requirement).toEqual({
    routes: ['dry-run-review'],
    demands: [{ role: 'release-approver', count: 1 }],
    stepUp: false,
  });
  expect(decision.prediction).toBeDefined();
  expect(decision.counterfactuals[0]?.changes.map(({ words }) => words)).toEqual(['at most 14 targets']);
  expect(patch(hosts.slice(0, 13), { envelope: near }).decision.verdict).toBe('autonomous');
});

test('scenario A: what the counterfactual promises is what the graph then gives', () => {
  const { decision } = patch(hosts, { isStaged: false });
  const { changes = [] } = decision.counterfactuals[0] ?? {};
  const promised = applyAll(decision.facts, changes, envelope.calendars);
  expect(promised).toMatchObject({ targets: 15, cumulativeTargets: 15, stagingValidated: true });
  expect(promised.percentOfTier).toBeLessThanOrEqual(20);
  expect(patch(hosts.slice(0, promised.targets)).decision.verdict).toBe('autonomous');
});

const operation = (nth: number): OperationRecord => ({
  proposal: anId(`earlier-${nth}`),
  agent: anId('playbook'),
  action: 'package.patch',
  targets: hosts.slice(nth * 9, nth * 9 + 9).map((host) => anId<'Target'>(host)) satisfies readonly TargetId[],
  startedAt: NOW,
  isOngoing: false,
});

const nine = (nth: number): readonly string[] => hosts.slice(nth * 9, nth * 9 + 9);

test('D5: ten operations of nine hosts count as ninety, and the tenth is not let run alone', () => {
  const alone = patch(nine(0));
  expect([alone.derived.facts.cumulativeTargets, alone.decision.verdict]).toEqual([9, 'autonomous']);
  const operations = Array.from({ length: 9 }, (_, nth) => operation(nth));
  const tenth = patch(nine(9), { inputs: { operations } });
  expect(tenth.derived.facts).toMatchObject({
    targets: 9,
    cumulativeTargets: 90,
    organisationTargets: 90,
    actionsLastHour: 9,
  });
  expect(tenth.decision.verdict).toBe('needs-approval');
  expect(tenth.decision.counterfactuals[0]?.changes.map(({ words }) => words)).toContain(
    'at most 15 targets within a day',
  );
});

test('D5: what still runs on the same service stops the next one, though no host is shared', () => {
  const [running] = [operation(3)].map((one) => ({ ...one, isOngoing: true, agent: anId<'Agent'>('another') }));
  const { decision } = patch(hosts.slice(0, 9), { inputs: { operations: running === undefined ? [] : [running] } });
  expect(decision.reasons.map(({ clause }) => clause)).toContain('AG-706 4.5');
  expect(decision.facts.overlapsOperation).toBe(true);
});

test('scenario A on one page: verdict, cause, the grant that is nearest, what it would take', () => {
  const page = explainDecision(patch(hosts, { isStaged: false }).decision);
  const lines = page.trimEnd().split('\n');
  expect(lines.length).toBeLessThanOrEqual(60);
  expect(lines.filter((line) => line.length > 79)).toEqual([]);
  expect(page).toMatch(/^PEOPLE ARE ASKED: package\.patch on 1240 targets\n/);
  expect(page).toContain('grant G01-patch-staged: a validated staging run and at most 15 targets');
  expect(page).toContain('1 x release-approver');
});
