import type { LightMyRequestResponse } from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { HANDS_OUT, SESSION_IS_ENOUGH } from '../http/step-up.ts';
import {
  begin,
  codeOf,
  comeBack,
  control,
  cookiesOf,
  get,
  MINUTE_MS,
  openSignIns,
  pairOf,
  pass,
  post,
  provider,
  seconds,
  session,
} from './people-at-work.builder.ts';

openSignIns({ beforeAll, afterAll, beforeEach });

const again = async (cookie: string): Promise<LightMyRequestResponse> => {
  const step = await begin('/api/v1/session/step-up?returnTo=/queue', cookie);
  const asked = new URL(step.location).searchParams;
  expect([asked.get('prompt'), asked.get('max_age'), asked.get('acr_values')]).toEqual(['login', '60', 'urn:strong']);
  return comeBack(provider.agree(step.location), `${step.cookie}; ${cookie}`);
};
const filled = (path: string): string => path.replaceAll(/:[A-Za-z]+/g, 'x-1');

describe('step-up', () => {
  test('O4: a fresh sign-in of the strength that is owed counts for five minutes', async () => {
    const cookie = await session();
    provider.acr = 'urn:strong';
    const back = await again(cookie);
    expect(back.headers.location).toBe('/queue');
    const fresh = pairOf(cookiesOf(back), 'countersign');
    expect((await get('/api/v1/session', fresh)).json()).toMatchObject({ session: { isFresh: true } });
    pass(5 * MINUTE_MS + 1000);
    expect((await get('/api/v1/session', fresh)).json()).toMatchObject({ session: { isFresh: false } });
  });

  test.each<[string, () => void]>([
    ['a weaker sign-in', () => (provider.acr = 'urn:weak')],
    ['no strength', () => (provider.acr = undefined)],
    ['an old proof', () => ([provider.acr, provider.authTimeS] = ['urn:strong', seconds() - 400])],
    ['another person', () => ([provider.acr, provider.sub] = ['urn:strong', 'u-ana'])],
  ])('O4: coming back with %s is no step-up', async (_, change) => {
    const cookie = await session();
    change();
    expect(codeOf(await again(cookie))).toBe('sign-in-refused');
  });

  test('O4: nobody steps up without a session', async () => {
    expect((await get('/api/v1/session/step-up')).statusCode).toBe(401);
  });

  interface Described {
    readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  }
  const addresses = (method: 'get' | 'post'): readonly string[] => {
    const { paths } = control.app.swagger() as unknown as Described;
    return Object.entries(paths).flatMap(([path, verbs]) =>
      method in verbs ? [path.replaceAll(/\{([^}]+)\}/g, ':$1')] : [],
    );
  };

  test('T12: with a cookie alone no change goes through that is not listed as harmless: every mutating route', async () => {
    const cookie = await session();
    const mutating = addresses('post').filter((path) => path !== '/api/v1/session/sign-out');
    expect(mutating.length).toBeGreaterThan(35);
    const outcomes = new Map<string, string>();
    for (const path of mutating) {
      const answer = await post(filled(path), cookie);
      outcomes.set(path, codeOf(answer));
    }
    // Whoever sends signals or asks for a token is nobody yet.
    const open = new Set([
      '/api/v1/signals/alertmanager',
      '/api/v1/signals/sarif',
      '/api/v1/token',
      '/api/v1/session/redeem',
    ]);
    const isRight = (path: string, code: string): boolean =>
      SESSION_IS_ENOUGH.has(`POST ${path}`)
        ? code !== 'step-up-required'
        : // Agents', sources', enclaves' and witnesses' addresses are closed to people altogether.
          open.has(path) || code === 'step-up-required' || code === 'forbidden';
    expect([...outcomes].filter(([path, code]) => !isRight(path, code))).toEqual([]);
    const owed = [
      '/api/v1/approvals',
      '/api/v1/trust',
      '/api/v1/envelope',
      '/api/v1/people/:id/passkeys',
      '/api/v1/rollouts/:digest/resume',
    ];
    expect(owed.map((path) => outcomes.get(path) ?? 'step-up-required')).toEqual(owed.map(() => 'step-up-required'));
    expect([...outcomes.values()].filter((code) => code === 'step-up-required').length).toBeGreaterThan(15);
  });

  test('T12: nothing is listed that does not exist', () => {
    const known = new Set(addresses('post').map((path) => `POST ${path}`));
    expect([...SESSION_IS_ENOUGH].filter((listed) => !known.has(listed))).toEqual([]);
  });

  test('T12: evidence is not exported with a session alone: every address that hands some out', async () => {
    const cookie = await session();
    const handing = addresses('get').filter((path) => HANDS_OUT.test(path));
    const codes = await Promise.all(handing.map(async (path) => codeOf(await get(filled(path), cookie))));
    expect(codes).toEqual(handing.map(() => 'step-up-required'));
    expect(handing).toContain('/api/v1/proposals/:id/bundle');
    expect(handing).toContain('/api/v1/export');
  });

  test('T12: also a fresh session signs nothing: approving and changing authority take signatures', async () => {
    provider.acr = 'urn:strong';
    const fresh = pairOf(cookiesOf(await again(await session())), 'countersign');
    for (const path of [
      '/api/v1/approvals',
      '/api/v1/trust',
      '/api/v1/envelope',
      '/api/v1/graph',
      '/api/v1/rollouts/:digest/resume',
      '/api/v1/restraints/:id/lift',
    ]) {
      const answer = await post(filled(path), fresh);
      expect([path, answer.statusCode >= 400, codeOf(answer)]).toEqual([path, true, 'malformed']);
    }
  });
});
