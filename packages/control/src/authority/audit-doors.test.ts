import { instantOf } from '@countersign/core';
import { canonicalBytes, digestOf, PAYLOAD } from '@countersign/seal';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bodiesOf } from '../testkit/leaves.ts';
import { makeWorld, NOON_MS, sign, type World } from '../testkit/world.ts';
import { close, closure, find, finding, OVERDUE } from './audit.builder.ts';
import {
  closeOffice,
  codeOf,
  control,
  documentNow,
  get,
  grantWith,
  nowMs,
  openOfficeBeside,
  passTime,
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
});
afterEach(closeOffice);

const stored = () => control.deps.store.selectFrom('audit_finding').select(['id', 'closed_at']).orderBy('id').execute();
const widen = async (version: number) => {
  await propose(await grantWith(11));
  await signed(version, world.keys.kim);
  return (await signed(version, world.keys.ana)).body;
};

describe('E7: a finding', () => {
  test('stands in the record as it was signed, with owner and date', async () => {
    await find();
    expect(await bodiesOf(control, world, 'audit.found')).toEqual([
      { finding: digestOf(canonicalBytes(finding())), owner: 'omar', dueAt: finding().dueAt },
    ]);
    expect((await get('/audits/findings')).body['items']).toMatchObject([
      { id: 'F-1', title: 'caps do not bind', auditor: 'sam', isOverdue: false },
    ]);
  });

  test('that is not overdue stops nothing', async () => {
    await find();
    expect(await widen(2)).toMatchObject({ isActive: true });
  });

  test('that is overdue stops every way to widen, and none to narrow', async () => {
    await propose(await grantWith(5));
    expect((await signed(2, world.keys.kim)).body).toMatchObject({ isActive: true });
    await find(OVERDUE);
    expect(await widen(3)).toMatchObject({ isActive: false, missing: { code: 'audit-overdue' } });
    expect(codeOf(await post('/envelopes/drafts/3/activate'))).toBe('audit-overdue');
    const { version } = (
      await post('/envelopes/restore', { version: 1, reason: 'as it was', ticket: 'T' }, 'person:omar')
    ).body as unknown as { version: number };
    await signed(version, world.keys.kim);
    expect((await signed(version, world.keys.ana)).body).toMatchObject({ missing: { code: 'audit-overdue' } });
    const inForce = await control.deps.trust.envelope(world.organisation);
    const supersedes = inForce.ok ? inForce.value.digest : '';
    const { grants } = await documentNow();
    const wider = grants.map((grant) => ({ ...grant, caps: { ...grant.caps, targets: 12 } }));
    const direct = world.envelope({
      ...(await documentNow()),
      version: 9,
      supersedes,
      grants: wider,
    });
    expect(codeOf(await post('/envelope', { envelope: direct }))).toBe('audit-overdue');
    expect((await documentNow()).version).toBe(2);
    expect(codeOf(await post('/envelope/suspend', {}, 'person:ana'))).toBe('ok');
  });

  test('of another organisation stops nothing here, and is seen by nobody here', async () => {
    const auditor = [{ ...(await bundleOf(other)), roles: ['auditor'] }];
    const rest = (await peopleOf(other)).filter(({ id }) => id !== 'sam');
    const bundle = other.bundle({ version: 2, people: [...rest, ...auditor] as never });
    await control.ask('person:kim', 'POST', '/api/v1/trust', { world: other, body: { trust: bundle } });
    const theirs = sign(PAYLOAD.auditFinding, finding({ ...OVERDUE, organisation: 'globex' }), [other.keys.sam]);
    const sent = await control.ask('person:kim', 'POST', '/api/v1/audits/findings', {
      world: other,
      body: { document: theirs },
    });
    expect(sent.statusCode).toBe(201);
    expect((await get('/audits/findings')).body['items']).toEqual([]);
    expect(await widen(2)).toMatchObject({ isActive: true });
  });

  test('with an id that was used is refused, also when the first one is closed; two at once are one', async () => {
    const both = await Promise.all([find(OVERDUE), find({ ...OVERDUE, title: 'another title' })]);
    expect(both.map(codeOf).toSorted()).toEqual(['conflict', 'ok']);
    expect(await stored()).toHaveLength(1);
    expect(await bodiesOf(control, world, 'audit.found')).toHaveLength(1);
    const title = (both[0]?.status ?? 0) < 300 ? 'caps do not bind' : 'another title';
    await close({ of: digestOf(canonicalBytes(finding({ ...OVERDUE, title }))) });
    expect(codeOf(await find(OVERDUE))).toBe('conflict');
  });

  test.each<[string, object]>([
    ['no title', { title: '' }],
    ['a date that is none', { dueAt: 'tomorrow' }],
    ['an id that is a path', { id: '../F' }],
    ['a zero character', { text: 'a\u0000b' }],
    ['a terminal escape', { title: 'caps\u001b[2J' }],
    ['a field nobody knows', { severity: 'high' }],
  ])('with %s is refused and nothing is stored', async (_what, change) => {
    expect((await find(change)).status).toBe(400);
    expect([await stored(), await bodiesOf(control, world, 'audit.found')]).toEqual([[], []]);
  });

  test('is told whoever carries it: what counts is who signed', async () => {
    expect((await find({}, world.keys.sam, 'person:omar')).status).toBe(201);
    const answer = await post(
      '/audits/findings',
      { document: sign(PAYLOAD.auditFinding, finding(), [world.keys.sam]) },
      'agent:playbook',
    );
    expect(answer.status).toBe(403);
  });
});

