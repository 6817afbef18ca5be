import type { ProposalDraft } from '@countersign/core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { closeDesk, control, draft, must, openDeskBeside, passTime, propose, world } from '../flow/desk.builder.ts';
import { shownId } from '../flow/desk.parse.ts';
import { bodiesOf } from '../testkit/leaves.ts';
import { makeWorld, type World } from '../testkit/world.ts';

let other: World;
let id: string;
let count = 0;
/** Leaves of earlier tests. */
let before = 0;
beforeAll(async () => {
  other = makeWorld('globex');
  await openDeskBeside([other]);
  await control.ask('person:kim', 'POST', '/api/v1/trust', { world: other, body: { trust: other.bundle() } });
});
afterAll(closeDesk);
beforeEach(async () => {
  await control.deps.store.deleteFrom('manual_work').execute();
  await control.deps.store.updateTable('proposal').set({ state: 'EXPIRED' }).execute();
  id = await prohibited();
  before = (await leaves()).length;
});

/** An act that policy prohibits for everybody. */
async function prohibited(): Promise<string> {
  count += 1;
  const title = `destroy ${count}`;
  const base = await draft('config.change');
  const body: ProposalDraft = { ...base, title, hypothesis: title, change: { ...base.change, action: 'data.destroy' } };
  return shownId(await must(propose(body), 201));
}
const leaves = async (): Promise<readonly unknown[]> => [
  ...(await bodiesOf(control, world, 'manual-work.done')),
  ...(await bodiesOf(control, world, 'manual-work.closed')),
];
const told = async (): Promise<number> => (await leaves()).length - before;
const step = (who: string | undefined, what: string, body: object, more: object = {}) =>
  control.ask(who, 'POST', `/api/v1/manual-work/${id}/${what}`, { body, ...more });
const row = () =>
  control.deps.store.selectFrom('manual_work').selectAll().where('proposal', '=', id).executeTakeFirst();
const DONE = { note: 'dropped the table by hand' };
const PASSED = { result: 'passed', note: 'the table is gone' };

describe('D1: work by hand is said to be done by a person of the roster', () => {
  test.each([
    ['agent:playbook', 403],
    ['source:scanner', 403],
    ['enclave:prod-1', 403],
    [undefined, 401],
  ])('and not by %s; nothing is stored', async (who, status) => {
    expect((await step(who, 'done', DONE)).statusCode).toBe(status);
    expect((await step(who, 'close', PASSED)).statusCode).toBe(status);
    expect([(await row())?.state, await told()]).toEqual(['open', 0]);
  });

  test('O3: and not by one of another organisation, who does not see it either', async () => {
    expect((await step('person:sam', 'done', DONE, { world: other })).statusCode).toBe(404);
    expect((await control.ask('person:sam', 'GET', '/api/v1/manual-work', { world: other })).json()).toEqual({
      items: [],
    });
    expect([(await row())?.state, await told()]).toEqual(['open', 0]);
    await must(step('person:sam', 'done', DONE), 200);
    expect((await step('person:sam', 'close', PASSED, { world: other })).statusCode).toBe(409);
    expect((await row())?.state).toBe('done');
  });

  test.each<[string, object]>([
    ['no note', {}],
    ['a note of two letters', { note: 'ok' }],
    ['a note of five thousand letters', { note: 'x'.repeat(5000) }],
    ['a note that is a number', { note: 12345 }],
    ['a zero character', { note: 'done\u0000done' }],
    ['a terminal escape', { note: 'done\u001b[2J' }],
    ['a field nobody knows', { ...DONE, by: 'ana' }],
  ])('and not with %s', async (_what, body) => {
    expect((await step('person:sam', 'done', body)).statusCode).toBe(400);
    expect([(await row())?.state, await told()]).toEqual(['open', 0]);
  });

  test.each<[string, object]>([
    ['no result', { note: 'went well' }],
    ['a result nobody knows', { ...PASSED, result: 'mostly' }],
    ['no note', { result: 'passed' }],
  ])('A9: and it does not close with %s', async (_what, body) => {
    await must(step('person:sam', 'done', DONE), 200);
    expect((await step('person:sam', 'close', body)).statusCode).toBe(400);
    expect([(await row())?.state, await told()]).toEqual(['done', 1]);
  });
});

