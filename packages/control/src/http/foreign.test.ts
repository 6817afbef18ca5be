/** O3, G12: every route there is, asked by every kind of caller of another organisation with the ids of ours. A new route is walked too. */
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Deps, Features } from '../deps.ts';
import { makeFeatures } from '../features.ts';
import {
  closeDesk,
  control as desk,
  databaseUrl,
  draft,
  must,
  openDeskBeside,
  propose,
  world,
} from '../flow/desk.builder.ts';
import { shownId } from '../flow/desk.parse.ts';
import { dispatched, pending } from '../flow/scenes.builder.ts';
import { startControl, type TestControl } from '../testkit/control.ts';
import { makeWorld } from '../testkit/world.ts';
import { bodyFor } from './bodies.builder.ts';

const CANARY = 'canary-of-acme';
const other = makeWorld('globex');
let control: TestControl;
/** Ids and digests that only ours has. */
let ours: readonly string[] = [];
/** Some of them of every kind, to ask by. */
let names: readonly string[] = [];
let before = '';

/** The whole product; nothing works in the background. */
const allRoutes = (deps: Deps): Features => ({
  ...makeFeatures(deps, () => undefined),
  start: async () => undefined,
  stop: async () => undefined,
});

beforeAll(async () => {
  await openDeskBeside([other]);
  const asOther = { world: other };
  for (const [url, body] of [
    ['trust', { trust: other.bundle() }],
    ['envelope', { envelope: other.envelope() }],
    ['graph', { graph: other.graph() }],
  ] as const)
    await must(desk.ask('person:kim', 'POST', `/api/v1/${url}`, { ...asOther, body }), 200);
  const prohibited = shownId(
    await must(propose({ ...(await draft('data.destroy')), title: CANARY, hypothesis: CANARY }), 201),
  );
  const waiting = await pending();
  const running = await dispatched();
  const hold = { name: 'case-7', proposals: [waiting], reason: CANARY };
  expect(
    (await desk.ask('person:sam', 'POST', '/api/v1/agents/playbook/suspend', { body: { reason: CANARY } })).statusCode,
  ).toBe(200);
  await desk.ask('person:omar', 'POST', '/api/v1/holds', { body: hold });
  await desk.settled();
  ours = await unique([prohibited, waiting, running.id, running.sent.digest]);
  control = await startControl({ url: databaseUrl(), worlds: [world, other], instance: 'test-2', features: allRoutes });
  await control.app.ready();
  before = await everythingOfOurs();
});
afterAll(async () => {
  await control.stop();
  await closeDesk();
});

/** Ids of every table that has some, and digests of every document; what both organisations happen to share tells nothing. */
async function unique(known: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [...known];
  names = known;
  for (const [table, column] of [
    ['document', 'digest'],
    ['signal', 'id'],
    ['triage', 'id'],
    ['capsule', 'digest'],
    ['restraint', 'id'],
    ['legal_hold', 'name'],
  ] as const) {
    const { rows } = await sql<{ id: string }>`
      select ${sql.ref(column)} as id from ${sql.table(table)} where organisation = 'acme'
      except select ${sql.ref(column)} from ${sql.table(table)} where organisation = 'globex'`.execute(desk.owner);
    const ids = rows.map(({ id }) => id);
    found.push(...ids);
    names = [...names, ...ids.slice(0, 2)];
  }
  return [...new Set(found)];
}

/** One digest over every row of ours in every table, as the owner of the tables sees them. */
async function everythingOfOurs(): Promise<string> {
  const { rows: tables } = await sql<{ name: string }>`
    select table_name as name from information_schema.columns
    where table_schema = current_schema() and column_name = 'organisation' order by table_name`.execute(desk.owner);
  expect(tables.length).toBeGreaterThan(30);
  const digests: string[] = [];
  for (const { name } of tables) {
    const { rows } = await sql<{ all: string | null }>`
      select md5(string_agg(t::text, '|' order by t::text)) as all from ${sql.table(name)} t
      where organisation = 'acme'`.execute(desk.owner);
    digests.push(`${name} ${rows[0]?.all ?? ''}`);
  }
  return digests.join('\n');
}

