import { encodeBase64Url } from '@countersign/seal';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { closeDesk, control, draft, must, openDesk, propose } from '../flow/desk.builder.ts';
import { problemOf, shownText } from './problem.ts';

beforeAll(openDesk);
afterAll(closeDesk);

const post = (url: string, raw: string | Buffer, headers: Readonly<Record<string, string>> = {}) =>
  control.ask(undefined, 'POST', url, { raw, headers });
const cursor = (key: unknown): string => encodeBase64Url(Buffer.from(JSON.stringify(key)));

describe('a stranger', () => {
  test('D8: without a token nothing is read beyond a quarter of a megabyte, whatever it says of its length', async () => {
    const large = Buffer.alloc(262_145, 0x20);
    const answer = await post('/api/v1/signals/alertmanager', large);
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([413, 'too-large']);
    const chunked = await post('/api/v1/signals/sarif', '{}', { 'transfer-encoding': 'chunked' });
    expect([chunked.statusCode, chunked.json<{ code: string }>().code]).toEqual([413, 'too-large']);
  });

  test('D8: a source with its token may send more than that', async () => {
    const alert = { status: 'firing', labels: { alertname: 'Slow' }, startsAt: '2026-11-21T11:00:00Z' };
    const padded = `${' '.repeat(300_000)}${JSON.stringify({ version: '4', alerts: [alert] })}`;
    const answer = await control.ask('source:scanner', 'POST', '/api/v1/signals/alertmanager', { raw: padded });
    expect(answer.statusCode).toBe(202);
  });

  test('O2: reads the description of the API at both of its addresses', async () => {
    const [own, api] = await Promise.all(
      ['/openapi.json', '/api/v1/openapi.json'].map((url) => control.ask(undefined, 'GET', url)),
    );
    expect([own?.statusCode, api?.statusCode]).toEqual([200, 200]);
    expect(api?.body).toBe(own?.body);
  });
});

describe('cursors', () => {
  const LISTS = [
    ['person:kim', '/api/v1/proposals'],
    ['person:kim', '/api/v1/rollouts'],
    ['person:kim', '/api/v1/signals'],
    ['person:kim', '/api/v1/triages'],
    ['person:kim', '/api/v1/enrolments'],
  ] as const;
  const FORGED = [
    ['no time', ['yesterday', 'P-1']],
    ['a time no table holds', ['+275760-09-13T00:00:00.000Z', 'P-1']],
    ['a character no table holds', ['2026-11-21T12:00:00.000Z', '\u0000']],
    ['a number', [1, 2]],
    ['nothing', []],
    ['no list', { a: 1 }],
  ] as const;

  test.each(FORGED)('that hold %s are refused by every list, and nothing fails', async (_name, key) => {
    for (const [by, url] of LISTS) {
      const answer = await control.ask(by, 'GET', `${url}?cursor=${cursor(key)}`);
      expect([url, answer.statusCode, answer.json<{ code: string }>().code]).toEqual([url, 400, 'malformed']);
    }
    expect(control.reports).toEqual([]);
  });

  test('O2: pages hold every proposal once, newest first', async () => {
    for (const action of ['config.change', 'service.restart'] as const) await must(propose(await draft(action)), 201);
    const seen: string[] = [];
    for (let next: string | undefined = ''; next !== undefined;) {
      const page = (await must(
        control.ask('agent:playbook', 'GET', `/api/v1/proposals?limit=1${next === '' ? '' : `&cursor=${next}`}`),
        200,
      )) as { items: { id: string }[]; next?: string };
      seen.push(...page.items.map(({ id }) => id));
      ({ next } = page);
    }
    expect(seen).toHaveLength(2);
    expect(new Set(seen).size).toBe(2);
  });
});

const refusal = (detail: string) => problemOf({ code: 'conflict', detail }, 'r-1').detail;

describe('what a problem says', () => {
  test('A2: escapes what callers wrote into its detail, and keeps the quotes that are ours', () => {
    expect(refusal('no `\u001b[31mred\u202e` here')).toBe('no `\\u{1b}[31mred\\u{202e}` here');
    expect(refusal('x'.repeat(10_000)).length).toBeLessThan(5000);
    expect(shownText('two\nlines', 100)).toBe('two\\u{a}lines');
  });

  test('L5, D7: a refused draft is on record with its hostile names cut and escaped', async () => {
    const name = 'n'.repeat(5000);
    const answer = await propose({ [name]: 1, '/~': 2 });
    expect(answer.statusCode).toBe(422);
    const { body } = await control.deps.store
      .selectFrom('document')
      .select('bytes as body')
      .where('kind', '=', 'leaf-body')
      .orderBy('digest')
      .execute()
      .then((rows) => rows.find(({ body: bytes }) => bytes.toString().includes('nnnn')) ?? { body: Buffer.alloc(0) });
    expect(body.length).toBeGreaterThan(100);
    expect(body.length).toBeLessThan(30_000);
    expect(body.toString()).not.toContain('n'.repeat(400));
  });
});

describe('a token', () => {
  test('L8: of a source or an enclave reads no entry of the record', async () => {
    for (const by of ['source:scanner', 'enclave:prod-1'])
      expect([by, (await control.ask(by, 'GET', '/api/v1/record/entries?from=0')).statusCode]).toEqual([by, 403]);
    for (const by of ['person:kim', 'agent:playbook', 'witness:one'])
      expect([by, (await control.ask(by, 'GET', '/api/v1/record/entries?from=0')).statusCode]).toEqual([by, 200]);
  });

  test('I18: of an agent approves, rejects, halts, suspends and installs nothing', async () => {
    const digest = `sha256:${'0'.repeat(64)}`;
    for (const url of [
      '/approvals',
      '/proposals/P-1/reject',
      '/halt',
      `/rollouts/${digest}/halt`,
      `/rollouts/${digest}/resume`,
      `/rollouts/${digest}/rollback`,
      '/envelope',
      '/envelope/suspend',
      '/trust',
      '/graph',
      '/people/kim/passkeys',
      '/record/status',
      '/record/cosignatures',
    ]) {
      const answer = await control.ask('agent:playbook', 'POST', `/api/v1${url}`, { body: {} });
      expect([url, answer.statusCode]).toEqual([url, 403]);
    }
  });
});
