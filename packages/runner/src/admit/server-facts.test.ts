/** What a control plane that owns all its keys can claim, and what becomes of it (X1). */
import { expect, test } from 'vitest';
import { id as anyId, plusMs } from '@countersign/core';
import { Admitted } from './admit.ts';
import { ALONE, bundleOwing, code, KEYS, NOW, PEOPLE, STAGING, TARGETS, world } from '../testkit/attack.ts';
import { gateOf } from '../testkit/gate.ts';
import { personKey } from '../testkit/house.ts';
import { good, made } from '../testkit/made.ts';
import { signApproval, signStatus } from '../testkit/signed.ts';
import type { Operation } from '../journal/entry.ts';

test('L7: calling a production config change "before staging" does not spare it the proof of staging', () => {
  const early = world('people', { facts: 'no-staging', stage: 'before-staging' });
  const context = gateOf(early);
  const admitted = Admitted.check(early.delivery, context);
  context.journal.close();
  expect(admitted.ok ? '' : admitted.refusal.detail).toContain('only after staging validated exactly this change');
});

test('A4: the owner of the agent is who the root keys say, whatever owner the capsule names', () => {
  const renamed = world('people', {
    approvers: ['ada'],
    capsule: { proposal: { ...PEOPLE.capsule.proposal, owner: 'quinn' } },
  });
  expect(code(renamed)).toBe('quorum-missing');
  expect(code(world('people', { approvers: ['kim'] }))).toBe('admitted by people');
});

test('L7: a safety-critical system in staging is not touched without a person either', () => {
  expect(code(STAGING)).toBe('admitted by staging');
  expect(code(STAGING, {}, { tiers: { 'host-2': 'safety-critical' } })).toBe('tier-lowered');
  const targets = TARGETS.map(({ id }) => ({ id, tier: 'safety-critical' as const }));
  expect(code(world('staging', { targets }))).toBe('floor');
});

const earlier = (change: object): Operation => ({
  capsule: PEOPLE.digest,
  proposal: PEOPLE.capsule.proposal.id,
  agent: ALONE.capsule.proposal.agent,
  action: ALONE.capsule.change.action,
  targets: [],
  at: plusMs(NOW, -60_000),
  leaf: 1_000_000,
  isAlone: true,
  ...change,
});

function codeAfter(operations: readonly Operation[], quota: object): string {
  const status = signStatus(ALONE, NOW, { checkpoint: { size: 2, root: Buffer.alloc(32).toString('base64') }, quota });
  const context = gateOf(ALONE, { status });
  context.journal.write(operations.map((operation) => ({ kind: 'operation', operation }) as const));
  const admitted = Admitted.check(ALONE.delivery, context);
  context.journal.close();
  return admitted.ok ? 'admitted' : admitted.refusal.code;
}

test('I14: a statement that counts this dispatch is enough, and what was admitted here changes nothing about it', () => {
  const four = { targets: ['x-1', 'x-2', 'x-3', 'x-4'] };
  expect(codeAfter([], { used: 6, limit: 6, from: 0 })).toBe('admitted');
  expect(codeAfter([earlier(four)], { used: 6, limit: 6, from: 0 })).toBe('admitted');
  expect(codeAfter([earlier(four)], { used: 7, limit: 6, from: 0 })).toBe('budget');
  // The dispatch is at place 1 of the record.
  expect(codeAfter([], { used: 0, limit: 6, from: 1 })).toBe('admitted');
  expect(codeAfter([], { used: 0, limit: 6, from: 2 })).toBe('uncounted');
});

test('D5, I14: what runs or ran here within a day counts, whatever the server recorded; older operations do not', () => {
  const targets = Array.from({ length: 9 }, (_, place) => `x-${place}`);
  const context = gateOf(ALONE);
  const other = earlier({ targets, isAlone: false, proposal: 'P-x' });
  const row = {
    kind: 'admitted',
    capsule: PEOPLE.digest,
    id: made(anyId<'Capsule'>(), 'C-x'),
    version: 1,
    nonce: 'a'.repeat(32),
    at: NOW,
    delivery: '{}',
  } as const;
  context.journal.write([row, { kind: 'operation', operation: other }]);
  const running = Admitted.check(ALONE.delivery, context);
  context.journal.write([{ kind: 'closed', capsule: PEOPLE.digest }]);
  const over = Admitted.check(ALONE.delivery, context);
  context.journal.close();
  expect([running, over].map((answer) => (answer.ok ? '' : answer.refusal.code))).toEqual([
    'not-autonomous',
    'not-autonomous',
  ]);
  const later = gateOf(ALONE);
  later.journal.write([row, { kind: 'operation', operation: { ...other, at: plusMs(NOW, -86_400_000) } }]);
  later.journal.write([{ kind: 'closed', capsule: PEOPLE.digest }]);
  const old = Admitted.check(ALONE.delivery, later);
  later.journal.close();
  expect(old.ok).toBe(true);
});

test('D5, I14: what was let in for the same proposal before is counted like any other', () => {
  const targets = Array.from({ length: 9 }, (_, place) => `x-${place}`);
  const others = (change: object): string =>
    codeAfter([earlier({ targets, ...change })], { used: 1, limit: 99, from: 0 });
  expect(others({ proposal: 'P-x' })).toBe('not-autonomous');
  expect(others({ proposal: ALONE.capsule.proposal.id })).toBe('not-autonomous');
  expect(others({ proposal: ALONE.capsule.proposal.id, targets: [] })).toBe('admitted');
});

test('V1: what an automatic change owes is put together before it starts, and a missing part stops it', () => {
  const context = gateOf(ALONE);
  const { record } = good(Admitted.check(ALONE.delivery, context));
  context.journal.close();
  expect(Object.keys(record.automatic ?? {}).toSorted()).toEqual(['correlation', 'drill', 'prediction', 'review']);
  expect(record.documents['review']).toMatchObject({ owner: 'ada', capsule: ALONE.digest });
  expect(record.validation).toEqual(['R-9']);
  const orphan = {
    agents: [{ id: 'playbook', owner: 'nobody', duty: 'decide', purpose: 'p', expiresAt: plusMs(NOW, 1e7) }],
  };
  expect(code(world('envelope', { bundle: orphan }))).toBe('evidence-incomplete');
});

const told = (change: object): string => code(PEOPLE, {}, { status: signStatus(PEOPLE, NOW, change) });

test('E2, X1: what people signed does not run under a superseded envelope or beside a withheld trust bundle', () => {
  const { envelopeDigest: digest } = PEOPLE;
  expect(told({ envelope: { digest, version: 8 } })).toBe('envelope-superseded');
  expect(told({ trustVersion: 4 })).toBe('trust-superseded');
  expect(told({ envelope: undefined })).toBe('admitted by people');
  expect(told({ envelope: { digest, version: 6 }, trustVersion: 2 })).toBe('admitted by people');
});

test('A2: a quorum of two is two people, however often one of them signs', () => {
  const two = world('people', { bundle: bundleOwing(2), approvers: ['kim'] });
  const { capsule, digest } = two;
  const kim = { capsule, digest, name: 'kim', now: NOW };
  const again = signApproval(KEYS, { ...kim, change: { nonce: '1'.repeat(32) } });
  expect(code(two, { approvals: [...two.delivery.approvals, again] })).toBe('quorum-missing');
  const forged = signApproval(KEYS, { ...kim, name: 'lee', key: personKey(KEYS, 'kim') });
  expect(code(two, { approvals: [...two.delivery.approvals, forged] })).toBe('approval-forged');
});
