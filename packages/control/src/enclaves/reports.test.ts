import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { goodEvents } from './enclave.builder.ts';
import {
  capsulesFor,
  closeDesk,
  control,
  deliveries,
  draft,
  drilled,
  eventsOf,
  must,
  now,
  openDesk,
  production,
  propose,
  report,
  staging,
  stateOf,
  witness,
} from '../flow/desk.builder.ts';

const send = (reports: readonly unknown[]) =>
  control.ask('enclave:prod-1', 'POST', '/api/v1/enclaves/prod-1/reports', { body: { reports } });

beforeEach(openDesk);
afterEach(closeDesk);

describe('reports', () => {
  test('X7: the same report again, and an overlapping one, change nothing', async () => {
    await drilled();
    await must(propose(await draft('service.restart')), 201);
    await witness();
    const [sent] = await capsulesFor('prod-1');
    if (sent === undefined) throw new Error('nothing was sent');
    const events = goodEvents(sent.capsule, now());
    const first = { name: 'same.json', report: production().progress(sent, 0, events.slice(0, 2)) };
    await must(send([first]), 200);
    await must(send([first]), 200);
    await must(report('prod-1', production().progress(sent, 1, events.slice(1))), 200);
    const shown = await must(control.ask('person:kim', 'GET', `/api/v1/rollouts/${sent.digest}`), 200);
    expect(shown).toMatchObject({ phase: 'completed', events: events.length, counts: { touched: 1, healthy: 1 } });
  });

  test('X7: a gap is not taken; X1: a report of another key neither', async () => {
    await drilled();
    await must(propose(await draft('service.restart')), 201);
    await witness();
    const [sent] = await capsulesFor('prod-1');
    if (sent === undefined) throw new Error('nothing was sent');
    const events = goodEvents(sent.capsule, now());
    expect((await report('prod-1', production().progress(sent, 1, events.slice(1)))).statusCode).toBe(503);
    expect((await report('prod-1', staging().progress(sent, 0, events))).statusCode).toBe(422);
  });

  test('X1: a refusal of the runner is on record and sends the proposal back', async () => {
    await drilled();
    const { id } = (await must(propose(await draft('service.restart')), 201)) as { id: string };
    await witness();
    const [sent] = await capsulesFor('prod-1');
    if (sent === undefined) throw new Error('nothing was sent');
    await must(report('prod-1', production().refusal(sent, now())), 200);
    expect((await stateOf(id)).state).toBe('PENDING');
    expect(await eventsOf(id)).toContain('capsule.refused');
  });

  test('X5: a trip is shown, opens a new and a halt needs one operator', async () => {
    await drilled();
    const { id } = (await must(propose(await draft('service.restart')), 201)) as { id: string };
    await witness();
    const [sent] = await capsulesFor('prod-1');
    if (sent === undefined) throw new Error('nothing was sent');
    const [target] = sent.capsule.targets;
    if (target === undefined) throw new Error('no target');
    const at = now();
    await must(
      report(
        'prod-1',
        production().progress(sent, 0, [
          { type: 'started', at },
          { type: 'leased', at, target: target.id, lease: 1 },
          { type: 'verdict', at, target: target.id, verdict: 'failure', detail: 'no answer' },
          { type: 'tripped', at, trip: 1, cause: 'no answer' },
        ]),
      ),
      200,
    );
    const shown = await must(control.ask('person:kim', 'GET', `/api/v1/rollouts/${sent.digest}`), 200);
    expect(shown).toMatchObject({ phase: 'tripped', trip: 1, proposal: id });
    const raised = await control.deps.store
      .selectFrom('signal')
      .select('rule')
      .where('source', '=', 'countersign')
      .execute();
    expect(raised).toEqual([{ rule: 'RolloutTripped' }]);
    await must(control.ask('person:sam', 'POST', `/api/v1/rollouts/${sent.digest}/halt`, { body: {} }), 202);
    expect((await deliveries('prod-1')).map(({ delivery }) => delivery.kind)).toContain('halt');
  });
});
