import { verifyBundle, type CapsuleDelivery } from '@countersign/seal';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { goodEvents, openDelivery } from '../enclaves/enclave.builder.ts';
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
  production,
  propose,
  report,
  signing,
  staging,
  stateOf,
  witness,
  world,
} from './desk.builder.ts';
import { pending } from './scenes.builder.ts';
import { queriesOf } from '../testkit/queries.ts';

beforeEach(openDesk);
afterEach(closeDesk);

describe('the autonomous path', () => {
  test('L1, D1: a drilled low-risk restart is decided, built and dispatched in the transaction of its intake', async () => {
    await drilled();
    const body = await draft('service.restart');
    const answer = await must(propose(body), 201);
    expect(answer['state']).toBe('DISPATCHED');
    expect(await eventsOf(String(answer['id']))).toEqual([
      'proposal.created',
      'decision.made',
      'capsule.built',
      'capsule.dispatched',
    ]);
  });

  test('X1, V3: nothing leaves before a witness has seen the dispatch; then the delivery is whole', async () => {
    await drilled();
    const { id } = await must(propose(await draft('service.restart')), 201);
    await control.settled();
    expect(await capsulesFor('prod-1')).toEqual([]);
    await witness();
    const [sent] = await capsulesFor('prod-1');
    expect(sent?.capsule.proposal.id).toBe(id);
    expect(sent?.capsule.decision.verdict).toBe('autonomous');
    expect(sent?.delivery.proof).toContain('c2sp.org/tlog-proof');
  });

  test('A9: a good rollout ends as SUCCEEDED, its record closed, and the bundle verifies offline', async () => {
    await drilled();
    const { id } = (await must(propose(await draft('service.restart')), 201)) as { id: string };
    await witness();
    const [sent] = await capsulesFor('prod-1');
    if (sent === undefined) throw new Error('nothing was sent');
    const runner = production();
    await must(report('prod-1', runner.progress(sent, 0, goodEvents(sent.capsule, now()))), 200);
    expect((await stateOf(id)).state).toBe('VERIFYING');
    await must(report('prod-1', runner.evidence(sent, now(), 'completed')), 200);
    expect((await stateOf(id)).state).toBe('SUCCEEDED');
    expect(await eventsOf(id)).toContain('remediation.closed');
    await witness();
    const answer = await control.ask('person:kim', 'GET', `/api/v1/proposals/${id}/bundle?purpose=test`);
    const roots = { root: world.config.root };
    const verified = verifyBundle(Buffer.from(answer.body), roots);
    expect(verified).toMatchObject({ ok: true, value: { proposal: id } });
    const bytes = Buffer.from(answer.body);
    const step = Math.max(1, Math.floor(bytes.length / 400));
    for (let at = 0; at < bytes.length; at += step) {
      const flipped = Buffer.from(bytes);
      flipped[at] = (flipped[at] ?? 0) ^ 1;
      expect(verifyBundle(flipped, roots).ok, `byte ${at}`).toBe(false);
    }
  });

  test('hot path: intake, decision, capsule and dispatch take few statements', async () => {
    await drilled();
    const body = await draft('service.restart');
    const statements = await queriesOf(() => propose(body));
    expect(statements.length).toBeLessThanOrEqual(14);
  });
});

describe('staging first', () => {
  test('L4: the change is validated in staging, and only then people are asked for the same change', async () => {
    const id = await pending();
    const shown = await stateOf(id);
    expect(shown.state).toBe('PENDING');
    const { capsule } = await signing(id);
    expect(capsule.decision.verdict).toBe('needs-approval');
    const rows = await control.deps.store.selectFrom('capsule').select('dsse').where('proposal', '=', id).execute();
    const digests = rows.map(
      ({ dsse }) => openDelivery({ capsule: dsse } as unknown as CapsuleDelivery).capsule.changeDigest,
    );
    expect(new Set(digests).size).toBe(1);
    expect(digests).toHaveLength(2);
  });

  test('L4: a failed run ends it as STAGING_FAILED and nobody is asked', async () => {
    const { id } = (await must(propose(await draft('config.change')), 201)) as { id: string };
    await witness();
    const [run] = await capsulesFor('staging-1');
    if (run === undefined) throw new Error('no validation capsule');
    await must(report('staging-1', staging().validation(run, now(), { isReproduced: false, isPassed: false })), 200);
    expect((await stateOf(id)).state).toBe('STAGING_FAILED');
    const raised = await control.deps.store
      .selectFrom('signal')
      .select('rule')
      .where('source', '=', 'countersign')
      .execute();
    expect(raised).toEqual([{ rule: 'ValidationFailed' }]);
  });
});
