import { expect, test } from 'vitest';
import type { NodeId } from '../../shared/brand.ts';
import type { Seed } from '../foreseen.ts';
import { LISTED } from './action-impact.ts';
import { ids, numbered } from './estate.builder.ts';
import { addUp, counted, listed, names, quoted, sorted, type Remark } from './study.ts';

const [node, other] = ids<'Node'>('a', 'b') as readonly [NodeId, NodeId];
const because = 'a test says so';

test('G4: readings add up; the same remark counts once, lists are sorted, the worst word on data stays', () => {
  const remark: Remark = { kind: 'config', clause: 'G4', text: 'something', nodes: [node] };
  const sum = addUp([
    { findings: [remark], missing: ['z', 'a'], touched: [other], dataEffects: 'kept' },
    {
      findings: [remark, { ...remark, text: 'something else' }],
      missing: ['a'],
      touched: [node, other],
      isFinal: true,
    },
    { dataEffects: 'unknown' },
    {},
  ]);
  expect(sum.findings.map(({ text, count }) => [text, count])).toEqual([
    ['something', 1],
    ['something else', 1],
  ]);
  expect(sum).toMatchObject({ missing: ['a', 'z'], touched: ['a', 'b'], dataEffects: 'unknown', isFinal: true });
  expect(addUp([])).toMatchObject({ findings: [], missing: [], dataEffects: 'none', isFinal: false });
});

const inTurn: Seed = { health: 'down', because, isInTurn: true };
const meant: Seed = { health: 'down', because, isMeant: true };
const plain: Seed = { health: 'down', because };
const mild = (seed: Seed): Seed => ({ ...seed, health: 'degraded' });
const merges: readonly (readonly [Seed, Seed, Seed])[] = [
  [inTurn, inTurn, inTurn],
  [meant, meant, meant],
  [plain, plain, plain],
  [inTurn, mild(inTurn), inTurn],
  [inTurn, meant, meant],
  [inTurn, mild(meant), meant],
  [meant, plain, plain],
  [inTurn, mild(plain), plain],
  [mild(inTurn), plain, plain],
];
test.each(merges)('4.3: %j and %j are %j, whichever comes first', (one, two, expected) => {
  expect(addUp([{ seeds: [[node, one]] }, { seeds: [[node, two]] }]).seeds.get(node)).toEqual(expected);
  expect(
    addUp([
      {
        seeds: [
          [node, two],
          [node, one],
        ],
      },
    ]).seeds.get(node),
  ).toEqual(expected);
});

test('G4: a finding lists as many nodes as its cap and says how many there are', () => {
  const nodes = ids<'Node'>(...numbered('n', LISTED + 5));
  const finding = listed({ kind: 'config', clause: 'G4', text: 'many', nodes });
  expect([finding.nodes.length, finding.count]).toEqual([LISTED, LISTED + 5]);
});

test('G4: sentences name few and count the rest', () => {
  expect([names([]), names(['a']), names(['a', 'b']), names(['a', 'b', 'c', 'd'], 2)]).toEqual([
    '',
    'a',
    'a, b',
    'a, b and 2 more',
  ]);
  expect([counted(0, 'user'), counted(1, 'user'), counted(2, 'stratum', 'strata')]).toEqual([
    '0 users',
    '1 user',
    '2 strata',
  ]);
  expect(sorted(['b', 'a', 'b'])).toEqual(['a', 'b']);
});

test('G4: text from labels reaches a sentence harmless and short', () => {
  expect(quoted('lib-1.2+x=3:4/5@6_7')).toBe('`lib-1.2+x=3:4/5@6_7`');
  expect(quoted('a`b\n<c>\u202e\u0000')).toBe('`a_b__c___`');
  expect(quoted('x'.repeat(500))).toHaveLength(122);
});
