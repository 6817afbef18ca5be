import { instantOf, msOf, type Restoration } from '@countersign/core';
import { PAYLOAD, type SignerKey } from '@countersign/seal';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  capsulesFor,
  closeDesk,
  control,
  draft,
  drilled,
  must,
  now,
  openDeskBeside,
  passTime,
  production,
  propose,
  report,
  signal,
  witness,
  world,
} from '../flow/desk.builder.ts';
import type { Opened } from '../enclaves/enclave.builder.ts';
import { shownId } from '../flow/desk.parse.ts';
import { bodiesOf } from '../testkit/leaves.ts';
import { idOf, makeWorld, sign, type World } from '../testkit/world.ts';

let other: World;
/** Leaves of earlier tests. */
let before = 0;
beforeAll(async () => {
  other = makeWorld('globex');
  await openDeskBeside([other]);
  await control.ask('person:kim', 'POST', '/api/v1/trust', { world: other, body: { trust: other.bundle() } });
  await control.ask('person:kim', 'POST', '/api/v1/envelope', { world: other, body: { envelope: other.envelope() } });
  await drilled();
});
afterAll(closeDesk);
beforeEach(async () => {
  const { store } = control.deps;
  await store.deleteFrom('contraction').execute();
  await store.deleteFrom('signal_outcome').execute();
  await store.updateTable('proposal').set({ state: 'EXPIRED' }).execute();
  await store.updateTable('capsule').set({ state: 'void' }).execute();
  before = (await bodiesOf(control, world, 'class.contracted')).length;
});

let acts = 0;
/** An act that is over, on the ground of these signals. */
async function act(state: 'SUCCEEDED' | 'FAILED' | 'ROLLED_BACK', signals: readonly string[] = []): Promise<void> {
  acts += 1;
  const { organisation } = world;
  const capsule = `sha256:${String(acts).padStart(64, '0')}`;
  const { store } = control.deps;
  // Over only now, and begun long ago: it counts for no cap of this hour.
  const longAgo = instantOf(msOf(now()) - 2 * 86_400_000);
  const about = { organisation, id: `past-${acts}`, revision: 1 };
  await store
    .insertInto('proposal')
    .values({
      ...about,
      state,
      agent: 'another',
      triage: null,
      document: JSON.stringify({ change: { action: 'service.restart' }, targets: [], signals, title: about.id }),
      change_digest: '',
      intent: about.id,
      reason: '',
      validation_capsule: null,
      rollout_capsule: capsule,
      created_at: longAgo,
      updated_at: now(),
    })
    .execute();
  await store
    .insertInto('capsule')
    .values({
      ...about,
      digest: capsule,
      proposal: about.id,
      purpose: 'rollout',
      enclave: 'prod-1',
      dsse: '{}',
      risk: '',
      state: 'finished',
      created_at: longAgo,
    })
    .execute();
  await store
    .insertInto('rollout')
    .values({
      organisation,
      capsule,
      proposal: about.id,
      phase: 'completed',
      counts: '{}',
      trip: 0,
      last_event: 0,
      updated_at: longAgo,
    })
    .execute();
}
const label = (id: string, said: string, by = 'person:omar') =>
  control.ask(by, 'POST', `/api/v1/signals/${id}/label`, { body: { label: said, rationale: 'looked at the host' } });
const contractions = () => control.deps.store.selectFrom('contraction').selectAll().execute();
const told = async (): Promise<readonly unknown[]> =>
  (await bodiesOf(control, world, 'class.contracted')).slice(before);
const restarted = async (): Promise<string> => {
  const { store } = control.deps;
  await store.updateTable('proposal').set({ state: 'EXPIRED' }).where('agent', '=', 'playbook').execute();
  await store.updateTable('capsule').set({ state: 'void' }).where('state', '<>', 'finished').execute();
  const title = `restart ${(acts += 1)}`;
  const id = shownId(await must(propose({ ...(await draft('service.restart')), title, hypothesis: title }), 201));
  const row = control.deps.store.selectFrom('decision').select('verdict').where('proposal', '=', id);
  return (await row.executeTakeFirstOrThrow()).verdict;
};

