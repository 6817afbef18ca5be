/**
 * Every key there is, put to every statement a runner believes: only the one that owes it is believed (X1). So a control plane with all
 * its keys, a relay, a staging host or a single person never speaks in the name of another.
 */
import { plusMs } from '@countersign/core';
import {
  addSignature,
  canonicalBytes,
  encodeBase64,
  payloadOf,
  PAYLOAD,
  publicKeyOf,
  publishTrust,
  signEnvelope,
  type CapsuleDelivery,
  type DsseEnvelope,
  type SignerKey,
  vkeyOf,
} from '@countersign/seal';
import { describe, expect, test } from 'vitest';
import { checkSignedResume, readResume } from '../inbox/resume.ts';
import { ALONE, code, KEYS, NOW, PEOPLE, STAGING, TARGETS, world } from '../testkit/attack.ts';
import {
  bundleWith,
  campaignApproval,
  makeCampaign,
  memberDelivery,
  signReceipt,
  siteRunner,
  siteWorld,
} from '../testkit/campaign.ts';
import { makeBundle, ORGANISATION, personKey, rootOf, signBundle, WITNESS_NAME } from '../testkit/house.ts';
import { good } from '../testkit/made.ts';
import { signApproval, signResume, signStatus } from '../testkit/signed.ts';
import { SmallRecord } from '../testkit/small-record.ts';
import { readBacking } from './backed-facts.ts';
import { verifyGraph } from './graph.ts';
import { verifyStatus } from './status.ts';
import { verifyTrust } from './trust.ts';

const WEST = siteRunner('west', 'runner-2');
const HOLDERS: Readonly<Record<string, SignerKey>> = {
  'a root key': KEYS.root,
  'the first registrar': KEYS.registrars[0],
  'the second registrar': KEYS.registrars[1],
  'the online key': KEYS.online,
  'the capsule signer': KEYS.capsules,
  'the owner of the graph': KEYS.graph,
  'the status signer': KEYS.status,
  'the log': KEYS.log,
  'the witness': KEYS.witness,
  'the relay of source-0': KEYS.relays[0],
  'the relay of source-1': KEYS.relays[1],
  'the staging runner': KEYS.stagingRunner,
  'the production runner': KEYS.runner,
  'the runner of another enclave': WEST.key,
  'kim, who approves': personKey(KEYS, 'kim'),
  'lee, who owns the service': personKey(KEYS, 'lee'),
  'pat, who signs policy': personKey(KEYS, 'pat'),
  'quinn, who signs policy': personKey(KEYS, 'quinn'),
  'oz, who operates': personKey(KEYS, 'oz'),
  'ada, who owns the agent': personKey(KEYS, 'ada'),
};

const RULE = { organisation: PEOPLE.capsule.organisation, root: rootOf(KEYS), allowDemo: false };
const TRUST = good(verifyTrust(PEOPLE.trust, RULE, { now: NOW }));
const BUNDLE = bundleWith(KEYS, NOW, [WEST]);
const site = (enclave: string, runner: string, proposal: string): ReturnType<typeof siteWorld> =>
  siteWorld(KEYS, { enclave, runner }, { now: NOW, targets: TARGETS, bundle: BUNDLE, proposal });
const HERE = site('prod', 'runner-1', 'P-1');
const THERE = site('west', 'runner-2', 'P-2');
const CAMPAIGN = { keys: KEYS, now: NOW, stages: [[HERE], [THERE]] };
const MADE = makeCampaign(CAMPAIGN);
const receiptBy = (key: SignerKey): DsseEnvelope => signReceipt(MADE, HERE, { key });

const isAdmitted = (of: typeof PEOPLE, delivery: Partial<CapsuleDelivery> = {}): boolean =>
  code(of, delivery).startsWith('admitted');
const again = (envelope: DsseEnvelope | undefined, key: SignerKey): DsseEnvelope =>
  signEnvelope(envelope!.payloadType, good(payloadOf(envelope!)), [key]);
