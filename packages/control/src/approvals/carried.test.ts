import type { Envelope, Id, NodeId, Proposal, TargetId } from '@countersign/core';
import { deltaPageOf, digestOf, PAYLOAD, verifyBundle, type DsseEnvelope } from '@countersign/seal';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Opened } from '../enclaves/enclave.builder.ts';
import {
  approvalOf,
  approve,
  bundlePeople,
  capsulesFor,
  closeDesk,
  control,
  draft,
  eventsOf,
  must,
  now,
  openDesk,
  policy,
  propose,
  remediations,
  report,
  signing,
  staging,
  stateOf,
  witness,
  world,
} from '../flow/desk.builder.ts';
import { bundleIn, shownId } from '../flow/desk.parse.ts';
import { sign } from '../testkit/world.ts';

const idOf = <Name extends string>(text: string): Id<Name> => text as Id<Name>;
const HOST = { kind: 'host', tier: 'non-critical' } as const;

/** The estate as its owner signs it: web-1, web-2 and what is told of the rest. */
const estate = (version: number, hosts: readonly string[]): DsseEnvelope =>
  world.graph({
    version,
    nodes: [
      ...hosts.map((id) => ({ id: idOf<'Node'>(id), ...HOST, environment: 'production' as const })),
      { id: idOf<'Node'>('stage-1'), ...HOST, environment: 'staging' },
      { id: idOf<'Node'>('shop'), kind: 'service', tier: 'non-critical', environment: 'production', minHealthy: 0 },
    ],
    edges: hosts.map((to) => ({ from: idOf<'Node'>('shop'), to: to as NodeId, kind: 'depends-on', isHard: false })),
  });
const post = (path: string, body: object): ReturnType<typeof control.ask> =>
  control.ask('person:kim', 'POST', path, { body });

beforeEach(async () => {
  await openDesk();
  const demands = ['release-approver', 'service-owner'].map((role) => ({ role: idOf<'Role'>(role), count: 1 }));
  const floor = {
    quorums: [{ environment: 'production' as const, demands }],
    humanOnlyActions: [],
    autonomousTargets: 100,
  };
  const agents = bundleIn(world.bundle()).agents.map((agent) => ({ ...agent, owner: idOf<'Person'>('kim') }));
  const people = bundlePeople(world.bundle());
  await must(post('/api/v1/trust', { trust: world.bundle({ version: 2, floor, agents, people }) }), 200);
  await must(post('/api/v1/graph', { graph: estate(2, ['web-1', 'web-2']) }), 200);
});
afterEach(closeDesk);

async function bundleOf(id: string): Promise<ReturnType<typeof verifyBundle>> {
  const answer = await control.ask('person:kim', 'GET', `/api/v1/proposals/${id}/bundle?purpose=test`);
  return verifyBundle(Buffer.from(answer.body), { root: world.config.root });
}

const look = (id: string): Promise<unknown> =>
  remediations.advance({ organisation: world.organisation, proposal: id as Proposal['id'] });

/** Two hosts, proved in staging, up for approval. */
async function pending(): Promise<string> {
  const targets = ['web-1', 'web-2'].map((name) => idOf<'Target'>(name)) as readonly TargetId[];
  const id = shownId(await must(propose(await draft('config.change', { targets })), 201));
  await witness();
  const [run] = await capsulesFor('staging-1');
  if (run === undefined) throw new Error('no validation capsule');
  await must(report('staging-1', staging().validation(run, now())), 200);
  return id;
}

const documentIn = ({ payload }: DsseEnvelope): Readonly<Record<string, unknown>> =>
  JSON.parse(Buffer.from(payload, 'base64').toString()) as Readonly<Record<string, unknown>>;
const byOwner = (opened: Opened): DsseEnvelope =>
  sign(PAYLOAD.approval, { ...documentIn(approvalOf(opened, 'ana')), person: 'omar', role: 'service-owner' }, [
    world.keys.omar,
  ]);
const byAna = (before: Opened, after: Opened, change: object = {}): DsseEnvelope =>
  approvalOf(after, 'ana', {
    since: before.digest,
    shown: digestOf(new TextEncoder().encode(deltaPageOf(before, after))),
    ...change,
  });

