import type { RolloutEvent } from '@countersign/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { goodEvents, type Opened } from './enclave.builder.ts';
import {
  approvalOf,
  approve,
  capsulesFor,
  closeDesk,
  control,
  draft,
  eventsOf,
  must,
  now,
  openDesk,
  production,
  propose,
  report,
  signing,
  staging,
  stateOf,
  witness,
} from '../flow/desk.builder.ts';
import { dispatched, pending } from '../flow/scenes.builder.ts';

beforeEach(openDesk);
afterEach(closeDesk);

const send = (enclave: string, reports: readonly unknown[]) =>
  control.ask(`enclave:${enclave}`, 'POST', `/api/v1/enclaves/${enclave}/reports`, { body: { reports } });
const count = (events: readonly string[], event: string): number => events.filter((one) => one === event).length;

/** The runner refused the first capsule; people sign the second one. */
async function replaced(): Promise<{ readonly id: string; readonly first: Opened; readonly second: Opened }> {
  const id = await pending();
  await must(approve(approvalOf(await signing(id), 'ana')), 201);
  await witness();
  const [first] = await capsulesFor('prod-1');
  if (first === undefined) throw new Error('nothing was sent');
  await must(report('prod-1', production().refusal(first, now())), 200);
  return { id, first, second: await signing(id) };
}

describe('outcomes', () => {
  test('L4, T5: a staging run has one verdict: a second report neither replaces it nor is told of', async () => {
    const { id } = (await must(propose(await draft('config.change')), 201)) as { id: string };
    await witness();
    const [run] = await capsulesFor('staging-1');
    if (run === undefined) throw new Error('no validation capsule');
    await must(report('staging-1', staging().validation(run, now(), { isPassed: false })), 200);
    await must(report('staging-1', staging().validation(run, now())), 200);
    expect((await stateOf(id)).state).toBe('STAGING_FAILED');
    const rows = await control.deps.store.selectFrom('validation').select('is_passed').execute();
    expect(rows).toEqual([{ is_passed: false }]);
    expect(count(await eventsOf(id), 'validation.finished')).toBe(1);
  });

  test('L4: the report of another run, another change or another runner is refused', async () => {
    await must(propose(await draft('config.change')), 201);
    await witness();
    const [run] = await capsulesFor('staging-1');
    if (run === undefined) throw new Error('no validation capsule');
    const other = `sha256:${'0'.repeat(64)}` as typeof run.digest;
    for (const change of [{ changeDigest: other }, { capsule: other }]) {
      const answer = await report('staging-1', staging().validation(run, now(), change));
      expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([409, 'conflict']);
    }
    expect((await report('staging-1', production().validation(run, now()))).statusCode).toBe(422);
    expect((await report('prod-1', staging().validation(run, now()))).statusCode).toBe(422);
  });

  test('X7: an outcome whose answer was lost is taken again and the remediation looked at again, without a second leaf', async () => {
    const { id } = (await must(propose(await draft('config.change')), 201)) as { id: string };
    await witness();
    const [run] = await capsulesFor('staging-1');
    if (run === undefined) throw new Error('no validation capsule');
    const named = { name: 'v.json', report: staging().validation(run, now()) };
    await must(send('staging-1', [named]), 200);
    // As if the process had died between its commit and its look: the proposal still waits for the run.
    await control.deps.store.updateTable('proposal').set({ state: 'VALIDATING' }).where('id', '=', id).execute();
    await must(send('staging-1', [named]), 200);
    expect((await stateOf(id)).state).toBe('PENDING');
    expect(count(await eventsOf(id), 'validation.finished')).toBe(1);
  });

  test('A9: evidence with an unknown target is no success; what settles it later comes from the runner', async () => {
    const { id, sent } = await dispatched();
    await must(report('prod-1', production().progress(sent, 0, goodEvents(sent.capsule, now()))), 200);
    await must(report('prod-1', production().evidence(sent, now(), 'completed', { unknown: 1 })), 200);
    expect((await stateOf(id)).state).toBe('UNKNOWN');
    await must(report('prod-1', production().evidence(sent, now(), 'rolled-back')), 200);
    expect((await stateOf(id)).state).toBe('ROLLED_BACK');
    expect(count(await eventsOf(id), 'remediation.closed')).toBe(1);
  });

  test('X7: evidence that overtakes its progress still ends the remediation, and the progress then changes nothing', async () => {
    const { id, sent } = await dispatched();
    await must(report('prod-1', production().evidence(sent, now(), 'completed')), 200);
    expect((await stateOf(id)).state).toBe('SUCCEEDED');
    await must(report('prod-1', production().progress(sent, 0, goodEvents(sent.capsule, now()))), 200);
    expect((await stateOf(id)).state).toBe('SUCCEEDED');
  });

  test('X6: evidence of a failed rollout closes nothing: it says FAILED', async () => {
    const { id, sent } = await dispatched();
    await must(report('prod-1', production().evidence(sent, now(), 'failed')), 200);
    expect((await stateOf(id)).state).toBe('FAILED');
    expect(await eventsOf(id)).not.toContain('remediation.closed');
  });
});

