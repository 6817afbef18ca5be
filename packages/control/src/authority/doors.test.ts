import type { Envelope } from '@countersign/core';
import { digestOf, PAYLOAD, signEnvelope } from '@countersign/seal';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bodiesOf } from '../testkit/leaves.ts';
import { makeWorld, sign, type World } from '../testkit/world.ts';
import {
  closeOffice,
  codeOf,
  control,
  documentNow,
  draftDsse,
  events,
  get,
  grantWith,
  openOfficeBeside,
  post,
  propose,
  signed,
  world,
} from './office.builder.ts';

let other: World;
beforeEach(async () => {
  other = makeWorld('globex');
  await openOfficeBeside([other]);
  await control.ask('person:kim', 'POST', '/api/v1/trust', { world: other, body: { trust: other.bundle() } });
  await control.ask('person:kim', 'POST', '/api/v1/envelope', { world: other, body: { envelope: other.envelope() } });
});
afterEach(closeOffice);

const drafts = () => control.deps.store.selectFrom('envelope_draft').selectAll().orderBy('version').execute();
const asOther = (method: 'GET' | 'POST', url: string, body?: unknown) =>
  control.ask('person:kim', method, `/api/v1${url}`, { world: other, ...(body !== undefined && { body }) });
const bodyOf = async (change: object = {}) => ({
  document: await documentNow(),
  reason: 'for a test',
  ticket: 'CHG-2',
  ...change,
});
const suite = (name: string, cases = 1) => ({
  name,
  suite: {
    type: 'envelope-tests',
    cases: Array.from({ length: cases }, (_, n) => ({
      name: `case ${n}`,
      request: { action: 'service.restart', environments: ['production'], targets: { 'non-critical': 1 } },
      expect: { verdict: 'autonomous' },
    })),
  },
});

describe('O3: drafts of one organisation', () => {
  test('are unknown to another: not listed, not read, not reviewed, not signed, not activated', async () => {
    await propose(await grantWith(5));
    expect((await asOther('GET', '/envelopes/drafts')).json()).toEqual({ items: [] });
    for (const url of ['/envelopes/drafts/2', '/envelopes/drafts/2/review'])
      expect([url, (await asOther('GET', url)).statusCode]).toEqual([url, 404]);
    const envelope = await draftDsse(2);
    const ours = signEnvelope(PAYLOAD.envelope, Buffer.from(envelope.payload, 'base64'), [world.keys.kim]);
    expect((await asOther('POST', '/envelopes/drafts/2/signatures', { envelope: ours })).statusCode).toBe(404);
    expect((await asOther('POST', '/envelopes/drafts/2/activate')).statusCode).toBe(404);
    expect(await drafts()).toMatchObject([{ organisation: 'acme', state: 'open', signatures: [] }]);
  });

  test('take no signature of a policy admin of another, though the name is the same', async () => {
    await propose(await grantWith(5));
    expect(codeOf(await signed(2, other.keys.kim))).toBe('bad-signature');
    expect((await drafts())[0]?.signatures).toEqual([]);
    expect((await signed(2, world.keys.kim)).body).toMatchObject({ isActive: true });
  });

  test('are numbered on their own, and a document that names another organisation becomes one of ours', async () => {
    await propose({ organisation: other.organisation });
    const theirs = await asOther('POST', '/envelopes/drafts', await bodyOf());
    expect(theirs.json()).toMatchObject({ version: 2, document: { organisation: 'globex' } });
    const ours = (await drafts()).find(({ organisation }) => organisation === 'acme');
    const document: unknown = JSON.parse(ours?.document.toString() ?? '{}');
    expect(document).toMatchObject({ organisation: 'acme', version: 2 });
  });

  test('history and stored tests stay at home', async () => {
    await post('/envelopes/tests', suite('house'));
    await propose(await grantWith(5));
    await signed(2, world.keys.kim);
    const theirs = (await asOther('GET', '/envelopes/history')).json<{ items: { version: number }[] }>();
    expect(theirs.items.map(({ version }) => version)).toEqual([1]);
    const rows = await control.deps.store.selectFrom('envelope_suite').select('organisation').execute();
    expect(rows).toEqual([{ organisation: 'acme' }]);
  });
});

