import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { StatusForwarder } from './forward-status.ts';
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
  policy,
  production,
  propose,
  report,
  stateOf,
  witness,
} from '../flow/desk.builder.ts';

beforeEach(openDesk);
afterEach(closeDesk);

const kindsFor = async (enclave: string): Promise<readonly string[]> =>
  (await deliveries(enclave)).map(({ delivery }) => delivery.kind);

describe('documents that many capsules name', () => {
  test('X1: envelope and graph go once to every enclave, and a capsule without them', async () => {
    for (const enclave of ['prod-1', 'staging-1'])
      expect((await kindsFor(enclave)).filter((kind) => kind === 'envelope' || kind === 'graph').toSorted()).toEqual([
        'envelope',
        'graph',
      ]);
    await drilled();
    await must(propose(await draft('service.restart')), 201);
    await witness();
    const capsules = (await deliveries('prod-1')).filter(({ delivery }) => delivery.kind === 'capsule');
    expect(capsules.map(({ delivery }) => ['envelope' in delivery, 'graph' in delivery])).toEqual([[false, false]]);
  });

  test('E2: a newer envelope takes the place of the one that still waits', async () => {
    await must(control.ask('person:kim', 'POST', '/api/v1/envelope', { body: { envelope: policy(2) } }), 200);
    const kinds = await kindsFor('prod-1');
    expect(kinds.filter((kind) => kind === 'envelope')).toEqual(['envelope']);
    expect(kinds.at(-1)).toBe('envelope');
  });

  test.each(['graph-missing', 'envelope-missing'])(
    'X1: a runner that says %s gets the capsule once more with both; only its next refusal counts',
    async (code) => {
      await drilled();
      const { id } = (await must(propose(await draft('service.restart')), 201)) as { id: string };
      await witness();
      const [sent] = await capsulesFor('prod-1');
      if (sent === undefined) throw new Error('nothing was sent');
      await must(report('prod-1', production().refusal(sent, now(), code)), 200);
      expect((await stateOf(id)).state).toBe('DISPATCHED');
      expect(await eventsOf(id)).toContain('capsule.refused');
      const again = (await deliveries('prod-1')).at(-1)?.delivery;
      expect(again).toMatchObject({ kind: 'capsule', envelope: { signatures: [{}, {}] }, graph: { signatures: [{}] } });
      await must(report('prod-1', production().refusal(sent, now(), 'expired')), 200);
      expect((await stateOf(id)).state).not.toBe('DISPATCHED');
    },
  );
});

describe('the status of the witness', () => {
  test('X1: what rules goes at once; time and quota alone go together a moment later', async () => {
    const sent: string[] = [];
    const { deps } = control;
    const counted = { ...deps, trust: { bundle: () => Promise.resolve(void sent.push('asked')) } };
    const forwarder = new StatusForwarder(counted as unknown as typeof deps);
    const [organisation] = deps.config.organisations.keys();
    if (organisation === undefined) throw new Error('the desk serves nobody');
    forwarder.tick(organisation, 'a');
    forwarder.tick(organisation, 'a');
    forwarder.tick(organisation, 'a');
    expect(sent).toHaveLength(1);
    forwarder.tick(organisation, 'b');
    expect(sent).toHaveLength(2);
    forwarder.stop();
  });
});
