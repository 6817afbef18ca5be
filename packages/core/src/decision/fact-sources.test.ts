import { expect, test } from 'vitest';
import { plusMs, type TargetId } from '../shared/brand.ts';
import { aNode } from '../graph/graph.builder.ts';
import { indexGraph, type GraphIndex } from '../graph/index-graph.ts';
import { anEnvelope, anId, at, NOW } from '../envelope/envelope.builder.ts';
import { aDigest } from '../signal/signal.builder.ts';
import { aProposal, estate, someInputs } from './derive-facts.builder.ts';
import { deriveFacts, type FactInputs } from './derive-facts.ts';
import { KNOWERS } from './fact-table.ts';
import type { Facts } from './facts.ts';

const factsOf = (change: Partial<FactInputs> = {}): Facts => deriveFacts(someInputs(change)).facts;
const targets = (...names: readonly string[]): readonly TargetId[] => names.map((name) => anId<'Target'>(name));
const [first, second] = someInputs().signals;
const drill = someInputs().drills[0]!;
const late = plusMs(NOW, 60_001);

const single: readonly {
  readonly what: string;
  readonly change: Partial<FactInputs>;
  readonly expected: Partial<Facts>;
}[] = [
  { what: '4.6: no drill', change: { drills: [] }, expected: { drillAgeDays: -1 } },
  {
    what: '4.6: a drill of another tier',
    change: { drills: [{ ...drill, tier: 'production-critical' }] },
    expected: { drillAgeDays: -1 },
  },
  {
    what: '4.6: a drill of another action',
    change: { drills: [{ ...drill, action: 'service.restart' }] },
    expected: { drillAgeDays: -1 },
  },
  {
    what: '4.6: a failed drill after a passed one',
    change: { drills: [drill, { ...drill, isPassed: false, at: NOW }] },
    expected: { drillAgeDays: -1 },
  },
  {
    what: '4.6: a passed drill after a failed one',
    change: {
      drills: [
        { ...drill, isPassed: false },
        { ...drill, at: NOW },
      ],
    },
    expected: { drillAgeDays: 0 },
  },
  { what: '4.6: a drill of the future', change: { drills: [{ ...drill, at: late }] }, expected: { drillAgeDays: -1 } },
  {
    what: '4.6: a rollback that loses data',
    change: { proposal: aProposal({ rollback: { ...aProposal().rollback, dataEffects: 'lost' } }) },
    expected: { rollbackLosesData: true },
  },
  {
    what: '4.6: a rollback nobody can judge',
    change: { proposal: aProposal({ rollback: { ...aProposal().rollback, dataEffects: 'unknown' } }) },
    expected: { rollbackLosesData: true },
  },
  {
    what: 'D3: sources that began further apart than the envelope allows do not support each other',
    change: {
      envelope: anEnvelope({ correlation: { windowMinutes: 30 } }),
      signals: [first!, { ...second!, signal: { ...second!.signal, startedAt: at('2026-11-18T01:39:59.999Z') } }],
    },
    expected: { independentSignals: 1 },
  },
  {
    what: 'D3: sources that began just within the window do',
    change: {
      envelope: anEnvelope({ correlation: { windowMinutes: 30 } }),
      signals: [first!, { ...second!, signal: { ...second!.signal, startedAt: at('2026-11-18T01:40:00.000Z') } }],
    },
    expected: { independentSignals: 2 },
  },
  {
    what: 'D3: confidence of the signed table, one minus the chance that both are wrong',
    change: { envelope: anEnvelope({ confidence: { prometheus: 80, scanner: 50 } }) },
    expected: { confidencePercent: 90 },
  },
  {
    what: 'D3: the word on a category before that on its source',
    change: {
      envelope: anEnvelope({ confidence: { prometheus: 80, 'prometheus:tls': 40 } }),
      sources: [
        { source: anId('prometheus'), lineage: ['m'], categories: [{ name: 'tls', rules: ['Tls*'] }] },
        { source: anId('scanner'), lineage: ['p'] },
      ],
    },
    expected: { confidencePercent: 40 },
  },
  {
    what: 'D3: never more than the labels show where they are held',
    change: { envelope: anEnvelope({ confidence: { prometheus: 80, scanner: 50 } }), labels: [] },
    expected: { confidencePercent: 0 },
  },
  {
    what: 'D3: labels never raise what was signed',
    change: {
      envelope: anEnvelope({ confidence: { prometheus: 10 } }),
      labels: [{ source: anId('prometheus'), category: 'other', label: 'true', count: 1000 }],
    },
    expected: { confidencePercent: 10 },
  },
  {
    what: 'L4: a staging target the graph does not know, under a staging policy',
    change: { envelope: anEnvelope({ staging: { dataClasses: ['synthetic'], dependencies: [] } }) },
    expected: { stagingPolicyMet: false },
  },
  {
    what: 'L4: a staging policy without a rule asks nothing',
    change: { envelope: anEnvelope({ staging: { dataClasses: [], dependencies: [] } }) },
    expected: { stagingPolicyMet: true },
  },
  {
    what: 'L4: skipped stagings, rounded up, of this action alone',
    change: {
      skips: [
        { action: 'package.patch', acts: 3, skipped: 1 },
        { action: 'service.restart', acts: 10, skipped: 10 },
      ],
    },
    expected: { skipSharePercent: 34 },
  },
  {
    what: 'E6: a class that was contracted',
    change: { contractions: [{ action: 'package.patch' }] },
    expected: { isContracted: true },
  },
  {
    what: 'E6: another tier that was contracted',
    change: { contractions: [{ action: 'package.patch', tier: 'safety-critical' }] },
    expected: { isContracted: false },
  },
  { what: 'D7: an agent off its baseline', change: { isBaselineLeft: true }, expected: { isBaselineLeft: true } },
  {
    what: 'E1: a change record that people sign',
    change: { proposal: aProposal({ changeRecord: 'CHG-4711' }) },
    expected: { hasChangeRecord: true, hasContingencyPlan: false },
  },
  {
    what: 'A2: a contingency plan that people sign',
    change: { proposal: aProposal({ contingencyPlan: 'nurses use the paper chart' }) },
    expected: { hasChangeRecord: false, hasContingencyPlan: true },
  },
  {
    what: 'X6: a plan that restarts and puts nothing back is none',
    change: {
      proposal: aProposal({
        change: {
          ...aProposal().change,
          action: 'service.restart',
          steps: [{ adapter: 'service', operation: 'restart', service: 'tls' }],
        },
      }),
    },
    expected: { rollbackKind: 'none' },
  },
  {
    what: 'X4: all six hosts of a window at once leave the service too few',
    change: {
      envelope: anEnvelope({ rollout: { ...anEnvelope().rollout, window: 7 } }),
      proposal: aProposal({ targets: targets('h0', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6') }),
    },
    expected: { predictedDown: 1 },
  },
];
test.each(single)('$what', ({ change, expected }) => {
  expect(factsOf(change)).toMatchObject(expected);
});

const staged = (kind: string): GraphIndex =>
  indexGraph({
    ...estate,
    nodes: [
      ...estate.nodes,
      aNode('st1', { environment: 'staging', dataClasses: [kind] }),
      aNode('st-db', { environment: 'staging', dataClasses: ['synthetic'] }),
    ],
  });
const policies = [
  { what: 'data that may be there', kind: 'synthetic', dependencies: ['st-db'], isMet: true },
  { what: 'data that may not be there', kind: 'personal', dependencies: ['st-db'], isMet: false },
  { what: 'a dependency that is not there', kind: 'synthetic', dependencies: ['st-queue'], isMet: false },
  { what: 'a dependency that is production', kind: 'synthetic', dependencies: ['h3'], isMet: false },
] as const;
test.each(policies)('L4: staging with $what keeps the policy: $isMet', ({ kind, dependencies, isMet }) => {
  const envelope = anEnvelope({
    staging: { dataClasses: ['synthetic'], dependencies: dependencies.map((id) => anId(id)) },
  });
  expect(factsOf({ envelope, graph: staged(kind) }).stagingPolicyMet).toBe(isMet);
});

test('X1: what vouches for the facts is named, by knower', () => {
  const { provenance } = deriveFacts(someInputs({ documents: { 'graph-owner': ['sha256:b', 'sha256:a'] } }));
  expect(provenance.map(({ knower }) => knower)).toEqual([...KNOWERS]);
  const of = (name: string) => provenance.find(({ knower }) => knower === name)?.documents;
  expect(of('graph-owner')).toEqual(['sha256:a', 'sha256:b']);
  expect(of('relay')).toEqual([`s1 ${aDigest('aa')}`, `s2 ${aDigest('aa')}`]);
  expect([of('proposal'), of('clock'), of('labels')]).toEqual([[aDigest('c1')], [NOW], []]);
});

test('D1: a step that belongs to another action is a missing fact, so nothing runs', () => {
  const { missing } = deriveFacts(
    someInputs({
      proposal: aProposal({
        change: {
          ...aProposal().change,
          steps: [{ adapter: 'data', operation: 'destroy', store: anId('h3'), scope: 'all' } as never],
        },
      }),
    }),
  );
  expect(missing).toContain('an action that data steps belong to; package.patch is not one');
});
