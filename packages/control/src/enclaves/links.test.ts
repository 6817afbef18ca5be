import type { CapsuleDelivery, PollAnswer } from '@countersign/seal';
import { checkLinked, encodeBase64, MAX_RECORD_LINKS, parseTlogProof, openCheckpoint } from '@countersign/seal';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { closeDesk, control, must, openDesk, world } from '../flow/desk.builder.ts';
import { pending } from '../flow/scenes.builder.ts';
import { checkpointTrust, recorder } from '../testkit/record.ts';
import { shownSizes } from './deliveries.ts';

beforeEach(openDesk);
afterEach(closeDesk);

const headOf = ({ proof }: Pick<CapsuleDelivery, 'proof'>): { readonly size: number; readonly root: string } => {
  const parsed = parseTlogProof(proof);
  const opened = parsed.ok ? openCheckpoint(parsed.value.checkpoint, checkpointTrust(world, 1)) : parsed;
  if (!opened.ok) throw new Error(opened.refusal.detail);
  return { size: opened.value.size, root: encodeBase64(opened.value.root) };
};
const capsulesOf = async (): Promise<readonly CapsuleDelivery[]> => {
  const answer = await control.ask('enclave:staging-1', 'GET', '/api/v1/enclaves/staging-1/poll?after=0&wait=0');
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
