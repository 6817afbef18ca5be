import { parseId, type Coverage, type ValidationReport } from '@countersign/core';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  capsulesFor,
  closeDesk,
  control,
  draft,
  must,
  now,
  openDeskBeside,
  passTime,
  propose,
  report,
  staging,
  witness,
  world,
} from '../flow/desk.builder.ts';
import { pending } from '../flow/scenes.builder.ts';
import { bodiesOf } from '../testkit/leaves.ts';
import { makeWorld, type World } from '../testkit/world.ts';

let other: World;
beforeEach(async () => {
  other = makeWorld('globex');
  await openDeskBeside([other]);
});
afterEach(closeDesk);

/** The spec that the proposals of the desk name. */
const spec = (change: object = {}) => ({
  type: 'validation-spec',
  id: 'web',
  version: 1,
  module: 'shop',
  owner: 'omar',
  checks: [
    { id: 'answers', what: 'the shop answers' },
    { id: 'health', what: 'it says that it is healthy' },
  ],
  reproduction: 'answers',
  fixtures: ['orders-small'],
  dataBoundary: 'synthetic',
  actionClasses: ['config.change', 'service.restart'],
  ...change,
});
const register = (change: object = {}, by = 'person:omar') =>
  control.ask(by, 'POST', '/api/v1/specs', { body: spec(change) });
const coverage = async (query = ''): Promise<Coverage> =>
  (await control.ask('person:kim', 'GET', `/api/v1/coverage${query}`)).json<Coverage>();
const missing = async (): Promise<readonly string[]> =>
  (await coverage('?module=shop')).modules.flatMap((module) =>
    module.missing.map((gap) => Object.values(gap).join(' ')),
  );

describe('W1: validation specs', () => {
  test('are registered by a person, with who and when, and stand in the record', async () => {
    const answer = await register();
    expect([answer.statusCode, answer.json()]).toMatchObject([200, { id: 'web', version: 1 }]);
    const listed = (await control.ask('agent:playbook', 'GET', '/api/v1/specs')).json<{ items: unknown[] }>();
    expect(listed.items).toMatchObject([{ spec: spec(), registeredBy: 'omar' }]);
    expect(await bodiesOf(control, world, 'spec.registered')).toMatchObject([{ spec: spec() }]);
  });

  test('never change: a change is the next version, and nothing in between is left out', async () => {
    await register();
    expect((await register()).statusCode).toBe(200);
    expect((await register({ module: 'search' })).statusCode).toBe(409);
    expect((await register({ version: 3 })).statusCode).toBe(409);
    expect((await register({ version: 2, module: 'search' })).statusCode).toBe(200);
    expect((await register({ version: 1 })).statusCode).toBe(409);
    const { store } = control.deps;
    await expect(sql`update validation_spec set module = 'x'`.execute(store)).rejects.toThrow(
      /never changed|permission denied/,
    );
    await expect(sql`delete from validation_spec`.execute(store)).rejects.toThrow(/never changed|permission denied/);
    expect(await bodiesOf(control, world, 'spec.registered')).toHaveLength(2);
  });

  test('of two who register the same version at once one is first', async () => {
    const answers = await Promise.all([register(), register({ module: 'search' })]);
    expect(answers.map(({ statusCode }) => statusCode).toSorted((a, b) => a - b)).toEqual([200, 409]);
  });

  test.each([
    ['agent:playbook', 403],
    ['source:scanner', 403],
    [undefined, 401],
  ])('of %s are refused', async (by, status) => {
    expect((await control.ask(by, 'POST', '/api/v1/specs', { body: spec() })).statusCode).toBe(status);
  });

  test.each<[string, object]>([
    ['without checks', { checks: [] }],
    ['of an owner nobody knows', { owner: 'eve' }],
    ['with production data', { dataBoundary: 'production' }],
    ['with a reproduction it has not', { reproduction: 'other' }],
  ])('%s are refused', async (_what, change) => {
    expect((await register(change)).statusCode).toBe(400);
  });

  test('O3: are known to their own organisation alone', async () => {
    await register();
    expect((await control.ask('person:kim', 'GET', '/api/v1/specs', { world: other })).json()).toEqual({ items: [] });
    expect((await control.ask('person:kim', 'GET', '/api/v1/coverage', { world: other })).json()).toEqual({
      modules: [],
      unknownRuns: [],
    });
  });

  test('come in pages', async () => {
    for (const id of ['a', 'b', 'c']) await register({ id });
    const first = (await control.ask('person:kim', 'GET', '/api/v1/specs?limit=2')).json<{ items: []; next: string }>();
    const rest = (await control.ask('person:kim', 'GET', `/api/v1/specs?limit=2&cursor=${first.next}`)).json<{
      items: { spec: { id: string } }[];
      next?: string;
    }>();
    expect([first.items.length, rest.items.map((item) => item.spec.id), rest.next]).toEqual([2, ['c'], undefined]);
  });
});