/** Ten acts, of which two rested on the alarms that are returned: a fifth is as much as the envelope bears. */
async function twoDoubtful(): Promise<readonly string[]> {
  const alarms = [await signal(`Alarm${acts}a`), await signal(`Alarm${acts}b`)];
  for (const alarm of alarms) await act('SUCCEEDED', [alarm]);
  // The rate is of those that somebody labelled.
  for (let n = 0; n < 8; n += 1) {
    const right = await signal(`Right${acts}`);
    await act('SUCCEEDED', [right]);
    await must(label(right, 'true'), 200);
  }
  return alarms;
}

describe('E6: contraction at the label', () => {
  test('the false alarm that is one too many takes the autonomy in the transaction of its label', async () => {
    const [one = '', two = ''] = await twoDoubtful();
    await must(label(one, 'false'), 200);
    expect([await contractions(), await restarted()]).toEqual([[], 'autonomous']);
    await must(label(two, 'benign-known'), 200);
    expect(await contractions()).toMatchObject([{ action: 'service.restart', lifted_at: null }]);
    expect(await told()).toMatchObject([{ action: 'service.restart', reasons: [expect.anything()] }]);
    expect(await restarted()).toBe('needs-approval');
  });

  test('what nobody labelled takes nothing, and neither does a word that is no verdict', async () => {
    const [one = '', two = ''] = await twoDoubtful();
    await must(label(one, 'unclear'), 200);
    await must(label(two, 'unclear'), 200);
    expect([await contractions(), await told()]).toEqual([[], []]);
  });

  test('a label that is refused takes nothing either', async () => {
    const [one = '', two = ''] = await twoDoubtful();
    await must(label(one, 'false'), 200);
    expect((await label(two, 'false', 'agent:playbook')).statusCode).toBe(403);
    expect((await label(two, 'wrong')).statusCode).toBe(400);
    expect(await contractions()).toEqual([]);
  });

  test('two labels at the same moment contract once', async () => {
    const [one = '', two = ''] = await twoDoubtful();
    await act('FAILED');
    await Promise.all([label(one, 'false'), label(two, 'false', 'person:sam')]);
    await must(label(two, 'false'), 200);
    expect(await contractions()).toHaveLength(1);
    expect(await told()).toHaveLength(1);
  });
});

/** A restart that reached its enclave alone. */
async function sentAlone(): Promise<Opened> {
  const title = `restart ${(acts += 1)}`;
  const id = shownId(await must(propose({ ...(await draft('service.restart')), title, hypothesis: title }), 201));
  await witness();
  const sent = (await capsulesFor('prod-1')).find(({ capsule }) => capsule.proposal.id === id);
  if (sent === undefined) throw new Error('nothing was sent');
  return sent;
}

describe('E6: contraction at the outcome', () => {
  test.each([
    ['the failure that is one too many takes the autonomy', 'failed', 1],
    ['a success takes nothing', 'completed', 0],
  ] as const)('%s with the report of the runner', async (_what, outcome, count) => {
    for (let n = 0; n < 8; n += 1) await act('SUCCEEDED');
    await act('FAILED');
    const sent = await sentAlone();
    expect(await contractions()).toEqual([]);
    const evidence = production().evidence(sent, now(), outcome);
    await must(report('prod-1', evidence), 200);
    expect([(await contractions()).length, (await told()).length]).toEqual([count, count]);
    // The same report once more, under another name, counts once.
    await report('prod-1', evidence);
    expect([(await contractions()).length, (await told()).length]).toEqual([count, count]);
    passTime(1000);
    expect(await restarted()).toBe(count === 0 ? 'autonomous' : 'needs-approval');
  });
});

/** A contraction that stands. */
async function contracted(): Promise<string> {
  const [one = '', two = ''] = await twoDoubtful();
  await must(label(one, 'false'), 200);
  await must(label(two, 'false'), 200);
  const [row] = await contractions();
  if (row === undefined) throw new Error('nothing was contracted');
  return row.id;
}
const restorationOf = (contraction: string, change: Partial<Restoration> = {}): Restoration => ({
  type: 'restoration',
  organisation: world.organisation,
  action: 'service.restart',
  contraction: idOf(contraction),
  person: idOf<'Person'>('kim'),
  rationale: 'the cause was mended',
  signedAt: now(),
  ...change,
});
const restore = (document: object, key: SignerKey = world.keys.kim, by = 'person:kim', more: object = {}) =>
  control.ask(by, 'POST', '/api/v1/contractions/restorations', {
    body: { restoration: sign(PAYLOAD.restoration, document, [key]) },
    ...more,
  });

