import { instantOf, msOf, type RestraintLift, type TrustBundle } from '@countersign/core';
import { PAYLOAD, type SignerKey } from '@countersign/seal';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  bundlePeople,
  closeDesk,
  control,
  draft,
  drilled,
  must,
  now,
  openDeskBeside,
  passTime,
  propose,
  world,
} from '../flow/desk.builder.ts';
import { shownId } from '../flow/desk.parse.ts';
import { bodiesOf } from '../testkit/leaves.ts';
import { idOf, makeWorld, sign, type World } from '../testkit/world.ts';

let other: World;
/** Leaves of earlier tests. */
let before: Readonly<Record<'restraint.set' | 'restraint.lifted', number>>;
let bundles = 1;
const install = (change: Partial<TrustBundle> = {}) => {
  bundles += 1;
  const bundle = world.bundle({ version: bundles, ...change });
  return must(control.ask('person:kim', 'POST', '/api/v1/trust', { body: { trust: bundle } }), 200);
};
const told = async (event: keyof typeof before): Promise<readonly unknown[]> =>
  (await bodiesOf(control, world, event)).slice(before[event]);
beforeAll(async () => {
  other = makeWorld('globex');
  await openDeskBeside([other]);
  await control.ask('person:kim', 'POST', '/api/v1/trust', { world: other, body: { trust: other.bundle() } });
  await drilled();
});
afterAll(closeDesk);
beforeEach(async () => {
  const { store } = control.deps;
  await store.deleteFrom('restraint').execute();
  // What earlier tests proposed is over and long past.
  const past = new Date(msOf(now()) - 60 * 86_400_000);
  await store.updateTable('proposal').set({ state: 'EXPIRED', created_at: past }).execute();
  await store.updateTable('capsule').set({ state: 'void' }).execute();
  before = {
    'restraint.set': (await bodiesOf(control, world, 'restraint.set')).length,
    'restraint.lifted': (await bodiesOf(control, world, 'restraint.lifted')).length,
  };
});

const suspend = (who: string | undefined, subject: string, body: object = { reason: 'it behaves oddly' }) =>
  control.ask(who, 'POST', `/api/v1/${subject}/suspend`, { body });
const suspended = async (subject = 'agents/playbook'): Promise<string> =>
  shownId(await must(suspend('person:sam', subject), 200));
const liftOf = (id: string, change: Partial<RestraintLift> = {}): RestraintLift => ({
  type: 'restraint-lift',
  organisation: world.organisation,
  restraint: idOf<'Restraint'>(id),
  person: idOf<'Person'>('kim'),
  reason: 'looked into it',
  signedAt: now(),
  expiresAt: instantOf(msOf(now()) + 900_000),
  ...change,
});
const send = (id: string, lift: object, keys: readonly SignerKey[] = [world.keys.kim], more: object = {}) =>
  control.ask('person:kim', 'POST', `/api/v1/restraints/${id}/lift`, {
    body: { lift: sign(PAYLOAD.restraintLift, lift, keys) },
    ...more,
  });
const rows = () => control.deps.store.selectFrom('restraint').selectAll().orderBy('id').execute();
const standing = async (): Promise<readonly string[]> =>
  (await rows()).filter(({ lifted_at }) => lifted_at === null).map(({ subject }) => subject);
let proposals = 0;
const verdict = async (): Promise<string> => {
  const title = `restart ${(proposals += 1)}`;
  const id = shownId(await must(propose({ ...(await draft('service.restart')), title, hypothesis: title }), 201));
  const row = control.deps.store.selectFrom('decision').select('verdict').where('proposal', '=', id);
  return (await row.executeTakeFirstOrThrow()).verdict;
};