describe('A2: a token alone writes no policy', () => {
  test.each([
    ['agent:playbook', 403],
    ['source:scanner', 403],
    ['enclave:prod-1', 403],
    [undefined, 401],
  ])('%s proposes, restores, signs, activates, stores, finds and restores nothing', async (by, status) => {
    const before = await events();
    const body = await bodyOf();
    const dsse = world.envelope();
    for (const [url, sent] of [
      ['/envelopes/drafts', body],
      ['/envelopes/restore', { version: 1, reason: 'why not', ticket: 'T' }],
      ['/envelopes/drafts/1/signatures', { envelope: dsse }],
      ['/envelopes/drafts/1/activate', {}],
      ['/envelopes/tests', suite('house')],
      ['/audits/findings', { document: dsse }],
      ['/audits/closures', { document: dsse }],
      ['/contractions/restorations', { restoration: dsse }],
    ] as const)
      expect([url, (await control.ask(by, 'POST', `/api/v1${url}`, { body: sent })).statusCode]).toEqual([url, status]);
    expect([await drafts(), await events()]).toEqual([[], before]);
  });

  test('who left the roster proposes nothing, though the token still works', async () => {
    const bundle: { people: { id: string }[] } = JSON.parse(
      Buffer.from(world.bundle().bundle, 'base64').toString(),
    ) as {
      people: { id: string }[];
    };
    const people = bundle.people.filter(({ id }) => id !== 'omar') as never;
    await post('/trust', { trust: world.bundle({ version: 2, people }) });
    expect(codeOf(await propose(await grantWith(5)))).toBe('forbidden');
    expect(await drafts()).toEqual([]);
  });
});

describe('E3: two at the same moment', () => {
  test('drafts get numbers of their own, each with its leaf', async () => {
    const change = await grantWith(5);
    const answers = await Promise.all([propose(change, 'person:omar'), propose(change, 'person:sam'), propose(change)]);
    expect(answers.map(({ body }) => Number(body['version'])).toSorted((a, b) => a - b)).toEqual([2, 3, 4]);
    const leaves = (await bodiesOf(control, world, 'envelope.drafted')) as { version: number; digest: string }[];
    const rows = await drafts();
    expect(leaves.map(({ version, digest }) => `${version} ${digest}`)).toEqual(
      rows.map(({ version, digest }) => `${version} ${digest}`),
    );
  });

  test('signatures of two people both stay, and the second one activates once', async () => {
    await propose(await grantWith(11));
    const answers = await Promise.all([signed(2, world.keys.kim), signed(2, world.keys.ana, 'person:ana')]);
    expect(answers.filter(({ body }) => Boolean(body['isActive']))).toHaveLength(1);
    expect(await bodiesOf(control, world, 'envelope.activated')).toHaveLength(2);
    expect((await documentNow()).version).toBe(2);
  });

  test('of two drafts that are complete at once one comes into force, and the other says so', async () => {
    await propose(await grantWith(4));
    await propose(await grantWith(3));
    const answers = await Promise.all([signed(2, world.keys.kim), signed(3, world.keys.kim)]);
    const active = await documentNow();
    const isActive = answers.map(({ body }) => Boolean(body['isActive']));
    expect(isActive.filter(Boolean)).toHaveLength(1);
    expect(active.version).toBe(isActive[0] === true ? 2 : 3);
    const rows = await control.deps.store
      .selectFrom('envelope_version')
      .select('version')
      .where('organisation', '=', world.organisation)
      .orderBy('version')
      .execute();
    expect(rows.map(({ version }) => version)).toEqual([1, active.version]);
  });

  test('a proposal that is sent again with its key is one draft', async () => {
    const body = await bodyOf();
    const send = () =>
      control.ask('person:omar', 'POST', '/api/v1/envelopes/drafts', {
        body,
        headers: { 'idempotency-key': 'again-1' },
      });
    const [one, two] = await Promise.all([send(), send()]);
    expect([one.statusCode, two.statusCode, one.json()]).toEqual([201, 201, two.json()]);
    expect(await drafts()).toHaveLength(1);
  });
});

