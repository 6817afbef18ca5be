import { matchesBenign, signalShape, readShape, type Signal } from '@countersign/core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bodiesOf } from '../testkit/leaves.ts';
import { control, openForEach, other, setTime, world } from '../testkit/opened.builder.ts';
import { loadBenign } from './benign.ts';

openForEach({ afterAll, afterEach, beforeAll, beforeEach });

/** Scenario B: on weekdays at 14:22 the settlement job asks rapidly from its own range. 20 November 2026 is a Friday. */
const schedule = (change: object = {}) => ({
  id: 'settlement-batch',
  source: 'alertmanager-dc1',
  path: '10.20.0.0/16',
  cron: '22 14 * * mon-fri',
  utcOffsetMinutes: 0,
  durationMinutes: 15,
  reason: 'the settlement batch asks the ledger for every account',
  owner: 'omar',
  expiresAt: '2027-02-01T00:00:00.000Z',
  ...change,
});
const add = (by = 'person:sam', change: object = {}) =>
  control.ask(by, 'POST', '/api/v1/benign-schedules', { body: schedule(change) });
const remove = (by: string, id = 'settlement-batch') =>
  control.ask(by, 'POST', `/api/v1/benign-schedules/${id}/remove`, { body: { reason: 'the job was moved' } });
const live = () => loadBenign(control.deps.store, world.organisation, control.deps.clock());
const listed = async () =>
  (await control.ask('person:kim', 'GET', '/api/v1/benign-schedules')).json<{ items: Record<string, unknown>[] }>()
    .items;

async function rapidRequests(): Promise<Signal> {
  const document = {
    version: '4',
    alerts: [
      {
        status: 'firing',
        labels: { alertname: 'RapidSequentialRequests', severity: 'critical', target: 'web-1', client_ip: '10.20.7.1' },
        startsAt: '2026-11-20T14:22:31Z',
      },
    ],
  };
  await control.ask('source:alertmanager-dc1', 'POST', '/api/v1/signals/alertmanager', { body: document });
  const row = await control.deps.store
    .selectFrom('signal')
    .select('document')
    .where('organisation', '=', world.organisation)
    .executeTakeFirstOrThrow();
  const signal = readShape(signalShape, row.document);
  if (!signal.ok) throw new Error(signal.refusal.detail);
  return signal.value;
}

describe('D3: a known-benign schedule', () => {
  test('of an operator recognises the batch job of scenario B in a signal that came in', async () => {
    const signal = await rapidRequests();
    expect(matchesBenign(signal, await live(), control.deps.clock())).toBeUndefined();
    expect((await add()).statusCode).toBe(200);
    expect(matchesBenign(signal, await live(), control.deps.clock())).toMatchObject({
      schedule: 'settlement-batch',
      owner: 'omar',
      from: '2026-11-20T14:22:00.000Z',
    });
    const signals = (await control.ask('person:kim', 'GET', '/api/v1/signals')).json<{ items: unknown[] }>();
    expect(signals.items).toHaveLength(1);
  });

  test('keeps who said so and when, in the record too', async () => {
    await add();
    expect(await live()).toMatchObject([{ registeredBy: 'sam', registeredAt: '2026-11-21T12:00:00.000Z' }]);
    expect(await bodiesOf(control, world, 'benign-schedule.added')).toEqual([schedule()]);
    expect(await listed()).toMatchObject([{ schedule: schedule(), registeredBy: 'sam', isEnded: false }]);
  });

  test('that has ended matches nothing, and is shown as ended', async () => {
    await add('person:sam', { expiresAt: '2026-11-22T00:00:00.000Z' });
    setTime(Date.parse('2026-11-22T00:00:00.000Z'));
    expect(await live()).toEqual([]);
    expect(await listed()).toMatchObject([{ isEnded: true }]);
  });

  test('ends by the word of a policy admin alone; its history and its id stay', async () => {
    await add();
    expect((await remove('person:sam')).statusCode).toBe(403);
    expect(await live()).toHaveLength(1);
    expect((await remove('person:kim')).statusCode).toBe(200);
    expect(await live()).toEqual([]);
    expect(await listed()).toMatchObject([{ isEnded: true, removedBy: 'kim' }]);
    expect(await bodiesOf(control, world, 'benign-schedule.removed')).toEqual([
      { id: 'settlement-batch', reason: 'the job was moved' },
    ]);
    expect((await remove('person:kim')).statusCode).toBe(404);
    expect((await add()).statusCode).toBe(409);
  });

  test.each([
    ['person:omar', 403],
    ['agent:playbook', 403],
    ['source:scanner', 403],
    [undefined, 401],
  ])('of %s is refused', async (by, status) => {
    const answer = await control.ask(by, 'POST', '/api/v1/benign-schedules', { body: schedule() });
    expect(answer.statusCode).toBe(status);
    expect(await live()).toEqual([]);
  });

  test.each<[string, object]>([
    ['that never happens', { cron: '0 0 31 2 *' }],
    ['that speaks of everything', { source: undefined, path: undefined }],
    ['of an owner nobody knows', { owner: 'eve' }],
    ['that is over', { expiresAt: '2026-11-21T12:00:00.000Z' }],
    ['that lasts for years', { expiresAt: '2029-01-01T00:00:00.000Z' }],
    ['with a field nobody reads', { severity: 0 }],
  ])('%s is refused', async (_what, change) => {
    expect((await add('person:sam', change)).statusCode).toBe(400);
    expect(await live()).toEqual([]);
  });

  test('O3: is known to its own organisation alone', async () => {
    await add();
    expect(await loadBenign(control.deps.store, other.organisation, control.deps.clock())).toEqual([]);
    const seen = await control.ask('person:kim', 'GET', '/api/v1/benign-schedules', { world: other });
    expect(seen.json()).toEqual({ items: [] });
    const removed = await control.ask('person:kim', 'POST', '/api/v1/benign-schedules/settlement-batch/remove', {
      world: other,
      body: {},
    });
    expect([removed.statusCode, (await live()).length]).toEqual([404, 1]);
  });

  test('of two who come at once with one id one is first, the other is told', async () => {
    const answers = await Promise.all([add(), add('person:ana')]);
    expect(answers.map(({ statusCode }) => statusCode).toSorted((a, b) => a - b)).toEqual([200, 409]);
  });
});
