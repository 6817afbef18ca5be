import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bodiesOf } from '../testkit/leaves.ts';
import { queriesOf } from '../testkit/queries.ts';
import { control, openForEach, other, passTime, setTime, world } from '../testkit/opened.builder.ts';
import { exploited, get, install, one, queue, scan, type Shown } from './asked.builder.ts';
import { findingIdOf } from './finding-id.ts';
import { BRIDGED, ESTATE, sarif, settle } from './finding.builder.ts';

openForEach({ afterAll, afterEach, beforeAll, beforeEach }, { prepare: settle });

const summary = () => get<Record<string, unknown>>('/summary');

describe('G5: findings of a scan', () => {
  test('are ranked by what can be reached: routed, queued, held', async () => {
    expect((await scan(['CVE-1 island', 'CVE-1 shop', 'CVE-1 db'])).statusCode).toBe(202);
    expect(await queue()).toEqual(['routed CVE-1 db', 'queued CVE-1 shop', 'held CVE-1 island']);
    expect(await queue('?state=held')).toEqual(['held CVE-1 island']);
    expect(await queue('?answerable=data-team')).toEqual(['routed CVE-1 db']);
    expect(await summary()).toEqual({
      total: 3,
      routed: 1,
      queued: 1,
      held: 1,
      heldPercent: 33,
      byReason: { unreachable: 1, 'not-affected': 0, fixed: 0 },
      unknownReach: {},
      overdue: 0,
      withoutOwner: 0,
    });
  });

  test('a reachable one on a critical path goes straight to who answers for it, on record', async () => {
    await scan(['CVE-1 db', 'CVE-1 shop']);
    const found = await one('CVE-1 db');
    expect(found).toMatchObject({
      state: 'routed',
      answerable: { kind: 'owner', name: 'data-team' },
      reasons: [
        'it is reached from `web` in 2 hops',
        'its tier is production-critical',
        'the chance of exploitation is given as 500 in 10000',
      ],
    });
    expect(await bodiesOf(control, world, 'findings.ranked')).toMatchObject([
      {
        because: 'signals',
        ranked: 2,
        routed: 1,
        newlyRouted: [{ finding: found.id, to: { kind: 'owner', name: 'data-team' } }],
      },
    ]);
  });

  test('an unreachable one keeps its evidence, an owner and an age limit', async () => {
    await scan(['CVE-1 island']);
    expect(await one('CVE-1 island')).toMatchObject({
      state: 'held',
      held: 'unreachable',
      answerable: { kind: 'owner', name: 'omar' },
      dueAt: '2027-01-20T12:00:00.000Z',
      reach: { state: 'unreachable', entryPoints: 1, reachedNodes: 3 },
      signal: expect.stringMatching(/^S-/) as string,
      components: ['pkg:deb/openssl'],
    });
  });

  test('its time over, it is back in the queue and says so', async () => {
    await exploited('CVE-1');
    await scan(['CVE-1 island']);
    setTime(Date.parse('2026-12-05T11:59:59.999Z'));
    await install(2, { ...ESTATE, takenAt: '2026-12-05T11:00:00.000Z' });
    expect(await one('CVE-1 island')).toMatchObject({ state: 'held', isOverdue: false });
    passTime(1);
    expect(await one('CVE-1 island')).toMatchObject({ state: 'queued', isOverdue: true });
    expect(await summary()).toMatchObject({ held: 0, overdue: 1 });
  });

  test('what the graph does not know counts as reached and of the highest tier', async () => {
    await scan(['CVE-1 ghost']);
    expect(await one('CVE-1 ghost')).toMatchObject({
      state: 'routed',
      unknownReach: 'unknown-node',
      answerable: { kind: 'role', name: 'service-owner' },
    });
    expect(await summary()).toMatchObject({ withoutOwner: 1, unknownReach: { 'unknown-node': 1 } });
  });

  test('the same finding again is the same finding; gone it is resolved, back it is open', async () => {
    await scan(['CVE-1 shop']);
    passTime(60_000);
    await scan(['CVE-1 shop']);
    expect(await one('CVE-1 shop')).toMatchObject({
      firstSeen: '2026-11-21T12:00:00.000Z',
      lastSeen: '2026-11-21T12:01:00.000Z',
    });
    await scan(['CVE-1 shop'], { baselineState: 'absent' });
    expect([await queue(), await queue('?state=resolved')]).toEqual([[], ['resolved CVE-1 shop']]);
    await scan(['CVE-1 shop']);
    expect(await queue()).toEqual(['queued CVE-1 shop']);
  });

  test('one source cannot resolve what another still sees', async () => {
    await scan(['CVE-1 shop']);
    await scan(['CVE-1 shop'], {}, 'source:alertmanager-dc1');
    expect((await one('CVE-1 shop')).sources).toEqual(['alertmanager-dc1', 'scanner']);
    await scan(['CVE-1 shop'], { baselineState: 'absent' });
    expect(await queue()).toEqual(['queued CVE-1 shop']);
    await scan(['CVE-1 shop'], { baselineState: 'absent' }, 'source:alertmanager-dc1');
    expect(await queue()).toEqual([]);
  });

  test('what is resolved and was never seen is nothing', async () => {
    await scan(['CVE-1 shop'], { baselineState: 'absent' });
    expect(await queue('?state=resolved')).toEqual([]);
  });

  test('D8: without a token there are none', async () => {
    await control.ask(undefined, 'POST', `/api/v1/signals/sarif?organisation=${world.organisation}`, {
      body: sarif(['CVE-1 db']),
    });
    expect(await queue()).toEqual([]);
  });

  test('O3: another organisation sees none of them', async () => {
    await scan(['CVE-1 db']);
    expect(await get('', { world: other })).toEqual({ items: [] });
    expect(await get('/summary', { world: other })).toMatchObject({ total: 0 });
    const id = findingIdOf('CVE-1', 'db');
    expect((await control.ask('person:kim', 'GET', `/api/v1/findings/${id}`, { world: other })).statusCode).toBe(404);
  });

  test('thousands, of thousands of rules, come in with a few statements', async () => {
    const places = Array.from({ length: 12_000 }, (_, n) => `CVE-${n % 7000} ${['db', 'shop', 'island'][n % 3]}`);
    const texts = await queriesOf(async () => expect((await scan(places)).statusCode).toBe(202));
    expect(texts.length).toBeLessThan(40);
    expect(await summary()).toMatchObject({ total: 12_000, routed: 4000, queued: 4000, held: 4000, heldPercent: 33 });
  });

  test('are read in pages, each once', async () => {
    await scan(Array.from({ length: 25 }, (_, n) => `CVE-${n} ${['db', 'shop', 'island'][n % 3]}`));
    const seen: string[] = [];
    for (let next: string | undefined = ''; next !== undefined;) {
      const page: { items: Shown[]; next?: string } = await get(`?limit=10${next === '' ? '' : `&cursor=${next}`}`);
      seen.push(...page.items.map(({ id }) => id));
      ({ next } = page);
    }
    expect([seen.length, new Set(seen).size]).toEqual([25, 25]);
    const strange = await control.ask('person:kim', 'GET', '/api/v1/findings?cursor=bm9uc2Vuc2U');
    expect(strange.statusCode).toBe(400);
  });
});

