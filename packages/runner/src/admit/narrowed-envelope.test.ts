import type { Envelope } from '@countersign/core';
import {
  canonicalBytes,
  digestOfDocument,
  PAYLOAD,
  readPolicy,
  signEnvelope,
  type CapsuleDelivery,
  type DsseEnvelope,
} from '@countersign/seal';
import { expect, test } from 'vitest';
import { KEYS, NOW, TARGETS } from '../testkit/attack.ts';
import { gateOf } from '../testkit/gate.ts';
import { personKey } from '../testkit/house.ts';
import { good } from '../testkit/made.ts';
import { makeEnvelope } from '../testkit/policy.ts';
import { signStatus } from '../testkit/signed.ts';
import { makeWorld, type World, type WorldPlan } from '../testkit/world.ts';
import { Admitted } from './admit.ts';
import type { GateContext } from './context.ts';
import { KnownDocuments } from './known-documents.ts';

const signedBy = (envelope: Envelope, ...people: readonly string[]): DsseEnvelope =>
  signEnvelope(
    PAYLOAD.envelope,
    canonicalBytes(envelope),
    people.map((name) => personKey(KEYS, name)),
  );

const WIDE = makeEnvelope(NOW, {});
const { canary } = WIDE.rollout;
/** The version after `WIDE`, signed by one person; `change` may make it wider than it says. */
const worldOf = (change: object = {}, plan: Partial<WorldPlan> = {}): World =>
  makeWorld(
    {
      now: NOW,
      targets: TARGETS,
      authority: 'envelope',
      policyAdmins: ['pat'],
      envelope: { version: WIDE.version + 1, supersedes: digestOfDocument(WIDE), ...change },
      ...plan,
    },
    KEYS,
  );
/** The witness says what ruled before: the version that was narrowed first of these. */
const statusAfter = (world: World, since: readonly DsseEnvelope[] = []): DsseEnvelope => {
  const [before] = since.map((document) => good(readPolicy(document)));
  const follows = before && { digest: before.digest, version: before.envelope.version };
  return statusNaming(world, follows);
};
const statusNaming = (world: World, follows: object | undefined): DsseEnvelope => {
  const { version } = world.capsule.envelope;
  const envelope = { digest: world.envelopeDigest, version, ...(follows !== undefined && { follows }) };
  return signStatus(world, NOW, { envelope });
};
const admittedBy = (context: GateContext, delivery: CapsuleDelivery): string => {
  const admitted = Admitted.check(delivery, context);
  return admitted.ok ? 'admitted' : admitted.refusal.code;
};
const outcome = (world: World, delivery: Partial<CapsuleDelivery> = {}): string => {
  const context = gateOf(world, { status: statusAfter(world, delivery.since) });
  try {
    return admittedBy(context, { ...world.delivery, ...delivery });
  } finally {
    context.journal.close();
  }
};
const SINCE = [signedBy(WIDE, 'pat', 'quinn')];

test('E3, X1: offline, the runner proves that a version one person signed only narrows one that two people signed', () => {
  expect(outcome(worldOf(), { since: SINCE })).toBe('admitted');
});

test('E3, X1: the same version without what it narrows, or with another, lets nothing run', () => {
  expect(outcome(worldOf())).toBe('envelope-unsigned');
  expect(outcome(worldOf(), { since: [signedBy(WIDE, 'pat')] })).toBe('envelope-unsigned');
  expect(outcome(worldOf(), { since: [signedBy(makeEnvelope(NOW, { reason: 'another' }), 'pat', 'quinn')] })).toBe(
    'envelope-widens',
  );
});

test.each([
  ['a larger canary', { rollout: { ...WIDE.rollout, canary: canary + 1 } }],
  ['a word taken for more severe', { severities: { ...WIDE.severities, low: 4 } }],
  ['a staging exception', { maySkipStaging: [...WIDE.maySkipStaging, 'process.kill'] }],
  ['a larger cap', { grants: WIDE.grants.map((grant) => ({ ...grant, caps: { ...grant.caps, targets: 11 } })) }],
  [
    'evidence that leaves',
    {
      egress: { ...WIDE.egress, staging: 'sanitized', 'pre-production': 'sanitized', production: 'sanitized' },
      agents: [...WIDE.agents, 'other'],
    },
  ],
])(
  'E3, X1: a compromised control plane with one signature gets nothing that two people did not sign: %s',
  (_what, change) => {
    expect(outcome(worldOf(change), { since: SINCE })).toBe('envelope-widens');
  },
);

test('E3: two signatures open the wider one', () => {
  const wider = { rollout: { ...WIDE.rollout, canary: canary + 1 } };
  expect(outcome(worldOf(wider, { policyAdmins: ['pat', 'quinn'] }))).toBe('admitted');
});

