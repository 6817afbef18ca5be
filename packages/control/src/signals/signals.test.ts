import { instantOf, type Signal } from '@countersign/core';
import { encodeBase64, PAYLOAD } from '@countersign/seal';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../testkit/database.ts';
import { queriesOf, roundTripsOf } from '../testkit/queries.ts';
import { startControl, type TestControl } from '../testkit/control.ts';
import { makeWorld, NOON_MS, sign, type World } from '../testkit/world.ts';
import { readBatch, signalIdOf } from './read-batch.ts';

let database: TestDatabase;
let control: TestControl;
let world: World;
let other: World;
beforeEach(async () => {
  world = makeWorld();
  other = makeWorld('globex');
  database = await openTestDatabase();
  control = await startControl({ url: database.url, worlds: [world, other] });
});
afterEach(async () => {
  await control.stop();
  await database.drop();
});

interface Accepted {
  readonly signals: readonly string[];
  readonly triages: readonly string[];
}
const alert = (target: string, change: object = {}, labels: object = {}) => ({
  status: 'firing',
  labels: { alertname: 'OpensslVulnerable', severity: 'critical', target, ...labels },
  annotations: { summary: 'openssl is old' },
  startsAt: '2026-11-21T11:00:00Z',
  ...change,
});
const webhook = (...alerts: readonly object[]) => ({ version: '4', groupKey: 'g', receiver: 'cs', alerts });
const sarif = (target: string) => ({
  version: '2.1.0',
  runs: [
    {
      tool: { driver: { name: 'scan', rules: [{ id: 'CVE-1', defaultConfiguration: { level: 'error' } }] } },
      results: [
        { ruleId: 'CVE-1', level: 'error', message: { text: 'old library' }, properties: { target }, rank: 1.5 },
      ],
    },
  ],
});
const send = (document: unknown, format = 'alertmanager', by: string | undefined = 'source:alertmanager-dc1') =>
  control.ask(by, 'POST', `/api/v1/signals/${format}`, { body: document });
const rows = async () =>
  control.deps.store.selectFrom('signal').selectAll().where('organisation', '=', world.organisation).execute();
const events = async (): Promise<readonly string[]> =>
  (
    await control.deps.store
      .selectFrom('leaf')
      .select('event')
      .where('organisation', '=', world.organisation)
      .orderBy('id')
      .execute()
  ).map(({ event }) => event);

describe('intake', () => {
  test('L1: an alert becomes a signal and opens one triage that agents see', async () => {
    const answer = await send(webhook(alert('web-1'), alert('web-2')));
    expect(answer.statusCode).toBe(202);
    const { signals, triages } = answer.json<Accepted>();
    expect([signals.length, triages.length]).toEqual([1, 1]);
    const listed = (await control.ask('agent:playbook', 'GET', '/api/v1/triages')).json<{
      items: { id: string; title: string; isAuthenticated: boolean }[];
    }>();
    expect(listed.items).toMatchObject([{ id: triages[0], title: 'openssl is old', isAuthenticated: true }]);
    const shown = (await control.ask('agent:playbook', 'GET', `/api/v1/triages/${triages[0]}`)).json<{
      signals: { signal: Signal }[];
    }>();
    expect(shown.signals[0]?.signal.targets).toEqual(['web-1', 'web-2']);
    expect((await events()).slice(1)).toEqual(['signal.received', 'triage.opened']);
  });

  test('a repeated notification is the same signal, counted', async () => {
    const first = (await send(webhook(alert('web-1')))).json<Accepted>();
    const again = (await send(webhook(alert('web-1')))).json<Accepted>();
    expect(again).toEqual(first);
    expect((await rows()).map(({ occurrences }) => occurrences)).toEqual([2]);
    expect((await events()).filter((event) => event === 'triage.opened')).toHaveLength(1);
  });

  test('D3: signals of two sources about one target share a triage', async () => {
    const one = (await send(webhook(alert('web-1')))).json<Accepted>();
    const two = (await send(sarif('web-1'), 'sarif', 'source:scanner')).json<Accepted>();
    expect(two.triages).toEqual(one.triages);
    const elsewhere = (await send(webhook(alert('db-7', {}, { alertname: 'Other' })))).json<Accepted>();
    expect(elsewhere.triages).not.toEqual(one.triages);
  });

  test('of many at the same moment about one thing one triage opens', async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, n) => send(webhook(alert('web-9', { startsAt: `2026-11-21T10:0${n}:00Z` })))),
    );
    expect(answers.map(({ statusCode }) => statusCode)).toEqual(Array.from({ length: 8 }, () => 202));
    const opened = await control.deps.store
      .selectFrom('triage')
      .select('id')
      .where('organisation', '=', world.organisation)
      .execute();
    expect(opened).toHaveLength(1);
  });

  test('what is resolved opens nothing', async () => {
    const { triages } = (await send(webhook(alert('web-1', { status: 'resolved' })))).json<Accepted>();
    expect(triages).toEqual([]);
  });

  test('a batch of 300 signals is one durable write', async () => {
    await send(webhook(alert('warm-up')));
    const alerts = Array.from({ length: 300 }, (_, n) => alert(`host-${n}`, {}, { alertname: `Rule${n}` }));
    const texts = await queriesOf(() => send(webhook(...alerts)));
    const own = texts.filter(
      (text) =>
        !/pg_notify|pg_try_advisory|distinct organisation|seq is null|with placed|trust_bundle|from "source"|envelope_version|graph_version/.test(
          text,
        ),
    );
    expect(own.map((text) => text.trim().split(/\s+/).slice(0, 3).join(' '))).toEqual([
      'select signal.document, signal.triage',
      'begin',
      'insert into "triage"',
      'insert into "signal"',
      'with given as',
      'commit',
    ]);
    expect(await rows()).toHaveLength(301);
  });

  test('W3: one that joins an open triage is looked up and stored in two round trips', async () => {
    await send(webhook(alert('web-1')));
    const texts = await roundTripsOf(() => send(webhook(alert('web-1', { startsAt: '2026-11-21T10:09:00Z' }))));
    const own = texts.filter((text) => !/with placed|trust_bundle/.test(text));
    expect(own.map((text) => text.trim().split(/\s+/).slice(0, 2).join(' '))).toEqual([
      'select signal.document,',
      'with given',
    ]);
  });

  const notSources: readonly (readonly [string, number])[] = [
    ['agent:playbook', 403],
    ['person:kim', 403],
    ['enclave:prod-1', 403],
    ['a-token-that-nobody-has', 401],
  ];
  test.each(notSources)('D8: %s cannot send signals', async (by, status) => {
    expect((await send(webhook(alert('web-1')), 'alertmanager', by)).statusCode).toBe(status);
    expect(await rows()).toEqual([]);
  });
});