const recordBy = (keys: { readonly log: SignerKey; readonly witness: SignerKey }): Partial<CapsuleDelivery> => {
  const record = new SmallRecord(keys);
  record.add('capsule.dispatched', { body: PEOPLE.digest, at: NOW });
  return { leaf: encodeBase64(record.leaves[0]!.bytes), proof: record.proof(0, record.cosigned(1)) };
};
const resumes = (key: SignerKey): boolean => {
  const resume = signResume(PEOPLE, { trip: 1, now: NOW, key });
  return checkSignedResume(resume, good(readResume(resume)), {
    capsule: PEOPLE.capsule,
    digest: PEOPLE.digest,
    trip: 1,
    bundle: TRUST.bundle,
    usedNonces: new Set(),
    now: NOW,
  }).ok;
};

/** Whether the runner believes the statement when this key signed it; what else it needs is signed as it must be. */
const STATEMENTS: readonly (readonly [string, (key: SignerKey) => boolean, readonly string[]])[] = [
  ['a capsule', (key) => isAdmitted(PEOPLE, { capsule: again(PEOPLE.delivery.capsule, key) }), ['the capsule signer']],
  [
    'the system graph',
    (key) => verifyGraph(again(PEOPLE.delivery.graph, key), TRUST, PEOPLE.capsule.graph.digest).ok,
    ['the owner of the graph'],
  ],
  [
    'a signal of source-0',
    (key) => readBacking([again(ALONE.delivery.facts[0], key)], TRUST).signals.length > 0,
    ['the relay of source-0'],
  ],
  [
    'a staging proof and the drill in it',
    (key) => readBacking([again(ALONE.delivery.facts[2], key)], TRUST).validations.length > 0,
    ['the staging runner'],
  ],
  [
    'what rules now',
    (key) => verifyStatus(signStatus(PEOPLE, NOW, {}, key), TRUST, PEOPLE.capsule.organisation).ok,
    ['the status signer'],
  ],
  [
    'an approval by kim',
    (key) => isAdmitted(PEOPLE, { approvals: [signApproval(KEYS, { ...PEOPLE, name: 'kim', now: NOW, key })] }),
    ['kim, who approves'],
  ],
  [
    'the second signature of an envelope beside pat’s',
    (key) =>
      isAdmitted(ALONE, {
        envelope: good(addSignature(world('envelope', { policyAdmins: ['pat'] }).delivery.envelope, key)),
      }),
    ['quinn, who signs policy'],
  ],
  ['leave to go on by oz', resumes, ['oz, who operates']],
  [
    'the manifest of a campaign',
    (key) => isAdmitted(HERE, { campaign: memberDelivery(makeCampaign({ ...CAMPAIGN, signer: key }), HERE.digest) }),
    ['the capsule signer'],
  ],
  [
    'an approval of a campaign by kim',
    (key) =>
      isAdmitted(HERE, {
        campaign: { ...memberDelivery(MADE, HERE.digest), approvals: [campaignApproval(MADE, 'kim', { key })] },
      }),
    ['kim, who approves'],
  ],
  [
    'the receipt that lets the next stage begin',
    (key) =>
      code(
        THERE,
        { campaign: memberDelivery(MADE, THERE.digest, [receiptBy(key)]) },
        { config: { enclave: 'west', runner: 'runner-2' } },
      ).startsWith('admitted'),
    ['the production runner'],
  ],
  ['a checkpoint', (key) => isAdmitted(PEOPLE, recordBy({ log: key, witness: KEYS.witness })), ['the log']],
  ['a cosignature', (key) => isAdmitted(PEOPLE, recordBy({ log: KEYS.log, witness: key })), ['the witness']],
  [
    'the second signature of a trust bundle',
    (key) => verifyTrust(signBundle(KEYS, makeBundle(KEYS, NOW), [KEYS.registrars[0], key]), RULE, { now: NOW }).ok,
    ['the second registrar'],
  ],
  [
    'that a trust bundle is still the newest',
    (key) => {
      const bundle = makeBundle(KEYS, NOW);
      const { registrars } = KEYS;
      const made = { bundle, roots: [rootOf(KEYS)], registrars, online: key, onlineExpires: plusMs(NOW, 1000) };
      return verifyTrust(publishTrust(made), RULE, { now: NOW }).ok;
    },
    ['the online key'],
  ],
];

