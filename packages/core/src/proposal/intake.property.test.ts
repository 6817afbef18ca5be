import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseId, parseInstant } from '../shared/brand.ts';
import { valuesOf } from '../shared/shape.builder.ts';
import { readShape } from '../shared/shape.ts';
import { acceptDraft, type IntakeKnowledge } from './intake.ts';
import { proposalDraftShape, type ProposalDraft } from './proposal.ts';

const id = parseId as <Name extends string>(text: string) => NonNullable<ReturnType<typeof parseId<Name>>>;
const KNOWLEDGE: IntakeKnowledge = {
  now: parseInstant('2026-11-21T10:00:00.000Z')!,
  agent: {
    id: id('playbook'),
    owner: id('olga'),
    duty: 'decide',
    purpose: 'web tier',
    expiresAt: parseInstant('2026-12-31T00:00:00.000Z')!,
  },
  signals: new Map(),
  runs: new Set(),
  targets: new Set(),
  locks: [],
};
/** The desk as it would be if it knew everything that a draft names. */
const knowing = (draft: ProposalDraft): IntakeKnowledge => ({
  ...KNOWLEDGE,
  signals: new Map(draft.signals.map((signal) => [signal, { rule: 'PoolExhausted' }])),
  runs: new Set(draft.runIds),
  targets: new Set([...draft.targets, ...draft.validation.stagingTargets]),
});
const drafts = valuesOf(proposalDraftShape.schema).map((value) => readShape(proposalDraftShape, value));
const placesOf = (draft: ProposalDraft, knowledge: IntakeKnowledge): readonly string[] => {
  const result = acceptDraft(draft, knowledge);
  return result.ok ? [] : (result.refusal.complaints ?? []).map(({ at }) => at);
};

test('L2: a draft whose signals, runs and targets nobody knows is never accepted, and each of them is named', () => {
  fc.assert(
    fc.property(drafts, (read) => {
      fc.pre(read.ok);
      const places = placesOf(read.value, KNOWLEDGE);
      const unknown = (['signals', 'runIds', 'targets'] as const).flatMap((field) =>
        read.value[field].map((_, index) => `/${field}/${index}`),
      );
      expect(unknown.filter((at) => !places.includes(at))).toEqual([]);
    }),
    { numRuns: 40 },
  );
});

test('L2: to know more never adds a complaint', () => {
  fc.assert(
    fc.property(drafts, (read) => {
      fc.pre(read.ok);
      const before = placesOf(read.value, KNOWLEDGE);
      expect(placesOf(read.value, knowing(read.value)).filter((at) => !before.includes(at))).toEqual([]);
    }),
    { numRuns: 40 },
  );
});

test('L8: without a registered agent nothing is accepted or even read', () => {
  fc.assert(
    fc.property(drafts, (read) => {
      fc.pre(read.ok);
      expect(acceptDraft(read.value, { ...knowing(read.value), agent: undefined })).toMatchObject({
        ok: false,
        refusal: { code: 'agent-unknown' },
      });
    }),
    { numRuns: 20 },
  );
});
