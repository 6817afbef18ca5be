import { instantOf, parseId, type ProposalId } from '@countersign/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  capsulesFor,
  closeDesk,
  control,
  draft,
  drilled,
  eventsOf,
  must,
  now,
  openDesk,
  passTime,
  policy,
  propose,
  remediations,
  signal,
  stateOf,
  witness,
  world,
} from './desk.builder.ts';
import { dispatched, pending } from './scenes.builder.ts';

beforeEach(openDesk);
afterEach(closeDesk);

const HOUR_MS = 3_600_000;
const named = (id: string): ProposalId => {
  const read = parseId<'Proposal'>(id);
  if (read === undefined) throw new Error('not an id');
  return read;
};
const advance = (id: string) => remediations.advance({ organisation: world.organisation, proposal: named(id) });
const withdraw = (id: string, by = 'agent:playbook') =>
  control.ask(by, 'POST', `/api/v1/proposals/${id}/withdraw`, { body: {} });
const countOf = async (table: 'proposal' | 'capsule'): Promise<number> =>
  (await control.deps.store.selectFrom(table).select('organisation').execute()).length;

describe('decisions of an organisation', () => {
  test('D5: the same intent proposed many times at one moment is opened once', async () => {
    const body = await draft('config.change');
    const answers = await Promise.all(Array.from({ length: 6 }, () => propose(body)));
    expect(answers.map(({ statusCode }) => statusCode).toSorted((a, b) => a - b)).toEqual([
      201, 409, 409, 409, 409, 409,
    ]);
    expect(await countOf('proposal')).toBe(1);
  });

  test('I14: proposals at one moment cannot all find room under one limit: a target is acted on by one of them', async () => {
    await drilled();
    const bodies = [];
    for (const rule of ['Hung1', 'Hung2', 'Hung3']) {
      const id = await signal(rule);
      const body = await draft('service.restart');
      bodies.push({ ...body, signals: [id], runIds: [id], failingCheck: rule });
    }
    const answers = await Promise.all(bodies.map((body) => propose(body)));
    const states = answers.map((answer) => answer.json<{ state?: string; code?: string }>());
    expect(states.filter(({ state }) => state === 'DISPATCHED')).toHaveLength(1);
  });

  test('L2: a proposal names a triage that exists, or is refused with the place', async () => {
    const answer = await propose({ ...(await draft('config.change')), triage: 'T-none' });
    expect([answer.statusCode, answer.json<{ complaints: unknown[] }>().complaints]).toEqual([
      422,
      [{ at: '/triage', problem: 'is not known here' }],
    ]);
    expect(await countOf('proposal')).toBe(0);
  });

  test('O2: a retry under the same idempotency key gets the first answer, and one proposal is made', async () => {
    const body = await draft('config.change');
    const ask = () =>
      control.ask('agent:playbook', 'POST', '/api/v1/proposals', { body, headers: { 'idempotency-key': 'one' } });
    const [first, second] = await Promise.all([ask(), ask()]);
    expect([first.statusCode, second.statusCode]).toEqual([201, 201]);
    expect(second.json()).toEqual(first.json());
    expect((await ask()).headers['idempotent-replay']).toBe('true');
    expect(await countOf('proposal')).toBe(1);
  });
});

