import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bodiesOf } from '../testkit/leaves.ts';
import { control, openForEach, other, passTime, world } from '../testkit/opened.builder.ts';
import { findingIdOf } from './finding-id.ts';
import { BRIDGED, openVex, sarif, settle } from './finding.builder.ts';

openForEach({ afterAll, afterEach, beforeAll, beforeEach }, { names: ['found', 'beside'], prepare: settle });

interface Shown {
  readonly id: string;
  readonly state: string;
  readonly rule: string;
  readonly target: string;
}
const scan = (places: readonly string[], change: object = {}, more: object = {}) =>
  control.ask('source:scanner', 'POST', '/api/v1/signals/sarif', { body: sarif(places, change), ...more });
const vex = (body: object, more: object = {}) =>
  control.ask('source:scanner', 'POST', '/api/v1/vex', { body, ...more });
const register = (formats: readonly string[] = ['sarif', 'openvex'], more: object = {}) =>
  control.ask('person:kim', 'POST', '/api/v1/sources/scanner', {
    body: { owner: 'omar', formats, categories: [], scale: [] },
    ...more,
  });
const read = <T>(path: string, more: object = {}): Promise<T> =>
  control.ask('person:kim', 'GET', `/api/v1/findings${path}`, more).then((answer) => answer.json<T>());
const queue = async (query = '', more: object = {}): Promise<readonly string[]> =>
  (await read<{ items: Shown[] }>(query, more)).items.map(({ state, rule, target }) => `${state} ${rule} ${target}`);
const exploited = (body: object, more: object = {}) =>
  control.ask('source:scanner', 'POST', '/api/v1/findings/exploited', { body, ...more });
const own = (body: object, by: string | undefined = 'person:sam', more: object = {}) =>
  control.ask(by, 'POST', `/api/v1/findings/${findingIdOf('CVE-1', 'db')}/owner`, { body, ...more });
const OWNER = { owner: 'omar', reason: 'knows the database' };
const owners = async (): Promise<readonly unknown[]> =>
  (
    await control.deps.store
      .selectFrom('finding')
      .select('owner')
      .where('organisation', '=', world.organisation)
      .execute()
  ).map(({ owner }) => owner);
const stored = () =>
  control.deps.store.selectFrom('vex_statement').selectAll().where('organisation', '=', world.organisation).execute();

describe('G5: who names an owner', () => {
  test.each([
    ['person:omar', 200],
    ['person:kim', 200],
    ['person:sam', 200],
    ['agent:playbook', 403],
    ['source:scanner', 403],
    ['enclave:prod-1', 403],
    ['nobody', 401],
  ])('%s: %i', async (by, status) => {
    await scan(['CVE-1 db']);
    expect((await own(OWNER, by)).statusCode).toBe(status);
    expect(await owners()).toEqual([status === 200 ? 'omar' : null]);
    expect(await bodiesOf(control, world, 'finding.owned')).toHaveLength(status === 200 ? 1 : 0);
  });

  test('a person without one of the roles does not', async () => {
    const bundle = JSON.parse(Buffer.from(world.bundle().bundle, 'base64').toString()) as {
      people: { id: string; roles: string[] }[];
    };
    const people = bundle.people.map((one) => (one.id === 'sam' ? { ...one, roles: ['release-approver'] } : one));
    await control.ask('person:kim', 'POST', '/api/v1/trust', {
      body: { trust: world.bundle({ version: 2, people: people as never }) },
    });
    await scan(['CVE-1 db']);
    expect((await own(OWNER)).json()).toMatchObject({ code: 'forbidden', clause: 'G5' });
    expect(await owners()).toEqual([null]);
  });

  test('O3: one of another organisation does not, though theirs has the same id', async () => {
    await scan(['CVE-1 db']);
    expect((await own(OWNER, 'person:sam', { world: other })).statusCode).toBe(404);
    await scan(['CVE-1 db'], {}, { world: other });
    expect((await own(OWNER, 'person:sam', { world: other })).statusCode).toBe(200);
    expect(await owners()).toEqual([null]);
  });

  test('two at once: one of them is the owner, and both are on record', async () => {
    await scan(['CVE-1 db']);
    const answers = await Promise.all([own(OWNER), own({ ...OWNER, owner: 'ana' }, 'person:kim')]);
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200]);
    const told = (await bodiesOf(control, world, 'finding.owned')) as { owner: string }[];
    expect(told.map(({ owner }) => owner).toSorted()).toEqual(['ana', 'omar']);
    expect(await owners()).toEqual([told.at(-1)?.owner]);
  });

  test('of what is resolved there is nothing to own', async () => {
    await scan(['CVE-1 db']);
    await scan(['CVE-1 db'], { baselineState: 'absent' });
    expect((await own(OWNER)).statusCode).toBe(404);
    expect(await owners()).toEqual([null]);
  });

  test.each<[string, object]>([
    ['no reason', { owner: 'omar' }],
    ['a reason of a thousand letters', { ...OWNER, reason: 'x'.repeat(1000) }],
    ['an owner that is a list', { ...OWNER, owner: ['omar'] }],
    ['a zero character', { ...OWNER, reason: 'he\u0000knows' }],
    ['a field nobody knows', { ...OWNER, state: 'resolved' }],
  ])('with %s it is refused and nothing is stored', async (_what, body) => {
    await scan(['CVE-1 db']);
    expect((await own(body)).statusCode).toBe(400);
    expect([await owners(), await bodiesOf(control, world, 'finding.owned')]).toEqual([[null], []]);
  });
});