describe('D7: who stops an agent', () => {
  test.each([
    ['agent:playbook', 403],
    ['source:alertmanager-dc1', 403],
    ['enclave:prod-1', 403],
    [undefined, 401],
  ])('%s does not, and nothing is stored', async (who, status) => {
    expect((await suspend(who, 'agents/playbook')).statusCode).toBe(status);
    expect([await rows(), await told('restraint.set')]).toEqual([[], []]);
    expect(await verdict()).toBe('autonomous');
  });

  test('two people at the same moment make one restraint, and both are told its name', async () => {
    const answers = await Promise.all(
      ['person:sam', 'person:omar', 'person:ana', 'person:kim'].map((who) =>
        must(suspend(who, 'agents/playbook'), 200),
      ),
    );
    const [row, ...more] = await rows();
    expect(more).toEqual([]);
    expect(answers.map(shownId)).toEqual(answers.map(() => row?.id));
    expect(await told('restraint.set')).toMatchObject([{ restraint: row?.id }]);
  });

  test('a person without the roster is nobody', async () => {
    const people = bundlePeople(world.bundle()).filter(({ id }) => id !== 'omar');
    await install({ people });
    expect((await suspend('person:omar', 'agents/playbook')).statusCode).toBe(403);
    expect(await rows()).toEqual([]);
    await install();
  });

  test.each<[string, object]>([
    ['no reason', {}],
    ['a reason of two letters', { reason: 'no' }],
    ['a reason of three thousand letters', { reason: 'x'.repeat(3000) }],
    ['a reason that is a list', { reason: ['why'] }],
    ['a zero character', { reason: 'odd\u0000odd' }],
    ['a terminal escape', { reason: 'odd\u001b[2J' }],
    ['a field nobody knows', { reason: 'odd it is', until: 'tomorrow' }],
  ])('with %s it is refused and nothing is stored', async (_what, body) => {
    expect((await suspend('person:sam', 'agents/playbook', body)).statusCode).toBe(400);
    expect(await rows()).toEqual([]);
  });

  test.each(['agents/nobody', 'sources/nobody', 'agents/alertmanager-dc1', 'sources/playbook', 'agents/..%2fplaybook'])(
    'there is no %s to stop',
    async (subject) => {
      expect((await suspend('person:sam', subject)).statusCode).toBe(404);
      expect(await rows()).toEqual([]);
    },
  );

  test('O3: another organisation stops its own agent of the same name, and sees no other', async () => {
    const id = await suspended();
    const seen = await control.ask('person:kim', 'GET', '/api/v1/restraints', { world: other });
    expect(seen.json()).toEqual({ items: [] });
    const theirs = liftOf(id, { organisation: other.organisation });
    expect((await send(id, theirs, [other.keys.kim], { world: other })).statusCode).toBe(404);
    const body = { reason: 'theirs is odd too' };
    await must(control.ask('person:sam', 'POST', '/api/v1/agents/playbook/suspend', { world: other, body }), 200);
    expect((await rows()).map(({ organisation }) => organisation).toSorted()).toEqual(['acme', 'globex']);
    await must(send(id, liftOf(id)), 200);
    expect((await rows()).filter(({ lifted_at }) => lifted_at === null)).toMatchObject([{ organisation: 'globex' }]);
  });
});

