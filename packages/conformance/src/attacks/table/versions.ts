/** Attacks on later versions of a signed capsule: signatures carry over only as far as the new one is no wider (D6, C1). */
import { deltaPageOf, digestOf, type CapsuleDelivery } from '@countersign/seal';
import { plusMs, type Capsule } from '@countersign/core';
import type { Attack, Attempt, Scene } from '../attack.ts';
import { attemptOf, carriedOut, refusedAs } from '../trials.ts';
import { approval, type ApprovalPlan } from '../world/approval.ts';
import { order, type Order } from '../world/order.ts';
import { ANA, BEN, people } from '../world/shorthand.ts';
import type { World } from '../world/world.ts';

interface NextVersion {
  readonly hosts: readonly string[];
  /** Said of the new version beside what has to be so. */
  readonly change?: (capsule: Capsule) => object;
  readonly sent?: (delivery: CapsuleDelivery, made: Order) => Partial<CapsuleDelivery>;
}

/** Version 2 of what Ana signed; nobody signed it itself. */
function nextOf(world: World, signed: Order, { hosts, change, sent }: NextVersion): Order {
  const { id, notBefore, notAfter, proposal } = signed.capsule;
  const made = order(world, {
    ...people(),
    hosts,
    proposal: proposal.id,
    approvals: () => signed.delivery.approvals,
    capsule: (capsule) => ({
      id,
      notBefore,
      notAfter,
      version: 2,
      parent: signed.digest,
      // Nothing that was watched is watched no more.
      dependants: [...new Set([...signed.capsule.dependants, ...capsule.dependants])].toSorted(),
      ...change?.(capsule),
    }),
  });
  const delivery = { ...made.delivery, parents: [signed.delivery.capsule] };
  return { ...made, delivery: { ...delivery, ...sent?.(delivery, made) } };
}

const versions =
  (from: number, next: (hosts: readonly string[], signed: Order, world: World) => NextVersion) =>
  (scene: Scene): Attempt => {
    const { world } = scene;
    const hosts = world.hosts(4);
    const signed = order(world, { ...people(), hosts: hosts.slice(0, from) });
    return attemptOf(scene, nextOf(world, signed, next(hosts, signed, world)));
  };

/** As a person signs what changed between two versions. */
const delta =
  (world: World, signed: Order, who: Pick<ApprovalPlan, 'person' | 'role'> = ANA) =>
  (_: CapsuleDelivery, made: Order): Partial<CapsuleDelivery> => {
    const shown = digestOf(new TextEncoder().encode(deltaPageOf(signed, made)));
    const over = approval(world, made, { ...who, change: { since: signed.digest, shown } });
    return { approvals: [...signed.delivery.approvals, over] };
  };

const about = { threats: ['T4', 'T8', 'T14', 'I3'], requirements: ['D6', 'C1'] } as const;

export const VERSION_ATTACKS: readonly Attack[] = [
  {
    ...about,
    name: 'host-added-behind-a-signature',
    claim: 'the server makes a version with a host more, and nobody signs what changed',
    run: refusedAs(
      'quorum-missing',
      versions(2, (hosts) => ({ hosts: hosts.slice(0, 3) })),
    ),
    twin: carriedOut(versions(2, (hosts, signed, world) => ({ hosts: hosts.slice(0, 3), sent: delta(world, signed) }))),
  },
  {
    ...about,
    name: 'delta-signed-by-somebody-else',
    claim: 'one person signed the whole and another one only what changed',
    run: refusedAs(
      'quorum-missing',
      versions(2, (hosts, signed, world) => ({ hosts: hosts.slice(0, 3), sent: delta(world, signed, BEN) })),
    ),
  },
  {
    ...about,
    name: 'window-widened-behind-a-signature',
    claim: 'the server lengthens the window of a signed capsule in a new version',
    run: refusedAs(
      'carry-void',
      versions(3, (hosts, signed, world) => ({
        hosts: hosts.slice(0, 2),
        change: ({ notAfter }) => ({ notAfter: plusMs(notAfter, 60_000) }),
        sent: delta(world, signed),
      })),
    ),
    twin: carriedOut(versions(3, (hosts) => ({ hosts: hosts.slice(0, 2) }))),
  },
  {
    ...about,
    name: 'version-before-left-out',
    claim: 'a new version is sent with old signatures and without what was signed',
    run: refusedAs(
      'approval-not-bound',
      versions(3, (hosts) => ({ hosts: hosts.slice(0, 2), sent: () => ({ parents: [] }) })),
    ),
  },
  {
    ...about,
    name: 'version-of-another-capsule',
    claim: 'the version before is another capsule than the new one names',
    run: refusedAs(
      'version-chain',
      versions(3, (hosts, _signed, world) => ({
        hosts: hosts.slice(0, 2),
        sent: () => ({ parents: [order(world, people()).delivery.capsule] }),
      })),
    ),
  },
  {
    ...about,
    name: 'both-versions-run',
    claim: 'two versions of one capsule run one after the other, on one signature',
    run: async (scene) => {
      const { world } = scene;
      const hosts = world.hosts(3);
      const signed = order(world, { ...people(), hosts });
      const first = await carriedOut(() => attemptOf(scene, signed))(scene);
      const next = nextOf(world, signed, { hosts: hosts.slice(0, 2) });
      return [...first, ...(await refusedAs('replay', () => attemptOf(scene, next))(scene))];
    },
  },
];
