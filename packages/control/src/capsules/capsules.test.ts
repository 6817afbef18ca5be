import { instantOf } from '@countersign/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDelivery } from '../enclaves/enclave.builder.ts';
import {
  capsulesFor,
  closeDesk,
  control,
  draft,
  eventsOf,
  must,
  now,
  openDesk,
  propose,
  signing,
  witness,
  world,
} from '../flow/desk.builder.ts';
import { bundleIn } from '../flow/desk.parse.ts';
import { dispatched, pending } from '../flow/scenes.builder.ts';
import { openStoredCapsule } from './stored-capsule.ts';

beforeEach(openDesk);
afterEach(closeDesk);

const HOUR_MS = 3_600_000;
const later = (ms: number) => instantOf(Date.parse(now()) + ms);

describe('a capsule', () => {
  test('C1, L4: of a validation is for the staging runner and its targets, asks nobody, and lasts an hour', async () => {
    await must(propose(await draft('config.change')), 201);
    await witness();
    const [run] = await capsulesFor('staging-1');
    expect(run?.capsule).toMatchObject({
      purpose: 'validation',
      environment: 'staging',
      audience: { enclave: 'staging-1', runner: 'staging-1' },
      demands: [],
      notAfter: later(HOUR_MS),
    });
    expect(run?.capsule.targets.map(({ id }) => id)).toEqual(['stage-1']);
    expect(await capsulesFor('prod-1')).toEqual([]);
  });

  test('C1, X4: of a rollout names its targets in order, the services to watch and how fast, fitted to how many there are', async () => {
    const { capsule } = (await dispatched()).sent;
    expect(capsule.targets.map(({ id, tier }) => [id, tier])).toEqual([['web-1', 'non-critical']]);
    expect(capsule.dependants).toEqual(['shop']);
    expect(capsule.rollout).toMatchObject({ canary: 1, window: 1 });
    expect(capsule.egress).toBe('metadata-only');
  });

  test('I5: holds within the wish of its proposal and never beyond the envelope', async () => {
    const wish = { notBefore: later(HOUR_MS), notAfter: later(3 * HOUR_MS), mayNotOverlap: [] };
    await must(propose(await draft('service.restart', { timing: wish })), 201);
    const rows = await control.deps.store.selectFrom('capsule').select(['digest', 'dsse', 'purpose']).execute();
    const rollouts = rows.filter(({ purpose }) => purpose === 'rollout');
    expect(rollouts).toHaveLength(1);
    for (const { digest, dsse } of rollouts) {
      const { capsule } = openStoredCapsule(digest, dsse);
      expect([capsule.notBefore, capsule.notAfter]).toEqual([wish.notBefore, wish.notAfter]);
    }
  });

  test('A1: for people carries what the envelope and the floor demand of them', async () => {
    const { capsule } = await signing(await pending());
    expect(capsule.demands).toEqual([{ role: 'release-approver', count: 1 }]);
    expect(capsule.proposal).toMatchObject({ agent: 'playbook', owner: 'sam', revision: 1 });
    expect(capsule.isDemo).toBe(true);
  });

  test('X1, D1: without a runner for its environment there is none, and people get the work', async () => {
    const { keys } = bundleIn(world.bundle());
    const trust = world.bundle({ version: 2, keys: { ...keys, runners: [] } });
    await must(control.ask('person:kim', 'POST', '/api/v1/trust', { body: { trust } }), 200);
    const answer = await must(propose(await draft('config.change')), 201);
    expect(answer).toMatchObject({ state: 'PROHIBITED', reason: 'the trust bundle names no runner for staging' });
    expect(await eventsOf(String(answer['id']))).toContain('manual-work.opened');
    const halt = await control.ask('person:sam', 'POST', '/api/v1/halt', { body: {} });
    expect([halt.statusCode, halt.json<{ code: string }>().code]).toEqual([409, 'no-runner']);
  });

  test('T10: that lies in the table with other bytes is not opened', async () => {
    const { sent } = await dispatched();
    const row = await control.deps.store
      .selectFrom('capsule')
      .select('dsse')
      .where('digest', '=', sent.digest)
      .executeTakeFirstOrThrow();
    const other = `sha256:${'1'.repeat(64)}`;
    expect(() => openStoredCapsule(other, row.dsse)).toThrow('other bytes');
    expect(() => openStoredCapsule(other, { payload: 'no' })).toThrow('not an envelope');
    expect(openDelivery({ capsule: row.dsse as never }).digest).toBe(sent.digest);
  });
});