describe('hostile drafts', () => {
  test.each<[string, object]>([
    ['no reason', { reason: '' }],
    ['a reason of three thousand characters', { reason: 'x'.repeat(3000) }],
    ['a ticket that is no text', { ticket: 7 }],
    ['a reason with a terminal escape', { reason: 'fine\u001b[2J' }],
    ['a ticket that would be a line of its own in the export', { ticket: 'T\u202eT' }],
    ['a document that is a list', { document: [] }],
    ['a document with a zero character', { document: { owner: 'o\u0000' } }],
    ['a field nobody knows', { author: 'ana' }],
  ])('%s: refused with the place, nothing stored', async (_what, change) => {
    const before = await events();
    const answer = await control.ask('person:omar', 'POST', '/api/v1/envelopes/drafts', {
      raw: JSON.stringify(await bodyOf(change)),
    });
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([400, 'malformed']);
    expect(answer.json<{ complaints: unknown[] }>().complaints.length).toBeGreaterThan(0);
    expect([await drafts(), await events()]).toEqual([[], before]);
  });

  test('version, predecessor and rule digest are never the ones that were sent', async () => {
    const sent = { ...(await documentNow()), version: 99, policies: digestOf(Buffer.from('x')) } satisfies Envelope;
    const supersedes = digestOf(Buffer.from('y'));
    const answer = await post('/envelopes/drafts', await bodyOf({ document: { ...sent, supersedes } }), 'person:omar');
    const { document } = answer.body as unknown as { document: Envelope };
    expect(document.version).toBe(2);
    expect(document.supersedes).toBe((await get('/envelope')).body['digest']);
    expect(document.policies).not.toBe(sent.policies);
  });

  test.each(['0', '-1', '2.5', '1e3', '99999999999', 'v2', '2%00'])('there is no draft `%s`', async (version) => {
    await propose(await grantWith(5));
    for (const url of [`/envelopes/drafts/${version}`, `/envelopes/drafts/${version}/review`])
      expect([400, 404]).toContain((await get(url)).status);
    expect([400, 404]).toContain((await post(`/envelopes/drafts/${version}/activate`)).status);
  });

  test('an activated draft takes no more signatures and is activated once', async () => {
    await propose(await grantWith(5));
    await signed(2, world.keys.kim);
    expect(codeOf(await signed(2, world.keys.ana))).toBe('conflict');
    expect(codeOf(await post('/envelopes/drafts/2/activate'))).toBe('conflict');
    expect((await get('/envelopes/drafts')).body['items']).toMatchObject([{ signers: ['kim'], state: 'activated' }]);
  });
});

describe('E5: suites of tests', () => {
  test('under one name replace each other, with who and a leaf for each', async () => {
    await post('/envelopes/tests', suite('house'));
    await post('/envelopes/tests', suite('house', 3), 'person:ana');
    const rows = await control.deps.store.selectFrom('envelope_suite').select(['name', 'stored_by']).execute();
    expect(rows).toEqual([{ name: 'house', stored_by: 'ana' }]);
    expect(await bodiesOf(control, world, 'envelope.tests-stored')).toMatchObject([
      { name: 'house', cases: 1 },
      { name: 'house', cases: 3 },
    ]);
  });

  test('of all names together have a bound, and what is refused leaves nothing behind', async () => {
    for (let n = 0; n < 50; n += 1) expect((await post('/envelopes/tests', suite(`house-${n}`))).status).toBe(200);
    expect(codeOf(await post('/envelopes/tests', suite('one-more')))).toBe('too-large');
    expect(codeOf(await post('/envelopes/tests', suite('house-7', 2)))).toBe('ok');
    expect(await bodiesOf(control, world, 'envelope.tests-stored')).toHaveLength(51);
  });

  test('that expect what the version in force does not say are kept, and the review shows which fail', async () => {
    const wrong = suite('strict');
    const cases = wrong.suite.cases.map((one) => ({ ...one, expect: { verdict: 'prohibited' } }));
    await post('/envelopes/tests', { ...wrong, suite: { ...wrong.suite, cases } });
    await propose(await grantWith(5));
    const { tests } = (await get('/envelopes/drafts/2/review')).body as unknown as { tests: object };
    expect(tests).toMatchObject({ passed: 0, failed: [{ name: 'case 0' }] });
  });
});

test('E7: an audit document of another type opens and closes nothing', async () => {
  const dsse = sign(PAYLOAD.auditClosure, { type: 'audit-closure' }, [world.keys.sam]);
  expect(codeOf(await post('/audits/findings', { document: dsse }))).toBe('wrong-type');
  expect(codeOf(await post('/audits/closures', { document: world.envelope() }))).toBe('wrong-type');
  expect((await get('/audits/findings')).body['items']).toEqual([]);
});