describe('bad documents', () => {
  const bad: readonly (readonly [string, string, string | Buffer])[] = [
    ['another version', 'alertmanager', JSON.stringify({ ...webhook(alert('a')), version: '3' })],
    ['no alerts', 'alertmanager', JSON.stringify(webhook())],
    ['a target that is no id', 'alertmanager', JSON.stringify(webhook(alert('../etc')))],
    ['a time that is none', 'alertmanager', JSON.stringify(webhook(alert('a', { startsAt: 'yesterday' })))],
    ['duplicate keys', 'alertmanager', '{"version":"4","version":"4","alerts":[]}'],
    ['deep nesting', 'alertmanager', `{"version":"4","alerts":${'['.repeat(80)}${']'.repeat(80)}}`],
    ['no UTF-8', 'alertmanager', Buffer.from([0x7b, 0xff, 0x7d])],
    ['no JSON', 'sarif', '<sarif/>'],
    ['a zero character', 'alertmanager', JSON.stringify(webhook(alert('a', { annotations: { summary: 'a\u0000b' } })))],
    [
      'too many results',
      'sarif',
      JSON.stringify({
        version: '2.1.0',
        runs: [{ tool: { driver: { name: 's' } }, results: Array.from({ length: 25_001 }, () => ({ message: {} })) }],
      }),
    ],
    ['no runs', 'sarif', '{"version":"2.1.0","runs":[]}'],
  ];
  test.each(bad)('%s (%s) is refused and nothing is stored', async (_name, format, raw) => {
    const answer = await control.ask('source:scanner', 'POST', `/api/v1/signals/${format}`, { raw });
    expect(answer.statusCode).toBe(400);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect([await rows(), await events()]).toEqual([[], ['organisation.created']]);
  });
});

const stranger = (document: unknown = webhook(alert('web-1'))) =>
  control.ask(undefined, 'POST', '/api/v1/signals/alertmanager?organisation=acme', { body: document });

describe('without a token', () => {
  test('D8: opens at most one triage, flagged and recorded; its signals never decide', async () => {
    const first = (await stranger()).json<Accepted>();
    const second = (await stranger(webhook(alert('db-1', {}, { alertname: 'Other' })))).json<Accepted>();
    expect([first.triages.length, second.triages.length]).toEqual([1, 0]);
    const listed = (await control.ask('agent:playbook', 'GET', '/api/v1/triages')).json<{
      items: { isAuthenticated: boolean }[];
    }>();
    expect(listed.items).toMatchObject([{ isAuthenticated: false }]);
    expect((await rows()).map(({ is_authenticated }) => is_authenticated)).toEqual([false]);
    expect(await events()).toEqual(['organisation.created', 'signal.unauthenticated', 'triage.opened']);
  });

  test('D8: an authenticated signal about the same does not join it', async () => {
    const { triages } = (await stranger()).json<Accepted>();
    const real = (await send(webhook(alert('web-1')))).json<Accepted>();
    expect(real.triages).not.toEqual(triages);
  });

  test('needs to say for which organisation, may not be large, and not often', async () => {
    expect((await control.ask(undefined, 'POST', '/api/v1/signals/alertmanager', { body: {} })).statusCode).toBe(401);
    expect(
      (await control.ask(undefined, 'POST', '/api/v1/signals/alertmanager?organisation=nobody', { body: {} }))
        .statusCode,
    ).toBe(401);
    expect((await stranger(webhook(...Array.from({ length: 3000 }, (_, n) => alert(`host-${n}`))))).statusCode).toBe(
      413,
    );
    const codes = (await Promise.all(Array.from({ length: 40 }, () => stranger({})))).map(
      ({ statusCode }) => statusCode,
    );
    expect(codes).toContain(429);
  });
});

