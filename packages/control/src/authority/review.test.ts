import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  closeOffice,
  codeOf,
  control,
  documentNow,
  get,
  grantWith,
  openOffice,
  passTime,
  post,
  propose,
  signed,
  world,
} from './office.builder.ts';
import { idOf } from '../testkit/world.ts';
beforeEach(openOffice);
afterEach(closeOffice);

const suite = (verdict: string) => ({
  name: 'house',
  suite: {
    type: 'envelope-tests',
    cases: [
      {
        name: 'three hosts restart',
        request: { action: 'service.restart', environments: ['production'], targets: { 'non-critical': 3 } },
        expect: { verdict },
      },
    ],
  },
});

describe('E4: the review', () => {
  test('shows what is newly permitted with an example, what the proof covers, who is missing, and the past', async () => {
    await propose(await grantWith(11));
    const { body } = await get('/envelopes/drafts/2/review');
    expect(body).toMatchObject({
      isWidening: true,
      isNotProved: false,
      faults: [],
      against: { version: 1 },
      isStale: false,
      replay: { looked: 0, newlyAlone: 0 },
    });
    expect(String(body['owed'])).toContain('two policy admins');
    expect((body['examples'] as unknown as unknown[]).length).toBeGreaterThan(0);
    expect(String(body['widening'])).toContain('targets');
    expect((body['covers'] as unknown as unknown[]).length).toBe(2);
  });
  test('of a narrowing says that one signature is owed', async () => {
    await propose(await grantWith(5));
    const { body } = await get('/envelopes/drafts/2/review');
    expect(body).toMatchObject({ isWidening: false, owed: 'one policy admin', widening: [] });
  });
  test('names a route that nobody of the roster can fill', async () => {
    const { routes } = await documentNow();
    await propose({
      routes: routes.map((one) => ({ ...one, demands: [{ role: idOf<'Role'>('cab-chair'), count: 2 }] })),
    });
    expect(JSON.stringify((await get('/envelopes/drafts/2/review')).body['roster'])).toContain('cab-chair');
  });
});

describe('E5: stored tests are a gate', () => {
  test('a version that fails one cannot come into force, a narrowing included', async () => {
    expect(codeOf(await post('/envelopes/tests', suite('autonomous')))).toBe('ok');
    await propose(await grantWith(2));
    const refused = await signed(2, world.keys.kim);
    expect(refused.body).toMatchObject({ isActive: false, missing: { code: 'envelope-tests-failed' } });
    await propose(await grantWith(4));
    expect((await signed(3, world.keys.kim)).body).toMatchObject({ isActive: true });
  });
  test('only policy admins store tests', async () => {
    expect(codeOf(await post('/envelopes/tests', suite('autonomous'), 'person:omar'))).toBe('forbidden');
  });
});

describe('E3: history', () => {
  test('names who, why, ticket and when; the export for the board is text or CSV that no spreadsheet runs', async () => {
    await post(
      '/envelopes/drafts',
      { document: { ...(await documentNow()), ...(await grantWith(5)) }, reason: '=HYPERLINK("x")', ticket: 'CHG-9' },
      'person:omar',
    );
    await signed(2, world.keys.kim);
    expect((await get('/envelopes/history')).body['items']).toMatchObject([
      { version: 2, state: 'active', change: 'narrowing', ticket: 'CHG-9', author: 'omar', signers: ['kim'] },
      { version: 1, state: 'superseded', change: 'first', signers: ['kim', 'ana'] },
    ]);
    const csv = await control.ask('person:kim', 'GET', '/api/v1/envelopes/history?format=csv');
    expect(csv.headers['content-type']).toContain('text/csv');
    expect(csv.body.split('\r\n')[1]).toContain(`"'=HYPERLINK(""x"")"`);
    const page = await control.ask('person:kim', 'GET', '/api/v1/envelopes/history?format=text');
    expect(page.body).toContain('Version 2 (active), narrowing');
  });
  test('E2: any version can be read by its number, an expired one too; a version that never was cannot', async () => {
    passTime(40 * 86_400_000);
    expect(codeOf(await get('/envelope'))).not.toBe('ok');
    expect((await get('/envelope?version=1')).body).toMatchObject({ version: 1, state: 'active' });
    expect(codeOf(await get('/envelope?version=9'))).toBe('not-found');
  });
  test('E2: an envelope that ends soon warns', async () => {
    expect((await get('/envelope')).body['warnings']).toEqual([]);
    passTime(20 * 86_400_000);
    expect(String((await get('/envelope')).body['warnings'])).toContain('re-authorise');
  });
});