describe('E6: a class gets its autonomy back', () => {
  test.each<[string, Partial<Restoration>, 'kim' | 'ana' | 'omar' | 'runner', string]>([
    ['of another policy admin than it names', {}, 'ana', 'bad-signature'],
    ['of nobody', {}, 'runner', 'bad-signature'],
    ['of a person without the role', { person: idOf<'Person'>('omar') }, 'omar', 'forbidden'],
    ['of a person nobody knows', { person: idOf<'Person'>('eve') }, 'kim', 'forbidden'],
    ['for another organisation', { organisation: idOf<'Organisation'>('globex') }, 'kim', 'wrong-organisation'],
    ['for another contraction', { contraction: idOf('K-other') }, 'kim', 'not-found'],
    ['for another class', { action: 'config.change' }, 'kim', 'not-found'],
    ['of an hour ago', { signedAt: instantOf(Date.UTC(2026, 10, 21, 10)) }, 'kim', 'expired'],
    ['of tomorrow', { signedAt: instantOf(Date.UTC(2026, 10, 22, 12)) }, 'kim', 'expired'],
  ])('not by a signature %s: it stays contracted', async (_what, change, key, code) => {
    const id = await contracted();
    const answer = await restore(restorationOf(id, change), world.keys[key]);
    expect(answer.json<{ code: string }>().code).toBe(code);
    expect(await contractions()).toMatchObject([{ id, lifted_at: null, lifted_by: null }]);
    expect(await restarted()).toBe('needs-approval');
  });

  test('not by a token of an agent, an organisation beside, or a document of another type', async () => {
    const id = await contracted();
    const document = restorationOf(id);
    expect((await restore(document, world.keys.kim, 'agent:playbook')).statusCode).toBe(403);
    const beside = { world: other };
    expect((await restore(document, world.keys.kim, 'person:kim', beside)).json()).toMatchObject({
      code: 'wrong-organisation',
    });
    const theirs = restorationOf(id, { organisation: other.organisation });
    expect((await restore(theirs, other.keys.kim, 'person:kim', beside)).statusCode).toBe(404);
    const typed = { restoration: sign(PAYLOAD.restraintLift, document, [world.keys.kim]) };
    const answer = await control.ask('person:kim', 'POST', '/api/v1/contractions/restorations', { body: typed });
    expect(answer.json()).toMatchObject({ code: 'wrong-type' });
    expect((await control.ask('person:kim', 'GET', '/api/v1/contractions', beside)).json()).toEqual({
      items: [],
      standing: [],
    });
    expect(await contractions()).toMatchObject([{ lifted_at: null }]);
  });

  test('by one signature once: it is not good for the next contraction', async () => {
    const first = await contracted();
    const document = restorationOf(first);
    passTime(1000);
    expect((await restore(document, world.keys.kim, 'person:omar')).statusCode).toBe(200);
    expect((await restore(document)).json()).toMatchObject({ code: 'not-found' });
    expect(await restarted()).toBe('autonomous');
    passTime(1000);
    const [one = '', two = ''] = await twoDoubtful();
    await must(label(one, 'false'), 200);
    await must(label(two, 'false'), 200);
    const standing = (await contractions()).filter(({ lifted_at }) => lifted_at === null);
    expect(standing).toHaveLength(1);
    expect(standing[0]?.id).not.toBe(first);
    expect((await restore(document)).json()).toMatchObject({ code: 'not-found' });
    expect((await contractions()).filter(({ lifted_at }) => lifted_at === null)).toHaveLength(1);
  });

  test('of two restorations at once one counts, with one leaf', async () => {
    const id = await contracted();
    const leaves = (await bodiesOf(control, world, 'class.restored')).length;
    const ana = restorationOf(id, { person: idOf<'Person'>('ana') });
    const answers = await Promise.all([restore(restorationOf(id)), restore(ana, world.keys.ana)]);
    expect(answers.map(({ statusCode }) => statusCode).toSorted((a, b) => a - b)).toEqual([200, 404]);
    expect((await bodiesOf(control, world, 'class.restored')).length).toBe(leaves + 1);
  });
});
