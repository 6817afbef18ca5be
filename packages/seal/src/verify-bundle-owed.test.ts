/** Entries taken out of a record take away what they let happen (V3): course by course, entry by entry, and each on its own. */
import { plusMs, type RecordEvent } from '@countersign/core';
import { beforeAll, describe, expect, test } from 'vitest';
import { encodeBase64 } from './base64.ts';
import type { VerifiedLeaf } from './bundle-envelope.ts';
import { Estate } from './export/estate.builder.ts';
import type { Course } from './export/names.builder.ts';
import { digestOf } from './digest.ts';
import { subjectOf } from './leaf-places.ts';
import { actsOf, detailOf, judge, without, type Acts } from './verify-acts.builder.ts';

const COURSES = ['approved', 'automatic', 'prohibited', 'rejected', 'staging-failed', 'held-inside'] as const;
const all = new Map<Course, Acts>();
const acts = (course: Course): Acts => all.get(course)!;
beforeAll(() => {
  const estate = new Estate();
  for (const course of COURSES) all.set(course, actsOf(estate, estate.remediate(course)));
});
const events = ({ leaves }: Acts): readonly RecordEvent[] => leaves.map(({ leaf }) => leaf.event);

/** Entries that the content of a file may be without: they let nothing happen. */
const FREE: ReadonlySet<RecordEvent> = new Set<RecordEvent>([
  'proposal.created',
  'remediation.closed',
  'approval.rejected',
  'rollout.completed',
]);

describe('V3: what the record owes', () => {
  test.each(COURSES)('nothing is missing of one that was %s', (course) => {
    expect(detailOf(acts(course))).toBe('holds');
  });

  test.each(COURSES)('of one that was %s no entry that lets something happen can be left out', (course) => {
    const whole = acts(course);
    // Nothing but its closure tells of an act whose runner may say nothing: there, the last dispatch stands alone.
    const alone = course === 'held-inside' ? whole.leaves.at(-1) : undefined;
    const isNeeded = (event: RecordEvent): boolean =>
      !FREE.has(event) && !(event === 'decision.made' && course === 'prohibited');
    for (const one of whole.leaves) {
      const holds = detailOf(without(whole, (leaf) => leaf.index === one.index)) === 'holds';
      expect([one.leaf.event, holds]).toEqual([one.leaf.event, one === alone || !isNeeded(one.leaf.event)]);
    }
  });

  test.each<[RecordEvent, string]>([
    ['capsule.built', 'the record lacks the entry `capsule.built` of '],
    ['capsule.dispatched', 'the record lacks the entry `capsule.dispatched` of a capsule that has '],
    ['approval.received', 'the record lacks the entry `approval.received` of the approval of `kim`'],
    ['validation.finished', 'a validation report: the record lacks the entry `validation.finished` of it'],
    ['rollout.progressed', 'the record lacks the entry `rollout.progressed` of '],
    ['evidence.received', 'evidence: the record lacks the entry `evidence.received` of its statement'],
  ])('the entry %s is named where it is missing', (event, detail) => {
    expect(detailOf(without(acts('approved'), ({ leaf }) => leaf.event === event))).toContain(detail);
  });

  test('a decision whose bytes are in the file is not in the record for that', () => {
    const whole = acts('approved');
    const decisions = whole.leaves.flatMap(({ leaf, body }) =>
      leaf.event === 'decision.made' && body !== undefined ? [encodeBase64(body)] : [],
    );
    const documents = [...whole.bundle.documents, ...decisions];
    const unrecorded = without(
      { ...whole, bundle: { ...whole.bundle, documents } },
      ({ leaf }) => leaf.event === 'decision.made',
    );
    expect(detailOf(unrecorded)).toContain('the record lacks the entry `decision.made` of the decision of ');
  });

  test('a body that was removed takes no entry away', () => {
    const whole = acts('approved');
    const kept = new Set(['decision.made', 'capsule.dispatched']);
    const removed = whole.leaves.map((one) => (kept.has(one.leaf.event) ? one : { ...one, body: undefined }));
    expect(detailOf({ ...whole, leaves: removed })).toBe('holds');
  });

  test('an entry with another body is not the entry', () => {
    const whole = acts('approved');
    for (const event of ['decision.made', 'capsule.dispatched', 'approval.received', 'validation.finished'] as const) {
      const changed = changedAt(whole, event, (one) => ({
        ...one,
        leaf: { ...one.leaf, body: digestOf(Buffer.from('x')) },
        body: undefined,
      }));
      expect([event, detailOf(changed)]).not.toEqual([event, 'holds']);
    }
  });

  test('an entry of another capsule is not the entry', () => {
    const whole = acts('approved');
    const other = subjectOf('capsule', digestOf(Buffer.from('other')));
    for (const event of ['capsule.built', 'rollout.progressed', 'evidence.received', 'rollout.completed'] as const) {
      const changed = changedAt(whole, event, (one) => ({ ...one, leaf: { ...one.leaf, subject: other } }));
      expect([event, detailOf(changed)]).not.toEqual([event, 'holds']);
    }
  });
});