describe('W4: coverage', () => {
  test('says which service nobody wrote a spec for', async () => {
    expect(await missing()).toEqual(['module-without-spec']);
  });

  test('traces a run that was signed from spec over check to the kind of change, and lists what is missing', async () => {
    await register();
    await pending();
    const [module] = (await coverage('?module=shop')).modules;
    expect(module).toMatchObject({
      module: 'shop',
      coveredPercent: 50,
      specs: [
        {
          spec: 'web',
          version: 1,
          owner: 'omar',
          checks: [
            { check: 'answers', last: { result: 'passed' }, isFlaky: false, actionClasses: ['config.change'] },
            { check: 'health', isFlaky: false, actionClasses: [] },
          ],
        },
      ],
    });
    expect(await missing()).toEqual(['check-never-ran web health', 'action-without-run service.restart web']);
  });

  test('shows runs of what nobody registered', async () => {
    await pending();
    const { unknownRuns } = await coverage();
    expect(unknownRuns).toMatchObject([
      { spec: { id: 'web', version: 1 }, check: 'answers', phase: 'after', action: 'config.change' },
      { spec: { id: 'web', version: 1 }, check: 'answers', phase: 'before' },
    ]);
  });

  test('an unknown module is not found', async () => {
    expect((await control.ask('person:kim', 'GET', '/api/v1/coverage?module=nothing')).statusCode).toBe(404);
  });
});

/** Proposes the same change once more and lets its staging run end like this. */
async function again(result: 'passed' | 'failed'): Promise<void> {
  passTime(1000);
  await must(propose(await draft('config.change')), 201);
  await witness();
  const [run] = await capsulesFor('staging-1');
  if (run === undefined) throw new Error('no validation capsule');
  const id = parseId<'Run'>(`again-${result}`);
  const check = run.capsule.validation.reproduction?.id;
  const [target] = run.capsule.targets;
  if (id === undefined || check === undefined || target === undefined) throw new Error('nothing to run');
  const runs: ValidationReport['runs'] = [
    { id, check, target: target.id, phase: 'after', result, detail: '', at: now() },
  ];
  await must(report('staging-1', staging().validation(run, now(), { runs, isPassed: result === 'passed' })), 200);
}
const rules = async (): Promise<readonly string[]> =>
  (
    await control.deps.store
      .selectFrom('signal')
      .select('rule')
      .where('source', '=', 'countersign')
      .orderBy('rule')
      .execute()
  ).map(({ rule }) => rule);

describe('W3: a flaky check is a signal', () => {
  test('when it passed and then failed on the same change', async () => {
    await register();
    const id = await pending();
    await must(control.ask('agent:playbook', 'POST', `/api/v1/proposals/${id}/withdraw`, { body: {} }), 200);
    expect(await rules()).toEqual([]);
    await again('failed');
    expect(await rules()).toEqual(['ValidationFailed', 'ValidationFlaky']);
    const row = await control.deps.store
      .selectFrom('signal')
      .select(['document', 'is_authenticated', 'triage'])
      .where('rule', '=', 'ValidationFlaky')
      .executeTakeFirstOrThrow();
    expect(row).toMatchObject({
      is_authenticated: false,
      triage: expect.stringMatching(/^T-/) as string,
      document: {
        format: 'countersign',
        title: 'check answers of web version 1 passed 1 and failed 1 times on the same change',
        targets: ['stage-1'],
      },
    });
    expect(await missing()).toContain('check-flaky web answers');
  });

  test('and not when it ends the same each time', async () => {
    const id = await pending();
    await must(control.ask('agent:playbook', 'POST', `/api/v1/proposals/${id}/withdraw`, { body: {} }), 200);
    await again('passed');
    expect(await rules()).toEqual([]);
  });
});
