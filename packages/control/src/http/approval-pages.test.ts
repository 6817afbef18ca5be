import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startControl, type TestControl } from '../testkit/control.ts';
import { openTestDatabase, type TestDatabase } from '../testkit/database.ts';
import { makeWorld, type World } from '../testkit/world.ts';

const OWN = 'http://localhost:4700';
const SERVED = 'http://localhost:4600';
let database: TestDatabase;
let control: TestControl;
let world: World;
beforeAll(async () => {
  world = makeWorld();
  database = await openTestDatabase();
  control = await startControl({ url: database.url, worlds: [world] });
});
afterAll(async () => {
  await control.stop();
  await database.drop();
});

const ask = (method: 'GET' | 'POST' | 'OPTIONS', url: string, headers: Record<string, string>) =>
  control.app.inject({ method, url, headers });
const preflight = (url: string, method: string, origin: string) =>
  ask('OPTIONS', url, { origin, 'access-control-request-method': method });

const OPEN: readonly (readonly [string, 'GET' | 'POST'])[] = [
  ['/api/v1/proposals/P-1/signing', 'GET'],
  ['/api/v1/trust', 'GET'],
  ['/api/v1/approvals', 'POST'],
  ['/api/v1/people/ana/passkeys/options', 'POST'],
  ['/api/v1/people/ana/passkeys', 'POST'],
];

describe('A2: an approval page of the organisation', () => {
  test.each(OPEN)('may ask %s with %s', async (url, method) => {
    const { statusCode, headers } = await preflight(url, method, OWN);
    expect(statusCode).toBe(204);
    expect(headers).toMatchObject({
      'access-control-allow-origin': OWN,
      'access-control-allow-methods': method,
      'access-control-allow-headers': 'authorization, content-type, idempotency-key',
      vary: 'origin',
    });
    expect(headers).not.toHaveProperty('access-control-allow-credentials');
  });

  test.each([
    'http://localhost:4701',
    'https://localhost:4700',
    'http://localhost:4700/',
    'http://LOCALHOST:4700',
    'http://localhost:47000',
    'https://approve.example.evil',
    'https://evil.approve.example',
    'http://approve.example',
    'null',
    '*',
    '',
    SERVED,
  ])('T18: the origin %j is not let in, on no route', async (origin) => {
    for (const [url, method] of OPEN) {
      const { headers } = await preflight(url, method, origin);
      expect(headers).not.toHaveProperty('access-control-allow-origin');
      expect(headers).not.toHaveProperty('access-control-allow-methods');
      expect((await ask(method, url, { origin })).headers).not.toHaveProperty('access-control-allow-origin');
    }
  });

  test.each([
    ['GET', '/api/v1/proposals'],
    ['GET', '/api/v1/proposals/P-1'],
    ['POST', '/api/v1/proposals/P-1/reject'],
    ['POST', '/api/v1/halt'],
    ['POST', '/api/v1/trust'],
    ['POST', '/api/v1/envelope'],
    ['GET', '/api/v1/enrolments'],
    ['GET', '/api/v1/proposals/P-1/bundle'],
    ['GET', '/openapi.json'],
  ] as const)('may not %s %s', async (method, url) => {
    const asked = await preflight(url, method, OWN);
    expect(asked.headers['access-control-allow-methods'] ?? '').not.toContain(method);
    const { headers } = await ask(method, url, { origin: OWN });
    expect(headers).not.toHaveProperty('access-control-allow-origin');
  });

  test('reads an answer with the token that was typed there, and a refusal too', async () => {
    const { headers, statusCode } = await ask('GET', '/api/v1/trust', { origin: OWN });
    expect(statusCode).toBe(401);
    expect(headers['access-control-allow-origin']).toBe(OWN);
  });
});