const changedAt = (whole: Acts, event: RecordEvent, change: (leaf: VerifiedLeaf) => VerifiedLeaf): Acts => ({
  ...whole,
  leaves: whole.leaves.map((one) => (one.leaf.event === event ? change(one) : one)),
});

/** The same entries, one of them moved to the end of the record. */
const late = (whole: Acts, event: RecordEvent): Acts => {
  const moved = whole.leaves.findLast(({ leaf }) => leaf.event === event)!;
  const rest = whole.leaves.filter((one) => one !== moved);
  return { ...whole, leaves: [...rest, { ...moved, index: moved.index + 1000 }] };
};

describe('V3, A2: the order of the record', () => {
  test.each<RecordEvent>(['decision.made', 'capsule.built', 'approval.received', 'capsule.dispatched'])(
    'an entry %s behind what it lets happen comes too late',
    (event) => {
      expect(detailOf(late(acts('approved'), event))).not.toBe('holds');
    },
  );

  test('what is reported comes when it comes', () => {
    for (const event of ['evidence.received', 'validation.finished', 'remediation.closed'] as const)
      expect([event, detailOf(late(acts('approved'), event))]).toEqual([event, 'holds']);
  });
});

const moment = (event: RecordEvent): Acts => {
  const whole = acts('approved');
  const done = whole.leaves.find(({ leaf }) => leaf.event === 'rollout.completed')!;
  const more = { ...done, index: done.index + 1000, leaf: { ...done.leaf, event, at: plusMs(done.leaf.at, 1) } };
  return { ...whole, leaves: [...whole.leaves, more] };
};

describe('X7: what the record says of a run', () => {
  test.each<RecordEvent>([
    'rollout.started',
    'rollout.tripped',
    'rollout.halted',
    'rollout.resumed',
    'rollout.rolled-back',
    'rollout.rollback-failed',
    'rollout.completed',
  ])('a second %s has to be in the signed reports too', (event) => {
    const holds = event === 'rollout.started';
    expect(detailOf(moment(event)) === 'holds').toBe(holds);
  });

  test('reports can not be left out where their entry is there', () => {
    const whole = acts('approved');
    expect(detailOf({ ...whole, bundle: { ...whole.bundle, progress: [], evidence: [] } })).toContain(
      'the record names an event `completed`',
    );
  });

  test('a capsule can not be left out where its dispatch is there', () => {
    const whole = acts('held-inside');
    const [first] = whole.bundle.capsules;
    expect(detailOf({ ...whole, bundle: { ...whole.bundle, capsules: [first!] } })).toContain(
      'of a capsule that is not in the file',
    );
  });

  test('one that was never sent owes no report', () => {
    expect(events(acts('rejected')).includes('rollout.started')).toBe(false);
    expect(judge(acts('rejected')).ok).toBe(true);
  });
});

test.each(['envelopes', 'graphs', 'signals', 'capsules', 'approvals', 'validations'] as const)(
  'V4: a file that holds one of its %s twice says of it that there are two, and is refused',
  (list) => {
    const whole = acts('approved');
    const named = whole.bundle[list];
    expect(named.length).toBeGreaterThan(0);
    // With another spelling of the same bytes it is still the same one.
    const again = named.slice(0, 1).map((one) => ({ ...one, payload: one.payload.replaceAll('=', '') }));
    for (const more of [named.slice(0, 1), again])
      expect(detailOf({ ...whole, bundle: { ...whole.bundle, [list]: [...named, ...more] } })).toMatch(/ twice$/);
  },
);
