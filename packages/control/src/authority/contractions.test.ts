import { instantOf } from '@countersign/core';
import { PAYLOAD, type SignerKey } from '@countersign/seal';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  closeOffice,
  codeOf,
  control,
  documentNow,
  events,
  get,
  nowMs,
  openOffice,
  passTime,
  post,
  propose,
  signed,
  world,
} from './office.builder.ts';
import { sign } from '../testkit/world.ts';
import { contractIn, loadContractions } from './contractions.ts';
beforeEach(openOffice);
afterEach(closeOffice);

const act = async (id: string, state: string, at: number, trip = 0): Promise<void> => {
  const { store } = control.deps;
  const organisation = world.organisation;
  const [now, capsule] = [instantOf(at), `sha256:${id.padStart(64, '0')}`];
  const document = JSON.stringify({ change: { action: 'service.restart' }, signals: [], title: id });
  await store
    .insertInto('proposal')
    .values({
      organisation,
      id,
      revision: 1,
      state,
      agent: 'playbook',
      triage: null,
      document,
      change_digest: '',
      intent: id,
      reason: '',
      validation_capsule: null,
      rollout_capsule: capsule,
      created_at: now,
      updated_at: now,
    })
    .execute();
  await store
    .insertInto('capsule')
    .values({
      organisation,
      digest: capsule,
      id,
      proposal: id,
      revision: 1,
      purpose: 'rollout',
      enclave: 'prod-1',
      dsse: '{}',
      risk: '',
      state: 'finished',
      created_at: now,
    })
    .execute();
  await store
    .insertInto('rollout')
    .values({
      organisation,
      capsule,
      proposal: id,
      phase: 'completed',
      counts: '{}',
      trip,
      last_event: 0,
      updated_at: now,
    })
    .execute();
};
const contract = async () =>
  control.deps.transactor.run(
    { organisation: world.organisation, actor: 'control', now: instantOf(nowMs) },
    async (work) => contractIn(work, await documentNow()),
  );
const standing = () => loadContractions(control.deps.store, world.organisation);
const drill = (at: number, is_passed: boolean) =>
  control.deps.store
    .insertInto('drill')
    .values({
      organisation: world.organisation,
      action: 'service.restart',
      tier: 'non-critical',
      at: instantOf(at),
      is_passed,
      evidence: 'x',
    })
    .execute();

describe('E6: contraction', () => {
  test('a class that fails too often loses its autonomy once, and only a policy admin gives it back', async () => {
    for (let n = 1; n <= 8; n += 1) await act(`a${n}`, 'SUCCEEDED', nowMs - 1000 * n);
    await act('b1', 'FAILED', nowMs - 100);
    expect(await contract()).toEqual([]);
    await act('b2', 'ROLLED_BACK', nowMs - 50);
    expect(await contract()).toEqual(['service.restart']);
    expect(await contract()).toEqual([]);
    expect(await standing()).toEqual([{ action: 'service.restart' }]);
    const { id } = ((await get('/contractions')).body['items'] as unknown as { id: string }[])[0]!;
    const restoration = (person: string) => ({
      type: 'restoration',
      organisation: world.organisation,
      action: 'service.restart',
      contraction: id,
      person,
      rationale: 'the cause was mended',
      signedAt: instantOf(nowMs),
    });
    const lift = (person: string, key: SignerKey) =>
      post('/contractions/restorations', { restoration: sign(PAYLOAD.restoration, restoration(person), [key]) });
    expect(codeOf(await lift('omar', world.keys.omar))).toBe('forbidden');
    expect(codeOf(await lift('kim', world.keys.omar))).toBe('bad-signature');
    passTime(1000);
    expect(codeOf(await lift('kim', world.keys.kim))).toBe('ok');
    expect(await standing()).toEqual([]);
    // The cases that led to it do not take it away again.
    expect(await contract()).toEqual([]);
    expect(await events()).toEqual(expect.arrayContaining(['class.contracted', 'class.restored']));
  });

  test('X6: a failed drill takes the class and tier away until one passes', async () => {
    await drill(nowMs - 5000, false);
    expect(await standing()).toEqual([{ action: 'service.restart', tier: 'non-critical' }]);
    await drill(nowMs, true);
    expect(await standing()).toEqual([]);
  });

  test.each([
    {
      what: 'a version that tolerates less takes the autonomy away as it comes into force',
      failurePercent: 5,
      taken: 1,
    },
    { what: 'a version that tolerates as much takes nothing away', failurePercent: 20, taken: 0 },
  ])('$what', async ({ failurePercent, taken }) => {
    for (let n = 1; n <= 9; n += 1) await act(`a${n}`, 'SUCCEEDED', nowMs - 1000 * n);
    await act('b1', 'FAILED', nowMs - 100);
    expect(await contract()).toEqual([]);
    const { contraction } = await documentNow();
    await propose({ contraction: { ...contraction, failurePercent } });
    await signed(2, world.keys.kim);
    await signed(2, world.keys.ana, 'person:ana');
    expect((await documentNow()).version).toBe(2);
    expect(await standing()).toHaveLength(taken);
  });
});
