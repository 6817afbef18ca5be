import { explainDecision, plusMs, type GraphSnapshot, type OperationRecord } from '@countersign/core';
import { expect, test } from 'vitest';
import { idOf } from '../../attacks/world/made.ts';
import { decideCase, type ActCase } from './case.ts';
import { caseOf, SCENARIOS } from './cases.ts';
import { complaintsOnDecision, complaintsOnPage } from './expectations.ts';

const decided = (act: ActCase): { decision: ReturnType<typeof decideCase>; page: string } => {
  const decision = decideCase(act);
  return { decision, page: explainDecision(decision) };
};

test.each(SCENARIOS)('D1, G4: scenario %s is decided from its graph as AG-706 asks, on one page', (name) => {
  const { decision, page } = decided(caseOf(name));
  expect(complaintsOnDecision(name, decision, page)).toEqual([]);
  expect(complaintsOnPage(page)).toEqual([]);
});

const without = (graph: GraphSnapshot, kinds: readonly string[]): GraphSnapshot => ({
  ...graph,
  edges: graph.edges.filter(({ kind }) => !kinds.includes(kind)),
});

test('G4: a twin of scenario B whose graph has no logins names nobody, so the graph is what was read', () => {
  const act = caseOf('b');
  const { decision } = decided({ ...act, graph: without(act.graph, ['consumes-credential', 'depends-on']) });
  expect(decision.facts.missingConsumers).toBe(0);
});

test('G4: a twin of scenario C whose graph has no flows cuts none, so the graph is what was read', () => {
  const act = caseOf('c');
  const { decision } = decided({ ...act, graph: without(act.graph, ['flows-to']) });
  expect(decision.facts.cutFlows).toBe(0);
});

test('L4: a twin of the fifteen hosts without staging does not run alone', () => {
  const { decision } = decided({ ...caseOf('a-15'), isStaged: false });
  expect(decision.verdict).toBe('needs-approval');
});

test('D5: ten operations of nine hosts count as ninety, and the tenth does not run alone', () => {
  const ninety = targetsOf(caseOf('a')).slice(0, 90);
  const act = caseOf('a-15');
  const { agent, action } = decided(act).decision.facts;
  const operations = Array.from({ length: 9 }, (_, position): OperationRecord => ({
    proposal: idOf(`P-${position}`),
    agent,
    action,
    targets: ninety.slice(position * 9, position * 9 + 9).map((id) => idOf<'Target'>(id)),
    startedAt: plusMs(act.now, -3_600_000),
    isOngoing: false,
  }));
  const tenth = { ...act, draft: { ...act.draft, targets: ninety.slice(81) }, operations };
  const { decision } = decided(tenth);
  expect(decision.facts.targets).toBe(9);
  expect(decision.facts.cumulativeTargets).toBe(90);
  expect(decision.verdict).toBe('needs-approval');
});

function targetsOf({ draft }: ActCase): readonly string[] {
  const { targets } = draft;
  if (!Array.isArray(targets)) throw new Error('the draft names no targets');
  return targets.map(String);
}
