import { describe, expect, test } from 'vitest';
import type { Condition, Rule } from '../rule.ts';
import { aRule } from './compare.builder.ts';
import { deadRules } from './dead-rules.ts';
import { cedarJsonOf, type CedarJson } from './est.ts';

const dead = (...rules: readonly Rule[]): readonly unknown[] => deadRules(cedarJsonOf(rules));
const cap = (value: number): Condition => ({ op: 'at-most', fact: 'targets', value });

describe('E1: rules that say nothing are found', () => {
  test('a rule whose conditions contradict each other', () => {
    const never = aRule('G', { conditions: [cap(3), { op: 'at-least', fact: 'targets', value: 4 }] });
    expect(dead(never)).toEqual([{ id: 'G', why: 'never-matches' }]);
  });

  test('a rule about no action, in no mode, or of an empty list', () => {
    const rules = [
      aRule('A', { actions: [] }),
      aRule('B', { modes: [] }),
      aRule('C', { conditions: [{ op: 'any-of', fact: 'zones', values: [] }] }),
      aRule('D', { conditions: [{ op: 'one-of', fact: 'rollbackKind', values: [] }] }),
    ];
    expect(dead(...rules)).toEqual(['A', 'B', 'C', 'D'].map((id) => ({ id, why: 'never-matches' })));
  });

  test('items that must be there and must not', () => {
    const conditions: readonly Condition[] = [
      { op: 'any-of', fact: 'zones', values: ['a', 'b'] },
      { op: 'only', fact: 'zones', values: ['c'] },
    ];
    expect(dead(aRule('G', { conditions }))).toEqual([{ id: 'G', why: 'never-matches' }]);
  });

  test('a grant inside a wider one', () => {
    expect(dead(aRule('G1', { conditions: [cap(5)] }), aRule('G2', { conditions: [cap(4)] }))).toEqual([
      { id: 'G2', why: 'never-decides' },
    ]);
  });

  test('a grant behind a forbid, and the forbid not', () => {
    const held = aRule('H', { effect: 'forbid', conditions: [cap(9)] });
    expect(dead(held, aRule('G', { conditions: [cap(5)] }), aRule('G2'))).toEqual([{ id: 'G', why: 'never-decides' }]);
  });

  test('of two that say the same the later one', () => {
    expect(dead(aRule('G1'), aRule('G2'))).toEqual([{ id: 'G2', why: 'never-decides' }]);
  });

  test('a forbid over which no permit reaches', () => {
    const held = aRule('H', { effect: 'forbid', actions: ['data.destroy'] });
    expect(dead(aRule('G', { actions: ['package.patch'] }), held)).toEqual([{ id: 'H', why: 'never-decides' }]);
  });

  test('a route is dead only when it matches nothing: it owes its own people', () => {
    const [wide, narrow] = [aRule('R1', { modes: ['route'] }), aRule('R2', { modes: ['route'], conditions: [cap(5)] })];
    const never = aRule('R3', { modes: ['route'], actions: [] });
    expect(dead(wide, narrow, never)).toEqual([{ id: 'R3', why: 'never-matches' }]);
  });

  test('what decides in one mode is alive', () => {
    const grants = [aRule('G1'), aRule('G2', { modes: ['autonomous', 'approved'], conditions: [cap(5)] })];
    expect(dead(...grants)).toEqual([]);
  });

  test('policies that cannot be read have no dead rules here: whoever reads them says what is wrong', () => {
    expect(deadRules({ staticPolicies: { G: { effect: 'allow' } } } satisfies CedarJson)).toEqual([]);
  });
});