describe('a capsule that was replaced', () => {
  test('D6, X7: its late progress and evidence are kept and move nothing', async () => {
    const { id, first, second } = await replaced();
    expect(second.digest).not.toBe(first.digest);
    await must(approve(approvalOf(second, 'ana')), 201);
    expect((await stateOf(id)).state).toBe('DISPATCHED');
    await must(report('prod-1', production().progress(first, 0, goodEvents(first.capsule, now()))), 200);
    expect((await stateOf(id)).state).toBe('DISPATCHED');
    await must(report('prod-1', production().evidence(first, now(), 'completed')), 200);
    expect((await stateOf(id)).state).toBe('DISPATCHED');
    expect(await eventsOf(id)).toContain('evidence.received');
  });

  test('X1: its copy, refused as a replay, touches neither its rollout nor the proposal', async () => {
    const { id, sent } = await dispatched();
    await must(report('prod-1', production().progress(sent, 0, goodEvents(sent.capsule, now()).slice(0, 1))), 200);
    await must(report('prod-1', production().refusal(sent, now(), 'nonce-used')), 200);
    expect((await stateOf(id)).state).toBe('RUNNING');
    const row = await control.deps.store
      .selectFrom('capsule')
      .select('state')
      .where('digest', '=', sent.digest)
      .executeTakeFirstOrThrow();
    expect(row.state).toBe('running');
  });
});

describe('batches', () => {
  test('X7: the same batches delivered many times at one moment are counted once', async () => {
    const { sent } = await dispatched();
    const events = goodEvents(sent.capsule, now());
    const progress = production().progress(sent, 0, events);
    const answers = await Promise.all(
      Array.from({ length: 5 }, (_, place) => send('prod-1', [{ name: `copy-${place}.json`, report: progress }])),
    );
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 200, 200]);
    const rows = await control.deps.store.selectFrom('rollout_event').select('seq').orderBy('seq').execute();
    expect(rows.map(({ seq }) => seq)).toEqual(events.map((_, place) => place));
  });

  test('X7: a batch with a name that was taken before is taken without it', async () => {
    const { sent } = await dispatched();
    const events = goodEvents(sent.capsule, now());
    const first = { name: 'first.json', report: production().progress(sent, 0, events.slice(0, 2)) };
    const rest = { name: 'rest.json', report: production().progress(sent, 2, events.slice(2)) };
    expect((await send('prod-1', [first])).statusCode).toBe(200);
    expect((await send('prod-1', [first, rest])).statusCode).toBe(200);
    const rows = await control.deps.store.selectFrom('rollout_event').select('seq').orderBy('seq').execute();
    expect(rows.map(({ seq }) => seq)).toEqual(events.map((_, place) => place));
    const names = await control.deps.store.selectFrom('report').select('name').orderBy('name').execute();
    expect(names.map(({ name }) => name).filter((name) => /^(first|rest)/.test(name))).toEqual([
      'first.json',
      'rest.json',
    ]);
  });

  test('X7: a journal that breaks a rule is refused whole, and nothing of its batch stays', async () => {
    const { id, sent } = await dispatched();
    const at = now();
    const [target] = sent.capsule.targets;
    if (target === undefined) throw new Error('no target');
    const twice: readonly RolloutEvent[] = [
      { type: 'started', at },
      { type: 'leased', at, target: target.id, lease: 1 },
      { type: 'leased', at, target: target.id, lease: 2 },
    ];
    const answer = await report('prod-1', production().progress(sent, 0, twice));
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([409, 'illegal-event']);
    expect(await control.deps.store.selectFrom('rollout_event').select('seq').execute()).toEqual([]);
    expect((await stateOf(id)).state).toBe('DISPATCHED');
    await must(report('prod-1', production().progress(sent, 0, goodEvents(sent.capsule, at))), 200);
  });

  test('L1: a report about a capsule that nobody knows is refused', async () => {
    await pending();
    const { sent } = await dispatched();
    const stranger = { ...sent, digest: `sha256:${'0'.repeat(64)}` as typeof sent.digest };
    for (const one of [
      production().progress(stranger, 0, goodEvents(sent.capsule, now())),
      production().evidence(stranger, now(), 'completed'),
    ])
      expect((await report('prod-1', one)).statusCode).toBe(409);
  });
});

describe('a gateway', () => {
  test('X1: calls only for its own enclave', async () => {
    const { sent } = await dispatched();
    const body = { reports: [{ name: 'r.json', report: staging().progress(sent, 0, []) }] };
    for (const [method, url] of [
      ['GET', '/api/v1/enclaves/staging-1/poll?wait=0'],
      ['POST', '/api/v1/enclaves/staging-1/reports'],
    ] as const) {
      const answer = await control.ask('enclave:prod-1', method, url, method === 'POST' ? { body } : {});
      expect([url, answer.statusCode]).toEqual([url, 403]);
    }
  });
});