describe('from a relay', () => {
  const text = JSON.stringify(webhook(alert('web-1')));
  const document = encodeBase64(Buffer.from(text));
  const signed = (change: Partial<Signal> = {}, key = world.keys.relay) => {
    const read = readBatch({
      format: 'alertmanager',
      source: 'alertmanager-dc1' as Signal['source'],
      now: instantOf(NOON_MS - 5000),
      bytes: Buffer.from(text),
      body: JSON.parse(text) as never,
      relay: undefined,
    });
    if (!read.ok) throw new Error('the document of the test is wrong');
    return sign(PAYLOAD.signal, { type: 'signal', signal: { ...read.value.signals[0]?.signal, ...change } }, [key]);
  };
  beforeEach(async () => {
    await control.ask('person:kim', 'POST', '/api/v1/trust', { body: { trust: world.bundle() } });
  });

  test('X1: the statement is kept as the relay signed it', async () => {
    const statement = signed();
    const answer = await send({ document, statements: [statement] });
    expect(answer.statusCode).toBe(202);
    expect((await rows())[0]?.dsse).toEqual(statement);
    const raw = (await send(webhook(alert('web-1')))).json<Accepted>();
    expect(raw.signals).toEqual(answer.json<Accepted>().signals);
    expect((await rows())[0]?.dsse).toEqual(statement);
  });

  test.each([
    ['signed by another key', () => ({ document, statements: [signed({}, world.keys.kim)] })],
    ['about another source', () => ({ document, statements: [signed({ source: 'scanner' as Signal['source'] })] })],
    ['about another document', () => ({ document: encodeBase64(Buffer.from(`${text} `)), statements: [signed()] })],
    ['that says more than the document', () => ({ document, statements: [signed({ severity: 'info' })] })],
    [
      'that names more targets',
      () => ({ document, statements: [signed({ targets: ['web-1', 'web-2'] as unknown as Signal['targets'] })] }),
    ],
  ])('X1: a statement %s is refused', async (_name, body) => {
    const answer = await send(body());
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([422, 'bad-signature']);
    expect(await rows()).toEqual([]);
  });

  test('X1: a source without a relay key cannot forward', async () => {
    expect((await send({ document, statements: [signed()] }, 'alertmanager', 'source:scanner')).statusCode).toBe(422);
  });

  test('equal parts make equal ids', () => {
    expect(signalIdOf(['a', 'b'])).toBe(signalIdOf(['a', 'b']));
    expect(signalIdOf(['a', 'b'])).not.toBe(signalIdOf(['ab']));
  });
});

describe('lists', () => {
  test('signals come in pages whose cursor is opaque', async () => {
    await send(webhook(...Array.from({ length: 7 }, (_, n) => alert(`host-${n}`, {}, { alertname: `Rule${n}` }))));
    const seen: string[] = [];
    let next: string | undefined = '';
    while (next !== undefined) {
      const query: string = next === '' ? '?limit=3' : `?limit=3&cursor=${next}`;
      const page = (await control.ask('person:kim', 'GET', `/api/v1/signals${query}`)).json<{
        items: { signal: Signal }[];
        next?: string;
      }>();
      seen.push(...page.items.map(({ signal }) => signal.id));
      ({ next } = page);
    }
    expect([seen.length, new Set(seen).size]).toEqual([7, 7]);
    expect((await control.ask('person:kim', 'GET', '/api/v1/signals?cursor=bm9uc2Vuc2U')).statusCode).toBe(400);
    expect((await control.ask('person:kim', 'GET', '/api/v1/signals?limit=9999')).statusCode).toBe(400);
  });

  test('V2: a source reads its own signals and no others', async () => {
    await send(webhook(alert('web-1')));
    const shown: number[] = [];
    for (const by of ['source:alertmanager-dc1', 'source:scanner'])
      shown.push((await control.ask(by, 'GET', '/api/v1/signals')).json<{ items: unknown[] }>().items.length);
    expect(shown).toEqual([1, 0]);
  });

  test('an agent waits for a triage and gets it when it opens', async () => {
    const waiting = control.ask('agent:playbook', 'GET', '/api/v1/triages?wait=20000');
    await send(webhook(alert('web-1')));
    expect((await waiting).json<{ items: unknown[] }>().items).toHaveLength(1);
  });

  test('O3: another organisation sees none of it', async () => {
    const { triages } = (await send(webhook(alert('web-1')))).json<Accepted>();
    for (const place of ['signals', 'triages'])
      expect((await control.ask('person:kim', 'GET', `/api/v1/${place}`, { world: other })).json()).toEqual({
        items: [],
      });
    expect((await control.ask('person:kim', 'GET', `/api/v1/triages/${triages[0]}`, { world: other })).statusCode).toBe(
      404,
    );
  });
});
