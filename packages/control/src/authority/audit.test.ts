import { instantOf } from '@countersign/core';
import { canonicalBytes, digestOf } from '@countersign/seal';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { close, find, finding } from './audit.builder.ts';
import {
  closeOffice,
  codeOf,
  get,
  grantWith,
  openOffice,
  passTime,
  post,
  propose,
  signed,
  world,
} from './office.builder.ts';
import { NOON_MS } from '../testkit/world.ts';
beforeEach(openOffice);
afterEach(closeOffice);

describe('E7: auditors', () => {
  test('an overdue finding stops a widening and never a narrowing, until an auditor closes it', async () => {
    expect((await find()).status).toBe(201);
    await propose(await grantWith(11));
    await signed(2, world.keys.kim);
    passTime(7_200_000);
    expect((await signed(2, world.keys.ana)).body).toMatchObject({
      isActive: false,
      missing: { code: 'audit-overdue' },
    });
    expect((await get('/audits/findings')).body['items']).toMatchObject([
      { id: 'F-1', owner: 'omar', isOverdue: true },
    ]);
    const of = digestOf(canonicalBytes(finding()));
    expect(codeOf(await close({ of }, world.keys.kim))).toBe('bad-signature');
    expect(codeOf(await close({ of }))).toBe('ok');
    expect(codeOf(await post('/envelopes/drafts/2/activate'))).toBe('ok');
  });
  test('a narrowing goes on under an overdue finding', async () => {
    await find({ dueAt: instantOf(NOON_MS - 1) });
    await propose(await grantWith(5));
    expect((await signed(2, world.keys.kim)).body).toMatchObject({ isActive: true });
  });
  test.each([
    ['a policy admin', { auditor: 'kim' }, 'kim', 'forbidden'],
    ["another key than the auditor's", {}, 'kim', 'bad-signature'],
    ['an auditor long ago', { signedAt: instantOf(NOON_MS - 86_400_000) }, 'sam', 'expired'],
    ['an auditor for another organisation', { organisation: 'globex' }, 'sam', 'wrong-organisation'],
    ['an auditor, with an owner nobody knows', { owner: 'nobody' }, 'sam', 'malformed'],
  ] as const)('a finding signed by %s is refused', async (_who, change, key, code) => {
    expect(codeOf(await find(change, world.keys[key]))).toBe(code);
  });
  test('the alignment audit says what has drifted', async () => {
    await post('/graph', { graph: world.graph() });
    const { body } = await get('/audits/alignment');
    expect(body).toMatchObject({ isAligned: false, graph: { version: 1 } });
    expect(JSON.stringify(body['drift'])).toContain('cap-without-effect');
  });
});
