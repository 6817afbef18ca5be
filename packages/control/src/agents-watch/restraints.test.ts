import { instantOf, msOf, type RestraintLift } from '@countersign/core';
import { PAYLOAD } from '@countersign/seal';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { closeDesk, control, draft, drilled, must, now, openDesk, propose, world } from '../flow/desk.builder.ts';
import { shownId } from '../flow/desk.parse.ts';
import { bodiesOf } from '../testkit/leaves.ts';
import { idOf, sign } from '../testkit/world.ts';

beforeAll(async () => {
  await openDesk();
  await drilled();
});
afterAll(closeDesk);
beforeEach(async () => {
  await control.deps.store.deleteFrom('restraint').execute();
  await control.deps.store.deleteFrom('agent_refusal').execute();
  // What earlier tests proposed is long past.
  const past = new Date(msOf(now()) - 60 * 86_400_000);
  await control.deps.store.updateTable('proposal').set({ created_at: past }).execute();
});

let count = 0;
/** A drilled restart that would run alone; the state it came to. */
async function restart(): Promise<{ readonly id: string; readonly state: string; readonly verdict: string }> {
  count += 1;
  await control.deps.store.updateTable('proposal').set({ state: 'EXPIRED' }).execute();
  await control.deps.store.updateTable('capsule').set({ state: 'void' }).execute();
  const title = `restart ${count}`;
  const answer = await must(propose({ ...(await draft('service.restart')), title, hypothesis: title }), 201);
  const id = shownId(answer);
  const row = await control.deps.store
    .selectFrom('decision')
    .select('verdict')
    .where('proposal', '=', id)
    .executeTakeFirstOrThrow();
  return { id, state: String(answer['state']), verdict: row.verdict };
}
const suspend = (who: string, subject: string) =>
  control.ask(who, 'POST', `/api/v1/${subject}/suspend`, { body: { reason: 'it behaves oddly' } });
const lift = (id: string, change: Partial<RestraintLift> = {}, key: 'kim' | 'ana' | 'sam' = 'kim') => {
  const document: RestraintLift = {
    type: 'restraint-lift',
    organisation: world.organisation,
    restraint: idOf<'Restraint'>(id),
    person: idOf<'Person'>(key),
    reason: 'looked into it',
    signedAt: now(),
    expiresAt: instantOf(msOf(now()) + 900_000),
    ...change,
  };
  const body = { lift: sign(PAYLOAD.restraintLift, document, [world.keys[key]]) };
  return control.ask('person:kim', 'POST', `/api/v1/restraints/${id}/lift`, { body });
};
const restraints = async () =>
  (await must(control.ask('person:sam', 'GET', '/api/v1/restraints'), 200))['items'] as readonly {
    readonly id: string;
    readonly kind: string;
    readonly reasons: readonly string[];
  }[];

test('D7: any named person stops an agent at once: the next act asks people', async () => {
  expect((await restart()).verdict).toBe('autonomous');
  await must(suspend('person:omar', 'agents/playbook'), 200);
  const held = await restart();
  expect(held.verdict).toBe('needs-approval');
  expect(await restraints()).toMatchObject([
    { subjectKind: 'agent', subject: 'playbook', kind: 'suspended', by: 'person:omar', reasons: ['it behaves oddly'] },
  ]);
  expect((await bodiesOf(control, world, 'restraint.set')).at(-1)).toMatchObject({ kind: 'suspended' });
});

test('D7: only the signature of a policy admin who does not answer for the agent lets it go on', async () => {
  const { id } = (await must(suspend('person:sam', 'agents/playbook'), 200)) as { id: string };
  expect((await lift(id, {}, 'sam')).json<{ code: string }>().code).toBe('lift-refused');
  expect((await lift(id, { restraint: idOf<'Restraint'>('H-other') })).statusCode).toBe(403);
  expect((await restart()).verdict).toBe('needs-approval');
  await must(lift(id), 200);
  expect((await restart()).verdict).toBe('autonomous');
  expect((await lift(id)).statusCode).toBe(404);
  expect((await bodiesOf(control, world, 'restraint.lifted')).at(-1)).toMatchObject({ restraint: id });
});

test('D7: a suspended source counts as if nobody had authenticated it', async () => {
  await must(suspend('person:sam', 'sources/alertmanager-dc1'), 200);
  expect((await restart()).verdict).toBe('prohibited');
  expect((await suspend('person:sam', 'sources/nobody')).statusCode).toBe(404);
  expect((await suspend('agent:playbook', 'agents/playbook')).statusCode).toBe(403);
});

test('D7: suspending twice is one restraint', async () => {
  const [first, second] = [
    await must(suspend('person:sam', 'agents/playbook'), 200),
    await must(suspend('person:omar', 'agents/playbook'), 200),
  ];
  expect(second['id']).toBe(first['id']);
  expect(await restraints()).toHaveLength(1);
});

/** A week of one proposal a day, so that there is a past to leave. */
async function aWeek(): Promise<void> {
  const { id } = await restart();
  for (let day = 1; day <= 7; day += 1) {
    await control.deps.store
      .insertInto('proposal')
      .expression((build) =>
        build
          .selectFrom('proposal as p')
          .select((row) => [
            'p.organisation',
            row.val(`past-${count}-${day}`).as('id'),
            'p.revision',
            row.val('EXPIRED').as('state'),
            'p.agent',
            'p.triage',
            'p.document',
            'p.change_digest',
            'p.intent',
            'p.reason',
            'p.validation_capsule',
            'p.rollout_capsule',
            row.val(new Date(msOf(now()) - day * 86_400_000)).as('created_at'),
            'p.updated_at',
          ])
          .where('p.id', '=', id),
      )
      .execute();
  }
}

test('D7: an agent whose refusals leave its past drops to approval by itself, on record, until it is signed', async () => {
  await aWeek();
  expect((await restart()).verdict).toBe('autonomous');
  for (let n = 0; n < 5; n += 1) expect((await propose({ title: `nonsense ${n}` })).statusCode).toBe(422);
  const held = await restart();
  expect(held.verdict).toBe('needs-approval');
  const [restraint] = await restraints();
  expect(restraint).toMatchObject({ kind: 'baseline', by: 'control' });
  expect(restraint?.reasons[0]).toMatch(/^5 refused proposals today/);
  expect((await restart()).verdict).toBe('needs-approval');
  expect(await restraints()).toHaveLength(1);
  await must(lift(restraint?.id ?? ''), 200);
  expect((await restart()).verdict).toBe('autonomous');
});
