import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bodiesOf } from '../testkit/leaves.ts';
import { control, openForEach, world } from '../testkit/opened.builder.ts';
import { exploited, install, one, queue, scan } from './asked.builder.ts';
import { BRIDGED, openVex, settle } from './finding.builder.ts';

openForEach({ afterAll, afterEach, beforeAll, beforeEach }, { prepare: settle });

const vex = (body: object, by = 'source:scanner') => control.ask(by, 'POST', '/api/v1/vex', { body });
const storedStatements = () =>
  control.deps.store.selectFrom('vex_statement').selectAll().where('organisation', '=', world.organisation).execute();
/** The scanner is registered as a source that may speak of exploitability. */
const register = (formats: readonly string[] = ['sarif', 'openvex']) =>
  control.ask('person:kim', 'POST', '/api/v1/sources/scanner', {
    body: { owner: 'omar', formats, categories: [], scale: [] },
  });

describe('G5: statements on exploitability', () => {
  test('of a registered source hold a finding, with who said it', async () => {
    await register();
    await scan(['CVE-1 db']);
    const answer = await vex(openVex('db'));
    expect([answer.statusCode, answer.json()]).toEqual([
      202,
      { statements: 1, mayLower: true, ranked: 1, routed: 0, queued: 0, held: 1 },
    ]);
    expect(await one('CVE-1 db')).toMatchObject({
      state: 'held',
      held: 'not-affected',
      statements: [{ source: 'scanner', status: 'not_affected', saidAt: '2026-11-20T00:00:00.000Z' }],
    });
    expect(await bodiesOf(control, world, 'vex.received')).toMatchObject([{ source: 'scanner', statements: 1 }]);
  });

  test('of a source that is not registered for them are shown, and hold nothing', async () => {
    await scan(['CVE-1 db']);
    expect((await vex(openVex('db'))).json()).toMatchObject({ mayLower: false, held: 0, routed: 1 });
    expect((await one('CVE-1 db')).reasons.at(-2)).toContain('which does not count');
  });

  test('hold nothing any more once their source has lost its standing', async () => {
    await register();
    await scan(['CVE-1 db']);
    await vex(openVex('db'));
    await register(['sarif']);
    await install(2, BRIDGED);
    expect(await queue()).toEqual(['routed CVE-1 db']);
  });

  test('an older one never replaces a newer one', async () => {
    await register();
    await scan(['CVE-1 db']);
    await vex(openVex('db', { status: 'affected', justification: undefined, timestamp: '2026-11-21T00:00:00Z' }));
    await vex(openVex('db'));
    expect(await queue()).toEqual(['routed CVE-1 db']);
    await vex(openVex('db', { timestamp: '2026-11-21T06:00:00Z' }));
    expect(await queue()).toEqual(['held CVE-1 db']);
  });

  test('come before the scan as well as after it', async () => {
    await register();
    await vex(openVex('db', { products: [{ '@id': 'db', subcomponents: [{ '@id': 'pkg:deb/openssl' }] }] }));
    await scan(['CVE-1 db', 'CVE-2 db']);
    expect(await queue()).toEqual(['routed CVE-2 db', 'held CVE-1 db']);
  });

  test('in CycloneDX are read as well', async () => {
    await register(['cyclonedx-vex']);
    await scan(['CVE-1 db']);
    await vex({
      bomFormat: 'CycloneDX',
      vulnerabilities: [
        {
          id: 'CVE-1',
          analysis: { state: 'not_affected', justification: 'code_not_reachable' },
          affects: [{ ref: 'db' }],
        },
      ],
    });
    expect(await queue()).toEqual(['held CVE-1 db']);
  });

  test.each([
    [undefined, 401],
    ['agent:playbook', 403],
    ['person:kim', 403],
    ['enclave:prod-1', 403],
  ])('D8: of %s are refused', async (by, status) => {
    await scan(['CVE-1 db']);
    expect((await control.ask(by, 'POST', '/api/v1/vex', { body: openVex('db') })).statusCode).toBe(status);
    expect(await storedStatements()).toEqual([]);
  });

  test.each<[string, string]>([
    ['no document', '[]'],
    ['no statements', '{"statements":[]}'],
    ['an unknown status', JSON.stringify(openVex('db', { status: 'harmless' }))],
    ['duplicate keys', '{"statements":[],"statements":[]}'],
    ['deep nesting', `{"statements":${'['.repeat(100)}${']'.repeat(100)}}`],
    ['no JSON', '<vex/>'],
    ['a zero character', JSON.stringify(openVex('d\u0000b'))],
  ])('%s is refused, and nothing is stored', async (_what, raw) => {
    const answer = await control.ask('source:scanner', 'POST', '/api/v1/vex', { raw });
    expect(answer.statusCode).toBe(400);
    expect(await storedStatements()).toEqual([]);
  });
});

describe('G5: what is exploited in the wild', () => {
  test('comes first, and a list that leaves it out does not take that back', async () => {
    await scan(['CVE-1 shop', 'CVE-2 shop']);
    expect((await exploited('CVE-2', 'CVE-9')).json()).toMatchObject({ listed: 2, added: 2, ranked: 1 });
    expect(await queue()).toEqual(['queued CVE-2 shop', 'queued CVE-1 shop']);
    expect((await one('CVE-2 shop')).reasons).toContain('it is exploited in the wild');
    expect((await exploited('CVE-9')).json()).toMatchObject({ listed: 1, added: 0, ranked: 0 });
    expect(await queue()).toEqual(['queued CVE-2 shop', 'queued CVE-1 shop']);
  });

  test('is held for a shorter time', async () => {
    await exploited('CVE-1');
    await scan(['CVE-1 island']);
    expect((await one('CVE-1 island')).dueAt).toBe('2026-12-05T12:00:00.000Z');
  });

  test('is not believed of anybody but a source', async () => {
    const body = { vulnerabilities: [{ cveID: 'CVE-1' }] };
    expect((await control.ask('agent:playbook', 'POST', '/api/v1/findings/exploited', { body })).statusCode).toBe(403);
    expect((await exploited()).statusCode).toBe(400);
    expect((await exploited('CVE\u0000')).statusCode).toBe(400);
  });
});
