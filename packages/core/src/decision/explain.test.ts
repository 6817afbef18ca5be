import { expect, test } from 'vitest';
import { anEnvelope } from '../envelope/envelope.builder.ts';
import { decide } from './decide.ts';
import { inputOf, type Setting } from './decide.builder.ts';
import { explainDecision } from './explain.ts';
import { someFacts, someTargets } from './facts.builder.ts';
import { PAGE_COLUMNS, PAGE_LINES, wrapWords } from './page.ts';

const pageOf = (setting: Setting = {}): string => explainDecision(decide(inputOf(setting)));

test('D1: an autonomous act says so, by which grant, and that nobody is asked', () => {
  expect(pageOf()).toBe(`MAY RUN ALONE: package.patch on 10 targets
==========================================
proposal p1, revision 3, after staging, production

Why
- grant \`G01-patch-staged\` covers package.patch on 10 targets (AG-706 4.1)

The facts that mattered
- targets is 10 (targets; known by the graph-owner)
- affectedServices is 2 (services; known by the graph-owner)
- severity is 3 (0 to 4, -1 unknown; known by the relay)
- independentSignals is 2 (sources; known by the relay)

What is foreseen
- nothing can be foreseen without a system graph

Who is asked
- nobody: the envelope lets it run alone

Decided 2026-11-18T02:14:00.000Z under envelope version 1 and graph version 4.
Engines: own 1; policies sha256:000000000000...; twin 1; tzdata none
`);
});

test('D1: a prohibited act says what is missing and that it becomes work by hand', () => {
  const page = pageOf({ missing: ['a system graph'] });
  expect(page).toContain('PROHIBITED: package.patch');
  expect(page).toContain('- this is missing: a system graph (D1)');
  expect(page).toContain('- nobody: it is done by hand');
});

test('D1: a failed engine is said first', () => {
  const page = pageOf({ oracle: () => ({ kind: 'error', problem: 'it stopped', engine: 'cedar 0' }) });
  expect(page).toContain('- an engine failed; an operator has been called\n');
});

test('D1: whatever is decided fits one page of 60 lines and 79 columns, and hostile names draw nothing on it', () => {
  const input = inputOf({ facts: someTargets({ 'non-critical': 1240 }, { stagingValidated: false, severity: 1 }) });
  const findings = Array.from({ length: 50 }, (_, n) => ({
    clause: 'AG-706 4.3',
    text: `node-${n}\u001b[31m\u202e ${'x'.repeat(300)} ${'word '.repeat(60)}`,
  }));
  const page = explainDecision(decide({ ...input, derived: { ...input.derived, findings } }));
  const lines = page.trimEnd().split('\n');
  expect(lines.length).toBeLessThanOrEqual(PAGE_LINES);
  expect(lines.filter((line) => line.length > PAGE_COLUMNS)).toEqual([]);
  for (const hostile of ['\u001b', '\u202e']) expect(page).not.toContain(hostile);
  expect(lines.at(-1)).toMatch(/more lines are in the record/);
});

test('D1: lines are broken at spaces, long words hard, and the indent is kept', () => {
  expect(wrapWords(`a ${'b'.repeat(100)} c`, { first: '- ', rest: '  ' })).toEqual([
    `- a ${'b'.repeat(71)}`,
    `  ${'b'.repeat(29)} c`,
  ]);
});

test('4.12: a number near its limit is named before it is passed', () => {
  const page = pageOf({ facts: someFacts({ percentOfTier: 19 }), envelope: anEnvelope() });
  expect(page).toContain('near its limits:');
  expect(page).toContain('percentOfTier 19 of 20 (grant G01-patch-staged)');
});
