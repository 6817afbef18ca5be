import type { CapsuleDelivery, PollAnswer } from '@countersign/seal';
import { checkLinked, encodeBase64, MAX_RECORD_LINKS, parseTlogProof, openCheckpoint } from '@countersign/seal';
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { closeDesk, control, must, now, openDesk, production, report, stateOf, world } from '../flow/desk.builder.ts';
import { dispatched, pending } from '../flow/scenes.builder.ts';
import { checkpointTrust, recorder } from '../testkit/record.ts';

import { shownSizes } from './deliveries.ts';
import type { Opened } from './enclave.builder.ts';

beforeEach(openDesk);
afterEach(closeDesk);

const headOf = ({ proof }: Pick<CapsuleDelivery, 'proof'>): { readonly size: number; readonly root: string } => {
  const parsed = parseTlogProof(proof);
  const opened = parsed.ok ? openCheckpoint(parsed.value.checkpoint, checkpointTrust(world, 1)) : parsed;
  if (!opened.ok) throw new Error(opened.refusal.detail);
  return { size: opened.value.size, root: encodeBase64(opened.value.root) };
};
const capsulesOf = async (enclave = 'staging-1'): Promise<readonly CapsuleDelivery[]> => {
  const answer = await control.ask(`enclave:${enclave}`, 'GET', `/api/v1/enclaves/${enclave}/poll?after=0&wait=0`);
  return answer
    .json<PollAnswer>()
    .deliveries.flatMap(({ delivery }) => (delivery.kind === 'capsule' ? [delivery] : []));
};

test('V3: each delivery shows that its record continues those of the deliveries before it', async () => {
  const { record } = recorder(() => control, world);
  for (let times = 0; times < 3; times += 1) {
    const id = await pending();
    await must(control.ask('agent:playbook', 'POST', `/api/v1/proposals/${id}/withdraw`, { body: {} }), 200);
    await record(1 + times);
  }
  const sent = await capsulesOf();
  expect(sent.length).toBe(3);
  expect(sent.map(({ links = [] }) => links.length)).toEqual([0, 1, 2]);
  for (const [place, newer] of sent.entries())
    for (const older of sent.slice(0, place))
      expect(checkLinked(headOf(older), headOf(newer), newer.links ?? [])).toEqual({ ok: true, value: true });
  const sizes = await shownSizes(control.deps.store, {
    organisation: world.organisation,
    enclave: 'staging-1' as never,
  });
  expect(sizes).toEqual(sent.map((one) => headOf(one).size).toReversed());
  expect(sizes.length).toBeLessThanOrEqual(MAX_RECORD_LINKS);
});

const unlinked = async (sent: Opened, seen: object): Promise<void> =>
  void (await must(report('prod-1', production().refusal(sent, now(), 'record-unlinked', seen)), 200));

test('V3: a runner that missed too much says where it stands, and is shown that the record grew from there', async () => {
  await pending();
  const { id, sent } = await dispatched();
  const [elsewhere] = await capsulesOf();
  const [before] = await capsulesOf('prod-1');
  if (elsewhere === undefined || before === undefined) throw new Error('nothing was sent');
  const stands = headOf(elsewhere);
  expect(checkLinked(stands, headOf(before), before.links ?? [])).toMatchObject({
    refusal: { code: 'record-unlinked' },
  });
  await unlinked(sent, { seen: stands.size });
  expect((await stateOf(id)).state).toBe('DISPATCHED');
  const [again, ...more] = await capsulesOf('prod-1');
  expect(more).toEqual([]);
  expect(checkLinked(stands, headOf(again!), again!.links ?? [])).toEqual({ ok: true, value: true });
  expect({ ...again, links: [] }).toEqual({ ...before, links: [] });
  // A second refusal is one: nothing more can be shown.
  await unlinked(sent, { seen: stands.size });
  expect((await stateOf(id)).state).not.toBe('DISPATCHED');
});

test.each([
  ['does not say where it stands', () => ({})],
  ['has seen more than was sent', (size: number) => ({ seen: size + 1 })],
  ['has seen what was sent', (size: number) => ({ seen: size })],
])('V3: nothing can be shown to one that %s', async (_what, seen) => {
  const { id, sent } = await dispatched();
  const [before] = await capsulesOf('prod-1');
  await unlinked(sent, seen(headOf(before!).size));
  expect((await stateOf(id)).state).not.toBe('DISPATCHED');
});

test('V3: with the links it was sent with there are never more than a receiver takes', async () => {
  const { sent } = await dispatched();
  const many = Array.from({ length: MAX_RECORD_LINKS }, (_, from) => ({ from: from + 1000, hashes: [] }));
  await sql`update delivery set body = body || ${JSON.stringify({ links: many })}::jsonb where kind = 'capsule'`.execute(
    control.deps.store,
  );
  await unlinked(sent, { seen: 1 });
  const [again] = await capsulesOf('prod-1');
  expect(again?.links?.map(({ from }) => from)).toEqual([1, ...many.slice(0, -1).map(({ from }) => from)]);
});
