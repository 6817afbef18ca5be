/**
 * Orders as the owner of the whole control plane would make them by the thousand: each owes a person, none has that person's signature
 * over its bytes, and everything the attacker can sign, claim, leave out, repeat or take from honest orders is tried in combinations.
 */
import { ACTION_TYPES, type ActionType, type Decision } from '@countersign/core';
import { decodeBase64, encodeBase64, PAYLOAD, type CapsuleDelivery, type DsseEnvelope } from '@countersign/seal';
import type { OpenedCapsule } from '../../demo/sign.ts';
import type { Random } from '../../bench/measure/random.ts';
import { campaign, placeIn } from '../world/campaign.ts';
import { status } from '../world/status.ts';
import { approval, signedByMachine, type ApprovalPlan } from '../world/approval.ts';
import { CRITICAL_HOST, SAFETY_HOST, signedEnvelope, signedGraph } from '../world/house.ts';
import { order, type Order, type OrderPlan } from '../world/order.ts';
import type { World } from '../world/world.ts';

export interface Ground {
  readonly world: World;
  readonly random: Random;
  /** Orders that people signed and that were carried out: everything in them may be used again. */
  readonly honest: readonly Order[];
}

export interface Forgery {
  /** What was combined, for the report. */
  readonly label: string;
  readonly delivery: CapsuleDelivery;
}

/** Keys that a control plane holds, and one that nobody knows. */
const ATTACKER_KEYS = ['capsule-signer', 'log', 'rogue'] as const;
/** Names the attacker would like to have signed. */
const VICTIMS: readonly ApprovalPlan[] = [
  { person: 'ana', role: 'release-approver' },
  { person: 'ben', role: 'release-approver' },
  { person: 'ben', role: 'service-owner' },
  { person: 'park', role: 'release-approver' },
];
/** Actions that the floor gives to people whatever an envelope says. */
const HUMAN_ACTIONS: readonly ActionType[] = ACTION_TYPES.filter((action) =>
  /credential|firewall|data|account|isolate/.test(action),
);

const pick = <T>({ random }: Ground, all: readonly T[]): T => {
  const chosen = all[Math.floor(random() * all.length)];
  if (chosen === undefined) throw new Error('nothing to choose from');
  return chosen;
};
const count = ({ random }: Ground, from: number, to: number): number => from + Math.floor(random() * (to - from + 1));

type Base = readonly [string, (ground: Ground) => OrderPlan];
type Twist = readonly [string, (plan: OrderPlan, ground: Ground) => OrderPlan];
type Late = readonly [string, (delivery: CapsuleDelivery, ground: Ground, made: OpenedCapsule) => CapsuleDelivery];

const unsigned = { approvals: (): readonly DsseEnvelope[] => [] };

/** Each owes at least one person. */
const BASES: readonly Base[] = [
  ['low severity', (ground) => ({ ...unsigned, authority: 'people', hosts: ground.world.hosts(count(ground, 1, 3)) })],
  ['too many hosts', (ground) => ({ ...unsigned, authority: 'alone', hosts: ground.world.hosts(count(ground, 4, 9)) })],
  ['a critical host', () => ({ ...unsigned, authority: 'people', hosts: [CRITICAL_HOST] })],
  ['a safety-critical host', () => ({ ...unsigned, authority: 'alone', hosts: [SAFETY_HOST] })],
  [
    'an action of people',
    (ground) => ({
      ...unsigned,
      authority: 'alone',
      hosts: ground.world.hosts(1),
      change: { action: pick(ground, HUMAN_ACTIONS) },
    }),
  ],
];

const calledAutonomous = ({ requirement: _requirement, ...decision }: Decision): Decision => ({
  ...decision,
  verdict: 'autonomous',
});
const forgedBy = (ground: Ground, opened: OpenedCapsule): DsseEnvelope =>
  approval(ground.world, opened, { ...pick(ground, VICTIMS), signedBy: pick(ground, ['mallory', 'eve']) });
const withApprovals = (plan: OrderPlan, more: (opened: OpenedCapsule) => readonly DsseEnvelope[]): OrderPlan => ({
  ...plan,
  approvals: (opened) => [...(plan.approvals?.(opened) ?? []), ...more(opened)],
});

