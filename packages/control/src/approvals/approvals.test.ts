import type { Id, Proposal, TrustBundle } from '@countersign/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  approvalOf,
  approve,
  bundlePeople,
  capsulesFor,
  closeDesk,
  control,
  draft,
  eventsOf,
  must,
  openDesk,
  passTime,
  policy,
  propose,
  remediations,
  signing,
  stateOf,
  witness,
  world,
} from '../flow/desk.builder.ts';
import { pending } from '../flow/scenes.builder.ts';

beforeEach(openDesk);
afterEach(closeDesk);

describe('approvals', () => {
  test('A2: the demanded signature dispatches in the same request; the same one again changes nothing (trap 2)', async () => {
    const id = await pending();
    const approval = approvalOf(await signing(id), 'ana');
    expect(await must(approve(approval), 201)).toMatchObject({ state: 'DISPATCHED', isNew: true });
    expect(await must(approve(approval), 200)).toMatchObject({ state: 'DISPATCHED', isNew: false });
    expect((await eventsOf(id)).filter((event) => event === 'capsule.dispatched')).toHaveLength(2);
  });

  test('trap 5: two deliveries of one approval at the same moment dispatch once', async () => {
    const id = await pending();
    const approval = approvalOf(await signing(id), 'ana');
    const answers = await Promise.all([approve(approval), approve(approval), approve(approval)]);
    expect(answers.map(({ statusCode }) => statusCode).toSorted((a, b) => a - b)).toEqual([200, 200, 201]);
    const rollouts = await control.deps.store
      .selectFrom('delivery')
      .select('capsule')
      .where('enclave', '=', 'prod-1')
      .where('kind', '=', 'capsule')
      .execute();
    expect(rollouts).toHaveLength(1);
  });

  test('I1: approve against withdraw: one of them wins and the record says which', async () => {
    const id = await pending();
    const approval = approvalOf(await signing(id), 'ana');
    const [approved, withdrawn] = await Promise.all([
      approve(approval),
      control.ask('agent:playbook', 'POST', `/api/v1/proposals/${id}/withdraw`, { body: {} }),
    ]);
    const { state } = await stateOf(id);
    const seen = `${state}: ${approved.statusCode} ${withdrawn.statusCode}`;
    // Whichever came first: what was dispatched had not left, because no witness had seen it.
    expect(['WITHDRAWN: 409 200', 'WITHDRAWN: 201 200']).toContain(seen);
    await witness();
    expect(await capsulesFor('prod-1')).toEqual([]);
  });

  test('A4: the owner of the agent does not approve, whatever role they hold', async () => {
    const id = await pending();
    const answer = await approve(approvalOf(await signing(id), 'sam'), 'person:sam');
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([403, 'not-eligible']);
    expect((await eventsOf(id)).at(-1)).toBe('approval.refused');
  });

  test('trap 1: an approval of another revision, page or capsule is refused and on record', async () => {
    const id = await pending();
    const opened = await signing(id);
    for (const change of [{ revision: 2 }, { shown: opened.digest }, { capsule: `sha256:${'0'.repeat(64)}` }]) {
      const answer = await approve(approvalOf(opened, 'ana', change));
      expect([403, 409, 422]).toContain(answer.statusCode);
    }
    expect((await stateOf(id)).state).toBe('PENDING');
  });

  test('trap 4: who lost the role before the dispatch does not count', async () => {
    const twoPeople: Partial<TrustBundle> = {};
    const id = await pending();
    const opened = await signing(id);
    const people = bundlePeople(world.bundle(twoPeople)).map((person) =>
      person.id === 'ana' ? { ...person, roles: ['policy-admin' as Id<'Role'>] } : person,
    );
    await must(
      control.ask('person:kim', 'POST', '/api/v1/trust', { body: { trust: world.bundle({ version: 2, people }) } }),
      200,
    );
    const answer = await approve(approvalOf(opened, 'ana'));
    expect(answer.statusCode).toBe(403);
    expect((await stateOf(id)).state).toBe('PENDING');
  });

  test('D6: a new envelope voids what was signed and asks again for another capsule', async () => {
    const id = await pending();
    const opened = await signing(id);
    const answer = await control.ask('person:kim', 'POST', '/api/v1/envelope', { body: { envelope: policy(2) } });
    expect(answer.statusCode).toBe(200);
    await remediations.advance({ organisation: world.organisation, proposal: id as Proposal['id'] });
    const after = await signing(id);
    expect(after.digest).not.toBe(opened.digest);
    expect([after.capsule.version, after.capsule.parent]).toEqual([2, opened.digest]);
    expect((await approve(approvalOf(opened, 'ana'))).json<{ code: string }>().code).toBe('stale-capsule');
    expect(await must(approve(approvalOf(after, 'ana')), 201)).toMatchObject({ state: 'DISPATCHED' });
  });

  test('A3: a rejection locks the intent; approving afterwards is a 409 that is on record', async () => {
    const id = await pending();
    const approval = approvalOf(await signing(id), 'ana');
    const why = { code: 'evidence', rationale: 'one alert is not enough' };
    await must(control.ask('person:ana', 'POST', `/api/v1/proposals/${id}/reject`, { body: why }), 200);
    const late = await approve(approval);
    expect([late.statusCode, late.json<{ code: string }>().code]).toEqual([409, 'illegal-transition']);
    expect((await eventsOf(id)).at(-1)).toBe('transition.refused');
    const again = await propose(await draft('config.change'));
    expect(again.json<{ code: string }>().code).toBe('intent-locked');
  });

  test('A3: what nobody approves in time is over', async () => {
    const id = await pending();
    passTime(25 * 3_600_000);
    expect(
      await remediations.advance({ organisation: world.organisation, proposal: id as Proposal['id'] }),
    ).toMatchObject({ state: 'EXPIRED', isOver: true });
  });
});
