import { instantOf, type Signal } from '@countersign/core';
import { encodeBase64, PAYLOAD } from '@countersign/seal';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bodiesOf } from '../testkit/leaves.ts';
import { relayed } from '../testkit/relayed.ts';
import { control, openForEach, other, passTime, world } from '../testkit/opened.builder.ts';
import { NOON_MS, sign, type World } from '../testkit/world.ts';
import { demandStorable } from './storable.ts';

openForEach({ afterAll, afterEach, beforeAll, beforeEach }, { names: ['intake', 'beside'] });

const alert = (rule: string, target: string, change: object = {}) => ({
  status: 'firing',
  labels: { alertname: rule, severity: 'critical', target },
  startsAt: '2026-11-21T11:00:00Z',
  ...change,
});
const webhook = (...alerts: readonly object[]) => ({ version: '4', alerts });
const send = (body: unknown, more: object = {}) =>
  control.ask('source:alertmanager-dc1', 'POST', '/api/v1/signals/alertmanager', { body, ...more });
const rows = (by: World = world) =>
  control.deps.store.selectFrom('signal').selectAll().where('organisation', '=', by.organisation).execute();
const triages = (by: World = world) =>
  control.deps.store.selectFrom('triage').selectAll().where('organisation', '=', by.organisation).execute();

describe('D8: signals forwarded by a relay', () => {
  test('of another organisation, signed by its own relay, count for nothing here', async () => {
    const document = webhook(alert('DiskFull', 'web-1'));
    const theirs = relayed(other, document);
    const answer = await send(theirs);
    expect([answer.statusCode, answer.json()]).toMatchObject([expect.any(Number), { code: 'bad-signature' }]);
    expect(await rows()).toEqual([]);
    expect((await send(relayed(world, document))).statusCode).toBe(202);
    expect(await rows()).toMatchObject([{ is_authenticated: true, rule: 'DiskFull' }]);
    expect(await rows(other)).toEqual([]);
  });

  test('carry no signal the document does not hold, and none twice as another', async () => {
    const forwarded = relayed(world, webhook(alert('DiskFull', 'web-1'))) as unknown as {
      document: string;
      statements: unknown[];
    };
    const swapped = encodeBase64(Buffer.from(JSON.stringify(webhook(alert('DiskFine', 'web-1')))));
    expect((await send({ ...forwarded, document: swapped })).json()).toMatchObject({ code: 'bad-signature' });
    expect((await send({ ...forwarded, document: '!!!!' })).statusCode).toBe(400);
    expect((await send({ ...forwarded, statements: [] })).statusCode).toBe(400);
    const strange = sign(PAYLOAD.signal, { type: 'signal-statement' }, [world.keys.relay]);
    expect((await send({ ...forwarded, statements: [strange] })).json()).toMatchObject({ code: 'bad-signature' });
    expect([await rows(), await bodiesOf(control, world, 'signal.received')]).toEqual([[], []]);
  });

  test('sent by a source that is not the relay are refused, whoever signed them', async () => {
    const body = relayed(world, webhook(alert('DiskFull', 'web-1')));
    const answer = await control.ask('source:scanner', 'POST', '/api/v1/signals/alertmanager', { body });
    expect(answer.json()).toMatchObject({ code: 'bad-signature', clause: 'D8' });
    expect(await rows()).toEqual([]);
  });
});