/** Fields of a capsule as an attacker would like them. */
const FIELDS: readonly ((ground: Ground, plan: OrderPlan) => object)[] = [
  () => ({ demands: [] }),
  () => ({ demands: [{ role: 'operator', count: 1 }] }),
  () => ({ purpose: 'validation', demands: [] }),
  () => ({ environment: 'staging', demands: [] }),
  () => ({ egress: 'sanitized', notAfter: '2099-01-01T00:00:00.000Z' }),
  () => ({ isDemo: false }),
  () => ({ rollout: { canary: 1000, window: 1000, bakeMs: 0, healthTimeoutMs: 100 } }),
  () => ({ dependants: [] }),
  ({ world }) => ({
    audience: { enclave: 'staging', runner: 'runner-staging' },
    nonce: 'f'.repeat(32),
    id: `C-${world.serial()}`,
  }),
  (ground) => ({ targets: [{ id: pick(ground, ground.world.hosts(3)), tier: 'non-critical', stratum: '' }] }),
];

const TWISTS: readonly Twist[] = [
  ['verdict called autonomous', (plan) => ({ ...plan, decision: calledAutonomous })],
  [
    'severity claimed higher',
    (plan) => ({
      ...plan,
      claim: (inputs) => ({
        ...inputs,
        signals: inputs.signals.map(({ signal }) => ({
          signal: { ...signal, severity: 'critical' },
          isAuthenticated: true,
        })),
      }),
    }),
  ],
  [
    'targets undercounted',
    (plan) => ({
      ...plan,
      claim: (inputs) => ({
        ...inputs,
        proposal: { ...inputs.proposal, targets: inputs.proposal.targets.slice(0, 1) },
      }),
    }),
  ],
  ['facts left out', (plan, ground) => ({ ...plan, facts: ({ signed }) => signed.slice(0, count(ground, 0, 2)) })],
  [
    'facts signed by the server',
    (plan, ground) => ({
      ...plan,
      facts: ({ signed, signals, report }) => [
        ...signed,
        ...signals.map((signal) =>
          signedByMachine(
            PAYLOAD.signal,
            { type: 'signal', signal: { ...signal, severity: 'critical' } },
            ground.world.keys.signer(pick(ground, ATTACKER_KEYS)),
          ),
        ),
        signedByMachine(PAYLOAD.validation, report, ground.world.keys.signer(pick(ground, ATTACKER_KEYS))),
      ],
    }),
  ],
  ['facts of another order', (plan, ground) => ({ ...plan, facts: () => pick(ground, ground.honest).delivery.facts })],
  [
    'a capsule field changed',
    (plan, ground) => {
      const change = pick(ground, FIELDS);
      return { ...plan, capsule: (capsule) => ({ ...plan.capsule?.(capsule), ...change(ground, plan) }) };
    },
  ],
  [
    'tiers lowered in the capsule',
    (plan) => ({
      ...plan,
      decision: calledAutonomous,
      capsule: (capsule) => ({
        ...plan.capsule?.(capsule),
        targets: capsule.targets.map((target) => ({ ...target, tier: 'non-critical' })),
      }),
    }),
  ],
  ['a human signature forged', (plan, ground) => withApprovals(plan, (opened) => [forgedBy(ground, opened)])],
  [
    'a machine signs as a person',
    (plan, ground) =>
      withApprovals(plan, (opened) => {
        const by = approval(ground.world, opened, pick(ground, VICTIMS));
        const body = decodeBase64(by.payload) ?? new Uint8Array();
        const document: unknown = JSON.parse(new TextDecoder().decode(body));
        return [signedByMachine(PAYLOAD.approval, document, ground.world.keys.signer(pick(ground, ATTACKER_KEYS)))];
      }),
  ],
  [
    'approvals of another capsule',
    (plan, ground) =>
      withApprovals(plan, () => [
        ...pick(ground, ground.honest).delivery.approvals,
        ...pick(ground, ground.honest).delivery.approvals,
      ]),
  ],
  [
    'the agent’s own owner signs',
    (plan, ground) =>
      withApprovals(plan, (opened) => [approval(ground.world, opened, { person: 'park', role: 'release-approver' })]),
  ],
  [
    'somebody without the role signs',
    (plan, ground) =>
      withApprovals(plan, (opened) => [
        approval(ground.world, opened, { person: pick(ground, ['kim', 'lea']), role: 'release-approver' }),
      ]),
  ],
  [
    'an envelope of the attacker',
    (plan, ground) => ({
      ...plan,
      envelope: signedEnvelope(
        ground.world.keys,
        { severities: { ...ground.world.envelope.document.severities, note: 4 } },
        pick(ground, [['mallory', 'eve'], ['kim'], ['kim', 'mallory'], ['capsule-signer', 'log']]),
      ),
    }),
  ],
  [
    'a graph of the attacker',
    (plan, ground) => ({
      ...plan,
      graph: signedGraph(
        ground.world.keys,
        {
          nodes: ground.world.graph.document.nodes.map((node) => ({ ...node, tier: 'non-critical' })),
        },
        ground.world.keys.signer(pick(ground, ATTACKER_KEYS)),
      ),
    }),
  ],
  [
    'signed by no capsule signer',
    (plan, ground) => ({ ...plan, signer: ground.world.keys.signer(pick(ground, ['log', 'rogue'])) }),
  ],
];

