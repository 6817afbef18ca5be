import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  approvalOf,
  approve,
  closeDesk,
  control,
  deliveries,
  draft,
  drilled,
  eventsOf,
  must,
  openDesk,
  passTime,
  propose,
  signing,
  stateOf,
  world,
} from '../flow/desk.builder.ts';
import { pending } from '../flow/scenes.builder.ts';
import { shownId } from '../flow/desk.parse.ts';
import { idOf } from '../testkit/world.ts';
import { activate, contentOf, look, started, suspend } from './redecide.builder.ts';

beforeEach(openDesk);
afterEach(closeDesk);

const haltsFor = async (enclave: string): Promise<readonly unknown[]> =>
  (await deliveries(enclave)).flatMap(({ delivery }) =>
    delivery.kind === 'halt' ? [[delivery.capsule, delivery.by]] : [],
  );

describe('E2: what is open is decided again under a newer version, at once', () => {
  test('the same verdict goes on: nothing is halted, and the decision is on record', async () => {
    const { id } = await started();
    await activate({});
    expect(await look()).toBe(0);
    expect(await haltsFor('prod-1')).toEqual([]);
    expect((await stateOf(id)).state).toBe('RUNNING');
    expect((await eventsOf(id)).filter((event) => event === 'decision.made')).toHaveLength(2);
    // Looking again decides nothing again.
    await look();
    expect((await eventsOf(id)).filter((event) => event === 'decision.made')).toHaveLength(2);
  });

  test('a running rollout that a narrower version would ask people about is halted with the reason', async () => {
    const { id, digest } = await started();
    await activate({ grants: [] });
    expect(await look()).toBe(1);
    expect(await haltsFor('prod-1')).toEqual([[digest, 'control']]);
    expect(await eventsOf(id)).toContain('authority.narrowed');
    expect((await stateOf(id)).reason).toContain('halted: what rules now asks people');
    expect(await look()).toBe(0);
    expect(await haltsFor('prod-1')).toEqual([]);
  });

  test('a suspension halts what runs; the own rollback of what ran stays possible', async () => {
    const { id, digest } = await started();
    await suspend();
    expect(await look()).toBe(1);
    expect(await haltsFor('prod-1')).toEqual([[digest, 'control']]);
    expect((await stateOf(id)).reason).toContain('prohibits');
    expect(await look()).toBe(0);
    await control.ask('person:sam', 'POST', `/api/v1/rollouts/${digest}/rollback`);
    const sent = await deliveries('prod-1');
    const [row] = await control.deps.store.selectFrom('capsule').select('dsse').where('digest', '=', digest).execute();
    const hasRollback = !JSON.stringify(row).includes('"rollback":{"kind":"none"');
    expect(sent.some(({ delivery }) => delivery.kind === 'rollback')).toBe(hasRollback);
  });

  test('what was dispatched and has not left is taken back and people are asked', async () => {
    await drilled();
    const id = shownId(await must(propose(await draft('service.restart')), 201));
    expect((await stateOf(id)).state).toBe('DISPATCHED');
    await activate({ grants: [] });
    await look();
    expect((await stateOf(id)).state).toBe('PENDING');
    expect(await haltsFor('prod-1')).toEqual([]);
    const opened = await signing(id);
    expect(opened.capsule.envelope.version).toBe(2);
  });

  test('what waits for people is asked anew under the new version: an old signature does not carry over', async () => {
    const id = await pending();
    const old = await signing(id);
    await activate({});
    await look();
    const fresh = await signing(id);
    expect([fresh.capsule.envelope.version, fresh.digest === old.digest]).toEqual([2, false]);
    expect((await stateOf(id)).state).toBe('PENDING');
    expect((await approve(approvalOf(old, 'ana'))).statusCode).not.toBe(200);
    await must(approve(approvalOf(fresh, 'ana')), 201);
  });

  test('a version that now prohibits what waits for people ends the wait', async () => {
    const id = await pending();
    await activate({ prohibited: [{ id: idOf<'Rule'>('no-config'), clause: 'E2', actions: ['config.change'] }] });
    await look();
    expect((await stateOf(id)).state).toBe('PROHIBITED');
  });

  test('a new graph counts like a new version', async () => {
    const { id } = await started();
    passTime(1000);
    const graph = contentOf(world.graph()) as { nodes: { id: string }[] };
    const nodes = graph.nodes.map((node) =>
      node.id === 'web-1' ? { ...node, tier: 'safety-critical' as const } : node,
    );
    await must(
      control.ask('person:kim', 'POST', '/api/v1/graph', {
        body: { graph: world.graph({ version: 2, nodes: nodes as never }) },
      }),
      200,
    );
    expect(await look()).toBe(1);
    expect((await stateOf(id)).reason).toContain('halted');
  });
});
