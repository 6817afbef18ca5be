/** After its time the working row of a proposal keeps none of its text either (V2). */
import { plusMs, type Envelope, type Proposal } from '@countersign/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { goodEvents } from '../enclaves/enclave.builder.ts';
import {
  closeDesk,
  control,
  draft,
  must,
  now,
  openDesk,
  passTime,
  policy,
  production,
  propose,
  remediations,
  report,
  witness,
  world,
} from '../flow/desk.builder.ts';
import { shownId } from '../flow/desk.parse.ts';
import { dispatched } from '../flow/scenes.builder.ts';
import { idOf } from '../testkit/world.ts';
import { runRetention } from './retention.ts';

const DAY_MS = 86_400_000;
beforeEach(openDesk);
afterEach(closeDesk);

const TEN = { staging: 10, 'pre-production': 10, production: 10 } as const;
async function keepFor(change: Partial<Envelope>): Promise<void> {
  const next = JSON.parse(Buffer.from(policy(2).payload, 'base64').toString()) as object;
  const envelope = world.envelope({ ...next, ...change });
  await must(control.ask('person:kim', 'POST', '/api/v1/envelope', { body: { envelope } }), 200);
}
/** A change that ran alone and is over. */
async function over(): Promise<string> {
  const { id, sent } = await dispatched();
  await must(report('prod-1', production().progress(sent, 0, goodEvents(sent.capsule, now()))), 200);
  await must(report('prod-1', production().evidence(sent, now(), 'completed')), 200);
  await witness();
  return id;
}
/** How many bodies of proposals went. */
async function gone(): Promise<number> {
  const kinds = await runRetention(control.deps, { organisation: world.organisation, actor: 'control', now: now() });
  if (!kinds.ok) throw new Error(kinds.refusal.detail);
  return kinds.value.find(({ kind }) => kind === 'proposals')?.expired ?? 0;
}

test('V2: the working row keeps none of the text either, and its page says which entry held it', async () => {
  await keepFor({ retentionDays: TEN });
  const id = await over();
  const texts = async (): Promise<string> => (await control.ask('person:omar', 'GET', `/api/v1/proposals/${id}`)).body;
  const { document, expired: before } = JSON.parse(await texts()) as { document: Proposal; expired?: string };
  expect(before).toBeUndefined();
  passTime(11 * DAY_MS);
  expect(await gone()).toBeGreaterThan(0);
  const after = JSON.parse(await texts()) as { title: string; expired: string; document: Proposal };
  expect(after.title).toBe(`expired, digest ${after.expired}`);
  expect(after.document.change).toMatchObject({ action: document.change.action, steps: [] });
  const row = JSON.stringify(
    await control.deps.store.selectFrom('proposal').selectAll().where('id', '=', id).executeTakeFirst(),
  );
  for (const text of [document.hypothesis, document.trace, document.context.prompt, document.change.summary])
    expect([text.length > 3, row.includes(text)]).toEqual([true, false]);
  const listed = await must(control.ask('person:omar', 'GET', '/api/v1/proposals'), 200);
  expect(listed['items']).toMatchObject([{ id, expired: after.expired }]);
  expect(await gone()).toBe(0);
});

test('V2, D1: a prohibited change that nobody mended is over after thirty days, and its text goes ten days later', async () => {
  await keepFor({ retentionDays: TEN, validUntil: plusMs(now(), 80 * DAY_MS) });
  const body = { ...(await draft('data.destroy')), hypothesis: 'canary of a prohibited change' };
  const id = shownId(await must(propose(body), 201));
  const row = () =>
    control.deps.store.selectFrom('proposal').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
  expect((await row()).state).toBe('PROHIBITED');
  passTime(29 * DAY_MS);
  await remediations.advance({ organisation: world.organisation, proposal: idOf(id) });
  expect([(await row()).state, await gone()]).toEqual(['PROHIBITED', 0]);
  passTime(2 * DAY_MS);
  await remediations.advance({ organisation: world.organisation, proposal: idOf(id) });
  expect((await row()).state).toBe('EXPIRED');
  passTime(11 * DAY_MS);
  expect(await gone()).toBeGreaterThan(0);
  expect(JSON.stringify(await row())).not.toContain('canary');
  const work = await control.deps.store.selectFrom('manual_work').select(['title', 'state']).execute();
  expect(work).toEqual([{ title: expect.stringMatching(/^expired, digest sha256:/) as string, state: 'open' }]);
  // Open work still knows by which checks it is closed.
  const done = control.ask('person:omar', 'POST', `/api/v1/manual-work/${id}/done`, { body: { note: 'by hand' } });
  expect(await must(done, 200)).toMatchObject({ postCheck: { checks: [expect.anything()] } });
});