const turned = (text: string, { random }: Ground): string => {
  const bytes = Uint8Array.from(decodeBase64(text) ?? []);
  const bit = Math.floor(random() * bytes.length * 8);
  bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return encodeBase64(bytes);
};

/** What may be done to a finished order. */
const LATE: readonly Late[] = [
  [
    'decision of another',
    (delivery, ground) => ({ ...delivery, decision: pick(ground, ground.honest).delivery.decision }),
  ],
  [
    'place in the record of another',
    (delivery, ground) => {
      const { leaf, proof } = pick(ground, ground.honest).delivery;
      return { ...delivery, leaf, proof };
    },
  ],
  [
    'risk of another',
    (delivery, ground) => ({ ...delivery, riskAssessment: pick(ground, ground.honest).delivery.riskAssessment }),
  ],
  [
    'a bit of the capsule turned',
    (delivery, ground) => ({
      ...delivery,
      capsule: { ...delivery.capsule, payload: turned(delivery.capsule.payload, ground) },
    }),
  ],
  [
    'a bit of the decision turned',
    (delivery, ground) => ({ ...delivery, decision: turned(delivery.decision, ground) }),
  ],
  [
    'a campaign of the attacker',
    (delivery, { world }) => ({ ...delivery, campaign: { ...placeIn(world, campaign(world)), approvals: [] } }),
  ],
  [
    'signed versions before it',
    (delivery, ground) => {
      const { capsule, approvals } = pick(ground, ground.honest).delivery;
      return { ...delivery, parents: [capsule], approvals: [...delivery.approvals, ...approvals] };
    },
  ],
  [
    'a statement of the attacker',
    (delivery, ground) => {
      const { world } = ground;
      const said = status(world, { signer: world.keys.signer(pick(ground, ATTACKER_KEYS)), change: { halts: [] } });
      return said.kind === 'status' ? { ...delivery, status: said.status } : delivery;
    },
  ],
  [
    'an approval added late',
    (delivery, ground, made) => ({ ...delivery, approvals: [...delivery.approvals, forgedBy(ground, made)] }),
  ],
];

/** One forgery: a base, up to three twists, sometimes something done to the finished order. */
export function forge(ground: Ground): Forgery {
  const [what, base] = pick(ground, BASES);
  const twists = Array.from({ length: count(ground, 0, 3) }, () => pick(ground, TWISTS));
  const made = order(
    ground.world,
    twists.reduce((plan, [, twist]) => twist(plan, ground), base(ground)),
  );
  const late = ground.random() < 0.3 ? [pick(ground, LATE)] : [];
  const delivery = late.reduce((sent, [, change]) => change(sent, ground, made), made.delivery);
  return { label: [what, ...twists.map(([name]) => name), ...late.map(([name]) => name)].join(' + '), delivery };
}

/** How many different kinds of thing a run can combine: a report says how many of them it met. */
export const KINDS: readonly string[] = [...BASES, ...TWISTS, ...LATE].map(([name]) => name);
