import type { Id } from '@countersign/core';
import { PAYLOAD, type DsseEnvelope } from '@countersign/seal';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Opened } from '../enclaves/enclave.builder.ts';
import {
  approvalOf,
  approve,
  bundlePeople,
  capsulesFor,
  closeDesk,
  control,
  eventsOf,
  must,
  openDesk,
  passTime,
  release,
  signing,
  stateOf,
  witness,
  world,
} from '../flow/desk.builder.ts';
import { bundleIn } from '../flow/desk.parse.ts';
import { pending } from '../flow/scenes.builder.ts';
import { sign } from '../testkit/world.ts';

const HOUR_MS = 3_600_000;
const documentIn = ({ payload }: DsseEnvelope): { readonly person: string } =>
  JSON.parse(Buffer.from(payload, 'base64').toString()) as { readonly person: string };
/** The service owner's signature. */
const byOwner = (opened: Opened): DsseEnvelope => {
  const document = { ...documentIn(approvalOf(opened, 'ana')), person: 'omar', role: 'service-owner' };
  return sign(PAYLOAD.approval, document, [world.keys.omar]);
};
const role = (name: string) => name as Id<'Role'>;

beforeEach(async () => {
  await openDesk();
  // Two people are owed: a release approver and the service owner.
  const floor = {
    quorums: [
      {
        environment: 'production' as const,
        demands: [
          { role: role('release-approver'), count: 1 },
          { role: role('service-owner'), count: 1 },
        ],
      },
    ],
    humanOnlyActions: [],
    autonomousTargets: 100,
  };
  const people = bundlePeople(world.bundle()).map((person) =>
    person.id === 'sam' ? { ...person, roles: [role('release-approver')] } : person,
  );
  // Whoever answers for the agent approves nothing of it.
  const agents = bundleIn(world.bundle()).agents.map((agent) => ({ ...agent, owner: 'kim' as Id<'Person'> }));
  await must(
    control.ask('person:kim', 'POST', '/api/v1/trust', {
      body: { trust: world.bundle({ version: 2, floor, people, agents }) },
    }),
    200,
  );
});
afterEach(closeDesk);

describe('an approval that waits for a second person', () => {
  test('A2: runs out, and the same person signs again: the new signature takes its place', async () => {
    const id = await pending();
    const opened = await signing(id);
    expect(await must(approve(approvalOf(opened, 'ana')), 201)).toMatchObject({ state: 'PENDING', isNew: true });
    passTime(2 * HOUR_MS);
    expect(await must(approve(approvalOf(opened, 'ana')), 201)).toMatchObject({ state: 'PENDING', isNew: true });
    const rows = await control.deps.store.selectFrom('approval').select(['person', 'received_at']).execute();
    expect(rows).toHaveLength(1);
    expect((await eventsOf(id)).filter((event) => event === 'approval.received')).toHaveLength(2);
  });

  test('trap 2: as long as it holds, another one of the same person changes nothing', async () => {
    const id = await pending();
    const opened = await signing(id);
    await must(approve(approvalOf(opened, 'ana')), 201);
    const other = approvalOf(opened, 'ana', { nonce: '2'.repeat(32) });
    expect(await must(approve(other), 200)).toMatchObject({ state: 'PENDING', isNew: false });
    expect((await eventsOf(id)).filter((event) => event === 'approval.received')).toHaveLength(1);
  });

  test('X1: one that ran out and was not needed does not go along: a runner refuses a capsule with a single bad one', async () => {
    const id = await pending();
    const opened = await signing(id);
    await must(approve(approvalOf(opened, 'sam'), 'person:sam'), 201);
    passTime(2 * HOUR_MS);
    await must(approve(approvalOf(opened, 'ana')), 201);
    expect(await must(approve(byOwner(opened), 'person:omar'), 201)).toMatchObject({ state: 'DISPATCHED' });
    await witness();
    const [sent] = await capsulesFor('prod-1');
    expect(sent?.delivery.approvals.map(({ signatures }) => signatures.length)).toEqual([1, 1]);
    expect(sent?.delivery.approvals.map((dsse) => documentIn(dsse).person)).toEqual(['ana', 'omar']);
  });
});

describe('release', () => {
  test('X1: a capsule that cannot leave is told of and does not hold up the one behind it', async () => {
    const id = await pending();
    const opened = await signing(id);
    await must(approve(approvalOf(opened, 'ana')), 201);
    await must(approve(byOwner(opened), 'person:omar'), 201);
    expect((await stateOf(id)).state).toBe('DISPATCHED');
    // The database loses the risk assessment of the first one.
    const store = control.owner;
    await sql`alter table document disable trigger document_append_only`.execute(store);
    await store.deleteFrom('document').where('digest', '=', opened.capsule.riskAssessment).execute();
    await witness();
    expect(control.reports.some(({ where, error }) => where === 'release' && error.includes('not stored'))).toBe(true);
    control.reports.splice(0);
    expect(await release.release(world.organisation)).toBe(0);
    expect(await capsulesFor('prod-1')).toEqual([]);
    control.reports.splice(0);
  });
});
