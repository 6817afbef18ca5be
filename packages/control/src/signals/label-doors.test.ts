import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startControl } from '../testkit/control.ts';
import { bodiesOf } from '../testkit/leaves.ts';
import { control, databaseUrl, openForEach, other, world } from '../testkit/opened.builder.ts';
import { makeWorld } from '../testkit/world.ts';
import { signals } from './sent.builder.ts';

openForEach({ afterAll, afterEach, beforeAll, beforeEach }, { names: ['doors', 'beside'] });

const label = (signal: string, body: object = { label: 'true', rationale: 'seen on the host' }, more: object = {}) =>
  control.ask('person:omar', 'POST', `/api/v1/signals/${signal}/label`, { body, ...more });
const said = (word: string) => ({ label: word, rationale: 'seen on the host' });
const stored = () =>
  control.deps.store.selectFrom('signal_label').selectAll().where('organisation', '=', world.organisation).execute();
const rates = async () =>
  (await control.ask('agent:playbook', 'GET', '/api/v1/signals/rates')).json<{ items: Record<string, unknown>[] }>()
    .items;

const told = (id: string) => control.ask('person:omar', 'GET', `/api/v1/signals/${id}/labels`);

test('D3: nobody is told that a signal has no labels which is none', async () => {
  const [signal = ''] = await signals(1);
  expect((await told(signal)).json()).toEqual({ items: [] });
  const unknown = await told('S-unknown');
  expect([unknown.statusCode, unknown.json<{ code: string }>().code]).toEqual([404, 'not-found']);
});

describe('D3: a label', () => {
  test.each<[string, object]>([
    ['without a word', { rationale: 'seen on the host' }],
    ['of a list of words', { label: ['true'], rationale: 'seen on the host' }],
    ['that is a boolean', { label: true, rationale: 'seen on the host' }],
    ['with a reason of two letters', { label: 'true', rationale: 'ok' }],
    ['with a reason of three thousand letters', { label: 'true', rationale: 'x'.repeat(3000) }],
    ['with a zero character', { label: 'true', rationale: 'seen\u0000seen' }],
    ['with a terminal escape', { label: 'true', rationale: 'seen\u001b]0;x\u0007' }],
    ['that says who said it', { ...said('true'), person: 'ana' }],
    ['that says when', { ...said('true'), at: '2026-01-01T00:00:00.000Z' }],
  ])('%s is refused; no word, no rate, no leaf', async (_what, body) => {
    const [signal = ''] = await signals(1);
    expect((await label(signal, body)).statusCode).toBe(400);
    expect([await stored(), await bodiesOf(control, world, 'signal.labelled')]).toEqual([[], []]);
    expect(await rates()).toMatchObject([{ labelled: 0 }]);
  });

  test('of a body that is too large is refused before it is read', async () => {
    const [signal = ''] = await signals(1);
    const raw = JSON.stringify({ label: 'true', rationale: 'x'.repeat(3_000_000) });
    const answer = await control.ask('person:omar', 'POST', `/api/v1/signals/${signal}/label`, { raw });
    expect(answer.statusCode).toBe(413);
    expect(await stored()).toEqual([]);
  });

  test('sent again with its key is one word; without a key it is said twice and counted once', async () => {
    const [signal = ''] = await signals(1);
    const headers = { 'idempotency-key': 'label-1' };
    const [one, two] = await Promise.all([
      label(signal, said('true'), { headers }),
      label(signal, said('true'), { headers }),
    ]);
    expect([one.statusCode, two.statusCode, await stored()]).toMatchObject([200, 200, [{ person: 'omar' }]]);
    await label(signal, said('true'));
    expect(await stored()).toHaveLength(2);
    expect(await bodiesOf(control, world, 'signal.labelled')).toHaveLength(2);
    expect(await rates()).toMatchObject([{ labelled: 1, true: 1 }]);
  });

  test('of a person who left the roster is refused, and the words of before stay', async () => {
    const [signal = ''] = await signals(1);
    await label(signal);
    const bundle = JSON.parse(Buffer.from(world.bundle().bundle, 'base64').toString()) as { people: { id: string }[] };
    const people = bundle.people.filter(({ id }) => id !== 'omar') as never;
    const installed = await control.ask('person:kim', 'POST', '/api/v1/trust', {
      body: { trust: world.bundle({ version: 2, people }) },
    });
    expect(installed.statusCode).toBe(200);
    expect((await label(signal, said('false'))).statusCode).toBe(403);
    expect(await rates()).toMatchObject([{ labelled: 1, true: 1, false: 0 }]);
  });

  test('O3: the words of one organisation are not read by another', async () => {
    const [signal = ''] = await signals(1);
    await label(signal);
    const theirs = await control.ask('person:kim', 'GET', `/api/v1/signals/${signal}/labels`, { world: other });
    expect([theirs.statusCode, theirs.json<{ code: string }>().code]).toEqual([404, 'not-found']);
    const ours = await control.ask('agent:playbook', 'GET', `/api/v1/signals/${signal}/labels`);
    expect(ours.json()).toMatchObject({ items: [{ label: 'true', by: 'omar' }] });
  });

  test('ten people at once: ten words, one rate, and it says what the last one says', async () => {
    const [signal = ''] = await signals(1);
    await Promise.all(
      Array.from({ length: 10 }, (_, n) => label(signal, said(['true', 'false', 'unclear'][n % 3] ?? ''))),
    );
    const history = (await control.ask('person:kim', 'GET', `/api/v1/signals/${signal}/labels`)).json<{
      items: { label: string }[];
    }>();
    const last = history.items[0]?.label ?? '';
    expect([history.items.length, await rates()]).toMatchObject([10, [{ labelled: 1, [last]: 1 }]]);
    expect(await bodiesOf(control, world, 'signal.labelled')).toHaveLength(10);
  });
});