describe('D7: what lets it go on', () => {
  test.each<[string, Partial<RestraintLift>, 'kim' | 'ana' | 'omar' | 'runner']>([
    ['signed by another than it names', {}, 'ana'],
    ['signed by a key nobody has', {}, 'runner'],
    ['of a person who is no policy admin', { person: idOf<'Person'>('omar') }, 'omar'],
    ['of another organisation', { organisation: idOf<'Organisation'>('globex') }, 'kim'],
    ['of another restraint', { restraint: idOf<'Restraint'>('H-other') }, 'kim'],
    ['that is over', { signedAt: instantOf(0), expiresAt: instantOf(1) }, 'kim'],
    [
      'of tomorrow',
      { signedAt: instantOf(Date.UTC(2026, 10, 22)), expiresAt: instantOf(Date.UTC(2026, 10, 23)) },
      'kim',
    ],
  ])('is no leave %s; it stays held, and nothing is recorded', async (_what, change, key) => {
    const id = await suspended();
    const answer = await send(id, liftOf(id, change), [world.keys[key]]);
    expect(answer.statusCode).toBeGreaterThanOrEqual(400);
    expect(answer.statusCode).toBeLessThan(500);
    expect(await standing()).toEqual(['playbook']);
    expect(await told('restraint.lifted')).toEqual([]);
    expect(await verdict()).toBe('needs-approval');
  });

  test('is no document of another type, and no bytes that were changed', async () => {
    const id = await suspended();
    const ask = (lift: object) =>
      control.ask('person:kim', 'POST', `/api/v1/restraints/${id}/lift`, { body: { lift } });
    expect((await ask(sign(PAYLOAD.restoration, liftOf(id), [world.keys.kim]))).statusCode).toBe(400);
    const good = sign(PAYLOAD.restraintLift, liftOf(id), [world.keys.kim]);
    const payload = Buffer.from(JSON.stringify(liftOf(id, { reason: 'something else' }))).toString('base64');
    expect((await ask({ ...good, payload })).json<{ code: string }>().code).toBe('lift-refused');
    expect(await standing()).toEqual(['playbook']);
    expect((await ask(good)).statusCode).toBe(200);
  });

  test('counts once: the same signature does not lift the next suspension', async () => {
    const first = await suspended();
    const leave = liftOf(first);
    await must(send(first, leave), 200);
    const second = await suspended();
    expect(second).not.toBe(first);
    expect((await send(first, leave)).statusCode).toBe(404);
    expect((await send(second, leave)).json<{ code: string }>().code).toBe('lift-refused');
    expect(await standing()).toEqual(['playbook']);
  });

  test('of two who lift at once one does, with one leaf', async () => {
    const id = await suspended();
    const ana = liftOf(id, { person: idOf<'Person'>('ana') });
    const answers = await Promise.all([send(id, liftOf(id)), send(id, ana, [world.keys.ana])]);
    expect(answers.map(({ statusCode }) => statusCode).toSorted((a, b) => a - b)).toEqual([200, 404]);
    expect(await told('restraint.lifted')).toHaveLength(1);
  });

  test('is not the signature of a policy admin who answers for the agent', async () => {
    const agents: TrustBundle['agents'] = [
      {
        id: idOf<'Agent'>('playbook'),
        owner: idOf<'Person'>('kim'),
        duty: 'decide',
        purpose: 'deterministic playbooks',
        expiresAt: instantOf(msOf(now()) + 86_400_000),
      },
    ];
    await install({ agents });
    const id = await suspended();
    expect((await send(id, liftOf(id))).json<{ code: string }>().code).toBe('lift-refused');
    expect(await standing()).toEqual(['playbook']);
    await must(send(id, liftOf(id, { person: idOf<'Person'>('ana') }), [world.keys.ana]), 200);
    // A source has no owner among the agents: for it her signature counts.
    const source = await suspended('sources/scanner');
    await must(send(source, liftOf(source)), 200);
    await install();
  });

  test('is kept with the row, byte for byte, and told in the record with who', async () => {
    const id = await suspended();
    passTime(1000);
    await must(send(id, liftOf(id)), 200);
    const [row] = await rows();
    expect([row?.lifted_by, row?.lifted_at?.toISOString()]).toEqual(['kim', now()]);
    expect(await told('restraint.lifted')).toEqual([{ restraint: id, kind: 'suspended', lift: row?.lift }]);
  });
});

test('D7: who is held back comes in pages, each once, and a strange cursor is refused', async () => {
  for (const subject of ['agents/playbook', 'sources/scanner', 'sources/alertmanager-dc1']) await suspended(subject);
  const seen: string[] = [];
  for (let next: string | undefined = ''; next !== undefined;) {
    const url: string = `/api/v1/restraints?limit=1${next === '' ? '' : `&cursor=${next}`}`;
    const page = (await must(control.ask('agent:playbook', 'GET', url), 200)) as {
      items?: { subject: string }[];
      next?: string;
    };
    seen.push(...(page.items ?? []).map(({ subject }) => subject));
    ({ next } = page);
  }
  expect(seen.toSorted()).toEqual(['alertmanager-dc1', 'playbook', 'scanner']);
  for (const cursor of ['bm9uc2Vuc2U', 'WzFd', 'WyJcdTAwMDAiXQ'])
    expect((await control.ask('person:sam', 'GET', `/api/v1/restraints?cursor=${cursor}`)).statusCode).toBe(400);
});
