import { digestOf } from '@countersign/seal';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
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
  remediations,
  report,
  signing,
  stateOf,
  witness,
  world,
} from '../flow/desk.builder.ts';
import { shownId } from '../flow/desk.parse.ts';
import { dispatched, pending } from '../flow/scenes.builder.ts';
import { bodiesOf } from '../testkit/leaves.ts';
import { idOf } from '../testkit/world.ts';
import { activate, contentOf, look, started, suspend } from './redecide.builder.ts';
import { Redecide } from './redecide.ts';

beforeEach(openDesk);
afterEach(closeDesk);

const halts = async (): Promise<readonly string[]> =>
  (await deliveries('prod-1')).flatMap(({ delivery }) => (delivery.kind === 'halt' ? [delivery.capsule] : []));
const decisions = async (id: string): Promise<number> =>
  (await eventsOf(id)).filter((event) => event === 'decision.made').length;

describe('E2: what narrowed is on record', () => {
  test('with the verdict before and after, why, and under which documents', async () => {
    const { id, digest } = await started();
    await activate({ grants: [] });
    await look();
    const inForce = await control.deps.trust.envelope(world.organisation);
    const envelope = inForce.ok ? inForce.value.digest : 'none';
    expect(await bodiesOf(control, world, 'authority.narrowed')).toMatchObject([
      {
        capsule: digest,
        was: 'autonomous',
        now: 'needs-approval',
        envelope,
        graph: expect.stringMatching(/^sha256:/) as string,
      },
    ]);
    expect((await stateOf(id)).reason).toMatch(/^halted: what rules now asks people: /);
  });

  test('and what goes on leaves no halt, no narrowing, and the reason as it was', async () => {
    const { id } = await started();
    const before = await stateOf(id);
    await activate({ reason: 'only the words changed' });
    expect(await look()).toBe(0);
    expect([await halts(), await bodiesOf(control, world, 'authority.narrowed')]).toEqual([[], []]);
    expect(await stateOf(id)).toMatchObject({ state: before.state, reason: before.reason });
  });
});

describe('E2: looks at the same moment', () => {
  test('of two processes halt once and record once', async () => {
    const { id } = await started();
    await activate({ grants: [] });
    const paused = await Promise.all([look(), look(), look()]);
    expect(paused.reduce((sum, one) => sum + one)).toBe(1);
    expect(await halts()).toHaveLength(1);
    expect(await bodiesOf(control, world, 'authority.narrowed')).toHaveLength(1);
    expect(await decisions(id)).toBe(2);
  });

  test('ticks while one runs make one more, and stopping waits for it', async () => {
    const { id } = await started();
    await activate({ grants: [] });
    const redecide = new Redecide(control.deps, remediations);
    const halted = control.next('delivery');
    for (let n = 0; n < 20; n += 1) redecide.tick(world.organisation);
    await halted;
    await redecide.stop();
    expect(await halts()).toHaveLength(1);
    expect((await stateOf(id)).reason).toContain('halted');
    expect(control.reports).toEqual([]);
  });

  test('a failure of the look is told, and the next tick looks again', async () => {
    await started();
    await activate({ grants: [] });
    const broken = {
      findOpen: (...given: Parameters<typeof remediations.findOpen>) => remediations.findOpen(...given),
      under: () => Promise.reject(new Error('the database went away')),
    } as unknown as typeof remediations;
    const redecide = new Redecide(control.deps, broken);
    expect(await redecide.look(world.organisation)).toBe(0);
    expect(control.reports.map(({ where, error }) => `${where}: ${error}`)).toEqual([
      'redecide: the database went away',
    ]);
    // It did not take the heads for looked at: the same object looks again and fails again.
    await redecide.look(world.organisation);
    expect(control.reports).toHaveLength(2);
    expect(await look()).toBe(1);
  });

  test('an organisation beside, or none at all, is not looked at', async () => {
    await started();
    await activate({ grants: [] });
    const redecide = new Redecide(control.deps, remediations);
    expect(await redecide.look(idOf<'Organisation'>('globex'))).toBe(0);
    expect(await halts()).toEqual([]);
    expect(await redecide.look(world.organisation)).toBe(1);
  });
});

describe('E2: a version that permits more', () => {
  test('says so to what waits for people, and lets nothing run that was asked about', async () => {
    await activate({ grants: [] });
    await drilled();
    const id = shownId(await must(propose(await draft('service.restart')), 201));
    expect((await stateOf(id)).state).toBe('PENDING');
    const envelope = world.envelope({
      ...contentOf(policy(3)),
      supersedes: digestOf(Buffer.from(await activePayload(), 'base64')),
    });
    await must(control.ask('person:kim', 'POST', '/api/v1/envelope', { body: { envelope } }), 200);
    await look();
    // Whoever asked people once goes on asking them: the agent has to propose it anew.
    expect(await stateOf(id)).toMatchObject({
      state: 'PENDING',
      reason: 'policy would now let this run alone: withdraw and propose it again',
    });
    await witness();
    expect(await capsulesFor('prod-1')).toEqual([]);
    await must(control.ask('agent:playbook', 'POST', `/api/v1/proposals/${id}/withdraw`, { body: {} }), 200);
    const again = shownId(await must(propose(await draft('service.restart')), 201));
    await witness();
    const [sent] = await capsulesFor('prod-1');
    expect([sent?.capsule.proposal.id, sent?.capsule.envelope.version]).toEqual([again, 3]);
  });

  test('does not bring back what a suspension prohibited before anybody looks', async () => {
    const id = await pending();
    await suspend();
    await look();
    expect((await stateOf(id)).state).toBe('PROHIBITED');
    const page = await control.ask('person:ana', 'GET', `/api/v1/proposals/${id}/signing`);
    expect(page.statusCode).toBeGreaterThanOrEqual(400);
  });
});

test('E2: what is over is not decided again, whatever changes', async () => {
  const { id, sent } = await dispatched();
  await must(report('prod-1', production().evidence(sent, now(), 'completed')), 200);
  const before = [(await stateOf(id)).state, await decisions(id)];
  await activate({ grants: [] });
  expect(await look()).toBe(0);
  await suspend();
  expect(await look()).toBe(0);
  expect([(await stateOf(id)).state, await decisions(id)]).toEqual(before);
});

test('E2: an approval of before does not carry what a new version asks more people for', async () => {
  const id = await pending();
  const role = idOf<'Role'>('release-approver');
  const { routes } = contentOf(policy(1)) as { routes: readonly object[] };
  await activate({ routes: routes.map((route) => ({ ...route, demands: [{ role, count: 2 }] })) });
  await look();
  const fresh = await signing(id);
  expect(fresh.capsule.demands).toMatchObject([{ role, count: 2 }]);
  expect((await stateOf(id)).state).toBe('PENDING');
});

async function activePayload(): Promise<string> {
  const found = await control.deps.trust.envelope(world.organisation);
  if (!found.ok) throw new Error(found.refusal.detail);
  const row = await control.deps.store
    .selectFrom('envelope_version')
    .select('dsse')
    .where('version', '=', found.value.envelope.version)
    .executeTakeFirstOrThrow();
  return (row.dsse as { payload: string }).payload;
}
