import {
  instantOf,
  MAX_NARROWINGS,
  parseId,
  plainBlocks,
  type Envelope,
  type Id,
  type Person,
  type Result,
} from '@countersign/core';
import { describe, expect, test } from 'vitest';
import { canonicalBytes } from './canonical.ts';
import { digestOf } from './digest.ts';
import { signEnvelope, type DsseEnvelope } from './dsse.ts';
import { keyidOfCredential, verifyHumanSignature } from './human-signature.ts';
import { encodePublicKey, generateSigner, type SignerKey } from './keys.ts';
import { openPolicy, readPolicy, type OpenedPolicy } from './open-policy.ts';
import { checkPolicies, policyDigestOf, withPolicies } from './policies.ts';
import { deliveryShape, PAYLOAD } from './wire.ts';
import { readShape } from '@countersign/core';

const idOf = <Name extends string>(text: string): Id<Name> => {
  const id = parseId<Name>(text);
  if (id === undefined) throw new Error(text);
  return id;
};
const keys = {
  kim: generateSigner('ed25519'),
  ana: generateSigner('ed25519'),
  omar: generateSigner('ed25519'),
  sam: generateSigner('ed25519'),
};
type Who = keyof typeof keys;
const LONG_AGO = instantOf(0);
const person = (id: Who, ...roles: string[]): Person => ({
  id: idOf(id),
  name: id,
  roles: roles.map((role) => idOf(role)),
  credentials: [
    {
      kind: 'raw',
      publicKey: encodePublicKey(keys[id].publicKey),
      surface: 'own',
      enrolledAt: LONG_AGO,
      usableFrom: LONG_AGO,
    },
  ],
});
const ROSTER = [
  person('kim', 'policy-admin'),
  person('ana', 'policy-admin', 'release-approver'),
  person('omar', 'policy-admin'),
  person('sam', 'operator'),
];
const signersOf =
  (people: readonly Person[] = ROSTER) =>
  (policy: DsseEnvelope): readonly Person[] =>
    people.filter(({ credentials }) =>
      credentials.some((credential) =>
        policy.signatures.some(
          (signature, place) =>
            signature.keyid === keyidOfCredential(credential) && verifyHumanSignature(policy, place, credential).ok,
        ),
      ),
    );

const MOST_CANARY = 50;
const envelope = (change: Partial<Envelope> = {}): Envelope =>
  withPolicies({
    type: 'envelope',
    organisation: idOf('acme'),
    version: 1,
    owner: 'omar',
    ticket: 'CHG-1',
    reason: 'for a test',
    ...plainBlocks([{ role: idOf('release-approver'), count: 1 }]),
    validFrom: instantOf(0),
    validUntil: instantOf(86_400_000),
    agents: [idOf('playbook')],
    maxGraphAgeMinutes: 60,
    severities: { high: 3 },
    calendars: [],
    prohibited: [],
    humanOnly: [],
    grants: [],
    routes: [
      {
        id: idOf('release'),
        clause: 'A1',
        when: {},
        demands: [{ role: idOf('release-approver'), count: 1 }],
        stepUp: false,
      },
    ],
    maySkipStaging: [],
    rollout: { canary: MOST_CANARY, window: 10, bakeMs: 0, healthTimeoutMs: 5000 },
    egress: { staging: 'sanitized', 'pre-production': 'sanitized', production: 'sanitized' },
    ...change,
  });
const signed = (document: object, ...who: readonly Who[]): DsseEnvelope =>
  signEnvelope(
    PAYLOAD.envelope,
    canonicalBytes(document),
    who.map((one): SignerKey => keys[one]),
  );
const digestIn = (policy: DsseEnvelope) => digestOf(Buffer.from(policy.payload, 'base64'));
const first = signed(envelope(), 'kim', 'ana');
/** Each version names the one before it and lowers the canary by one. */
const after = (
  before: DsseEnvelope,
  step: number,
  change: Partial<Envelope> = {},
  ...who: readonly Who[]
): DsseEnvelope =>
  signed(
    envelope({
      version: step + 1,
      supersedes: digestIn(before),
      rollout: { canary: MOST_CANARY - step, window: 10, bakeMs: 0, healthTimeoutMs: 5000 },
      ...change,
    }),
    ...(who.length === 0 ? (['kim'] as const) : who),
  );
const code = (opened: Result<OpenedPolicy>): string =>
  opened.ok ? `open ${opened.value.signed.narrowings}` : opened.refusal.code;
const open = (policy: DsseEnvelope, since: readonly DsseEnvelope[] = [], people: readonly Person[] = ROSTER): string =>
  code(openPolicy({ policy, since }, { signersOf: signersOf(people) }));