describe('D1: two at the same moment', () => {
  test('who say that it was done: one of them did it, with one leaf', async () => {
    const answers = await Promise.all([
      step('person:sam', 'done', DONE),
      step('person:omar', 'done', { note: 'I did it first' }),
    ]);
    expect(answers.map(({ statusCode }) => statusCode).toSorted((a, b) => a - b)).toEqual([200, 404]);
    expect(await told()).toBe(1);
    const winner = answers[0]?.statusCode === 200 ? 'sam' : 'omar';
    expect(await row()).toMatchObject({ state: 'done', done_by: winner });
  });

  test('who close it, one as passed and one as failed: one word counts', async () => {
    await must(step('person:sam', 'done', DONE), 200);
    const answers = await Promise.all([
      step('person:omar', 'close', PASSED),
      step('person:ana', 'close', { result: 'failed', note: 'still there' }),
    ]);
    expect(answers.map(({ statusCode }) => statusCode).toSorted((a, b) => a - b)).toEqual([200, 409]);
    expect(await told()).toBe(2);
    expect((await row())?.state).toBe(answers[0]?.statusCode === 200 ? 'closed' : 'open');
  });

  test('a retry with the same key is answered as before, and done once', async () => {
    const headers = { 'idempotency-key': `done-${id}` };
    const [one, two] = [
      await step('person:sam', 'done', DONE, { headers }),
      await step('person:sam', 'done', DONE, { headers }),
    ];
    expect([one.statusCode, two.statusCode, two.json()]).toEqual([200, 200, one.json()]);
    expect(await told()).toBe(1);
    const reused = await step('person:sam', 'done', { note: 'something else' }, { headers });
    expect(reused.json()).toMatchObject({ code: 'idempotency-key-reused' });
  });
});

test('A9: what is closed stays closed: it is neither done nor closed again', async () => {
  await must(step('person:sam', 'done', DONE), 200);
  await must(step('person:omar', 'close', PASSED), 200);
  expect((await step('person:sam', 'done', DONE)).statusCode).toBe(404);
  expect((await step('person:omar', 'close', { result: 'failed', note: 'it is back' })).statusCode).toBe(409);
  expect(await row()).toMatchObject({ state: 'closed', result: 'passed', closed_by: 'omar', done_by: 'sam' });
});

test('D1: work comes oldest first in pages, each once; closed work only when it is asked for', async () => {
  const ids = [id];
  for (let n = 0; n < 4; n += 1) {
    passTime(1000);
    ids.push(await prohibited());
  }
  const seen: string[] = [];
  for (let next: string | undefined = ''; next !== undefined;) {
    const url: string = `/api/v1/manual-work?limit=2${next === '' ? '' : `&cursor=${next}`}`;
    const page = (await must(control.ask('agent:playbook', 'GET', url), 200)) as {
      items?: { proposal: string }[];
      next?: string;
    };
    seen.push(...(page.items ?? []).map(({ proposal }) => proposal));
    ({ next } = page);
  }
  expect(seen).toEqual(ids);
  await must(step('person:sam', 'done', DONE), 200);
  await must(step('person:sam', 'close', PASSED), 200);
  const open = (await must(control.ask('person:sam', 'GET', '/api/v1/manual-work'), 200))['items'];
  expect(open).toHaveLength(4);
  for (const query of ['cursor=bm9uc2Vuc2U', 'state=lost', 'limit=0', 'limit=5000'])
    expect([query, (await control.ask('person:sam', 'GET', `/api/v1/manual-work?${query}`)).statusCode]).toEqual([
      query,
      400,
    ]);
});

test('D1: what runs or waits for people opens no work by hand', async () => {
  const body = await draft('config.change');
  const proposed = shownId(await must(propose({ ...body, title: 'no hand', hypothesis: 'no hand' }), 201));
  const rows = await control.deps.store.selectFrom('manual_work').select('proposal').execute();
  expect(rows.map(({ proposal }) => proposal)).toEqual([id]);
  expect(proposed).not.toBe(id);
});
