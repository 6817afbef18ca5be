import { plusMs, renderCapsule } from '@countersign/core';
import { digestOf, digestWords, type DsseEnvelope } from '@countersign/seal';
import { describe, expect, test } from 'vitest';
import { code, KEYS, NOW, world } from '../testkit/attack.ts';
import { gateOf } from '../testkit/gate.ts';
import { ownKey, personKey } from '../testkit/house.ts';
import { makePasskey, passkeyOn, signedOnPage, type Assertion } from '../testkit/passkey.ts';
import { signApproval } from '../testkit/signed.ts';
import type { World } from '../testkit/world.ts';
import { checkApprovals } from './approvals.ts';

const CONSOLE = { origin: 'https://control.example', rpId: 'control.example' };
const OWN_PAGE = { origin: 'https://approve.example', rpId: 'approve.example' };
const served = makePasskey('c2VydmVk');
const own = makePasskey('b3du');
const rosterWith = (...credentials: readonly object[]): object => ({
  people: [
    { id: 'kim', name: 'kim', roles: ['release-approver'], credentials },
    { id: 'lou', name: 'lou', roles: ['release-approver'], credentials: [ownKey(personKey(KEYS, 'lee'))] },
    ...['pat', 'quinn'].map((id) => ({
      id,
      name: id,
      roles: ['policy-admin'],
      credentials: [ownKey(personKey(KEYS, id))],
    })),
  ],
});
const BOTH = [passkeyOn(served, CONSOLE), passkeyOn(own, OWN_PAGE, { surface: 'own' })];
const WORLD = world('people', { bundle: rosterWith(...BOTH), approvers: [] });

const document = (of: World, change: object = {}): DsseEnvelope =>
  signApproval(KEYS, { ...of, name: 'kim', now: NOW, key: personKey(KEYS, 'kim'), change });
const onConsole = (of: World, more: Partial<Assertion> = {}): DsseEnvelope =>
  signedOnPage(document(of, { surface: 'console' }), { passkey: served, ...CONSOLE, ...more });
const onOwnPage = (of: World, more: Partial<Assertion> = {}, change: object = {}): DsseEnvelope =>
  signedOnPage(document(of, { surface: 'page', ...change }), { passkey: own, ...OWN_PAGE, ...more });
const outcome = (of: World, ...approvals: readonly DsseEnvelope[]): string => code(of, { approvals });
const bundle = gateOf(WORLD).trust?.bundle;
if (bundle === undefined) throw new Error('the gate has no trust');
const roster = bundle.people;
const shown = digestOf(new TextEncoder().encode(renderCapsule(WORLD.capsule, WORLD.digest, digestWords(WORLD.digest))));
/** One approval by the check of the gate alone, where there are hundreds of them. */
function judged(approval: DsseEnvelope): string {
  const { capsule, digest } = WORLD;
  const found = checkApprovals([approval], { capsule, digest, shown, roster, now: NOW });
  return found.ok ? 'bound' : found.refusal.code;
}

describe('A2: in production one signature comes from a surface the server does not deliver', () => {
  test('a passkey of the own page is enough, one of the console is not', () => {
    expect(outcome(WORLD, onOwnPage(WORLD))).toBe('admitted by people');
    expect(outcome(WORLD, onConsole(WORLD))).toBe('own-surface-missing');
  });

  test('both signatures of one person over one statement count, and so does a second person with `cs`', () => {
    const statement = document(WORLD, { surface: 'page' });
    const [first] = signedOnPage(statement, { passkey: own, ...OWN_PAGE }).signatures;
    const [second] = signedOnPage(statement, { passkey: served, ...CONSOLE }).signatures;
    if (first === undefined || second === undefined) throw new Error('nothing was signed');
    expect(outcome(WORLD, { ...statement, signatures: [first, second] })).toBe('admitted by people');
    const lou = signApproval(KEYS, { ...WORLD, name: 'lou', now: NOW, key: personKey(KEYS, 'lee') });
    expect(outcome(WORLD, onConsole(WORLD), lou)).toBe('admitted by people');
  });

  test('a console that says it is `cs`, or the own page, is not believed', () => {
    for (const surface of ['cli', 'page'])
      expect(outcome(WORLD, signedOnPage(document(WORLD, { surface }), { passkey: served, ...CONSOLE }))).toBe(
        'approval-not-bound',
      );
  });

  test('the passkey of the own page, used on the console, is refused, and the other way round', () => {
    expect(outcome(WORLD, onOwnPage(WORLD, CONSOLE))).toBe('approval-forged');
    expect(outcome(WORLD, onConsole(WORLD, OWN_PAGE))).toBe('approval-forged');
    expect(outcome(WORLD, onOwnPage(WORLD, { origin: CONSOLE.origin }))).toBe('approval-forged');
    expect(outcome(WORLD, onOwnPage(WORLD, { rpId: CONSOLE.rpId }))).toBe('approval-forged');
  });
});

test('A2: a served page that shows A and asks for B gets a signature that runs neither', () => {
  const b = world('people', { bundle: rosterWith(...BOTH), approvers: [], change: { summary: 'another change' } });
  expect(b.digest).not.toBe(WORLD.digest);
  expect(outcome(WORLD, onConsole(b))).toBe('approval-not-bound');
  expect(outcome(b, onConsole(b))).toBe('own-surface-missing');
  // Whoever then reads B on a surface of their own, and signs it there, has seen B.
  expect(outcome(b, onOwnPage(b))).toBe('admitted by people');
});

