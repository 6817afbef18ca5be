import { verifyBundle, PAYLOAD, type DsseEnvelope } from '@countersign/seal';
import { instantOf, planOf, type RecordEvent, type RolloutEvent } from '@countersign/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { goodEvents, type Opened } from '../enclaves/enclave.builder.ts';
import {
  bundlePeople,
  closeDesk,
  control,
  deliveries,
  eventsOf,
  must,
  now,
  openDesk,
  production,
  report,
  stateOf,
  witness,
  world,
} from '../flow/desk.builder.ts';
import { dispatched, tripped } from '../flow/scenes.builder.ts';
import { bodiesOf } from '../testkit/leaves.ts';
import { productionTrust } from '../testkit/production-trust.ts';
import { sign } from '../testkit/world.ts';

beforeEach(openDesk);
afterEach(closeDesk);

const post = (by: string, url: string, body: unknown = {}, key?: string) =>
  control.ask(by, 'POST', `/api/v1${url}`, { body, ...(key !== undefined && { headers: { 'idempotency-key': key } }) });
const get = (by: string, url: string) => control.ask(by, 'GET', `/api/v1${url}`);
const kindsFor = async (enclave: string): Promise<readonly string[]> =>
  (await deliveries(enclave)).map(({ delivery }) => delivery.kind);
const leavesOf = (event: RecordEvent): Promise<readonly unknown[]> => bodiesOf(control, world, event);
const codeOf = ({ body }: { readonly body: string }): string => (JSON.parse(body) as { readonly code: string }).code;

/** A new trust bundle in which `person` is not named any more. */
const dismiss = (person: string) => {
  const people = bundlePeople(world.bundle()).filter(({ id }) => id !== person);
  return must(post('person:kim', '/trust', { trust: world.bundle({ version: 2, people }) }), 200);
};

describe('halt', () => {
  test('A3: any person the trust bundle names stops a rollout, without quorum and without a token for a role', async () => {
    const { sent } = await dispatched();
    for (const person of ['kim', 'ana', 'sam', 'omar'])
      await must(post(`person:${person}`, `/rollouts/${sent.digest}/halt`), 202);
    expect(await kindsFor('prod-1')).toEqual(['halt', 'halt', 'halt', 'halt']);
    expect(await leavesOf('halt.requested')).toHaveLength(4);
  });

  test('A3: a token of somebody who left stops nothing, and nothing is delivered', async () => {
    const { sent } = await dispatched();
    await dismiss('omar');
    for (const url of [`/rollouts/${sent.digest}/halt`, `/rollouts/${sent.digest}/rollback`, '/halt']) {
      const answer = await post('person:omar', url);
      expect([url, answer.statusCode, codeOf(answer)]).toEqual([url, 403, 'forbidden']);
      expect(answer.json<{ eligible: string[] }>().eligible).not.toContain('omar');
    }
    expect(await kindsFor('prod-1')).toEqual(['trust']);
  });

  test('X5: the same halt sent again under its idempotency key is one halt', async () => {
    const { sent } = await dispatched();
    const first = await must(post('person:sam', `/rollouts/${sent.digest}/halt`, {}, 'halt-1'), 202);
    expect(await must(post('person:sam', `/rollouts/${sent.digest}/halt`, {}, 'halt-1'), 202)).toEqual(first);
    expect(await kindsFor('prod-1')).toEqual(['halt']);
    const other = await post('person:sam', '/halt', {}, 'halt-1');
    expect([other.statusCode, codeOf(other)]).toEqual([422, 'idempotency-key-reused']);
  });

  test('X5: what is over is not halted: it would stand in every status statement for ever', async () => {
    const { sent } = await dispatched();
    await must(report('prod-1', production().progress(sent, 0, goodEvents(sent.capsule, now()))), 200);
    const answer = await post('person:sam', `/rollouts/${sent.digest}/halt`);
    expect([answer.statusCode, codeOf(answer)]).toEqual([409, 'conflict']);
    expect(await leavesOf('halt.requested')).toEqual([]);
  });

  test('X5: halting all reaches every enclave the trust bundle names, with one leaf', async () => {
    const answer = await must(post('person:omar', '/halt'), 202);
    expect(answer['enclaves']).toEqual(['prod-1', 'staging-1']);
    expect([await kindsFor('prod-1'), await kindsFor('staging-1')].map((kinds) => kinds.at(-1))).toEqual([
      'halt',
      'halt',
    ]);
    expect(await leavesOf('halt.requested')).toEqual([{ by: 'omar', capsule: 'all' }]);
  });

  test('X5: people who halt all at one moment do not wait for each other', async () => {
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, place) => post(`person:${place % 2 === 0 ? 'sam' : 'ana'}`, '/halt')),
    );
    expect(answers.map(({ statusCode }) => statusCode)).toEqual(answers.map(() => 202));
  });

  test('X5: an unknown rollout is not found', async () => {
    const nowhere = `sha256:${'0'.repeat(64)}`;
    for (const verb of ['halt', 'rollback'])
      expect((await post('person:sam', `/rollouts/${nowhere}/${verb}`)).statusCode).toBe(404);
    expect((await get('person:sam', `/rollouts/${nowhere}`)).statusCode).toBe(404);
  });
});

