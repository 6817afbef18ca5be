import { plusMs, type Credential } from '@countersign/core';
import type { DsseEnvelope } from '@countersign/seal';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Opened } from '../enclaves/enclave.builder.ts';
import {
  approvalOf,
  approve,
  bundlePeople,
  capsulesFor,
  closeDesk,
  control,
  eventsOf,
  must,
  now,
  openDesk,
  passTime,
  signing,
  stateOf,
  witness,
  world,
} from '../flow/desk.builder.ts';
import { pending } from '../flow/scenes.builder.ts';
import { softPasskey } from '../testkit/served-passkey.ts';

const console = softPasskey({ origin: 'http://localhost:4600', surface: 'served' });
const page = softPasskey({ origin: 'https://approve.example', surface: 'own' });
let version = 1;

/** Ana has these keys beside the one she uses with `cs`. */
async function enrol(...keys: readonly Credential[]): Promise<void> {
  const people = bundlePeople(world.bundle()).map((person) =>
    person.id === 'ana' ? { ...person, credentials: [...person.credentials, ...keys] } : person,
  );
  version += 1;
  const body = { trust: world.bundle({ version, people }) };
  await must(control.ask('person:kim', 'POST', '/api/v1/trust', { body }), 200);
}
beforeEach(async () => {
  version = 1;
  await openDesk();
});
afterEach(closeDesk);

const onConsole = (opened: Opened, change: object = {}): DsseEnvelope =>
  console.sign(approvalOf(opened, 'ana', { surface: 'console', ...change }));
const onPage = (opened: Opened): DsseEnvelope => page.sign(approvalOf(opened, 'ana', { surface: 'page' }));
const detail = async (id: string): Promise<Record<string, unknown>> =>
  must(control.ask('person:ana', 'GET', `/api/v1/proposals/${id}`), 200);

describe('A2: in production one signature comes from elsewhere than this server', () => {
  test('the console alone is kept and waits; who reads the proposal is told what is owed', async () => {
    await enrol(console.credential, page.credential);
    const id = await pending();
    const opened = await signing(id);
    expect(await must(approve(onConsole(opened)), 201)).toMatchObject({ state: 'PENDING', isNew: true });
    expect(await detail(id)).toMatchObject({ missing: [], owesOwnSurface: true });
    await witness();
    expect(await capsulesFor('prod-1')).toEqual([]);
  });

  test('the same person on the hosted page takes its place, and the capsule goes out with that one', async () => {
    await enrol(console.credential, page.credential);
    const id = await pending();
    const opened = await signing(id);
    await must(approve(onConsole(opened)), 201);
    expect(await must(approve(onPage(opened)), 201)).toMatchObject({ state: 'DISPATCHED', isNew: true });
    expect((await eventsOf(id)).filter((event) => event === 'approval.received')).toHaveLength(2);
    await witness();
    const [sent] = await capsulesFor('prod-1');
    expect(sent?.delivery.approvals.map(({ signatures }) => signatures.map(({ keyid }) => keyid))).toEqual([
      [page.credential.kind === 'passkey' ? `webauthn:${page.credential.id}` : ''],
    ]);
  });

  test('the other way round nothing is taken back: the console does not replace what counts', async () => {
    await enrol(console.credential, page.credential);
    const id = await pending();
    const opened = await signing(id);
    expect(await must(approve(onPage(opened)), 201)).toMatchObject({ state: 'DISPATCHED' });
    const after = await approve(onConsole(opened));
    expect(after.statusCode).toBe(409);
    expect((await stateOf(id)).state).toBe('DISPATCHED');
  });

  test('with `cs` it is enough at once', async () => {
    await enrol(console.credential);
    const id = await pending();
    const opened = await signing(id);
    expect(await must(approve(approvalOf(opened, 'ana')), 201)).toMatchObject({ state: 'DISPATCHED' });
  });

  test('a console that calls itself `cs` is refused and on record', async () => {
    await enrol(console.credential);
    const id = await pending();
    const refused = await approve(onConsole(await signing(id), { surface: 'cli' }));
    expect(refused.json()).toMatchObject({ code: 'approval-not-bound', complaints: [{ at: '/surface' }] });
    expect(await eventsOf(id)).toContain('approval.refused');
  });
});

const waiting = () =>
  softPasskey({ origin: 'https://approve.example', surface: 'own', usableFrom: plusMs(now(), 1000) });

describe('A2: a key that waits', () => {
  test('is refused with the time from which it counts, and counts then', async () => {
    const key = waiting();
    await enrol(key.credential);
    const id = await pending();
    const opened = await signing(id);
    const signed = (): DsseEnvelope => key.sign(approvalOf(opened, 'ana', { surface: 'page' }));
    const refused = await approve(signed());
    expect(refused.statusCode).toBe(403);
    expect(refused.json()).toMatchObject({ code: 'key-waits', clause: 'A2' });
    expect(refused.json<{ detail: string }>().detail).toContain(key.credential.usableFrom);
    expect((await stateOf(id)).state).toBe('PENDING');
    passTime(1000);
    expect(await must(approve(signed()), 201)).toMatchObject({ state: 'DISPATCHED' });
  });
});
