import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  approvalOf,
  approve,
  closeDesk,
  control,
  draft,
  must,
  now,
  openDesk,
  propose,
  report,
  signing,
  staging,
  stateOf,
} from '../flow/desk.builder.ts';
import { idOf } from '../testkit/world.ts';
import {
  advance,
  codeOf,
  firstSent,
  kim,
  receiptFor,
  scene,
  sign,
  signed,
  stagesOf,
  waiting,
} from './campaigns.builder.ts';

beforeEach(openDesk);
afterEach(closeDesk);

describe('a campaign refuses', () => {
  test('C4, A2: signatures that no runner would count', async () => {
    const of = await scene();
    const other = `sha256:${'7'.repeat(64)}`;
    const tried = [
      signed(of, 'ana', {}, 'capsule'),
      signed(of, 'ana', {}, 'kim'),
      signed(of, 'ana', { person: 'eve' }),
      signed(of, 'ana', { campaign: other }),
      signed(of, 'ana', { shown: other }),
      signed(of, 'ana', { expiresAt: now() }),
      signed(of, 'ana', { role: 'service-owner' }),
      signed(of, 'sam'),
      approvalOf(await signing(of.first), 'ana'),
    ];
    const codes: string[] = [];
    for (const approval of tried) codes.push(await codeOf(sign(of, approval)));
    expect(codes).toEqual([
      'bad-signature',
      'bad-signature',
      'approver-unknown',
      'approval-not-bound',
      'approval-not-bound',
      'approval-not-bound',
      'not-eligible',
      'not-eligible',
      'wrong-type',
    ]);
    expect((await must(kim('GET', `/${of.id}`), 200))['state']).toBe('waiting');
    expect(await codeOf(sign({ id: 'K-none' }, signed(of, 'ana')))).toBe('not-found');
  });

  test('C4: proposals that do not wait, that are not there, or that are named twice', async () => {
    const first = await waiting('web-1');
    const codes = [
      await codeOf(kim('POST', '', { title: 'x', stages: [{ name: 'one', proposals: ['P-none'] }] })),
      await codeOf(kim('POST', '', { title: 'x', stages: stagesOf(first, first) })),
      await codeOf(kim('POST', '', { title: 'x', stages: [] })),
      await codeOf(
        kim('POST', '', { title: 'x', stages: [{ name: 'one', proposals: [first], failureDomains: 'several' }] }),
      ),
      await codeOf(kim('GET', '/K-none')),
      await codeOf(
        control.ask('agent:playbook', 'POST', '/api/v1/campaigns', {
          body: { title: 'x', stages: stagesOf(first, first) },
        }),
      ),
    ];
    expect(codes).toEqual(['not-found', 'campaign-faulty', 'malformed', 'campaign-faulty', 'not-found', 'forbidden']);
    await must(approve(approvalOf(await signing(first), 'ana')), 201);
    expect(await codeOf(kim('POST', '', { title: 'x', stages: [{ name: 'one', proposals: [first] }] }))).toBe(
      'conflict',
    );
  });

  test('C4: receipts of another stage, another campaign or another runner', async () => {
    const of = await scene();
    const sent = await firstSent(of);
    const codes = [
      await codeOf(report('prod-1', receiptFor(of, sent, { stage: 1 }))),
      await codeOf(report('prod-1', receiptFor(of, sent, { campaign: `sha256:${'7'.repeat(64)}` }))),
      await codeOf(report('prod-1', receiptFor(of, sent, { runner: 'prod-9' }))),
      await codeOf(report('prod-1', receiptFor(of, sent, { enclave: 'staging-1' }))),
      await codeOf(report('prod-1', staging().receipt(sent, { campaign: of.opened.digest, stage: 0, at: now() }))),
    ];
    expect(codes.slice(0, 2)).toEqual(['conflict', 'conflict']);
    expect(codes).not.toContain('taken');
    await advance(of.second);
    expect((await stateOf(of.second)).state).toBe('PENDING');
  });
});

test('X1: a proposal for an enclave without a runner gets no capsule, and the reason names the enclave', async () => {
  const asked = await draft('service.restart', { enclave: idOf<'Enclave'>('west') });
  expect(await must(propose(asked), 201)).toMatchObject({
    state: 'PROHIBITED',
    reason: 'the trust bundle names no runner for production in west',
  });
  const here = await draft('service.restart', {
    enclave: idOf<'Enclave'>('prod-1'),
    targets: [idOf<'Target'>('web-2')],
  });
  expect(await must(propose(here), 201)).toMatchObject({ state: 'PENDING' });
});