describe('rollback', () => {
  test('X6: an operator takes a rollout back on demand; the request is on record and goes out at once', async () => {
    const { id, sent } = await tripped();
    await must(post('person:sam', `/rollouts/${sent.digest}/rollback`), 202);
    expect(await kindsFor('prod-1')).toEqual(['rollback']);
    expect(await eventsOf(id)).toContain('rollback.requested');
  });

  test('X6: what is put back already is not put back again, and nobody is told that it is on its way', async () => {
    const { sent } = await dispatched();
    const at = now();
    const { targets } = planOf(sent.capsule);
    const back: readonly RolloutEvent[] = [
      { type: 'rollback-started', at, cause: 'a test' },
      ...targets.flatMap((target): readonly RolloutEvent[] => [
        { type: 'reverting', at, target },
        { type: 'reverted', at, target, isHealthy: true, detail: 'ok' },
      ]),
      { type: 'restored', at, verdict: 'success', detail: 'ok' },
    ];
    await must(report('prod-1', production().progress(sent, 0, [...goodEvents(sent.capsule, at), ...back])), 200);
    const answer = await post('person:sam', `/rollouts/${sent.digest}/rollback`);
    expect([answer.statusCode, codeOf(answer)]).toEqual([409, 'conflict']);
    expect([await kindsFor('prod-1'), await leavesOf('rollback.requested')]).toEqual([[], []]);
  });

  test('A4: a policy administrator does not act on targets', async () => {
    const { sent } = await tripped();
    const answer = await post('person:kim', `/rollouts/${sent.digest}/rollback`);
    expect([answer.statusCode, codeOf(answer)]).toEqual([403, 'forbidden']);
    expect(answer.json<{ eligible: string[] }>().eligible).toEqual(['ana', 'sam', 'omar']);
    expect(await kindsFor('prod-1')).toEqual([]);
  });
});

const resumeBy = ({ digest, capsule }: Opened, person: 'ana' | 'sam' | 'kim', change: object = {}): DsseEnvelope =>
  sign(
    PAYLOAD.resume,
    {
      type: 'resume',
      organisation: capsule.organisation,
      capsule: digest,
      trip: 1,
      person,
      role: person === 'sam' ? 'operator' : 'release-approver',
      reason: 'the probe was wrong',
      signedAt: now(),
      expiresAt: instantOf(Date.parse(now()) + 600_000),
      nonce: '1'.repeat(32),
      ...change,
    },
    [world.keys[person]],
  );

describe('resume', () => {
  test('X5: the signature of a reviewer over this trip is delivered with its own bytes, whoever carries it', async () => {
    const { id, sent } = await tripped();
    const resume = resumeBy(sent, 'ana');
    await must(post('person:kim', `/rollouts/${sent.digest}/resume`, { resume }), 202);
    expect((await deliveries('prod-1')).map(({ delivery }) => delivery)).toEqual([{ kind: 'resume', resume }]);
    expect(await eventsOf(id)).toContain('resume.requested');
  });

  test('X5, trap 10: another trip, another capsule, another key, the agent owner, and what is not stopped are refused', async () => {
    const { sent } = await tripped();
    const refused = async (resume: DsseEnvelope): Promise<readonly unknown[]> => {
      const answer = await post('person:ana', `/rollouts/${sent.digest}/resume`, { resume });
      return [answer.statusCode, codeOf(answer)];
    };
    expect(await refused(resumeBy(sent, 'ana', { trip: 2 }))).toEqual([409, 'resume-refused']);
    expect(await refused(resumeBy(sent, 'ana', { capsule: `sha256:${'0'.repeat(64)}` }))).toEqual([
      409,
      'resume-refused',
    ]);
    expect(await refused(resumeBy(sent, 'kim', { person: 'ana' }))).toEqual([422, 'bad-signature']);
    expect(await refused(resumeBy(sent, 'sam'))).toEqual([409, 'resume-refused']);
    expect(await refused(resumeBy(sent, 'ana', { expiresAt: now() }))).toEqual([409, 'resume-refused']);
    expect(await kindsFor('prod-1')).toEqual([]);
  });

  test('X5: nothing is let go that is not stopped', async () => {
    const { sent } = await dispatched();
    const answer = await post('person:ana', `/rollouts/${sent.digest}/resume`, { resume: resumeBy(sent, 'ana') });
    expect([answer.statusCode, codeOf(answer)]).toEqual([409, 'illegal-transition']);
  });
});

