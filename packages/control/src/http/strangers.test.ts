/** O4: doors without a token are counted by address; whoever is known is never kept out by who knocks beside them. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startControl, type TestControl } from '../testkit/control.ts';
import { openTestDatabase, type TestDatabase } from '../testkit/database.ts';
import { makeWorld, NOON_MS } from '../testkit/world.ts';

const world = makeWorld();
let database: TestDatabase;
let control: TestControl;
let nowMs = NOON_MS;
beforeAll(async () => {
  database = await openTestDatabase();
  control = await startControl({ url: database.url, worlds: [world], nowMs: () => nowMs });
});
afterAll(async () => {
  await control.stop();
  await database.drop();
});
beforeEach(() => {
  nowMs += 60_000;
});

interface From {
  readonly address?: string;
  readonly forwarded?: string;
  readonly token?: string;
}
const NOISE = '203.0.113.9';
const ask = (url: string, { address = NOISE, forwarded, token }: From = {}) =>
  control.app.inject({
    method: /token$|redeem$/.test(url) ? 'POST' : 'GET',
    url: `/api/v1/${url}`,
    remoteAddress: address,
    headers: {
      ...(forwarded !== undefined && { 'x-forwarded-for': forwarded }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
  });
async function statuses(count: number, url: string, from: From = {}): Promise<readonly number[]> {
  const found: number[] = [];
  for (let n = 0; n < count; n += 1) found.push((await ask(url, from)).statusCode);
  return found;
}
const isRefused = (status: number): boolean => status === 429;

describe('O4: a door without a token', () => {
  test.each([
    ['token', 300],
    ['session/sign-in', 60],
    ['session/callback', 60],
    ['session/redeem', 60],
    ['session/offer', 120],
    ['health', 600],
  ])('%s answers one address %i times a minute, then says when', async (door, aMinute) => {
    expect((await statuses(aMinute, door)).filter(isRefused)).toEqual([]);
    nowMs += 15_000;
    const refused = await ask(door);
    expect([refused.statusCode, refused.headers['retry-after'], refused.json<{ code: string }>().code]).toEqual([
      429,
      '45',
      'too-often',
    ]);
    expect((await ask(door, { address: '203.0.113.10' })).statusCode).not.toBe(429);
    nowMs += 45_000;
    expect((await ask(door)).statusCode).not.toBe(429);
  });

  test('one network of IPv6 is one address', async () => {
    for (let n = 0; n < 60; n += 1) await ask('session/sign-in', { address: `2001:db8:1:2::${n.toString(16)}` });
    expect((await ask('session/sign-in', { address: '2001:db8:1:2:ffff::1' })).statusCode).toBe(429);
    expect((await ask('session/sign-in', { address: '2001:db8:1:3::1' })).statusCode).not.toBe(429);
  });

  test('programs of this machine are not counted', async () => {
    expect((await statuses(80, 'session/sign-in', { address: '127.0.0.1' })).filter(isRefused)).toEqual([]);
  });
});

describe('O4: tokens that are none', () => {
  const GUESS = { token: 'a-guess-that-is-no-token' };

  test('are refused as such sixty times a minute, and then not looked at as an answer', async () => {
    const found = await statuses(62, 'signals', GUESS);
    expect([found.slice(0, 60).every((status) => status === 401), found.slice(60)]).toEqual([true, [429, 429]]);
  });

  test('an approver at the same address reads on with their own, and so does an agent', async () => {
    await statuses(100, 'signals', GUESS);
    for (const caller of ['person:ana', 'agent:playbook'])
      expect((await ask('signals', { token: world.tokens[caller] ?? '' })).statusCode).toBe(200);
    // Known and not allowed is not unknown.
    const denied = await statuses(70, 'enrolments', { token: world.tokens['agent:playbook'] ?? '' });
    expect(new Set(denied)).toEqual(new Set([403]));
  });
});

describe('O4: behind a reverse proxy', () => {
  const PROXY = { address: '192.0.2.1' };

  test('that is named, people are told apart, and nobody writes themselves another address', async () => {
    await statuses(60, 'session/sign-in', { ...PROXY, forwarded: NOISE });
    const forged = { ...PROXY, forwarded: `198.51.100.1, ${NOISE}` };
    expect((await ask('session/sign-in', forged)).statusCode).toBe(429);
    expect((await ask('session/sign-in', { ...PROXY, forwarded: '198.51.100.1' })).statusCode).not.toBe(429);
  });

  test('that is not named, all are one, whatever the header says', async () => {
    for (let n = 0; n < 60; n += 1)
      await ask('session/sign-in', { address: '198.51.100.9', forwarded: `203.0.113.${n}` });
    const one = { address: '198.51.100.9', forwarded: '203.0.113.99' };
    expect((await ask('session/sign-in', one)).statusCode).toBe(429);
  });
});
