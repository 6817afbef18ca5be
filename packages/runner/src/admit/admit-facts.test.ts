import { expect, test } from 'vitest';
import { plusMs } from '@countersign/core';
import {
  addSignature,
  canonicalBytes,
  encodeBase64,
  generateSigner,
  payloadOf,
  PAYLOAD,
  signEnvelope,
} from '@countersign/seal';
import { ALONE, code, flip, KEYS, many, NOW, now, PEOPLE, TARGETS, withRui, world } from '../testkit/attack.ts';
import { personKey } from '../testkit/house.ts';
import { good } from '../testkit/made.ts';
import { makeGraph } from '../testkit/policy.ts';
import { signStatus } from '../testkit/signed.ts';
import { SmallRecord } from '../testkit/small-record.ts';

/** Each attack with the refusal that names it. The twin of all of them is in `admit.test.ts`: the same world, not attacked. */
const ATTACKS: readonly (readonly [string, () => string, string])[] = [
  [
    'a capsule that asks for nobody where the floor owes people',
    () => code(world('people', { capsule: { demands: [] }, approvers: [] })),
    'capsule-faulty',
  ],
  [
    'another decision than the one in the capsule',
    () => code(PEOPLE, { decision: encodeBase64(canonicalBytes({ verdict: 'autonomous' })) }),
    'decision-other',
  ],
  [
    'a verdict of autonomous on a decision that says otherwise',
    () =>
      code(
        world('people', {
          capsule: { decision: { ...PEOPLE.capsule.decision, verdict: 'autonomous' }, demands: [] },
          approvers: [],
        }),
      ),
    'decision-other',
  ],
  [
    'an envelope that one policy admin signed',
    () => code(world('envelope', { policyAdmins: ['pat'] })),
    'envelope-unsigned',
  ],
  [
    'an envelope that one policy admin signed twice',
    () => {
      const envelope = good(
        addSignature(world('envelope', { policyAdmins: ['pat'] }).delivery.envelope, personKey(KEYS, 'pat')),
      );
      return code(ALONE, { envelope });
    },
    'envelope-unsigned',
  ],
  [
    'an envelope whose owner is one of the two',
    () => code(world('envelope', { envelope: { owner: 'pat' }, bundle: withRui(), policyAdmins: ['pat', 'quinn'] })),
    'envelope-unsigned',
  ],
  [
    'an envelope that people who are no policy admins signed',
    () => code(world('envelope', { policyAdmins: ['kim', 'lee'] })),
    'envelope-unsigned',
  ],
  [
    'an envelope that expires within the clock margin',
    () => code(ALONE, {}, now(86_400_000 - 4000)),
    'envelope-expired',
  ],
  [
    'an expired envelope',
    () => code(world('envelope', { envelope: { validUntil: plusMs(NOW, 3000) } })),
    'envelope-expired',
  ],
  [
    'another envelope than the one in the capsule',
    () => code(ALONE, { envelope: world('envelope', { envelope: { ticket: 'CAB-2' } }).delivery.envelope }),
    'envelope-other',
  ],
  [
    'a rollout faster than the envelope allows',
    () => code(world('envelope', { envelope: { rollout: { canary: 1, window: 1, bakeMs: 0, healthTimeoutMs: 400 } } })),
    'rollout-wider',
  ],
  [
    'a stale status statement',
    () => code(ALONE, {}, { status: signStatus(ALONE, plusMs(NOW, -301_000), { expiresAt: plusMs(NOW, 60_000) }) }),
    'status-stale',
  ],
  [
    'a status statement from the future',
    () => code(ALONE, {}, { status: signStatus(ALONE, plusMs(NOW, 60_000)) }),
    'status-future',
  ],
  [
    'a status statement that names another envelope',
    () =>
      code(
        ALONE,
        {},
        { status: signStatus(ALONE, NOW, { envelope: { digest: `sha256:${'4'.repeat(64)}`, version: 8 } }) },
      ),
    'envelope-inactive',
  ],
  [
    'an action that is suspended',
    () => code(ALONE, {}, { status: signStatus(ALONE, NOW, { suspendedActions: ['package.patch'] }) }),
    'suspended',
  ],
  [
    'a halt of this capsule, also for one that people signed',
    () => code(PEOPLE, {}, { status: signStatus(PEOPLE, NOW, { halts: [PEOPLE.digest] }) }),
    'halted',
  ],
  ['a halt of everything', () => code(PEOPLE, {}, { status: signStatus(PEOPLE, NOW, { halts: ['all'] }) }), 'halted'],
  ['a stop at this runner', () => code(PEOPLE, {}, { change: { isStopped: true } }), 'halted'],
  [
    'a spent estate-wide quota',
    () => code(ALONE, {}, { status: signStatus(ALONE, NOW, { quota: { used: 101, limit: 100, from: 0 } }) }),
    'budget',
  ],
  [
    'a dispatch that the statement does not count yet, whatever is left of the quota',
    () => code(ALONE, {}, { status: signStatus(ALONE, NOW, { checkpoint: { size: 1, root: 'A'.repeat(43) + '=' } }) }),
    'uncounted',
  ],
  [
    'a dispatch that was kept back until its hour does not count it any more',
    () => code(ALONE, {}, { status: signStatus(ALONE, NOW, { quota: { used: 0, limit: 100, from: 2 } }) }),
    'uncounted',
  ],
  [
    'a window that is over within the clock margin',
    () => code(PEOPLE, {}, now(3_600_000 - 4000)),
    'approval-not-bound',
  ],
  [
    'a window that is not open yet',
    () => code(world('people', { capsule: { notBefore: plusMs(NOW, 1000) } })),
    'window-not-open',
  ],
  ['a window that is over', () => code(world('people', { capsule: { notAfter: plusMs(NOW, 4000) } })), 'window-over'],
  [
    'a clock that was changed while running',
    () => code(PEOPLE, {}, { change: { isClockSteady: false } }),
    'clock-jumped',
  ],
  ['a stale trust bundle', () => code(PEOPLE, {}, now(86_400_000)), 'trust-expired'],
  [
    'a graph nobody trusted has signed',
    () =>
      code(PEOPLE, {
        graph: signEnvelope(PAYLOAD.graph, good(payloadOf(PEOPLE.delivery.graph)), [generateSigner('ed25519')]),
      }),
    'graph-unsigned',
  ],
  [
    'another graph of the right owner',
    () =>
      code(PEOPLE, {
        graph: signEnvelope(PAYLOAD.graph, canonicalBytes(makeGraph(plusMs(NOW, -5), TARGETS, 'production')), [
          KEYS.graph,
        ]),
      }),
    'graph-other',
  ],
  [
    'a graph older than the envelope allows',
    () => code(world('people', { envelope: { maxGraphAgeMinutes: 1 } }), {}, now(60_000)),
    'graph-stale',
  ],
  [
    'a target that the local inventory does not have',
    () => code(PEOPLE, {}, { targets: ['host-1', 'host-2'] }),
    'unknown-target',
  ],
  [
    'a target that is called less critical than it is here',
    () => code(ALONE, {}, { tiers: { 'host-2': 'safety-critical' } }),
    'tier-lowered',
  ],
  ['autonomy on signals that no relay signed', () => code(world('envelope', { facts: 'none' })), 'prohibited'],
  ['autonomy on one source instead of two', () => code(world('envelope', { facts: 'one-source' })), 'not-autonomous'],
  [
    'a signal that the relay of another source signed',
    () => {
      const [first, second] = ALONE.delivery.facts;
      const swapped = signEnvelope(PAYLOAD.signal, good(payloadOf(second!)), [KEYS.relays[0]]);
      return code(ALONE, { facts: [first!, swapped, ...ALONE.delivery.facts.slice(2)] });
    },
    'not-autonomous',
  ],
  [
    'a validation that a production runner signed',
    () => {
      const report = signEnvelope(PAYLOAD.validation, good(payloadOf(ALONE.delivery.facts[2]!)), [KEYS.runner]);
      return code(ALONE, { facts: [...ALONE.delivery.facts.slice(0, 2), report] });
    },
    'not-autonomous',
  ],
  ['no inclusion proof', () => code(PEOPLE, { proof: '' }), 'not-included'],
  [
    'an inclusion proof of another leaf',
    () => code(PEOPLE, { leaf: encodeBase64(PEOPLE.record.leaves[0]!.bytes) }),
    'not-included',
  ],
  [
    'a checkpoint that no witness cosigned',
    () => code(PEOPLE, { proof: PEOPLE.record.proof(1, PEOPLE.record.checkpoint()) }),
    'not-included',
  ],
  [
    'a checkpoint of another log',
    () => {
      const other = new SmallRecord({ log: generateSigner('ed25519'), witness: KEYS.witness });
      other.add('capsule.dispatched', { body: PEOPLE.digest, at: NOW });
      return code(PEOPLE, { leaf: encodeBase64(other.leaves[0]!.bytes), proof: other.proof(0, other.cosigned(1)) });
    },
    'not-included',
  ],
  ['a runner it is not meant for', () => code(PEOPLE, {}, { config: { runner: 'runner-2' } }), 'wrong-audience'],
  ['an enclave it is not meant for', () => code(PEOPLE, {}, { config: { enclave: 'other' } }), 'wrong-audience'],
  ['a demo capsule', () => code(world('people', { capsule: { isDemo: true } })), 'demo-capsule'],
  [
    'an action that is not in the local catalogue',
    () =>
      code(
        world('people', {
          change: { steps: [{ adapter: 'config', path: 'etc/shadow', content: '', validate: 'none' }] },
        }),
      ),
    'not-in-catalogue',
  ],
  [
    'a target of a rollout that is running',
    () => code(PEOPLE, {}, { change: { busyTargets: new Set(['host-3']) } }),
    'overlap',
  ],
  [
    'a risk assessment that people did not sign',
    () => code(PEOPLE, { riskAssessment: flip(PEOPLE.delivery.riskAssessment) }),
    'risk-other',
  ],
  [
    'a validation that claims to be for production',
    () => code(world('staging', { capsule: { environment: 'production' } })),
    'capsule-faulty',
  ],
  [
    'more autonomous targets than the floor has',
    () => code(world('envelope', { targets: many(11) })),
    'quorum-missing',
  ],
];

test.each(ATTACKS)('X1: refuses %s', (_name, attack, expected) => {
  expect(attack()).toBe(expected);
});