describe('what waits', () => {
  test('D1: what was prohibited for want of an envelope is found, and goes on once two people have signed one', async () => {
    await must(control.ask('person:ana', 'POST', '/api/v1/envelope/suspend', { body: {} }), 200);
    const { id, state } = (await must(propose(await draft('config.change')), 201)) as { id: string; state: string };
    expect(state).toBe('PROHIBITED');
    passTime(10_000);
    const open = await remediations.findOpen({ olderThanMs: 3000, limit: 10, after: undefined });
    expect(open).toEqual([{ organisation: 'acme', proposal: id }]);
    await must(control.ask('person:kim', 'POST', '/api/v1/envelope', { body: { envelope: policy(2) } }), 200);
    expect(await advance(id)).toMatchObject({ state: 'VALIDATING' });
  });

  test('O6: pages of the open ones reach every one of them, however many there are', async () => {
    const ids: string[] = [];
    for (const action of ['config.change', 'service.restart'] as const)
      ids.push(String((await must(propose(await draft(action)), 201))['id']));
    passTime(10_000);
    const [first] = await remediations.findOpen({ olderThanMs: 3000, limit: 1, after: undefined });
    const second = await remediations.findOpen({ olderThanMs: 3000, limit: 1, after: first });
    expect([first?.proposal, second[0]?.proposal]).toEqual(ids.toSorted());
    expect(await remediations.findOpen({ olderThanMs: 3000, limit: 1, after: second[0] })).toEqual([]);
  });

  test('X7, L5: a runner that never answers leaves UNKNOWN behind, and the record says so', async () => {
    const { id } = await dispatched();
    passTime(5 * HOUR_MS);
    expect(await advance(id)).toMatchObject({ state: 'UNKNOWN', isOver: false });
    expect((await eventsOf(id)).at(-1)).toBe('proposal.expired');
  });

  test('X1: when the trust bundle is over, nothing is decided for anybody; stopping stays possible', async () => {
    const id = await pending();
    const { sent } = await dispatched();
    const expiresAt = instantOf(Date.parse(now()) + HOUR_MS);
    await must(
      control.ask('person:kim', 'POST', '/api/v1/trust', { body: { trust: world.bundle({ version: 2, expiresAt }) } }),
      200,
    );
    passTime(2 * HOUR_MS);
    const late = await propose({ ...(await draft('config.change')), failingCheck: 'another one', title: 'late' });
    expect(['PROHIBITED', undefined]).toContain(late.json<{ state?: string }>().state);
    expect(await advance(id)).toMatchObject({ state: 'PROHIBITED' });
    expect((await stateOf(id)).reason).toContain('expired');
    await must(control.ask('person:sam', 'POST', `/api/v1/rollouts/${sent.digest}/halt`, { body: {} }), 202);
    await must(withdraw(id), 200);
  });
});

describe('withdrawal', () => {
  test('I11: before its proof is there the order is taken back and never leaves', async () => {
    await drilled();
    const { id } = (await must(propose(await draft('service.restart')), 201)) as { id: string };
    expect(await must(withdraw(id), 200)).toMatchObject({ state: 'WITHDRAWN' });
    await witness();
    expect(await capsulesFor('prod-1')).toEqual([]);
    expect((await eventsOf(id)).at(-1)).toBe('proposal.withdrawn');
  });

  test('I11, trap 6: after it has left only the runner can say that nothing was touched', async () => {
    const { id } = await dispatched();
    expect(await must(withdraw(id), 200)).toMatchObject({ state: 'WITHDRAWING' });
    const again = await withdraw(id);
    expect([again.statusCode, again.json<{ code: string }>().code]).toEqual([409, 'illegal-transition']);
    expect((await eventsOf(id)).at(-1)).toBe('transition.refused');
  });

  test('A3: only its agent and the owner of that agent take a proposal back', async () => {
    const { id } = (await must(propose(await draft('config.change')), 201)) as { id: string };
    for (const by of ['person:kim', 'person:ana', 'person:omar']) {
      const answer = await withdraw(id, by);
      expect([by, answer.statusCode]).toEqual([by, 403]);
      expect(answer.json<{ eligible: string[] }>().eligible).toEqual(['agent:playbook', 'person:sam']);
    }
    expect(await must(withdraw(id, 'person:sam'), 200)).toMatchObject({ state: 'WITHDRAWN' });
  });

  test('A3, A4: only an eligible reviewer rejects: not the owner of the agent, not an operator, nobody without the role', async () => {
    const id = await pending();
    const reject = (by: string, body: object = { code: 'scope', rationale: 'too much' }) =>
      control.ask(by, 'POST', `/api/v1/proposals/${id}/reject`, { body });
    for (const by of ['person:sam', 'person:kim', 'person:omar'])
      expect([by, (await reject(by)).statusCode]).toEqual([by, 403]);
    expect(
      (await reject('person:ana', { code: 'mood', rationale: 'no' })).json<{ complaints: unknown[] }>().complaints,
    ).toHaveLength(2);
    expect(await must(reject('person:ana'), 200)).toMatchObject({ state: 'REJECTED', reason: 'scope: too much' });
    expect((await reject('person:ana')).statusCode).toBe(409);
  });
});