describe('D6: a capsule that somebody signed and that is decided again', () => {
  test('keeps the signature when a target left the estate: the next version is narrower, and only the others sign', async () => {
    const id = await pending();
    const first = await signing(id);
    await must(approve(approvalOf(first, 'ana')), 201);
    await must(post('/api/v1/graph', { graph: estate(3, ['web-1']) }), 200);
    await look(id);
    const second = await signing(id);
    expect(second.capsule).toMatchObject({ id: first.capsule.id, version: 2, parent: first.digest });
    expect(second.capsule.targets.map((target) => target.id)).toEqual(['web-1']);
    expect(await must(approve(byOwner(second), 'person:omar'), 201)).toMatchObject({ state: 'DISPATCHED' });
    await witness();
    const [sent] = await capsulesFor('prod-1');
    expect(sent?.delivery.parents?.map(({ payload }) => digestOf(Buffer.from(payload, 'base64')))).toEqual([
      first.digest,
    ]);
    expect(sent?.delivery.approvals.map((dsse) => documentIn(dsse)['capsule'])).toEqual([second.digest, first.digest]);
    // V4: and the evidence proves it to somebody who has only the file.
    expect(await bundleOf(id)).toMatchObject({ ok: true, value: { proposal: id } });
  });

  test('without a signature a target that left the estate is a fault of the proposal, as ever', async () => {
    const id = await pending();
    const first = await signing(id);
    await must(post('/api/v1/graph', { graph: estate(3, ['web-1']) }), 200);
    await look(id);
    const { state } = await stateOf(id);
    const after = state === 'PENDING' ? (await signing(id)).capsule : first.capsule;
    expect(after.targets.map((target) => target.id)).toEqual(['web-1', 'web-2']);
  });

  test('E3: keeps the signature under an envelope that is proved to allow no more', async () => {
    const id = await pending();
    const first = await signing(id);
    await must(approve(approvalOf(first, 'ana')), 201);
    await must(post('/api/v1/envelope', { envelope: policy(2) }), 200);
    await look(id);
    const second = await signing(id);
    expect(second.capsule.envelope.version).toBe(2);
    expect(await must(approve(byOwner(second), 'person:omar'), 201)).toMatchObject({ state: 'DISPATCHED' });
  });

  test('asks the signer for what changed and nothing else, and refuses another page', async () => {
    const id = await pending();
    const first = await signing(id);
    await must(approve(approvalOf(first, 'ana')), 201);
    await must(post('/api/v1/envelope', { envelope: wider() }), 200);
    await look(id);
    const second = await signing(id);
    expect(await must(approve(byOwner(second), 'person:omar'), 201)).toMatchObject({ state: 'PENDING' });
    for (const change of [{ shown: first.digest }, { since: second.digest }, { since: second.capsule.graph.digest }]) {
      const answer = await approve(byAna(first, second, change));
      expect([409, 422]).toContain(answer.statusCode);
    }
    expect((await eventsOf(id)).filter((event) => event === 'approval.refused')).toHaveLength(3);
    expect(await must(approve(byAna(first, second)), 201)).toMatchObject({ state: 'DISPATCHED' });
    await witness();
    const [sent] = await capsulesFor('prod-1');
    expect(sent?.delivery.approvals.map((dsse) => documentIn(dsse)['since'])).toEqual([
      undefined,
      undefined,
      first.digest,
    ]);
    expect(await bundleOf(id)).toMatchObject({ ok: true });
  });

  test('a signature over what changed is nothing from somebody who never signed the whole', async () => {
    const id = await pending();
    const first = await signing(id);
    await must(approve(byOwner(first), 'person:omar'), 201);
    await must(post('/api/v1/envelope', { envelope: wider() }), 200);
    await look(id);
    const second = await signing(id);
    const alone = await approve(byAna(first, second));
    expect([alone.statusCode, alone.json<{ code: string }>().code]).toEqual([422, 'approval-not-bound']);
    expect(await must(approve(approvalOf(second, 'ana')), 201)).toMatchObject({ state: 'PENDING' });
  });
});

/** A cap more than before: whatever it means for this change, it is not proved to narrow. */
function wider(): DsseEnvelope {
  const first = documentIn(policy(1)) as unknown as Envelope;
  const grants = first.grants.map((grant) => ({ ...grant, caps: { ...grant.caps, targets: 11 } }));
  return world.envelope({
    ...first,
    version: 2,
    supersedes: digestOf(Buffer.from(policy(1).payload, 'base64')),
    grants,
  });
}