test('E3, X7: a version sent beforehand is kept with what proves it, and proved again after a restart', () => {
  const world = worldOf();
  const { envelope, ...bare } = world.delivery;
  const context = gateOf(world, { status: statusAfter(world, SINCE) });
  expect(context.documents.accept('envelope', envelope, context.trust).ok).toBe(false);
  context.journal.write([good(context.documents.accept('envelope', envelope, context.trust, SINCE))]);
  const again = (documents: KnownDocuments): string => admittedBy({ ...context, documents }, bare);
  expect([again(context.documents), again(new KnownDocuments(context.journal))]).toEqual(['admitted', 'admitted']);
  context.journal.close();
});

const remembering = (world: World, known: Envelope | string, since: readonly DsseEnvelope[]): string => {
  const context = gateOf(world, { status: statusAfter(world, since) });
  try {
    const value =
      typeof known === 'string' ? known : JSON.stringify({ version: known.version, digest: digestOfDocument(known) });
    context.journal.write([{ kind: 'latest', key: 'envelope-version', value }]);
    return admittedBy(context, { ...world.delivery, since });
  } finally {
    context.journal.close();
  }
};

test('E3, X1: one signature does not bring back what stood before the newest version known here', () => {
  const decidedSince = makeEnvelope(NOW, { version: WIDE.version + 5, reason: 'two people narrowed it' });
  const forked = worldOf({ version: WIDE.version + 9 });
  expect(remembering(forked, decidedSince, SINCE)).toBe('envelope-forked');
  expect(remembering(forked, WIDE, SINCE)).toBe('admitted');
  const own = { ...WIDE, version: WIDE.version - 1 };
  expect(remembering(forked, own, SINCE)).toBe('admitted');
});

test('E3, X1: nor does it take back what another one person narrowed', () => {
  const narrowed = makeEnvelope(NOW, {
    version: WIDE.version + 1,
    supersedes: digestOfDocument(WIDE),
    reason: 'narrowed at night',
  });
  const around = worldOf({ version: WIDE.version + 2 });
  expect(remembering(around, narrowed, SINCE)).toBe('envelope-forked');
  const after = worldOf({ version: WIDE.version + 2, supersedes: digestOfDocument(narrowed) });
  expect(remembering(after, narrowed, [signedBy(narrowed, 'pat'), ...SINCE])).toBe('admitted');
});

test('E3, X7: a memory that cannot be read lets no single signature through', () => {
  expect(remembering(worldOf(), '{"version":', SINCE)).toBe('envelope-forked');
  expect(remembering(worldOf({}, { policyAdmins: ['pat', 'quinn'] }), '{"version":', [])).toBe('admitted');
});

/** As the witness tells it of this version: what ruled until it came. */
const followed = (world: World, follows: object | undefined): string => {
  const context = gateOf(world, { status: statusNaming(world, follows) });
  try {
    return admittedBy(context, { ...world.delivery, since: SINCE });
  } finally {
    context.journal.close();
  }
};
const OTHER = `sha256:${'5'.repeat(64)}`;

test('E3, X1: a runner that remembers nothing lets one person narrow only what ruled until then, by the word of the witness', () => {
  const narrowed = worldOf();
  const { version } = WIDE;
  const digest = digestOfDocument(WIDE);
  expect(followed(narrowed, { digest, version })).toBe('admitted');
  expect(followed(narrowed, { digest: OTHER, version })).toBe('envelope-forked');
  // An old version that was written into the record again, under a number that is not its own.
  expect(followed(narrowed, { digest, version: version + 3 })).toBe('envelope-forked');
  // After a suspension, or as the first of all: going on takes two.
  expect(followed(narrowed, undefined)).toBe('envelope-forked');
});

test('E2, E3: a version that two people signed follows whatever there was', () => {
  const byTwo = worldOf({}, { policyAdmins: ['pat', 'quinn'] });
  expect([undefined, { digest: OTHER, version: 3 }].map((follows) => followed(byTwo, follows))).toEqual([
    'admitted',
    'admitted',
  ]);
});

test.each(['people', 'envelope'] as const)(
  'E2, I5: a version older than one in force here before authorises nothing, by %s, whatever the record says rules',
  (authority) => {
    const world = worldOf({ version: WIDE.version, supersedes: OTHER }, { policyAdmins: ['pat', 'quinn'], authority });
    const since = makeEnvelope(NOW, { version: WIDE.version + 1, reason: 'two people narrowed it' });
    expect(remembering(world, since, [])).toBe('envelope-superseded');
    expect(remembering(world, { ...since, version: WIDE.version }, [])).toBe('admitted');
  },
);

test('E3, I5: what this program let in counts before the journal has it', () => {
  const newest = { version: WIDE.version + 5, digest: digestOfDocument(makeEnvelope(NOW, { reason: 'newer' })) };
  const context = gateOf(worldOf({ version: WIDE.version + 9 }), { change: { newest } });
  const older = gateOf(worldOf({}, { policyAdmins: ['pat', 'quinn'] }), { change: { newest } });
  const forked = worldOf({ version: WIDE.version + 9 });
  expect(admittedBy(context, { ...forked.delivery, since: SINCE })).toBe('envelope-forked');
  expect(admittedBy(older, worldOf({}, { policyAdmins: ['pat', 'quinn'] }).delivery)).toBe('envelope-superseded');
  context.journal.close();
  older.journal.close();
});