describe('W3: triages', () => {
  test('of twenty batches about one thing at once: one, with every signal in it', async () => {
    const batches = Array.from({ length: 20 }, (_, n) => webhook(alert(`Rule${n}`, 'web-1')));
    const answers = await Promise.all(batches.map((body) => send(body)));
    expect(answers.every(({ statusCode }) => statusCode === 202)).toBe(true);
    const open = await triages();
    expect(open).toHaveLength(1);
    expect((await rows()).map(({ triage }) => triage)).toEqual(Array.from({ length: 20 }, () => open[0]?.id));
    expect(await bodiesOf(control, world, 'triage.opened')).toHaveLength(1);
    expect(await bodiesOf(control, world, 'signal.received')).toHaveLength(20);
  });

  test('of things that have nothing in common: one each', async () => {
    await send(webhook(alert('DiskFull', 'web-1'), alert('CpuHot', 'db-7')));
    expect((await triages()).map(({ title }) => title)).toHaveLength(2);
  });

  test('O3: of two organisations are never one, though both see the same', async () => {
    const body = webhook(alert('DiskFull', 'web-1'));
    await Promise.all([send(body), send(body, { world: other })]);
    const [ours, theirs] = [await triages(), await triages(other)];
    expect([ours.length, theirs.length, ours[0]?.id === theirs[0]?.id]).toEqual([1, 1, false]);
    const url = `/api/v1/triages/${theirs[0]?.id ?? ''}`;
    expect((await control.ask('agent:playbook', 'GET', url)).statusCode).toBe(404);
    expect((await control.ask('agent:playbook', 'GET', url, { world: other })).statusCode).toBe(200);
  });

  test('come oldest first in pages, each once', async () => {
    const ids: string[] = [];
    for (const target of ['a-1', 'b-2', 'c-3', 'd-4', 'e-5']) {
      passTime(1000);
      const answer = await send(webhook(alert(`Rule-${target}`, target)));
      ids.push(...answer.json<{ triages: string[] }>().triages);
    }
    const seen: string[] = [];
    for (let next: string | undefined = ''; next !== undefined;) {
      const url: string = `/api/v1/triages?limit=2${next === '' ? '' : `&cursor=${next}`}`;
      const page = (await control.ask('agent:playbook', 'GET', url)).json<{ items: { id: string }[]; next?: string }>();
      seen.push(...page.items.map(({ id }) => id));
      ({ next } = page);
    }
    expect(seen).toEqual(ids);
  });

  test.each([
    'cursor=bm9uc2Vuc2U',
    'cursor=WyJ4IiwieSJd',
    'limit=0',
    'limit=201',
    'state=lost',
    'wait=-1',
    'wait=999999',
  ])('are not asked by `%s`', async (query) => {
    expect((await control.ask('agent:playbook', 'GET', `/api/v1/triages?${query}`)).statusCode).toBe(400);
  });
});

describe('D8: what came in', () => {
  test('again is counted, keeps when it was first seen, and is told in the record each time', async () => {
    const body = webhook(alert('DiskFull', 'web-1'));
    await send(body);
    passTime(60_000);
    await send(body);
    expect(await rows()).toMatchObject([
      { occurrences: 2, first_seen: new Date(NOON_MS), last_seen: new Date(NOON_MS + 60_000) },
    ]);
    expect(await bodiesOf(control, world, 'signal.received')).toHaveLength(2);
    expect(await triages()).toHaveLength(1);
  });

  test('with nothing in it is no signal, no triage and no leaf', async () => {
    const answer = await send(webhook());
    expect([answer.statusCode, answer.json()]).toMatchObject([400, { complaints: [{ at: '/alerts' }] }]);
    expect([await rows(), await triages(), await bodiesOf(control, world, 'signal.received')]).toEqual([[], [], []]);
  });

  test('keeps odd characters of others as text, and refuses the one no table can hold', async () => {
    const odd = 'disk \u202e\u001b[2J "full" <b>';
    expect((await send(webhook(alert('DiskFull', 'web-1', { annotations: { summary: odd } })))).statusCode).toBe(202);
    const [row] = await rows();
    expect(JSON.stringify(row?.document)).toContain('DiskFull');
    const answer = await send(webhook(alert('Disk\u0000Full', 'web-2')));
    expect([answer.statusCode, answer.json()]).toMatchObject([400, { code: 'malformed', clause: 'D8' }]);
    expect(await rows()).toHaveLength(1);
  });

  test('without a token and without a name opens nothing for any of the organisations it could have meant', async () => {
    const body = webhook(alert('DiskFull', 'web-1'));
    expect((await control.ask(undefined, 'POST', '/api/v1/signals/alertmanager', { body })).statusCode).toBe(401);
    const strange = await control.ask(undefined, 'POST', '/api/v1/signals/alertmanager?organisation=nobody', { body });
    expect(strange.statusCode).toBe(401);
    expect([await triages(), await triages(other)]).toEqual([[], []]);
  });

  test('in two batches of a hundred with signals in common is stored without waiting for each other', async () => {
    const first = Array.from({ length: 100 }, (_, n) => alert(`Rule${n}`, `web-${n}`));
    const answers = await Promise.all([
      send(webhook(...first)),
      send(webhook(...first.toReversed())),
      send(webhook(...first.slice(50))),
    ]);
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([202, 202, 202]);
    const stored = await rows();
    expect([stored.length, stored.reduce((sum, { occurrences }) => sum + occurrences, 0)]).toEqual([100, 250]);
    expect(control.reports).toEqual([]);
  });
});

