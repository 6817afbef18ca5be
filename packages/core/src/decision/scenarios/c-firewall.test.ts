import { expect, test } from 'vitest';
import { plantEstate, PLCS } from '../../impact/actions/estate.builder.ts';
import type { Step } from '../../proposal/step.ts';
import { aGrant, anEnvelope, anId } from '../../envelope/envelope.builder.ts';
import { explainDecision } from '../explain.ts';
import { decideScenario, type Decided, type Scenario } from './scenario.builder.ts';

const graph = plantEstate();
const steps: readonly Step[] = [{ adapter: 'firewall', operation: 'block', from: '10.4.0.0/16', to: '10.8.0.0/16' }];
/** Grants the rule as widely as an envelope can: only the plant stands in the way. */
const envelope = anEnvelope({
  humanOnly: [],
  maySkipStaging: ['firewall.rule'],
  grants: [
    aGrant({
      actions: ['firewall.rule'],
      tiers: ['non-critical', 'production-critical'],
      caps: {
        ...aGrant().caps,
        targets: 100,
        services: 100,
        percentOfTier: 100,
        perTier: { 'non-critical': 100, 'production-critical': 100 },
      },
      requiresStaging: false,
      minIndependentSignals: 1,
    }),
  ],
});
const block = (change: Partial<Scenario> = {}): Decided =>
  decideScenario({
    graph,
    action: 'firewall.rule',
    steps,
    targets: ['office-net', 'plant-net'],
    envelope,
    isStaged: false,
    ...change,
  });

test('scenario C: blocking the segments is for people whatever the envelope grants, and the PLC path is named', () => {
  const { decision } = block();
  expect(decision.verdict).toBe('needs-approval');
  expect(decision.reasons.map(({ clause }) => clause)).toEqual(
    expect.arrayContaining(['AG-706 4.7', 'L7', 'AG-706 4.3']),
  );
  expect(decision.facts).toMatchObject({ cutFlows: 14, paths: ['chlorine'] });
  const said = decision.findings.map(({ text }) => text).join('\n');
  expect(said).toContain('12 PLCs behind flow modbus lose their supervisor scada-1');
  for (const plc of PLCS) expect(said).toContain(plc);
  expect(decision.prediction?.dependants).toContainEqual(expect.objectContaining({ node: 'plant', health: 'down' }));
  expect(decision.counterfactuals).toEqual([]);
});

test('scenario C: an envelope that prohibits acts on the chlorine path prohibits this one and names the path', () => {
  const { decision } = block({
    envelope: { ...envelope, prohibited: [{ id: anId('P-chlorine'), clause: 'AG-706 4.7', paths: ['chlorine'] }] },
  });
  expect(decision.verdict).toBe('prohibited');
  expect(decision.reasons).toContainEqual({
    clause: 'AG-706 4.7',
    text: 'rule `P-chlorine` of the envelope prohibits firewall.rule for chlorine',
  });
});

test('scenario C, G1: the plant rules though both segments and all hosts were declared less', () => {
  const lowered = {
    ...graph,
    nodes: graph.nodes.map((node) => (node.kind === 'segment' ? { ...node, tier: 'non-critical' as const } : node)),
  };
  const { decision, derived } = block({ graph: lowered });
  expect(derived.facts.tiers).toContain('safety-critical');
  expect(decision.verdict).toBe('needs-approval');
});

test('scenario C on one page: the supervisor, the PLCs, what stops', () => {
  const page = explainDecision(block().decision);
  const lines = page.trimEnd().split('\n');
  expect(lines.length).toBeLessThanOrEqual(60);
  expect(lines.filter((line) => line.length > 79)).toEqual([]);
  const flat = page.replaceAll(/\s+/g, ' ');
  expect(flat).toContain('lose their supervisor scada-1');
  expect(flat).toContain('plant down');
});