describe('E3: who must have signed', () => {
  test('two policy admins open a version alone; nobody asks what was before it', () => {
    expect(open(first)).toBe('open 0');
    expect(open(first, [signed({ nonsense: true }, 'kim')])).toBe('open 0');
  });
  test('one policy admin opens what is proved to narrow a version that two signed, and nothing else', () => {
    const second = after(first, 1);
    expect(open(second, [first])).toBe('open 1');
    expect(open(second)).toBe('envelope-unsigned');
    expect(open(second, [signed(envelope({ version: 9 }), 'kim', 'ana')])).toBe('envelope-widens');
    expect(open(after(first, 1, { maxGraphAgeMinutes: 61 }), [first])).toBe('envelope-widens');
    expect(open(after(first, 1, {}, 'sam'), [first])).toBe('envelope-unsigned');
  });
  test('a chain of narrowings leads back to two signatures, and breaks where a link is missing, turned round or unsigned', () => {
    const second = after(first, 1);
    const third = after(second, 2, {}, 'ana');
    expect(open(third, [second, first])).toBe('open 2');
    expect(open(third, [first, second])).toBe('envelope-widens');
    expect(open(third, [second])).toBe('envelope-unsigned');
    expect(open(third, [after(first, 1, {}, 'sam'), first])).not.toBe('open 2');
    const alone = signed(envelope(), 'kim');
    expect(open(after(alone, 1), [alone])).toBe('envelope-unsigned');
  });
  test('the roster of today decides: a chain over somebody who left it opens nothing', () => {
    const second = after(first, 1);
    expect(
      open(
        second,
        [first],
        ROSTER.filter(({ id }) => id !== 'ana'),
      ),
    ).toBe('envelope-unsigned');
  });
  test('neither the owner nor a known author counts among the two', () => {
    const byOwner = signed(envelope(), 'kim', 'omar');
    expect(open(byOwner)).toBe('envelope-unsigned');
    expect(code(openPolicy({ policy: first, since: [] }, { signersOf: signersOf(), authors: [idOf('kim')] }))).toBe(
      'envelope-unsigned',
    );
  });
  test('A4: reviewers do not alone author policy', () => {
    const roster = ROSTER.map((one) => (one.id === 'kim' ? person('kim', 'policy-admin', 'release-approver') : one));
    expect(open(first, [], roster)).toBe('duty-conflict');
  });
  test(`more than ${MAX_NARROWINGS} narrowings in a row are refused, and such a delivery is not even read`, () => {
    const chain: DsseEnvelope[] = [first];
    for (let step = 1; step <= MAX_NARROWINGS + 1; step += 1) chain.unshift(after(chain[0] ?? first, step));
    const [newest, ...since] = chain;
    if (newest === undefined) throw new Error('no chain');
    expect(open(newest, since)).toBe('envelope-widens');
    expect(open(since[0] ?? newest, since.slice(1))).toBe(`open ${MAX_NARROWINGS}`);
    expect(readShape(deliveryShape, { kind: 'envelope', envelope: newest, since }).ok).toBe(false);
    expect(readShape(deliveryShape, { kind: 'envelope', envelope: newest, since: since.slice(1) }).ok).toBe(true);
  });
});

describe('E1: the rules are the ones that were signed', () => {
  test('an envelope whose rules are not the ones it names is refused, whoever signed it', () => {
    const other = { ...envelope(), prohibited: [{ id: 'P1', clause: 'L7', actions: ['data.destroy'] }] };
    expect(open(signed(other, 'kim', 'ana'))).toBe('policies-other');
    expect(checkPolicies(envelope()).ok).toBe(true);
  });
  test('the digest is of the rules alone: what is not a rule does not change it, a rule does', () => {
    const plain = policyDigestOf(envelope());
    expect(
      policyDigestOf(
        envelope({
          reason: 'another',
          egress: { staging: 'local-only', 'pre-production': 'local-only', production: 'local-only' },
        }),
      ),
    ).toBe(plain);
    expect(policyDigestOf(envelope({ maxSkipPercent: 99 }))).not.toBe(plain);
  });
  test('the digest of known rules never changes: what people signed stays openable', () => {
    expect(policyDigestOf(envelope())).toBe('sha256:1e5ef7f0246f2f0ac2dfdc19a37fdf3f2ff6937ba6eae2755a1ffd9081b68d8e');
  });
});

describe('the form', () => {
  test('another payload type, bytes that are no JSON, a field too many: each is refused before any signature is looked at', () => {
    expect(readPolicy({ ...first, payloadType: PAYLOAD.graph })).toMatchObject({
      ok: false,
      refusal: { code: 'wrong-type' },
    });
    expect(readPolicy({ ...first, payload: 'AAAA' }).ok).toBe(false);
    expect(open(signed({ ...envelope(), extra: 1 }, 'kim', 'ana'))).toBe('malformed');
  });
  test('X1: an old delivery without predecessors is still read', () => {
    expect(readShape(deliveryShape, { kind: 'envelope', envelope: first }).ok).toBe(true);
  });
});