const waiting = (ms: number): World =>
  world('people', {
    bundle: rosterWith(passkeyOn(own, OWN_PAGE, { surface: 'own', usableFrom: plusMs(NOW, ms) })),
    approvers: [],
  });

describe('A2: a new key waits', () => {
  test.each([
    [-1, 'admitted by people'],
    [0, 'admitted by people'],
    [1, 'quorum-missing'],
    [86_400_000, 'quorum-missing'],
  ])('a key that counts from %i ms after now on: %s', (ms, expected) => {
    const of = waiting(ms);
    expect(outcome(of, onOwnPage(of))).toBe(expected);
  });

  test('a key of the own surface that waits does not stand for the one of the console', () => {
    const of = world('people', {
      bundle: rosterWith(
        passkeyOn(served, CONSOLE),
        passkeyOn(own, OWN_PAGE, { surface: 'own', usableFrom: plusMs(NOW, 1) }),
      ),
      approvers: [],
    });
    const statement = document(of, { surface: 'page' });
    const signatures = [
      ...signedOnPage(statement, { passkey: own, ...OWN_PAGE }).signatures,
      ...signedOnPage(statement, { passkey: served, ...CONSOLE }).signatures,
    ];
    expect(outcome(of, { ...statement, signatures })).toBe('own-surface-missing');
  });
});

const admins = (ms: number): World => {
  const people = ['pat', 'quinn'].map((id) => ({
    id,
    name: id,
    roles: ['policy-admin'],
    credentials: [{ ...ownKey(personKey(KEYS, id)), ...(id === 'quinn' && { usableFrom: plusMs(NOW, ms) }) }],
  }));
  const kim = { id: 'kim', name: 'kim', roles: ['release-approver'], credentials: [ownKey(personKey(KEYS, 'kim'))] };
  return world('people', { bundle: { people: [...people, kim] } });
};

test('A2: an envelope that a policy admin signed with a key that waits has one signature less', () => {
  expect(code(admins(0))).toBe('admitted by people');
  expect(code(admins(1))).not.toContain('admitted');
});

/** Present 1, verified 4; backup 8 and 16; credential 64; extensions 128. Two bits are of no use yet, and are let be. */
const isGood = (flags: number): boolean => (flags & 0x05) === 0x05 && (flags & 0xd8) === 0;

test('A2: of all 256 flags of an authenticator only those with touch and verification count', () => {
  const good = Array.from({ length: 256 }, (_, flags) => flags).filter(
    (flags) => judged(onOwnPage(WORLD, { flags })) === 'bound',
  );
  expect(good).toEqual(Array.from({ length: 256 }, (_, flags) => flags).filter(isGood));
  expect(good).toHaveLength(4);
});

const challenge = 'A'.repeat(43);
const CLIENT: readonly (readonly [string, Partial<Assertion>])[] = [
  ['a registration', { client: { type: 'webauthn.create' } }],
  ['no type', { client: { type: undefined } }],
  ['a payment', { client: { type: 'payment.get' } }],
  ['a type in capitals', { client: { type: 'WEBAUTHN.GET' } }],
  ['another challenge', { client: { challenge } }],
  ['no challenge', { client: { challenge: undefined } }],
  ['a challenge that is a number', { client: { challenge: 7 } }],
  ['an empty challenge', { client: { challenge: '' } }],
  ['an origin with a slash', { client: { origin: `${OWN_PAGE.origin}/` } }],
  ['an origin in capitals', { client: { origin: 'https://APPROVE.example' } }],
  ['an origin without encryption', { client: { origin: 'http://approve.example' } }],
  ['an origin with a port', { client: { origin: `${OWN_PAGE.origin}:443` } }],
  ['an origin below', { client: { origin: 'https://x.approve.example' } }],
  ['an origin that begins alike', { client: { origin: 'https://approve.example.evil' } }],
  ['an origin that looks alike', { client: { origin: 'https://appr\u043eve.example' } }],
  ['an origin that is null', { client: { origin: null } }],
  ['a list of origins', { client: { origin: [OWN_PAGE.origin] } }],
  ['a page inside another', { client: { crossOrigin: true } }],
  ['a page below another', { client: { topOrigin: CONSOLE.origin } }],
  ['a page below itself', { client: { topOrigin: OWN_PAGE.origin } }],
  ['a list', { clientText: '[]' }],
  ['nothing', { clientText: '' }],
  ['half of an object', { clientText: '{"type":"webauthn.get"' }],
  ['two objects', { clientText: '{}{}' }],
  ['a byte order mark', { clientText: '\ufeff{}' }],
  ['a field given twice', { clientText: '{"type":"webauthn.get","type":"webauthn.get"}' }],
  ['deep nesting', { clientText: `${'['.repeat(500)}${']'.repeat(500)}` }],
  ['too much of it', { client: { padding: 'x'.repeat(5000) } }],
  ['bytes after the flags', { extra: Buffer.of(0) }],
  ['extensions that are not announced', { extra: Buffer.of(0xa0) }],
  ['extensions that end too early', { flags: 0x85, extra: Buffer.of(0xa1) }],
];

test.each(CLIENT)('A2, T18: a signature with %s in what the browser said is refused', (_, more) => {
  expect(judged(onOwnPage(WORLD, more))).toBe('approval-forged');
});
