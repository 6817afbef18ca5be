import { envelopeTestSuiteShape, readShape, type EnvelopeTestSuite } from '@countersign/core';
import { expect, test } from 'vitest';
import { compiled, withLines, WRITTEN } from '../authoring/authoring.builder.ts';
import { isLoose, itemsAt } from '../authoring/loose.ts';
import { runCases } from '../commands/envelope-test-local.ts';
import { loadPack, loadPackCases, PACK_NAMES, type PackName } from './load-pack.ts';
import { starterText } from './starter.ts';
import { compileEnvelopeFile } from '../authoring/compile.ts';
import { parseInstant } from '@countersign/core';

function casesOf(name: PackName): EnvelopeTestSuite {
  const cases = loadPackCases(name);
  const read = cases.ok ? readShape(envelopeTestSuiteShape, cases.value) : cases;
  if (!read.ok) throw new Error(JSON.stringify(read.refusal));
  return read.value;
}

test.each(PACK_NAMES)('E5: every case of pack %s passes with it', async (name) => {
  const results = runCases(await compiled(withLines(`packs: [${name}]`)), casesOf(name));
  expect(results.flatMap(({ name: title, problems }) => problems.map((problem) => `${title}: ${problem}`))).toEqual([]);
  expect(results.length).toBeGreaterThan(2);
});

test.each(PACK_NAMES)('negative twin: every case of pack %s fails without it', async (name) => {
  const results = runCases(await compiled(WRITTEN), casesOf(name));
  expect(results.filter(({ isPassed }) => isPassed).map(({ name: title }) => title)).toEqual([]);
});

test.each(PACK_NAMES)('E1: pack %s only restricts, and every rule names a clause', (name) => {
  const pack = loadPack(name);
  if (!pack.ok) throw new Error(pack.refusal.detail);
  expect(Object.keys(pack.value.blocks)).not.toContain('grants');
  const rules = ['prohibited', 'humanOnly', 'routes'].flatMap((block) => itemsAt(pack.value.blocks, block));
  expect(rules.length).toBeGreaterThan(3);
  for (const rule of rules)
    expect(isLoose(rule) && String(rule['clause'])).toMatch(/AG-706|DORA|PCI DSS|HIPAA|IEC 62443|NIS2/);
});

test('E1: all packs together are one envelope without a fault', async () => {
  const envelope = await compiled(withLines(`packs: [${PACK_NAMES.join(', ')}]`));
  expect(envelope.humanOnly.length).toBeGreaterThan(8);
});

const NOW = parseInstant('2026-11-21T03:00:00.000Z')!;
const starter = (packs: readonly PackName[]): string =>
  starterText({ organisation: 'acme', owner: 'olive', packs, now: NOW });

test('L6: the starter observes only, and its three grants are off', async () => {
  for (const packs of [[], [...PACK_NAMES]]) {
    const envelope = await compiled(starter(packs));
    expect(envelope.phase).toBe('observe-only');
    expect(envelope.grants.map(({ isEnabled, actions }) => ({ isEnabled, actions }))).toEqual([
      { isEnabled: false, actions: ['service.restart'] },
      { isEnabled: false, actions: ['flag.rollback'] },
      { isEnabled: false, actions: ['host.isolate'] },
    ]);
    expect(envelope.grants[2]?.environments).toEqual(['staging']);
  }
});

const warningsOf = async (text: string): Promise<readonly string[]> => {
  const answer = await compileEnvelopeFile(text);
  const findings = answer.ok ? answer.value.findings : answer.findings;
  return findings.filter(({ severity }) => severity !== 'info').map(({ at, problem }) => `${at} ${problem}`);
};

test('the starter has no warning, and its grants are good once they are switched on', async () => {
  expect(await warningsOf(starter([]))).toEqual([]);
  const on = starter([])
    .replaceAll('isEnabled: false', 'isEnabled: true')
    .replace('phase: observe-only', 'phase: bounded-autonomy')
    .replace('calendars:', 'confidence: { prometheus: 95 }\ncalendars:');
  expect(await warningsOf(on)).toEqual([]);
});

test('negative twin: under the starter nothing runs, and people are asked for nothing either', async () => {
  const request = { action: 'service.restart', environments: ['staging'], targets: { 'non-critical': 1 } } as const;
  const [result] = runCases(await compiled(starter([])), {
    type: 'envelope-tests',
    cases: [{ name: 'restart', request, expect: { verdict: 'prohibited', clauses: ['L6'] } }],
  });
  expect(result?.problems).toEqual([]);
});
