import { expect, test } from 'vitest';
import { cedarJsonOf, compareModes, rulesOf, type Comparison, type Rule } from '@countersign/core';
import { edited, EDITS } from './edits.ts';
import { FORTY_RULES, FOUR_HUNDRED_RULES, largeEnvelopeJson, readEnvelope } from './large-envelope.ts';
import { realCedar } from './real-cedar.ts';

const examplesOf = (found: Comparison): readonly (Comparison & { kind: 'widening' })['examples'][number][] =>
  found.kind === 'widening' ? found.examples : [];

type Judge = ReturnType<typeof realCedar>;

/** Every example put to real Cedar with both versions; a lost route is asked for by name. */
function replay(old: Judge, after: readonly Rule[], found: Comparison): { examples: number; wrong: unknown[] } {
  if (found.kind !== 'widening') return { examples: 0, wrong: [] };
  const next = realCedar(after, { slot: 'after' });
  const wrong = examplesOf(found).filter((example) => {
    const { mode, lostRoutes, grantedBy, isRealistic } = example;
    const [was, is] = [old(example), next(example)];
    if (!isRealistic) return true;
    if (mode !== 'route') return was.isAllowed || !is.isAllowed || is.determining.join() !== grantedBy.join();
    const isLost = lostRoutes.every((id) => was.determining.includes(id) && !is.determining.includes(id));
    const approval = next({ ...example, mode: 'approved' });
    return !isLost || !approval.isAllowed;
  });
  return { examples: examplesOf(found).length, wrong };
}

test.each([
  ['more than forty rules', FORTY_RULES, 40],
  ['more than four hundred rules', FOUR_HUNDRED_RULES, 400],
] as const)(
  'E3: each of forty edits of %s is answered, and real Cedar confirms every example',
  (_, size, least) => {
    const json = largeEnvelopeJson(size, 706);
    const before = rulesOf(readEnvelope(json));
    expect(before.length).toBeGreaterThanOrEqual(least);
    expect(EDITS).toHaveLength(40);
    const old = realCedar(before, { slot: 'before' });
    let confirmed = 0;
    for (const edit of EDITS) {
      const after = rulesOf(edited(json, edit));
      const found = compareModes(
        { before: cedarJsonOf(before), after: cedarJsonOf(after) },
        { ignoreValidity: true, maxExamples: 2 },
      );
      expect([edit.name, found.kind]).toEqual([edit.name, edit.kind]);
      const { examples, wrong } = replay(old, after, found);
      expect([edit.name, wrong]).toEqual([edit.name, []]);
      confirmed += examples;
    }
    expect(confirmed).toBeGreaterThan(30);
  },
  180_000,
);
