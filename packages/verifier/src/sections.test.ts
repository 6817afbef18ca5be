import { parseInstant, type FieldLine, type Instant } from '@countersign/core';
import type { CapsuleReport, EntryTime } from '@countersign/seal';
import { describe, expect, test } from 'vitest';
import { remediationSections, summaryOf, timeWarning } from './sections.ts';

const fields: readonly FieldLine[] = [
  { field: 'trigger', state: 'shown' },
  { field: 'context', state: 'removed' },
  { field: 'health', state: 'held-inside' },
] as readonly FieldLine[];
const capsule = {
  purpose: 'rollout',
  environment: 'production',
  verdict: 'needs-approval',
  approvedBy: [{ person: 'ana', role: 'release-approver' }],
  isDispatched: true,
} as unknown as CapsuleReport;
const agent = {
  agent: 'playbook',
  model: 'm-1',
  prompt: 'mend it',
  toolCalls: 2,
  signals: ['S-1', 'S-2'],
  action: 'config.change',
  summary: 'longer wait',
};
const at = (time: string): Instant => parseInstant(`2026-11-21T${time}.000Z`)!;
const times: readonly EntryTime[] = [
  { index: 7, event: 'proposal.created', said: at('12:00:00'), after: at('11:59:58'), by: at('12:00:01') },
  { index: 9, event: 'approval.received', said: at('12:10:00') },
];
const report = { capsules: [capsule], signals: 3, isStagingValidated: true, fields, times };
const linesOf = (title: string, given = remediationSections(report, agent)): readonly string[] =>
  given.find((one) => one.title === title)?.lines ?? [];

test('V4: the four questions of an auditor and what is withheld, in this order', () => {
  expect(remediationSections(report, agent).map(({ title }) => title)).toEqual([
    'Who authorised it',
    'What the agent saw',
    'What changed',
    'What validated it',
    'When it came into the record',
    'What is withheld',
  ]);
  expect(linesOf('Who authorised it')).toEqual([
    'rollout in production: ana as release-approver',
    '1 decision made again here from the recorded facts, by the signed rules and the floor: the same verdict',
  ]);
  expect(linesOf('What the agent saw')).toContain('the agent playbook, model m-1, 2 tool calls');
  expect(linesOf('What changed')).toEqual(['config.change: longer wait', 'rollout: no report of the runner']);
});

test('V2: what is held inside or removed is named, never shown as nothing', () => {
  expect(linesOf('What is withheld')).toEqual([
    'context: removed when its time was over',
    'health: held inside the enclave; ask its owner',
  ]);
  const whole = remediationSections({ ...report, fields: fields.slice(0, 1) });
  expect(linesOf('What is withheld', whole)).toEqual(['nothing of the 1 fields that such a change has']);
});

test('T19: text of the file can neither reorder nor hide what is read', () => {
  const hostile = { ...agent, prompt: 'a\u202eb\u200bc\u001b[31m', summary: '<script>\n' };
  const text = remediationSections(report, hostile)
    .flatMap(({ lines }) => lines)
    .join('|');
  for (const hidden of ['\u202e', '\u200b', '\u001b', '\n']) expect(text).not.toContain(hidden);
});

test('an act without people says so, and a capsule that never left says that', () => {
  const alone = { ...capsule, approvedBy: [], verdict: 'autonomous', isDispatched: false } as CapsuleReport;
  expect(linesOf('Who authorised it', remediationSections({ ...report, capsules: [alone] }))).toEqual([
    'rollout in production: nobody was asked (autonomous); never dispatched',
  ]);
});

test("V2: what the runner says of fields that stay inside is marked as its word, and a closure as its person's", () => {
  const told = {
    ...capsule,
    phase: 'completed',
    outcome: 'completed',
    derived: [
      { rule: 'duration', minutes: 3 },
      { rule: 'health', when: 'after', word: 'well', count: 2 },
    ],
    closed: { person: 'ira\u202e', verdict: 'succeeded' },
  } as unknown as CapsuleReport;
  expect(linesOf('What changed', remediationSections({ ...report, capsules: [told] }))).toEqual([
    'rollout: completed, evidence says completed',
    'rollout, what the runner says of fields that stay inside: it took up to 3 min; health after: 2 well',
    'rollout: ira\\u{202e} closed it inside: succeeded',
  ]);
});

test('a missing proposal is said to be missing', () => {
  expect(linesOf('What the agent saw', remediationSections(report))).toContain('the proposal is not in the file');
});

test.each([
  [{ phase: 'completed' }, 'P-1: production, ana as release-approver, completed'],
  [{}, 'P-1: production, ana as release-approver, no report of the runner'],
  [{ isDispatched: false }, 'P-1: production, ana as release-approver, never dispatched'],
  [{ purpose: 'validation' }, 'P-1: nothing went to production'],
])('V4: one remediation of many in a line: %j', (change, expected) => {
  const one = { proposal: 'P-1', capsules: [{ ...capsule, ...change }] } as unknown as Parameters<typeof summaryOf>[0];
  expect(summaryOf(one)).toBe(expected);
});

describe('V3: the time in an entry is the word of the server', () => {
  test('and beside it stands what witnesses prove, or that they prove nothing', () => {
    expect(linesOf('When it came into the record')).toEqual([
      'after 2026-11-21T11:59:58.000Z and by 2026-11-21T12:00:01.000Z, as witnesses say; the server says 2026-11-21T12:00:00.000Z: 7 proposal.created',
      "server's word only; the server says 2026-11-21T12:10:00.000Z: 9 approval.received",
    ]);
    expect(timeWarning(times)).toBeUndefined();
  });

  test('one that witnesses contradict stands above everything else', () => {
    const wrong = [...times, { ...times[1]!, index: 11, finding: 'the server says noon' }];
    expect(timeWarning(wrong)).toBe(
      'The times of 1 entries are not what witnesses saw, first entry 11: the server says noon',
    );
    const lines = linesOf('When it came into the record', remediationSections({ ...report, times: wrong }));
    expect(lines.at(-1)).toBe('NOT AS WITNESSES SAW IT, 11 approval.received: the server says noon');
  });
});