interface Route {
  readonly method: 'GET' | 'POST';
  readonly url: string;
}
interface Described {
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}
function routes(): readonly Route[] {
  const { paths } = control.app.swagger() as unknown as Described;
  return Object.entries(paths).flatMap(([url, verbs]) =>
    (['GET', 'POST'] as const).flatMap((method) => (method.toLowerCase() in verbs ? [{ method, url }] : [])),
  );
}

const KINDS = [
  'person:kim',
  'person:omar',
  'agent:playbook',
  'source:scanner',
  'enclave:prod-1',
  'witness:one',
] as const;
const QUERY = '?from=2026-01-01T00:00:00.000Z&to=2027-01-01T00:00:00.000Z&purpose=audit&wait=0&limit=50';
/** A demo shows its pages to everybody, by its own word. */
const BY_DESIGN = new Set(['GET /p/{file}']);
/** Answers that go on until somebody hangs up. */
const ENDLESS = /\/events$/;

async function asked(
  caller: string,
  { method, url }: Route,
): Promise<{ readonly status: number; readonly text: string }> {
  const answer = await control.ask(caller, method, url, {
    world: other,
    ...(method === 'POST' && { body: bodyFor(url), headers: { 'idempotency-key': crypto.randomUUID() } }),
  });
  return { status: answer.statusCode, text: `${JSON.stringify(answer.headers)}${answer.body}` };
}
/** Nothing of ours but what the caller named itself. */
const leaks = (text: string, url: string): readonly string[] =>
  [CANARY, '"acme"', ...ours].filter((secret) => !decodeURIComponent(url).includes(secret) && text.includes(secret));

describe('O3: somebody of another organisation', () => {
  test('reads nothing of ours at any address without a name in it', async () => {
    const plain = routes().filter(({ method, url }) => method === 'GET' && !url.includes('{') && !ENDLESS.test(url));
    expect(plain.length).toBeGreaterThan(30);
    const wrong: unknown[] = [];
    let answered = 0;
    for (const route of plain)
      for (const caller of KINDS)
        for (const url of [route.url, `${route.url}${QUERY}`]) {
          const { status, text } = await asked(caller, { ...route, url });
          if (status < 300) answered += 1;
          const found = leaks(text, '');
          if (status >= 500 || found.length > 0) wrong.push([caller, url, status, found.slice(0, 3)]);
        }
    expect(wrong).toEqual([]);
    expect(answered).toBeGreaterThan(40);
    // The instrument itself: our own people do see it.
    expect((await control.ask('person:kim', 'GET', '/api/v1/proposals')).body).toContain(CANARY);
  });

  test('finds nothing by the name of it, and changes nothing, at every address with a name in it', async () => {
    const named = routes().filter(({ method, url }) => url.includes('{') && !BY_DESIGN.has(`${method} ${url}`));
    expect(named.length).toBeGreaterThan(40);
    const wrong: unknown[] = [];
    const outcomes = new Map<number, number>();
    for (const { method, url } of named)
      for (const name of names) {
        const filled = url.replaceAll(/\{[^}]+\}/g, encodeURIComponent(name));
        const answers = await Promise.all(KINDS.map((caller) => asked(caller, { method, url: filled })));
        for (const [place, { status, text }] of answers.entries()) {
          const caller = KINDS[place];
          outcomes.set(status, (outcomes.get(status) ?? 0) + 1);
          const found = leaks(text, filled);
          const isNothing = status === 200 ? /"items":\[\]/.test(text) : status >= 400 && status < 500;
          if (!isNothing || found.length > 0) wrong.push([caller, method, filled, status, found.slice(0, 3)]);
        }
      }
    expect(wrong).toEqual([]);
    expect(outcomes.get(404) ?? 0).toBeGreaterThan(500);
  }, 120_000);

  test('has changed nothing of ours by all that', async () => {
    expect((await everythingOfOurs()).split('\n').filter((row) => !before.includes(row))).toEqual([]);
  });
});
