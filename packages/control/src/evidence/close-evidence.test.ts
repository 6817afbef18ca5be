/** A change whose evidence stays inside: open outside, until a named person carries in one digest and one verdict (V2). */
import type { EvidenceClosure } from '@countersign/core';
import { digestOf, PAYLOAD, verifyBundle, type DsseEnvelope } from '@countersign/seal';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Opened } from '../enclaves/enclave.builder.ts';
import {
  bundlePeople,
  closeDesk,
  control,
  eventsOf,
  must,
  now,
  openDesk,
  passTime,
  policy,
  stateOf,
  witness,
  world,
} from '../flow/desk.builder.ts';
import { dispatched } from '../flow/scenes.builder.ts';
import { idOf, sign } from '../testkit/world.ts';

beforeEach(openDesk);
afterEach(closeDesk);

const EVIDENCE = digestOf(Buffer.from('what the runner signed inside'));
const DAY_MS = 86_400_000;

/** An automatic change in an enclave that lets nothing out; `omar` audits here, and `sam` answers for the agent. */
async function inside(): Promise<{ readonly id: string; readonly sent: Opened }> {
  const people = bundlePeople(world.bundle()).map((person) =>
    person.id === 'omar' ? { ...person, roles: [idOf<'Role'>('auditor')] } : person,
  );
  await must(
    control.ask('person:kim', 'POST', '/api/v1/trust', { body: { trust: world.bundle({ version: 2, people }) } }),
    200,
  );
  const next = JSON.parse(Buffer.from(policy(2).payload, 'base64').toString()) as object;
  const egress = { staging: 'local-only', 'pre-production': 'local-only', production: 'local-only' } as const;
  await must(
    control.ask('person:kim', 'POST', '/api/v1/envelope', { body: { envelope: world.envelope({ ...next, egress }) } }),
    200,
  );
  const scene = await dispatched();
  expect(scene.sent.capsule.egress).toBe('local-only');
  return scene;
}
function closure(
  sent: Opened,
  change: Partial<EvidenceClosure> = {},
  key: keyof typeof world.keys = 'omar',
): DsseEnvelope {
  const document: EvidenceClosure = {
    type: 'evidence-closure',
    organisation: world.organisation,
    proposal: sent.capsule.proposal.id,
    capsule: sent.digest,
    evidence: EVIDENCE,
    verdict: 'succeeded',
    person: idOf<'Person'>('omar'),
    role: idOf<'Role'>('auditor'),
    signedAt: now(),
    ...change,
  };
  return sign(PAYLOAD.evidenceClosure, document, [world.keys[key]]);
}
const carry = (document: DsseEnvelope): ReturnType<typeof control.ask> =>
  control.ask('person:omar', 'POST', '/api/v1/evidence/closures', { body: { document } });
const shown = async (id: string): Promise<unknown> =>
  (await must(control.ask('person:kim', 'GET', `/api/v1/proposals/${id}`), 200))['evidence'];

test('V2: outside shows "held inside" until the closure comes, and then that it is closed', async () => {
  const { id, sent } = await inside();
  expect(await shown(id)).toBe('held inside');
  expect(await eventsOf(id)).not.toContain('remediation.closed');
  expect(await must(carry(closure(sent)), 200)).toMatchObject({
    proposal: id,
    state: 'SUCCEEDED',
    verdict: 'succeeded',
  });
  expect([await shown(id), (await stateOf(id)).state]).toEqual(['closed', 'SUCCEEDED']);
  expect((await eventsOf(id)).slice(-2)).toEqual(['evidence.closed', 'remediation.closed']);
  expect((await carry(closure(sent, { verdict: 'rolled-back' }))).statusCode).toBe(409);
});

test('V2, V4: its bundle verifies, with the signature of the closure, and says who closed it', async () => {
  const { id, sent } = await inside();
  const verified = async (): Promise<unknown> => {
    await witness();
    const answer = await control.ask('person:ana', 'GET', `/api/v1/proposals/${id}/bundle?purpose=test`);
    const read = verifyBundle(Buffer.from(answer.body), { root: world.config.root });
    return read.ok ? read.value.capsules.find(({ digest }) => digest === sent.digest)?.closed : read.refusal;
  };
  expect(await verified()).toBeUndefined();
  await must(carry(closure(sent)), 200);
  expect(await verified()).toEqual({ verdict: 'succeeded', person: 'omar', evidence: EVIDENCE });
});

test('V2: a reviewer who does not accept it leaves the record open, and says so', async () => {
  const { id, sent } = await inside();
  const { state } = await stateOf(id);
  await must(carry(closure(sent, { verdict: 'not-accepted' })), 200);
  expect((await stateOf(id)).state).toBe(state);
  expect(await eventsOf(id)).not.toContain('remediation.closed');
  await must(carry(closure(sent, { verdict: 'rolled-back' })), 200);
  expect((await stateOf(id)).state).toBe('ROLLED_BACK');
});

test('V2, A4: who did not sign it, may not, or signed something else, closes nothing', async () => {
  const { id, sent } = await inside();
  const wrong: readonly (readonly [string, DsseEnvelope])[] = [
    ['another key', closure(sent, {}, 'kim')],
    ['a person without the duty', closure(sent, { person: idOf('ana'), role: idOf('release-approver') }, 'ana')],
    ['whoever answers for the agent', closure(sent, { person: idOf('sam'), role: idOf('release-approver') }, 'sam')],
    ['a person nobody knows', closure(sent, { person: idOf('eve') })],
    ['another organisation', closure(sent, { organisation: idOf('globex') })],
    ['another capsule', closure(sent, { capsule: digestOf(Buffer.from('other')) })],
    ['another proposal', closure(sent, { proposal: idOf('P-other') })],
    ['no document of this type', sign(PAYLOAD.approval, { type: 'evidence-closure' }, [world.keys.omar])],
    ['no closure', sign(PAYLOAD.evidenceClosure, { type: 'evidence-closure' }, [world.keys.omar])],
    ['two signatures', { ...closure(sent), signatures: [...closure(sent).signatures, ...closure(sent).signatures] }],
  ];
  for (const [what, document] of wrong) expect([what, (await carry(document)).statusCode >= 400]).toEqual([what, true]);
  const late = closure(sent);
  passTime(31 * DAY_MS);
  expect((await carry(late)).statusCode).toBeGreaterThanOrEqual(400);
  expect(await eventsOf(id)).not.toContain('evidence.closed');
});

test('V2: a change whose evidence leaves is not closed by a word', async () => {
  const { id, sent } = await dispatched();
  expect(await shown(id)).toBeUndefined();
  expect((await carry(closure(sent))).statusCode).toBeGreaterThanOrEqual(400);
});
