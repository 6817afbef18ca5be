/** T12, V2: whoever reads the whole database, the record or the log of the program finds no secret that opens anything (O4). */
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  begin,
  comeBack,
  control,
  cookiesOf,
  get,
  openSignIns,
  pairOf,
  post,
  provider,
  session,
  world,
} from './people-at-work.builder.ts';

openSignIns({ beforeAll, afterAll, beforeEach });

const VERIFIER = 'v'.repeat(64);
const START = `/api/v1/session/sign-in?port=4711&challenge=${createHash('sha256').update(VERIFIER).digest('base64url')}`;

/** Every row of every table, and every document in the clear. */
async function everything(): Promise<string> {
  const { rows: tables } = await sql<{ name: string }>`
    select table_name as name from information_schema.tables
    where table_schema = current_schema() and table_type = 'BASE TABLE' order by table_name`.execute(control.owner);
  expect(tables.length).toBeGreaterThan(40);
  const texts: string[] = [];
  for (const { name } of tables) {
    const { rows } = await sql<{ all: string | null }>`
      select string_agg(t::text, ' ') as all from ${sql.table(name)} t`.execute(control.owner);
    texts.push(rows[0]?.all ?? '');
  }
  const documents = await control.owner.selectFrom('document').select('bytes').execute();
  const leaves = await control.owner.selectFrom('leaf').select('bytes').execute();
  for (const { bytes } of [...documents, ...leaves]) texts.push(bytes.toString('utf8'));
  return texts.join('\n');
}

test('O4: after signing in by every way, failing, stepping up and out, none of the secrets is anywhere at rest', async () => {
  const secrets = new Map<string, string>();
  const cookie = await session();
  secrets.set('session of a browser', cookie.split('=')[1] ?? '');
  const { location, cookie: browser } = await begin(START);
  secrets.set('cookie of a sign-in', browser.split('=')[1] ?? '');
  secrets.set('state', new URL(location).searchParams.get('state')?.split('.')[1] ?? '');
  const answer = provider.agree(location);
  secrets.set('code of the provider', answer['code'] ?? '');
  const to = new URL(String((await comeBack(answer, browser)).headers.location));
  secrets.set('code for a program', to.searchParams.get('code') ?? '');
  // While it waits, and after it was spent.
  const waiting = await everything();
  const body = { code: to.searchParams.get('code'), verifier: VERIFIER };
  const redeemed = await control.ask(undefined, 'POST', '/api/v1/session/redeem', { body });
  secrets.set('session of a program', redeemed.json<{ secret: string }>().secret);
  secrets.set('secret of a program', VERIFIER);
  secrets.set('secret of the client', provider.clientSecret);
  for (const [name, token] of Object.entries(world.tokens)) secrets.set(`token of ${name}`, token);
  const step = await begin('/api/v1/session/step-up', cookie);
  provider.acr = 'urn:weak';
  await comeBack(provider.agree(step.location), `${step.cookie}; ${cookie}`);
  await get('/api/v1/session', undefined, { authorization: `Session ${secrets.get('session of a program') ?? ''}` });
  const out = await post('/api/v1/session/sign-out', cookie);
  expect([cookiesOf(out).length, pairOf(cookiesOf(out), 'countersign')]).toEqual([1, 'countersign=']);
  const rested = `${waiting}\n${await everything()}\n${JSON.stringify(control.reports)}`;
  // The instrument itself: what is meant to be there is found.
  expect([rested.includes('u-kim'), rested.includes('session.began')]).toEqual([true, true]);
  for (const [name, secret] of secrets) {
    expect([name, secret.length > 15]).toEqual([name, true]);
    for (const part of [secret, Buffer.from(secret).toString('hex'), Buffer.from(secret).toString('base64')])
      expect([name, rested.includes(part)]).toEqual([name, false]);
  }
  expect(secrets.size).toBeGreaterThan(10);
});
