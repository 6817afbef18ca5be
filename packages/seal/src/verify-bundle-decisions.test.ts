/** The verdict of a file is what its rules make of its facts (D2): whoever holds every key of the control plane cannot write another. */
import { digestOf as digestIn } from './digest.ts';
import { plusMs, type Decision, type Demand, type Environment } from '@countersign/core';
import { describe, expect, test } from 'vitest';
import { Estate } from './export/estate.builder.ts';
import { BEGIN, idOf, type Course } from './export/names.builder.ts';
import { actsOf, detailOf, judge, type Acts } from './verify-acts.builder.ts';

const other = digestIn(new TextEncoder().encode('other'));
const DAY_MS = 86_400_000;

type Lie = (decision: Decision) => Decision;
const onRollout =
  (lie: Lie): Lie =>
  (decision) =>
    decision.stage === 'after-staging' ? lie(decision) : decision;

function told(course: Course, lie: Lie = (decision) => decision, now = BEGIN): Acts {
  const estate = new Estate();
  estate.now = now;
  return actsOf(estate, estate.remediate(course, { lie }));
}

function withFloor(acts: Acts, environment: Environment, ...demands: readonly Demand[]): Acts {
  const floor = { ...acts.trust.floor, quorums: [{ environment, demands }] };
  return { ...acts, trust: { ...acts.trust, floor } };
}
const approvers = (count: number): Demand => ({ role: idOf('release-approver'), count });

describe('D2: a decision is made again offline', () => {
  test.each<Course>(['approved', 'automatic', 'held-inside'])('one that was %s follows from its facts', (course) => {
    expect(detailOf(told(course))).toBe('holds');
  });

  test('L7, I2: what people have to sign does not run alone because the capsule signer says so', () => {
    const alone = told(
      'approved',
      onRollout((decision) => ({
        ...decision,
        verdict: 'autonomous',
        requirement: { routes: [], demands: [], stepUp: false },
      })),
    );
    expect(detailOf(alone)).toBe(
      'a capsule says autonomous, its facts give needs-approval (production config is changed only with approval)',
    );
  });

  test.each<[string, Lie, string]>([
    ['more targets than the floor lets', ({ facts, ...rest }) => ({ ...rest, facts: { ...facts, targets: 11 } }), 'L7'],
    [
      'an agent that is not listed',
      ({ facts, ...rest }) => ({ ...rest, facts: { ...facts, isAgentListed: false } }),
      'its facts give prohibited',
    ],
    [
      'a missing fact',
      (decision) => ({ ...decision, missing: ['the graph'] }),
      'its facts give prohibited (this is missing: the graph)',
    ],
    [
      'facts of a time when the envelope was not in force',
      ({ facts, ...rest }) => ({ ...rest, facts: { ...facts, now: plusMs(BEGIN, -DAY_MS) } }),
      'its facts give prohibited (no envelope authorises anything',
    ],
  ])('I2: nothing runs alone on %s', (_, lie, detail) => {
    const found = detailOf(told('automatic', onRollout(lie)));
    expect(found).toContain('a capsule says autonomous');
    expect(found).toContain(detail === 'L7' ? 'its facts give needs-approval' : detail);
  });

  test.each<[string, Lie]>([
    ['authority envelope', (decision) => ({ ...decision, envelope: { ...decision.envelope, digest: other } })],
    ['system graph', (decision) => ({ ...decision, graph: { ...decision.graph, digest: other } })],
    ['revision', (decision) => ({ ...decision, revision: 2 })],
  ])('D6: a decision about another %s is not the one behind a capsule', (what, lie) => {
    expect(detailOf(told('automatic', onRollout(lie)))).toBe(`its decision is about another ${what}`);
  });

  test('a decision of another form is refused with the place, and nothing of it is used', () => {
    const acts = told('automatic', ({ facts, ...rest }) => ({ ...rest, facts: { ...facts, targets: -1 } }));
    const judged = judge(acts);
    expect(judged.ok ? [] : judged.refusal.complaints?.map(({ at }) => at)).toEqual(['/facts/targets']);
  });

  test('E2: no envelope lets go what was decided under it and dispatched when its time was over', () => {
    const late = told(
      'automatic',
      ({ facts, ...rest }) => ({
        ...rest,
        reasons: [],
        verdict: 'autonomous',
        facts: { ...facts, now: plusMs(BEGIN, DAY_MS) },
      }),
      plusMs(BEGIN, 91 * DAY_MS),
    );
    expect(detailOf(late)).toContain('it was dispatched when no envelope let it: version 1 is valid from ');
  });
});

describe('L7: the floor of the trust bundle holds in a file too', () => {
  test('a capsule that asks for fewer people than the floor was not let through by them', () => {
    const acts = told('approved');
    expect(detailOf(withFloor(acts, 'production', approvers(1)))).toBe('holds');
    expect(detailOf(withFloor(acts, 'production', approvers(2)))).toContain(
      'a capsule was dispatched without the people it asks for',
    );
  });

  test('where the floor asks for people in staging, a trial there was not let through without them', () => {
    const acts = told('approved');
    expect(detailOf(withFloor(acts, 'staging', approvers(1)))).toContain(
      'a capsule was dispatched without the people it asks for',
    );
    expect(detailOf(withFloor(acts, 'pre-production', approvers(1)))).toBe('holds');
  });

  test('an action that the trust bundle keeps for people did not run alone', () => {
    const acts = told('automatic');
    const floor = { ...acts.trust.floor, humanOnlyActions: ['service.restart' as const] };
    expect(detailOf({ ...acts, trust: { ...acts.trust, floor } })).toContain('its facts give needs-approval');
  });
});
