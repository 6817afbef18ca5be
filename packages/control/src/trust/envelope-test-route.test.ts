import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCedarOracle } from '../policy/cedar.ts';
import { startControl, type TestControl } from '../testkit/control.ts';
import { openTestDatabase, type TestDatabase } from '../testkit/database.ts';
import { makeWorld } from '../testkit/world.ts';
import { envelopeTestRoute } from './envelope-test-route.ts';

const world = makeWorld();
let database: TestDatabase;
let control: TestControl;
beforeAll(async () => {
  database = await openTestDatabase();
  const engine = {
    wake: () => undefined,
    dispatched: () => undefined,
    start: async () => undefined,
    stop: async () => undefined,
  };
  const oracle = createCedarOracle();
  control = await startControl({
    url: database.url,
    worlds: [world],
    features: (deps) => ({ ...engine, routes: [envelopeTestRoute(deps, oracle)] }),
  });
  await control.ask('person:kim', 'POST', '/api/v1/trust', { body: { trust: world.bundle() } });
  await control.ask('person:kim', 'POST', '/api/v1/envelope', { body: { envelope: world.envelope() } });
});
afterAll(async () => {
  await control.stop();
  await database.drop();
});

const run = (body: unknown) => control.ask('person:kim', 'POST', '/api/v1/envelope/test', { body });
const small = {
  action: 'config.change',
  environments: ['staging'],
  targets: { 'non-critical': 2 },
  rollbackWindowMinutes: 60,
};
const destroy = { action: 'data.destroy', environments: ['production'], targets: { 'non-critical': 1 } };
interface Ran {
  readonly passed: number;
  readonly failed: number;
  readonly results: readonly {
    readonly name: string;
    readonly isPassed: boolean;
    readonly verdict: string;
    readonly problems: readonly string[];
  }[];
}

describe('envelope tests', () => {
  test('E5: say per case whether the verdict is the expected one', async () => {
    const cases = [
      { name: 'small change', request: small, expect: { verdict: 'autonomous' } },
      { name: 'destruction', request: destroy, expect: { verdict: 'prohibited' } },
      { name: 'wrong hope', request: destroy, expect: { verdict: 'autonomous' } },
    ];
    const { passed, failed, results } = (await run({ cases })).json<Ran>();
    expect(results.map(({ name, verdict }) => [name, verdict])).toEqual([
      ['small change', 'autonomous'],
      ['destruction', 'prohibited'],
      ['wrong hope', 'prohibited'],
    ]);
    expect([passed, failed]).toEqual([2, 1]);
    expect(results[2]?.problems).toEqual(['the verdict is prohibited, expected was autonomous']);
  });

  test('E5: run against a draft without any signature; nothing is stored', async () => {
    const draft = JSON.parse(Buffer.from(world.envelope().payload, 'base64').toString()) as object;
    const envelope = { ...draft, version: 9, grants: [] };
    const answer = await run({
      cases: [{ name: 'small change', request: small, expect: { verdict: 'needs-approval' } }],
      envelope,
    });
    expect(answer.statusCode).toBe(200);
    expect(answer.json<{ envelope: { version: number } }>().envelope.version).toBe(9);
    expect(answer.json<Ran>().results[0]?.verdict).not.toBe('autonomous');
    const active = await control.deps.trust.envelope(world.organisation);
    expect(active.ok && active.value.envelope.version).toBe(1);
  });

  test('name the place of what is wrong in a case', async () => {
    const answer = await run({
      cases: [{ name: 'x', request: { ...small, action: 'nothing' }, expect: { verdict: 'maybe' } }],
    });
    const places = answer.json<{ complaints: { at: string }[] }>().complaints.map(({ at }) => at);
    expect(places).toEqual(['/cases/0/request/action', '/cases/0/expect/verdict']);
  });
});