describe('G5: each new snapshot ranks anew', () => {
  test('a way to the island lets its finding out', async () => {
    await scan(['CVE-1 island']);
    expect(await queue()).toEqual(['held CVE-1 island']);
    expect((await install(2, BRIDGED)).statusCode).toBe(200);
    expect(await queue()).toEqual(['queued CVE-1 island']);
    const again = await bodiesOf(control, world, 'findings.ranked');
    await queue();
    expect((await bodiesOf(control, world, 'findings.ranked')).length).toBe(again.length);
  });

  test('a snapshot that is too old proves nothing any more', async () => {
    await scan(['CVE-1 island']);
    passTime(25 * 3_600_000);
    expect(await one('CVE-1 island')).toMatchObject({ state: 'queued', unknownReach: 'graph-stale' });
  });

  test('so does one under an envelope that is suspended: nothing says how old it may be', async () => {
    await scan(['CVE-1 island']);
    await control.ask('person:kim', 'POST', '/api/v1/envelope/suspend', { body: {} });
    expect(await queue()).toEqual(['queued CVE-1 island']);
  });

  test('what came in while the queue was ranked by something else does not hide that', async () => {
    await scan(['CVE-1 island']);
    await queue();
    await install(2, BRIDGED);
    await scan(['CVE-2 shop']);
    expect(await queue()).toEqual(['queued CVE-2 shop', 'queued CVE-1 island']);
  });
});

const own = (place: string, owner: string, by = 'person:sam') => {
  const [rule = '', target = ''] = place.split(' ');
  return control.ask(by, 'POST', `/api/v1/findings/${findingIdOf(rule, target)}/owner`, {
    body: { owner, reason: 'knows the island' },
  });
};

describe('G5: owners', () => {
  test('a person who is named answers for it from then on', async () => {
    await scan(['CVE-1 db']);
    expect((await own('CVE-1 db', 'omar')).statusCode).toBe(200);
    expect((await one('CVE-1 db')).answerable).toEqual({ kind: 'owner', name: 'omar' });
    await scan(['CVE-1 db']);
    expect((await one('CVE-1 db')).answerable).toEqual({ kind: 'owner', name: 'omar' });
    expect(await bodiesOf(control, world, 'finding.owned')).toMatchObject([
      { owner: 'omar', rule: 'CVE-1', target: 'db' },
    ]);
  });

  test('nobody names somebody who does not exist, or owns what is not there', async () => {
    await scan(['CVE-1 db']);
    expect((await own('CVE-1 db', 'eve')).statusCode).toBe(400);
    expect((await own('CVE-1 nothing', 'omar')).statusCode).toBe(404);
    expect((await own('CVE-1 db', 'omar', 'agent:playbook')).statusCode).toBe(403);
  });
});

test('the tables hold what was ranked, and only for findings that are open', async () => {
  await scan(['CVE-1 db']);
  await scan(['CVE-1 db'], { baselineState: 'absent' });
  const rows = await control.deps.store
    .selectFrom('finding')
    .select(['is_open', 'sources'])
    .where('organisation', '=', world.organisation)
    .execute();
  expect(rows).toEqual([{ is_open: false, sources: [] }]);
  expect(control.reports).toEqual([]);
});
