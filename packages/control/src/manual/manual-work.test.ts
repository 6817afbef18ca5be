import type { ProposalDraft } from '@countersign/core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { closeDesk, control, draft, must, openDesk, propose, world } from '../flow/desk.builder.ts';
import { shownId } from '../flow/desk.parse.ts';
import { bodiesOf } from '../testkit/leaves.ts';

beforeAll(openDesk);
afterAll(closeDesk);

interface Item {
  readonly proposal: string;
  readonly state: string;
  readonly why: string;
  readonly missing: readonly string[];
  readonly doneBy?: string;
  readonly postCheck?: unknown;
  readonly result?: string;
}
const items = async (query = ''): Promise<readonly Item[]> =>
  (await must(control.ask('person:sam', 'GET', `/api/v1/manual-work${query}`), 200))['items'] as readonly Item[];
const step = (who: string, id: string, what: string, body: object) =>
  control.ask(who, 'POST', `/api/v1/manual-work/${id}/${what}`, { body });

/** An act that policy prohibits for everybody. */
async function prohibited(title: string): Promise<string> {
  const base = await draft('config.change');
  const body: ProposalDraft = { ...base, title, hypothesis: title, change: { ...base.change, action: 'data.destroy' } };
  return shownId(await must(propose(body), 201));
}

let id: string;
let count = 0;
beforeEach(async () => {
  await control.deps.store.deleteFrom('manual_work').execute();
  await control.deps.store.updateTable('proposal').set({ state: 'EXPIRED' }).execute();
  count += 1;
  id = await prohibited(`destroy ${count}`);
});

test('D1: what is prohibited opens work by hand, with what is missing and the evidence in the record', async () => {
  const [item, ...others] = await items();
  expect(others).toEqual([]);
  expect(item).toMatchObject({ proposal: id, state: 'open', title: `destroy ${count}`, proposalState: 'PROHIBITED' });
  expect(item?.missing.length).toBeGreaterThan(0);
  expect((await bodiesOf(control, world, 'manual-work.opened')).at(-1)).toMatchObject({ proposal: id, targets: 1 });
  const row = await control.deps.store.selectFrom('manual_work').select('decision').executeTakeFirstOrThrow();
  expect(row.decision).toMatch(/^sha256:/);
});

test('D1: the work is done by a named person with a note, and the check of the plan is asked for', async () => {
  const answer = await must(step('person:sam', id, 'done', { note: 'dropped the table by hand' }), 200);
  const postCheck = {
    spec: { id: 'web', version: 1 },
    checks: [{ id: 'health', path: '/health', expectStatus: 200 }],
    reproduction: { id: 'answers', path: '/probe', expectStatus: 200 },
  };
  expect(answer).toEqual({ proposal: id, revision: 1, state: 'done', postCheck });
  expect(await items('?state=done')).toMatchObject([{ proposal: id, doneBy: 'sam', postCheck }]);
  expect((await bodiesOf(control, world, 'manual-work.done')).at(-1)).toMatchObject({ by: 'sam', postCheck });
});

test('A9: it closes only after its check passed; a failed check leaves it open', async () => {
  expect((await step('person:sam', id, 'close', { result: 'passed', note: 'too early' })).statusCode).toBe(409);
  await must(step('person:sam', id, 'done', { note: 'done once' }), 200);
  expect(await must(step('person:omar', id, 'close', { result: 'failed', note: 'still there' }), 200)).toMatchObject({
    state: 'open',
  });
  await must(step('person:sam', id, 'done', { note: 'done twice' }), 200);
  await must(step('person:omar', id, 'close', { result: 'passed', note: 'gone' }), 200);
  expect(await items()).toEqual([]);
  expect(await items('?state=closed')).toMatchObject([{ proposal: id, result: 'passed', closedBy: 'omar' }]);
  expect((await bodiesOf(control, world, 'manual-work.closed')).slice(-2)).toMatchObject([
    { result: 'failed', by: 'omar' },
    { result: 'passed', by: 'omar' },
  ]);
});

test('D1: agents read what waits and do not say that it is done; unknown work is not found', async () => {
  expect((await control.ask('agent:playbook', 'GET', '/api/v1/manual-work')).statusCode).toBe(200);
  expect((await step('agent:playbook', id, 'done', { note: 'I did it' })).statusCode).toBe(403);
  expect((await step('person:sam', 'P-none', 'done', { note: 'what?' })).statusCode).toBe(404);
});

test('D1: the page of a prohibited proposal says why, in plain words', async () => {
  const page = await control.ask('person:sam', 'GET', `/api/v1/proposals/${id}/explanation`);
  expect(page.headers['content-type']).toContain('text/plain');
  expect(page.body).toMatch(/^PROHIBITED: data\.destroy on 1 target\n/);
  expect(page.body.split('\n').every((line) => line.length <= 79)).toBe(true);
  expect((await control.ask('person:sam', 'GET', `/p/${id}.txt`)).body).toContain('PROHIBITED: data.destroy');
});
