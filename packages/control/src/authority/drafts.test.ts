import { PAYLOAD, signEnvelope } from '@countersign/seal';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  closeOffice,
  codeOf,
  control,
  documentNow,
  draftDsse,
  events,
  get,
  grantWith,
  openOffice,
  post,
  propose,
  signed,
  world,
} from './office.builder.ts';

beforeEach(openOffice);
afterEach(closeOffice);

describe('E3: a draft from its proposal to its activation', () => {
  test('a narrowing is active with one signature, at once, also of the owner of the envelope or the author of the draft', async () => {
    const draft = await propose(await grantWith(5), 'person:kim');
    expect([draft.status, draft.body['version']]).toEqual([201, 2]);
    const answer = await signed(2, world.keys.kim);
    expect(answer.body).toMatchObject({ isActive: true, signers: ['kim'] });
    expect((await documentNow()).grants[0]?.caps.targets).toBe(5);
    expect(await events()).toEqual(
      expect.arrayContaining(['envelope.drafted', 'envelope.signed', 'envelope.activated']),
    );
  });

  test('E4: an edit that widens in one corner is refused with a concrete example, and two others sign it', async () => {
    await propose(await grantWith(11));
    const one = await signed(2, world.keys.kim);
    expect(one.body).toMatchObject({ isActive: false, missing: { code: 'envelope-widens' } });
    const refused = await post('/envelopes/drafts/2/activate');
    expect([refused.status, refused.body['code']]).toEqual([422, 'envelope-widens']);
    expect(String(refused.body['detail'])).toMatch(
      /newly runs alone: `[a-z.]+` with cumulativeTargets 11, before at most 10/,
    );
    expect((await documentNow()).version).toBe(1);
    expect((await signed(2, world.keys.ana)).body).toMatchObject({ isActive: true, signers: ['kim', 'ana'] });
    expect((await documentNow()).version).toBe(2);
  });

  test('the author of a widening does not count among the two', async () => {
    await propose(await grantWith(11), 'person:kim');
    await signed(2, world.keys.kim);
    const both = await signed(2, world.keys.ana);
    expect(both.body).toMatchObject({ isActive: false });
    expect(codeOf(await post('/envelopes/drafts/2/activate'))).toBe('envelope-widens');
  });

  test('a signature of nobody, of other bytes, or a second time is refused; strangers cannot fill a draft', async () => {
    await propose(await grantWith(11));
    const stranger = signEnvelope(PAYLOAD.envelope, Buffer.from((await draftDsse(2)).payload, 'base64'), [
      world.keys.runner,
    ]);
    expect(codeOf(await post('/envelopes/drafts/2/signatures', { envelope: stranger }))).toBe('bad-signature');
    expect(codeOf(await post('/envelopes/drafts/2/signatures', { envelope: world.envelope() }))).toBe('bad-signature');
    // Whoever verifies the version later accepts signatures of policy admins alone.
    expect(codeOf(await signed(2, world.keys.omar))).toBe('bad-signature');
    await signed(2, world.keys.kim);
    expect(codeOf(await signed(2, world.keys.kim))).toBe('bad-signature');
    expect(codeOf(await post('/envelopes/drafts/9/activate'))).toBe('not-found');
  });

  test('a faulty document is refused with its places, and a stranger to the roster proposes nothing', async () => {
    const faulty = await propose({ rollout: { canary: 0 } as never });
    expect([faulty.status, faulty.body['code']]).toEqual([400, 'malformed']);
    expect(
      codeOf(await post('/envelopes/drafts', { document: {}, reason: 'why', ticket: 'T' }, 'agent:playbook')),
    ).toBe('forbidden');
  });

  test('a draft that another version overtook cannot come into force', async () => {
    await propose(await grantWith(4));
    await propose(await grantWith(3));
    expect((await signed(3, world.keys.kim)).body).toMatchObject({ isActive: true });
    expect(codeOf(await signed(2, world.keys.kim))).toBe('conflict');
    expect((await get('/envelopes/drafts')).body['items']).toMatchObject([
      { version: 3, state: 'activated' },
      { version: 2, state: 'stale' },
    ]);
  });

  test('E3: narrowings one after the other hold after a restart, and are delivered with what proves them', async () => {
    for (const [version, targets] of [
      [2, 8],
      [3, 6],
    ] as const) {
      await propose(await grantWith(targets));
      expect((await signed(version, version === 2 ? world.keys.kim : world.keys.ana)).body).toMatchObject({
        isActive: true,
      });
    }
    control.deps.trust.forgetAll();
    const found = await control.deps.trust.envelope(world.organisation);
    expect(found.ok && [found.value.envelope.version, found.value.active.signed.narrowings]).toEqual([3, 2]);
    const [delivery] = await control.deps.store
      .selectFrom('delivery')
      .select('body')
      .where('kind', '=', 'envelope')
      .where('enclave', '=', 'prod-1')
      .execute();
    expect((delivery?.body as { since?: unknown[] } | undefined)?.since).toHaveLength(2);
  });

  test('E3: after a suspension one signature is never enough, whatever the version says', async () => {
    const narrower = await grantWith(2);
    const whole = await documentNow();
    await post('/envelope/suspend', {}, 'person:ana');
    const draft = await post(
      '/envelopes/drafts',
      { document: { ...whole, ...narrower }, reason: 'why', ticket: 'T' },
      'person:omar',
    );
    expect(draft.status).toBe(201);
    expect((await signed(2, world.keys.kim)).body).toMatchObject({
      isActive: false,
      missing: { code: 'envelope-unsigned' },
    });
    expect((await signed(2, world.keys.ana)).body).toMatchObject({ isActive: true });
  });

  test('E3: an old version that permits more comes back only with two signatures', async () => {
    await propose(await grantWith(5));
    await signed(2, world.keys.kim);
    const restored = await post(
      '/envelopes/restore',
      { version: 1, reason: 'it was too narrow', ticket: 'CHG-3' },
      'person:omar',
    );
    expect([restored.status, restored.body['version']]).toEqual([201, 3]);
    expect((await signed(3, world.keys.kim)).body).toMatchObject({
      isActive: false,
      missing: { code: 'envelope-widens' },
    });
    expect((await signed(3, world.keys.ana)).body).toMatchObject({ isActive: true });
    expect((await documentNow()).grants[0]?.caps.targets).toBe(10);
    expect(codeOf(await post('/envelopes/restore', { version: 77, reason: 'why not', ticket: 'T' }))).toBe('not-found');
  });
});