const schedule = (change: object = {}) => ({
  id: 'nightly',
  source: 'alertmanager-dc1',
  path: '10.20.0.0/16',
  cron: '22 14 * * mon-fri',
  utcOffsetMinutes: 0,
  durationMinutes: 15,
  reason: 'the nightly batch',
  owner: 'omar',
  expiresAt: instantOf(NOON_MS + 30 * 86_400_000),
  ...change,
});
const add = (change: object = {}, more: object = {}) =>
  control.ask('person:sam', 'POST', '/api/v1/benign-schedules', { body: schedule(change), ...more });
const ids = async (by: World = world) =>
  (
    await control.deps.store
      .selectFrom('benign_schedule')
      .select('id')
      .where('organisation', '=', by.organisation)
      .execute()
  ).map(({ id }) => id);
const remove = () =>
  control.ask('person:kim', 'POST', '/api/v1/benign-schedules/nightly/remove', { body: { reason: 'moved' } });

describe('D8: known-benign schedules', () => {
  test.each<[string, object]>([
    ['that never ends', { expiresAt: undefined }],
    ['that ends after more than a year', { expiresAt: instantOf(NOON_MS + 400 * 86_400_000) }],
    ['that has ended', { expiresAt: instantOf(NOON_MS) }],
    ['of every minute of every day by a wrong cron', { cron: '* * * * * *' }],
    ['of an owner nobody knows', { owner: 'eve' }],
    ['without a reason', { reason: '' }],
    ['with a terminal escape', { reason: 'nightly\u001b[2J' }],
    ['of half a minute', { durationMinutes: 0.5 }],
    ['for an offset no place has', { utcOffsetMinutes: 6000 }],
    ['with a field nobody knows', { registeredBy: 'kim' }],
  ])('%s are refused; nothing is stored', async (_what, change) => {
    expect((await add(change)).statusCode).toBe(400);
    expect([await ids(), await bodiesOf(control, world, 'benign-schedule.added')]).toEqual([[], []]);
  });

  test('of another organisation are not ended from here, and may have the same id', async () => {
    await add();
    expect((await add({}, { world: other })).statusCode).toBe(200);
    const url = '/api/v1/benign-schedules/nightly/remove';
    expect((await control.ask('person:kim', 'POST', url, { world: other, body: {} })).statusCode).toBe(200);
    const open = await control.deps.store
      .selectFrom('benign_schedule')
      .select('organisation')
      .where('removed_at', 'is', null)
      .execute();
    expect(open.map(({ organisation }) => organisation)).toContain(world.organisation);
    expect(open.map(({ organisation }) => organisation)).not.toContain(other.organisation);
  });

  test('two who end one at once: one did, with one leaf', async () => {
    await add();
    const answers = await Promise.all([remove(), remove()]);
    expect(answers.map(({ statusCode }) => statusCode).toSorted((a, b) => a - b)).toEqual([200, 404]);
    expect(await bodiesOf(control, world, 'benign-schedule.removed')).toHaveLength(1);
  });

  test('come in pages by id, each once', async () => {
    for (const id of ['c', 'a', 'b']) await add({ id });
    const seen: string[] = [];
    for (let next: string | undefined = ''; next !== undefined;) {
      const url: string = `/api/v1/benign-schedules?limit=2${next === '' ? '' : `&cursor=${next}`}`;
      const page = (await control.ask('agent:playbook', 'GET', url)).json<{
        items: { schedule: { id: string } }[];
        next?: string;
      }>();
      seen.push(...page.items.map((item) => item.schedule.id));
      ({ next } = page);
    }
    expect(seen).toEqual(['a', 'b', 'c']);
  });
});

const bytesOf = (document: unknown): Uint8Array => Buffer.from(JSON.stringify(document));

describe('a zero character is found', () => {
  test.each<[string, Parameters<typeof demandStorable>[1], string]>([
    ['in a text', { a: 'x\u0000' }, '/a'],
    ['deep in a list', { a: [1, { b: ['', '\u0000'] }] }, '/a/1/b/1'],
    ['in a name', { a: { 'x\u0000': 1 } }, '/a'],
    ['behind a name with a slash', { 'a/b~c': '\u0000' }, '/a~1b~0c'],
  ])('%s', (_what, document, at) => {
    expect(demandStorable(bytesOf(document), document)).toMatchObject({ ok: false, refusal: { complaints: [{ at }] } });
  });
  test('and what only speaks of it is no zero character', () => {
    const document = { a: 'write \\u0000 here' } satisfies Record<string, Signal['title']>;
    expect(demandStorable(bytesOf(document), document).ok).toBe(true);
  });
});
