import { readStrictJson } from '@countersign/seal';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { committer } from '../http/idempotency.ts';
import { closeDesk, control, now, openDesk, signal, world } from '../flow/desk.builder.ts';
import { idOf } from '../testkit/world.ts';
import { readBatch, TELEMETRY } from './read-batch.ts';
import { receiveSignals } from './receive.ts';

beforeAll(openDesk);
afterAll(closeDesk);

test('W3: a signal that is sorted while its triage is closed opens a new one, and is not lost in the closed one', async () => {
  await signal('DiskFull');
  const { store, transactor } = control.deps;
  const bytes = Buffer.from(
    JSON.stringify({
      version: '4',
      alerts: [
        {
          status: 'firing',
          labels: { alertname: 'DiskFull', severity: 'critical', target: 'web-1' },
          startsAt: '2026-11-21T11:30:00Z',
        },
      ],
    }),
  );
  const body = readStrictJson(bytes, TELEMETRY);
  if (!body.ok) throw new Error(body.refusal.detail);
  const source = idOf<'Source'>('alertmanager-dc1');
  const batch = readBatch({ format: 'alertmanager', source, now: now(), bytes, body: body.value, relay: undefined });
  if (!batch.ok) throw new Error(batch.refusal.detail);
  const actor = { organisation: world.organisation, actor: 'source:alertmanager-dc1', now: now() };
  const commit = committer(transactor, undefined);
  let tries = 0;
  const answer = await receiveSignals(control.deps, {
    actor,
    batch: batch.value,
    commit: async (work) => {
      tries += 1;
      // Between the look and the transaction somebody closes it.
      if (tries === 1) await store.updateTable('triage').set({ state: 'closed' }).execute();
      return commit(actor, work);
    },
  });
  expect([answer.ok, tries]).toEqual([true, 2]);
  const rows = await store
    .selectFrom('signal')
    .innerJoin('triage', (join) =>
      join.onRef('triage.organisation', '=', 'signal.organisation').onRef('triage.id', '=', 'signal.triage'),
    )
    .select(['triage.state'])
    .where('signal.rule', '=', 'DiskFull')
    .orderBy('triage.state')
    .execute();
  expect(rows.map(({ state }) => state)).toEqual(['closed', 'open']);
});