describe('G5: what holds a finding back', () => {
  test('is never the statement of another organisation', async () => {
    await register(undefined, { world: other });
    await register();
    await scan(['CVE-1 db']);
    await vex(openVex('db'), { world: other });
    expect(await queue()).toEqual(['routed CVE-1 db']);
    await exploited({ vulnerabilities: [{ cveID: 'CVE-1' }] }, { world: other });
    expect((await read<{ reasons: string[] }>(`/${findingIdOf('CVE-1', 'db')}`)).reasons).not.toContain(
      'it is exploited in the wild',
    );
  });

  test('is a statement for this vulnerability and this product, and no other', async () => {
    await register();
    await scan(['CVE-1 db', 'CVE-2 db', 'CVE-1 shop']);
    await vex(openVex('db'));
    expect((await queue()).toSorted()).toEqual(['held CVE-1 db', 'queued CVE-1 shop', 'routed CVE-2 db']);
  });

  test('a statement that it is affected lets it out again, from whomever it comes', async () => {
    await register();
    await scan(['CVE-1 db']);
    await vex(openVex('db'));
    expect(await queue()).toEqual(['held CVE-1 db']);
    const alarm = openVex('db', { status: 'affected', justification: undefined, timestamp: '2026-11-21T00:00:00Z' });
    const answer = await control.ask('source:alertmanager-dc1', 'POST', '/api/v1/vex', { body: alarm });
    expect([answer.statusCode, await queue()]).toEqual([202, ['routed CVE-1 db']]);
  });

  test('the same document twice changes nothing the second time', async () => {
    await register();
    await scan(['CVE-1 db']);
    await vex(openVex('db'));
    const before = await stored();
    passTime(60_000);
    await vex(openVex('db'));
    expect(await stored()).toEqual(before);
    expect(await bodiesOf(control, world, 'vex.received')).toHaveLength(2);
  });

  test('two documents about one product at once: the alarm stays, in whichever order they come', async () => {
    await register();
    await scan(['CVE-1 db']);
    const alarm = openVex('db', { status: 'affected', justification: undefined });
    await Promise.all([vex(openVex('db')), vex(alarm), vex(openVex('db'))]);
    expect(await queue()).toEqual(['routed CVE-1 db']);
  });
});

describe('G5: scans at the same moment', () => {
  test('make one finding of one place, with both sources on its list', async () => {
    const more = ['source:scanner', 'source:alertmanager-dc1'];
    const answers = await Promise.all(
      more.map((by) => control.ask(by, 'POST', '/api/v1/signals/sarif', { body: sarif(['CVE-1 db']) })),
    );
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([202, 202]);
    const [found, ...others] = await control.deps.store
      .selectFrom('finding')
      .select('sources')
      .where('organisation', '=', world.organisation)
      .execute();
    expect([others, found?.sources]).toEqual([[], ['alertmanager-dc1', 'scanner']]);
    expect(await queue()).toEqual(['routed CVE-1 db']);
  });

  test('beside a new graph end ranked by the new graph', async () => {
    await scan(['CVE-1 island']);
    const install = control.ask('person:kim', 'POST', '/api/v1/graph', {
      body: { graph: world.graph({ version: 2, ...BRIDGED }) },
    });
    await Promise.all([install, scan(['CVE-2 island']), scan(['CVE-3 island'])]);
    expect(await queue()).toEqual(['queued CVE-1 island', 'queued CVE-2 island', 'queued CVE-3 island']);
    expect(control.reports).toEqual([]);
  });

  test('readers at once rank anew once when the graph has grown too old', async () => {
    await scan(['CVE-1 island']);
    passTime(25 * 3_600_000);
    const before = (await bodiesOf(control, world, 'findings.ranked')).length;
    const seen = await Promise.all([queue(), queue(), queue()]);
    expect(seen).toEqual(seen.map(() => ['queued CVE-1 island']));
    expect((await bodiesOf(control, world, 'findings.ranked')).length).toBe(before + 1);
  });
});

describe('G5: the queue', () => {
  test.each([
    ['source:scanner', 403],
    ['enclave:prod-1', 403],
    [undefined, 401],
  ])('is not told to %s', async (by, status) => {
    for (const path of ['', '/summary', `/${findingIdOf('CVE-1', 'db')}`])
      expect((await control.ask(by, 'GET', `/api/v1/findings${path}`)).statusCode).toBe(status);
  });

  test.each(['state=lost', 'limit=0', 'limit=1000', 'cursor=WzFd', 'answerable=', 'order=age'])(
    'is not asked by `%s`',
    async (query) => {
      expect((await control.ask('person:kim', 'GET', `/api/v1/findings?${query}`)).statusCode).toBe(400);
    },
  );

  test('comes in pages within one state, whole and in order, also with long names', async () => {
    const places = Array.from({ length: 9 }, (_, n) => `CVE-${'9'.repeat(80)}-${n} ${['shop', 'island'][n % 2]}`);
    await scan(places);
    const seen: string[] = [];
    for (let next: string | undefined = ''; next !== undefined;) {
      const page: { items: Shown[]; next?: string } = await read(
        `?state=held&limit=3${next === '' ? '' : `&cursor=${next}`}`,
      );
      seen.push(...page.items.map(({ rule, state }) => `${state} ${rule.slice(-1)}`));
      ({ next } = page);
    }
    expect(seen.toSorted()).toEqual(['held 1', 'held 3', 'held 5', 'held 7']);
  });

  test('of what is exploited says by whose word and since when', async () => {
    await scan(['CVE-1 db']);
    await exploited({ vulnerabilities: [{ cveID: 'CVE-1' }] });
    expect(await read(`/${findingIdOf('CVE-1', 'db')}`)).toMatchObject({
      exploited: { source: 'scanner', since: '2026-11-21T12:00:00.000Z' },
    });
  });
});
