/** Rules that say nothing: found when an envelope is checked, so that nobody relies on them. */
import { MODES } from '../attributes.ts';
import type { CedarJson } from './est.ts';
import { Comparer, coversOf, type ModePolicies, type ModePolicy } from './questions.ts';
import { readEst } from './read-est.ts';

export interface DeadRule {
  readonly id: string;
  /** No request at all matches it; or whatever it matches, other rules decide the same. */
  readonly why: 'never-matches' | 'never-decides';
}

const EFFORT = { maxSteps: 400_000, maxNodes: 2_000_000 };

/**
 * Only what is proved is named: a rule without an answer is alive, and policies that cannot be read have no dead rules here. Of
 * rules that make each other superfluous the later ones are named. A route owes its own people, so it is dead only when it
 * matches nothing. A forbid over which no permit reaches decides nothing, although it may be wanted as a precaution.
 */
export function deadRules(json: CedarJson): readonly DeadRule[] {
  const read = readEst(json);
  if (!read.ok) return [];
  const comparer = new Comparer([read.value], EFFORT);
  const modes = MODES.map((mode) => ({ mode, policies: comparer.inMode(read.value, mode) }));
  const dead: DeadRule[] = [];
  for (const { id } of read.value.policies.toReversed()) {
    const own = modes.map(({ mode, policies }) => {
      const all = [...policies.permits, ...policies.forbids];
      return { mode, policies, rule: all.find((policy) => policy.id === id) };
    });
    const isMatching = own.some(({ rule }) => rule !== undefined && matches(comparer, rule));
    if (!isMatching) dead.push({ id, why: 'never-matches' });
    else {
      const gone = new Set(dead.map((rule) => rule.id));
      const decides = own.some(
        ({ mode, policies, rule }) =>
          rule !== undefined &&
          (mode === 'route' ? matches(comparer, rule) : isDeciding(comparer, rule, { policies, gone })),
      );
      if (!decides) dead.push({ id, why: 'never-decides' });
    }
  }
  return dead.toReversed();
}

const matches = (comparer: Comparer, { alternatives }: ModePolicy): boolean =>
  alternatives.some((tests) => {
    const box = comparer.part(tests);
    return box !== undefined && comparer.left(box, []).kind !== 'nothing';
  });

interface Among {
  readonly policies: ModePolicies;
  /** Already found dead: they cannot be what makes another one superfluous. */
  readonly gone: ReadonlySet<string>;
}

function isDeciding(comparer: Comparer, rule: ModePolicy, { policies, gone }: Among): boolean {
  const others = (all: readonly ModePolicy[]): readonly ModePolicy[] =>
    all.filter(({ id }) => id !== rule.id && !gone.has(id));
  const isPermit = policies.permits.some(({ id }) => id === rule.id);
  const forbids = coversOf(others(policies.forbids));
  if (isPermit) {
    const covers = [...coversOf(others(policies.permits)), ...forbids];
    return rule.alternatives.some((tests) => isLeft(comparer, [tests], covers));
  }
  return rule.alternatives.some((tests) =>
    others(policies.permits).some((permit) =>
      permit.alternatives.some((also) => isLeft(comparer, [tests, also], forbids)),
    ),
  );
}

function isLeft(
  comparer: Comparer,
  tests: readonly ModePolicy['alternatives'][number][],
  covers: ReturnType<typeof coversOf>,
): boolean {
  const box = comparer.part(tests.flat());
  return box !== undefined && comparer.left(box, covers).kind !== 'nothing';
}
