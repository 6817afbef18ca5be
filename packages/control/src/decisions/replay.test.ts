import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Decision } from '@countersign/core';
import { canonicalBytes, digestOf } from '@countersign/seal';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { closeDesk, control, draft, must, openDesk, policy, propose, world } from '../flow/desk.builder.ts';
import { dispatched, pending } from '../flow/scenes.builder.ts';
import { shownId } from '../flow/desk.parse.ts';
import { Remediations } from '../flow/remediations.ts';
import { bodiesOf } from '../testkit/leaves.ts';
import { idOf } from '../testkit/world.ts';

beforeAll(openDesk);
afterAll(closeDesk);

interface Stored {
  readonly digest: string;
  readonly document: Decision;
}
const storedOf = async (proposal: string): Promise<readonly Stored[]> =>
  (await control.deps.store
    .selectFrom('decision')
    .select(['digest', 'document'])
    .where('proposal', '=', proposal)
    .execute()) as unknown as readonly Stored[];

/** The digest a fresh process reaches from the record alone. */
async function elsewhere(decision: Decision): Promise<string> {
  const [envelope, bundle] = await Promise.all([
    control.deps.trust.envelope(world.organisation),
    control.deps.trust.bundle(world.organisation),
  ]);
  if (!envelope.ok || bundle === undefined) throw new Error('nothing is in force');
  const signers = bundle.bundle.people.filter(({ roles }) => roles.some((role) => role === 'policy-admin'));
  const child = spawn(process.execPath, ['boot.cjs', 'packages/control/src/testkit/replay.main.ts'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stdin.end(JSON.stringify({ decision, envelope: envelope.value.envelope, floor: bundle.bundle.floor, signers }));
  await once(child, 'close');
  return Buffer.concat(chunks).toString('utf8');
}

test('D2: what was decided here with both engines is reached in another process by ours alone, to the same digest', async () => {
  const { id } = await dispatched();
  const [alone] = await storedOf(id);
  const people = (await storedOf(await pending())).at(-1);
  for (const stored of [alone, people]) {
    if (stored === undefined) throw new Error('nothing was decided');
    expect(digestOf(canonicalBytes(stored.document))).toBe(stored.digest);
    expect(await elsewhere(stored.document)).toBe(stored.digest);
  }
  expect(alone?.document.verdict).toBe('autonomous');
  expect(alone?.document.engines).toEqual([
    expect.stringMatching(/^cedar 4\.13\.\d+ sha256:/),
    'own 1',
    expect.stringMatching(/^policies sha256:/),
    'tzdata none',
  ]);
}, 60_000);

test('X1: the decision names the documents that vouch for its facts', async () => {
  const decision = (await bodiesOf(control, world, 'decision.made')).at(-1) as Decision;
  const of = (knower: string) => decision.provenance.find((one) => one.knower === knower)?.documents ?? [];
  expect(of('graph-owner')).toEqual([decision.graph.digest]);
  expect(of('envelope')).toEqual([decision.envelope.digest]);
  expect(of('relay')).toHaveLength(1);
  expect(of('proposal')).toEqual([decision.changeDigest]);
});

test('D1: an engine that fails prohibits what it was asked, and the record calls an operator', async () => {
  await must(control.ask('person:ana', 'POST', '/api/v1/envelope/suspend', { body: {} }), 200);
  const body = { ...(await draft('config.change')), title: 'later', hypothesis: 'later', failingCheck: 'later' };
  await control.deps.store.updateTable('proposal').set({ state: 'EXPIRED' }).execute();
  const id = shownId(await must(propose(body), 201));
  await must(control.ask('person:kim', 'POST', '/api/v1/envelope', { body: { envelope: policy(2) } }), 200);
  const failing = new Remediations(control.deps, () => ({ kind: 'error', problem: 'it trapped', engine: 'cedar' }));
  const proposal = idOf<'Proposal'>(id);
  expect(await failing.advance({ organisation: world.organisation, proposal })).toMatchObject({ state: 'PROHIBITED' });
  const decision = (await bodiesOf(control, world, 'decision.made')).at(-1) as Decision;
  const alarm = 'the policy engine could not answer (autonomous): it trapped';
  expect(decision).toMatchObject({ verdict: 'prohibited', alarm, counterfactuals: [] });
  expect(await bodiesOf(control, world, 'engine.failed')).toEqual([
    { decision: digestOf(canonicalBytes(decision)), alarm },
  ]);
});