describe('reading', () => {
  test('V6: a bundle that is read says who read it, in which role and for what', async () => {
    const { id } = await dispatched();
    const answer = await get('person:omar', `/proposals/${id}/bundle?purpose=audit%20of%20November`);
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-disposition']).toBe(`attachment; filename="${id}.bundle.json"`);
    const roots = { root: world.config.root };
    expect(verifyBundle(Buffer.from(answer.body), roots)).toMatchObject({ ok: true, value: { proposal: id } });
    const [read] = await leavesOf('evidence.read');
    expect(read).toMatchObject({ proposal: id, roles: ['service-owner'], purpose: 'audit of November' });
    await witness();
    const again = await get('person:omar', `/proposals/${id}/bundle?purpose=test`);
    expect(verifyBundle(Buffer.from(again.body), roots)).toMatchObject({ ok: true });
  });

  test('V6: an agent, and a person whom nobody names any more, read no evidence', async () => {
    const { id } = await dispatched();
    expect((await get('person:omar', `/proposals/${id}/bundle`)).statusCode).toBe(400);
    await dismiss('omar');
    for (const by of ['agent:playbook', 'enclave:prod-1', 'source:scanner', 'witness:one', 'person:omar'])
      expect([by, (await get(by, `/proposals/${id}/bundle?purpose=test`)).statusCode]).toEqual([by, 403]);
    expect(await leavesOf('evidence.read')).toEqual([]);
  });

  test('V6: a person without a duty reads no evidence', async () => {
    const { id } = await dispatched();
    const people = bundlePeople(world.bundle()).map((one) => (one.id === 'omar' ? { ...one, roles: [] } : one));
    await must(post('person:kim', '/trust', { trust: world.bundle({ version: 2, people }) }), 200);
    const answer = await get('person:omar', `/proposals/${id}/bundle?purpose=test`);
    expect([answer.statusCode, answer.json<{ detail: string }>().detail]).toEqual([
      403,
      '`omar` holds no role, and evidence is read in a role',
    ]);
  });

  test('C3: the plain text is the same on the API, in the signing page and at /p/ of a demo installation', async () => {
    const { id } = await dispatched();
    const text = await get('agent:playbook', `/proposals/${id}/text`);
    const open = await control.ask(undefined, 'GET', `/p/${id}.txt`);
    expect(open.body).toBe(text.body);
    const signing = (await get('person:ana', `/proposals/${id}/signing`)).json<{ text: string }>();
    expect(signing.text).toBe(text.body);
    expect(open.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect((await control.ask(undefined, 'GET', '/p/P-none.txt')).statusCode).toBe(404);
  });

  test('O3: without a demo trust bundle nothing is shown without a token', async () => {
    const { id } = await dispatched();
    const { trust, ...config } = productionTrust(world, 2);
    Object.assign(world.config, config);
    await must(post('person:kim', '/trust', { trust }), 200);
    expect((await control.ask(undefined, 'GET', `/p/${id}.txt`)).statusCode).toBe(404);
  });

  test('O2: rollouts are listed newest first, in pages, with what the runner last said', async () => {
    const { id, sent } = await tripped();
    const page = (await get('agent:playbook', '/rollouts?limit=1')).json<{ items: unknown[]; next?: string }>();
    expect(page).toMatchObject({ items: [{ proposal: id, capsule: sent.digest, phase: 'tripped', trip: 1 }] });
    expect(page.next).toBeUndefined();
    expect((await stateOf(id)).state).toBe('RUNNING');
  });
});

describe('suspend', () => {
  test('E3: one policy administrator suspends the envelope at once; afterwards nothing runs alone', async () => {
    for (const by of ['person:sam', 'person:omar'])
      expect([by, (await post(by, '/envelope/suspend')).statusCode]).toEqual([by, 403]);
    await must(post('person:ana', '/envelope/suspend'), 200);
    expect(codeOf(await get('person:ana', '/envelope'))).toBe('no-envelope');
    expect(codeOf(await post('person:ana', '/envelope/suspend'))).toBe('no-envelope');
    expect(await leavesOf('envelope.suspended')).toHaveLength(1);
  });
});
