/** Round trips to the database of one autonomous remediation, by use case: each is what somebody waits for. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PollAnswer } from '@countersign/seal';
import { goodEvents, type Opened } from '../enclaves/enclave.builder.ts';
import { recorder } from '../testkit/record.ts';
import { roundTripsOf } from '../testkit/queries.ts';
import {
  capsulesFor,
  closeDesk,
  control,
  draft,
  must,
  now,
  openDesk,
  production,
  propose,
  release,
  report,
  signal,
  statusOn,
  world,
} from './desk.builder.ts';
import { dispatched } from './scenes.builder.ts';

beforeAll(async () => {
  await openDesk();
  // One before: tokens, statuses and sizes of the record are remembered from then on.
  const { sent: first } = await dispatched();
  await must(report('prod-1', production().progress(first, 0, goodEvents(first.capsule, now()))), 200);
  await must(report('prod-1', production().evidence(first, now(), 'completed')), 200);
});
afterAll(closeDesk);

/** Without the log's own statement, which has its own connection: one a batch. */
async function count(work: () => Promise<unknown>): Promise<number> {
  await control.settled();
  const texts = await roundTripsOf(work);
  return texts.filter((text) => !/with placed|select id, bytes from leaf/.test(text)).length;
}
/** As a gateway asks: it waits for what comes. */
const poll = (after: number, wait: number): ReturnType<typeof control.ask> =>
  control.ask('enclave:prod-1', 'GET', `/api/v1/enclaves/prod-1/poll?after=${after}&wait=${wait}`);

test('D3: a signal that joins a triage is looked up and stored in two', async () => {
  await signal('DiskFull');
  expect(await count(() => signal('DiskFull'))).toBe(2);
});

let sent: Opened;
test('L1: a proposal is decided, built and stored in two', async () => {
  const body = await draft('service.restart');
  expect(await count(() => must(propose(body), 201))).toBe(2);
});

test('X1: a capsule is read while the witness looks at it, and leaves in one statement once the status counts it', async () => {
  const { organisation } = world;
  await control.settled();
  const { cosign, sizeOf } = recorder(() => control, world);
  const size = await sizeOf();
  const line = await cosign(size);
  release.expect(organisation, await subjectOfWaiting());
  const read = await count(async () => {
    release.grown(organisation);
    // Before the statement that counts it is there: nothing leaves, and what was read is kept.
    await control.ask('witness:one', 'POST', '/api/v1/record/cosignatures', { body: { size, line } });
    expect(await release.release(organisation)).toBe(0);
  });
  expect(read).toBe(2);
  const left = await count(async () => {
    await control.ask('witness:one', 'POST', '/api/v1/record/status', { body: { status: statusOn(size) } });
    expect(await release.release(organisation)).toBe(1);
  });
  expect(left).toBe(2);
  const opened = (await capsulesFor('prod-1')).at(-1);
  if (opened === undefined) throw new Error('nothing was sent');
  sent = opened;
});

async function subjectOfWaiting(): Promise<string> {
  const { capsule } = await control.deps.store
    .selectFrom('delivery')
    .select('capsule')
    .where('kind', '=', 'capsule')
    .where('body', 'is', null)
    .executeTakeFirstOrThrow();
  return `capsule:${(capsule ?? '').slice('sha256:'.length)}`;
}

test('X5: progress is taken in two, and evidence that ends it in three, with the look at its class', async () => {
  const events = goodEvents(sent.capsule, now());
  expect(await count(() => must(report('prod-1', production().progress(sent, 0, events)), 200))).toBe(2);
  expect(await count(() => must(report('prod-1', production().evidence(sent, now(), 'completed')), 200))).toBe(3);
});

test('X1: a gateway that comes back for more costs nothing while nothing is there, and gets what comes at once', async () => {
  const { next } = (await poll(0, 1000)).json<PollAnswer>();
  const waiting = poll(next, 20_000);
  expect(await count(() => Promise.resolve())).toBe(0);
  await must(control.ask('person:sam', 'POST', '/api/v1/halt', { body: {} }), 202);
  expect((await waiting).json<PollAnswer>().deliveries.map(({ delivery }) => delivery.kind)).toEqual(['halt']);
});

test('X1: what is remembered of a cursor ends with the wait: the table is asked then, whatever was told', async () => {
  const { next } = (await poll(0, 1000)).json<PollAnswer>();
  // What waits behind the cursor, and whether the cursor is ahead of a server that was restored.
  expect(await count(() => poll(next, 1))).toBe(2);
});