describe('D3: rates', () => {
  test('are kept apart by source and category, and show what nobody labelled without counting it', async () => {
    await control.ask('person:kim', 'POST', '/api/v1/sources/alertmanager-dc1', {
      body: {
        owner: 'omar',
        formats: ['alertmanager'],
        categories: [
          { name: 'network', rules: ['Net*'] },
          { name: 'disk', rules: ['Disk*'] },
        ],
        scale: [],
      },
    });
    const net = await signals(4);
    const disk = await signals(3, 'DiskFull');
    const foreign = await signals(2, 'NetScanOther', 'source:scanner');
    for (const id of net.slice(0, 3)) await label(id, said('true'));
    await label(disk[0] ?? '', said('false'));
    await label(disk[1] ?? '', said('unclear'));
    await label(foreign[0] ?? '', said('benign-known'));
    const found = (await rates()).map(({ source, category, labelled, falsePositivePercent, unlabelled }) =>
      [source, category, labelled, falsePositivePercent, unlabelled].join(' '),
    );
    expect(found.length).toBe(3);
    expect(found).toEqual(
      expect.arrayContaining(['alertmanager-dc1 network 3 0 1', expect.stringMatching(/^alertmanager-dc1 disk /)]),
    );
    expect(await rates()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ category: 'disk', false: 1, unclear: 1, unlabelled: 1, true: 0 }),
        expect.objectContaining({ source: 'scanner', benign: 1, unlabelled: 1 }),
      ]),
    );
  });

  test('change with the description of a source at once, because they are counted and not stored', async () => {
    const [one = ''] = await signals(1);
    await label(one, said('false'));
    const before = (await rates())[0]?.['category'];
    await control.ask('person:kim', 'POST', '/api/v1/sources/alertmanager-dc1', {
      body: { owner: 'omar', formats: [], categories: [{ name: 'network', rules: ['Net*'] }], scale: [] },
    });
    expect([before === 'network', (await rates())[0]?.['category']]).toEqual([false, 'network']);
  });

  test.each([
    ['source:scanner', 403],
    ['enclave:prod-1', 403],
    [undefined, 401],
  ])('are not told to %s', async (by, status) => {
    expect((await control.ask(by, 'GET', '/api/v1/signals/rates')).statusCode).toBe(status);
    expect((await control.ask(by, 'GET', '/api/v1/signals/S-1/labels')).statusCode).toBe(status);
  });
});