describe('E7: a finding is closed', () => {
  test.each<[string, object, 'sam' | 'kim' | 'omar', string]>([
    ['by its owner', { auditor: 'omar' }, 'omar', 'forbidden'],
    ['by a policy admin', { auditor: 'kim' }, 'kim', 'forbidden'],
    ['by the key of another', {}, 'kim', 'bad-signature'],
    ['with the digest of another finding', { of: digestOf(Buffer.from('y')) }, 'sam', 'not-found'],
    ['under another id', { finding: 'F-2' }, 'sam', 'not-found'],
    ['for another organisation', { organisation: 'globex' }, 'sam', 'wrong-organisation'],
    ['a day ago', { signedAt: instantOf(NOON_MS - 86_400_000) }, 'sam', 'expired'],
    ['without a rationale', { rationale: '' }, 'sam', 'malformed'],
  ])('not %s: it goes on stopping what widens', async (_what, change, key, code) => {
    await find(OVERDUE);
    expect(codeOf(await close(change, world.keys[key]))).toBe(code);
    expect([(await stored())[0]?.closed_at, await bodiesOf(control, world, 'audit.closed')]).toEqual([null, []]);
    expect(await widen(2)).toMatchObject({ isActive: false, missing: { code: 'audit-overdue' } });
  });

  test('by an auditor once; of two at once one closes it, and what widens goes on', async () => {
    await find(OVERDUE);
    await propose(await grantWith(11));
    await signed(2, world.keys.kim);
    await signed(2, world.keys.ana);
    passTime(60_000);
    const both = await Promise.all([close(), close()]);
    expect(both.map(codeOf).toSorted()).toEqual(['not-found', 'ok']);
    expect(await bodiesOf(control, world, 'audit.closed')).toEqual([closure()]);
    expect(codeOf(await post('/envelopes/drafts/2/activate'))).toBe('ok');
    expect((await get('/audits/findings')).body['items']).toMatchObject([
      { isOverdue: false, closedAt: instantOf(nowMs) },
    ]);
  });

  test('one of two: the other one still stops what widens', async () => {
    await find(OVERDUE);
    await find({ ...OVERDUE, id: 'F-2' });
    await close();
    expect(await widen(2)).toMatchObject({ missing: { code: 'audit-overdue' } });
  });
});

describe('E7: the alignment audit', () => {
  test('is read by people alone, needs a graph, and changes nothing', async () => {
    expect(codeOf(await get('/audits/alignment'))).toBe('no-graph');
    await post('/graph', { graph: world.graph() });
    const before = (await control.deps.store.selectFrom('leaf').select('id').execute()).length;
    await find(OVERDUE);
    expect((await get('/audits/alignment')).body).toMatchObject({ overdueFindings: [{ id: 'F-1', owner: 'omar' }] });
    expect((await control.deps.store.selectFrom('leaf').select('id').execute()).length).toBe(before + 1);
    expect((await get('/audits/alignment', 'agent:playbook')).status).toBe(403);
    expect((await control.ask('person:kim', 'GET', '/api/v1/audits/alignment', { world: other })).statusCode).not.toBe(
      200,
    );
  });
});

interface Somebody {
  readonly id: string;
}
async function peopleOf(of: World): Promise<readonly Somebody[]> {
  const bundle: unknown = JSON.parse(Buffer.from(of.bundle().bundle, 'base64').toString());
  return (bundle as { people: readonly Somebody[] }).people;
}
const bundleOf = async (of: World): Promise<Somebody> =>
  (await peopleOf(of)).find(({ id }) => id === 'sam') ?? { id: 'sam' };
