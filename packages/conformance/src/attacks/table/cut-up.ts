/** Attacks on what small operations add up to: one act cut into many, so that each stays below what may run alone (D5, I14). */
import type { Attack, Attempt, Scene } from '../attack.ts';
import { carriedOut, refusedAs } from '../trials.ts';
import { beside, introduce } from '../world/beside.ts';
import { signedEnvelope } from '../world/house.ts';
import { order } from '../world/order.ts';
import { alone } from '../world/shorthand.ts';
import { status } from '../world/status.ts';

/** Most hosts an agent may touch alone in a day, under the envelope of this attack. */
const MOST = 3;

/** One order after the other, of one proposal or of several, each small enough by itself. */
const inPieces =
  (pieces: readonly [number, number], isOneProposal: boolean) =>
  (scene: Scene): Promise<readonly string[]> =>
    beside(scene, { name: `cut-up-${pieces.join('-')}-${isOneProposal ? 'one' : 'many'}` }, async (on) => {
      introduce(on);
      const { world } = on;
      const { policies: _, ...document } = world.envelope.document;
      const grants = document.grants.map((grant) => ({ ...grant, caps: { ...grant.caps, targets: MOST } }));
      const next = { version: document.version + 1, supersedes: world.envelopeDigest() };
      const envelope = signedEnvelope(world.keys, { ...document, grants, ...next });
      const proposal = `P-cut-up-${world.serial()}`;
      const piece = (hosts: number): Attempt => {
        const plan = { ...alone(), envelope, hosts: world.hosts(hosts), ...(isOneProposal && { proposal }) };
        const { delivery: last, digest: subject, capsule } = order(world, plan);
        return { before: [status(world, { change: { envelope: capsule.envelope } })], last, subject };
      };
      const [first, then] = pieces;
      const before = await carriedOut(() => piece(first))(on);
      const after =
        first + then > MOST ? refusedAs('not-autonomous', () => piece(then)) : carriedOut(() => piece(then));
      return [...before, ...(await after(on))];
    });

const about = { threats: ['T2', 'T4', 'I14'], requirements: ['AG-706 4.5', 'D5', 'X1'] } as const;

export const CUT_UP_ATTACKS: readonly Attack[] = [
  {
    ...about,
    name: 'cut-up-among-proposals',
    claim: 'four hosts in two proposals, where an agent may touch three a day',
    run: inPieces([2, 2], false),
    twin: inPieces([2, 1], false),
  },
  {
    ...about,
    name: 'cut-up-within-one-proposal',
    claim: 'the server cuts one proposal into capsules that each stay below what may run alone',
    run: inPieces([2, 2], true),
    twin: inPieces([2, 1], true),
  },
];