const DESCRIPTION = { owner: 'omar', formats: ['sarif'], categories: [], scale: [] };
const describeAs = (by: string | undefined, body: object = DESCRIPTION, more: object = {}) =>
  control.ask(by, 'POST', '/api/v1/sources/scanner', { body, ...more });
const formats = async (organisation: string = world.organisation) =>
  (
    await control.deps.store
      .selectFrom('source')
      .select('formats')
      .where('organisation', '=', organisation)
      .where('id', '=', 'scanner')
      .executeTakeFirst()
  )?.formats ?? [];

describe('D8: who describes a source', () => {
  test('O3: does so for the own organisation alone', async () => {
    const before = await formats();
    expect((await describeAs('person:kim', DESCRIPTION, { world: other })).statusCode).toBe(200);
    expect([await formats(), await formats(other.organisation)]).toEqual([before, ['sarif']]);
  });

  test.each<[string, object]>([
    ['a format nobody reads', { formats: ['csv'] }],
    ['a category without a name', { categories: [{ name: '', rules: ['a'] }] }],
    ['a rule that is no text', { categories: [{ name: 'a', rules: [1] }] }],
    [
      'hundreds of categories',
      { categories: Array.from({ length: 500 }, (_, n) => ({ name: `c${n}`, rules: ['a'] })) },
    ],
    ['a lineage', { lineage: ['elsewhere'] }],
  ])('not with %s: refused, nothing stored', async (_what, change) => {
    const before = await formats();
    expect((await describeAs('person:kim', { ...DESCRIPTION, ...change })).statusCode).toBe(400);
    expect([await formats(), await bodiesOf(control, world, 'source.described')]).toEqual([before, []]);
  });

  test.each([
    ['person:sam', 403],
    ['person:omar', 403],
    ['source:scanner', 403],
    [undefined, 401],
  ])('%s does not', async (by, status) => {
    const before = await formats();
    expect((await describeAs(by)).statusCode).toBe(status);
    expect(await formats()).toEqual(before);
  });
});

describe('D3: a label without authority behind it', () => {
  test('no trust bundle: nobody is a person, so nobody labels', async () => {
    const bare = makeWorld(`bare-${world.organisation}`);
    const alone = await startControl({ url: databaseUrl(), worlds: [bare], instance: 'test-2' });
    try {
      const answer = await alone.ask('person:omar', 'POST', '/api/v1/signals/S-1/label', { body: said('true') });
      expect(answer.json()).toMatchObject({ code: 'no-trust', clause: 'D3' });
    } finally {
      await alone.settled();
      await alone.stop();
    }
  });

  test('an envelope that is suspended does not stop people from saying what they saw', async () => {
    await control.ask('person:kim', 'POST', '/api/v1/envelope', { body: { envelope: world.envelope() } });
    await control.ask('person:kim', 'POST', '/api/v1/envelope/suspend', { body: {} });
    const [signal = ''] = await signals(1);
    expect((await label(signal, said('false'))).statusCode).toBe(200);
    expect(await rates()).toMatchObject([{ labelled: 1, false: 1 }]);
    const contracted = control.deps.store
      .selectFrom('contraction')
      .select('id')
      .where('organisation', '=', world.organisation);
    expect(await contracted.execute()).toEqual([]);
  });

  test.each(['S-1%00', '..%2fS-1', 'S-1%0aS-2', `S-${'1'.repeat(300)}`])(
    'of a signal `%s` there is none, and none is made',
    async (id) => {
      const status = (await label(id, said('true'))).statusCode;
      expect([400, 404, 414]).toContain(status);
      expect([await stored(), control.reports]).toEqual([[], []]);
    },
  );

  test('the words of a signal nobody labelled are none', async () => {
    const [signal = ''] = await signals(1);
    const answer = await control.ask('person:kim', 'GET', `/api/v1/signals/${signal}/labels`);
    expect([answer.statusCode, answer.json()]).toEqual([200, { items: [] }]);
  });
});