describe('X1: who is believed when they sign', () => {
  test.each(STATEMENTS)('%s', (_statement, isBelieved, expected) => {
    const believed = Object.entries(HOLDERS).flatMap(([name, key]) => (isBelieved(key) ? [name] : []));
    expect(believed).toEqual(expected);
  });
});

/** The payload type is part of what is signed, so a true statement is no other true statement either. */
test('X1: what one of them signed is believed as nothing else', () => {
  const types = Object.values(PAYLOAD);
  const [signal, , report] = ALONE.delivery.facts;
  for (const payloadType of types.filter((type) => type !== PAYLOAD.signal && type !== PAYLOAD.validation)) {
    const { signals, validations } = readBacking(
      [signal!, report!].map((envelope) => ({ ...envelope, payloadType })),
      TRUST,
    );
    expect([payloadType, signals.length, validations.length]).toEqual([payloadType, 0, 0]);
  }
  for (const payloadType of types.filter((type) => type !== PAYLOAD.approval)) {
    const [approval] = PEOPLE.delivery.approvals;
    expect(code(PEOPLE, { approvals: [{ ...approval!, payloadType }] })).toBe('approval-type');
    const signed = signEnvelope(payloadType, good(payloadOf(approval!)), [personKey(KEYS, 'kim')]);
    expect(code(PEOPLE, { approvals: [{ ...signed, payloadType: PAYLOAD.approval }] })).toBe('approval-forged');
  }
});

test('X1, L4: a staging runner speaks for staging of its own organisation, in its own name, and for nobody’s drill', () => {
  const report = JSON.parse(Buffer.from(good(payloadOf(ALONE.delivery.facts[2]!))).toString()) as object;
  const heard = (change: object): number =>
    readBacking(
      [signEnvelope(PAYLOAD.validation, canonicalBytes({ ...report, ...change }), [KEYS.stagingRunner])],
      TRUST,
    ).validations.length;
  expect([heard({}), heard({ runner: 'runner-1' }), heard({ organisation: 'globex' })]).toEqual([1, 0, 0]);
  expect([ORGANISATION, STAGING.capsule.environment]).toEqual(['acme', 'staging']);
});

const opened = (change: object): string => {
  const trust = verifyTrust(signBundle(KEYS, makeBundle(KEYS, NOW, change)), RULE, { now: NOW });
  return trust.ok ? 'opened' : trust.refusal.code;
};

test('X1: a bundle in which one key stands for two things is opened by no runner, whoever signed it', () => {
  const { keys } = makeBundle(KEYS, NOW);
  const [signer] = keys.capsuleSigners;
  expect([
    opened({}),
    opened({ keys: { ...keys, statusSigners: [signer] } }),
    opened({ keys: { ...keys, relays: keys.relays.map((relay) => ({ ...relay, publicKey: signer!.publicKey })) } }),
    opened({ keys: { ...keys, witnesses: [vkeyOf('witness', WITNESS_NAME, publicKeyOf(KEYS.log))] } }),
  ]).toEqual(['opened', 'trust-unsound', 'trust-unsound', 'trust-unsound']);
});

test('X5: a fact with more signatures than a key and its successor is not looked at, whoever signed', () => {
  const [signal] = ALONE.delivery.facts;
  const others = [KEYS.graph, KEYS.runner];
  const heard = (more: readonly SignerKey[]): number => {
    const envelope = more.reduce((made, key) => good(addSignature(made, key)), signal!);
    return readBacking([envelope], TRUST).signals.length;
  };
  expect([heard([]), heard(others.slice(0, 1)), heard(others)]).toEqual([1, 1, 0]);
});

test('X1, D3: a signal both relays signed is one word of its own source', () => {
  const both = good(addSignature(ALONE.delivery.facts[0]!, KEYS.relays[1]));
  expect(readBacking([both], TRUST).signals.map(({ signal }) => signal.source)).toEqual(['source-0']);
});
