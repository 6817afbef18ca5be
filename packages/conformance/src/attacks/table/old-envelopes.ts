/** Attacks on the order of envelope versions: one person, or a server alone, brings back what was replaced or suspended (E2, E3, I5). */
import type { Envelope } from '@countersign/core';
import { digestOf } from '@countersign/seal';
import type { Attack, Attempt, Scene } from '../attack.ts';
import { carriedOut, refusedAs } from '../trials.ts';
import { beside, introduce } from '../world/beside.ts';
import { signedEnvelope, type Signed } from '../world/house.ts';
import { order } from '../world/order.ts';
import { alone, ELSEWHERE } from '../world/shorthand.ts';
import { status } from '../world/status.ts';

const about = {
  threats: ['T4', 'T8', 'I5', 'I13'],
  requirements: ['E2', 'E3', 'X1', 'AG-706 4.10'],
} as const;

type Ruled = { readonly digest: string; readonly version: number } | undefined;

/** The next version of this one, the same in all it allows. */
const versionAfter = (
  { keys }: Scene['world'],
  { document, bytes }: Signed<Envelope>,
  by: readonly string[],
): Signed<Envelope> =>
  signedEnvelope(keys, { ...document, version: document.version + 1, supersedes: digestOf(bytes) }, by);

/** An act that runs alone under this version, which the record names as the active one, and what the record says ruled before. */
function under(scene: Scene, envelope: Signed<Envelope>, follows?: Ruled): Attempt {
  const { world } = scene;
  const made = order(world, { ...alone(), envelope });
  const { version } = envelope.document;
  const named = { digest: digestOf(envelope.bytes), version, ...(follows !== undefined && { follows }) };
  const isNarrowed = envelope.dsse.signatures.length === 1;
  return {
    before: [status(world, { change: { envelope: named } })],
    last: { ...made.delivery, ...(isNarrowed && { since: [world.envelope.dsse] }) },
    subject: made.digest,
  };
}

/** One policy admin signs what follows the honest version; the record says of it what the row says. */
const byOne =
  (says: (scene: Scene) => Ruled) =>
  (scene: Scene): Attempt => {
    const { world } = scene;
    return under(scene, versionAfter(world, world.envelope, ['kim']), says(scene));
  };

const honestly = ({ world }: Scene): Ruled => ({
  digest: world.envelopeDigest(),
  version: world.envelope.document.version,
});

const oneSigner = (name: string, claim: string, says: (scene: Scene) => Ruled): Attack => ({
  ...about,
  name,
  claim,
  run: refusedAs('envelope-forked', byOne(says)),
});

/** Both versions were signed by two; first one rules here, then the other. */
const oneAfterTheOther =
  (isTurnedRound: boolean) =>
  (scene: Scene): Promise<readonly string[]> =>
    beside(scene, { name: isTurnedRound ? 'backwards' : 'onwards' }, async (on) => {
      introduce(on);
      const { world } = on;
      const next = versionAfter(world, world.envelope, ['kim', 'lea']);
      const versions = [world.envelope, next];
      const [first, then] = isTurnedRound ? versions.toReversed() : versions;
      if (first === undefined || then === undefined) return ['there are no two versions'];
      const before = await carriedOut((one) => under(one, first))(on);
      const after = isTurnedRound
        ? refusedAs('envelope-superseded', (one) => under(one, then))
        : carriedOut((one) => under(one, then));
      return [...before, ...(await after(on))];
    });

export const OLD_ENVELOPE_ATTACKS: readonly Attack[] = [
  {
    ...oneSigner(
      'narrowed-by-one-from-what-was-replaced',
      'a server and one policy admin narrow an old, wide version into a number above the one in force',
      () => ({ digest: ELSEWHERE, version: 99 }),
    ),
    // On a runner of its own: one that acted under the next version takes this one no more.
    twin: (scene) =>
      beside(scene, { name: 'narrowed' }, (on) => {
        introduce(on);
        return carriedOut(byOne(honestly))(on);
      }),
  },
  oneSigner(
    'old-version-recorded-under-a-new-number',
    'the server first writes the old version into the record again, under a number that is not its own',
    ({ world }) => ({ digest: world.envelopeDigest(), version: world.envelope.document.version + 5 }),
  ),
  oneSigner(
    'suspension-ended-by-one',
    'one policy admin brings a suspended envelope back by narrowing it',
    () => undefined,
  ),
  {
    ...about,
    name: 'envelope-that-was-replaced-comes-back',
    claim: 'the record says that a replaced version rules again, and the runner has acted under the newer one',
    run: oneAfterTheOther(true),
    twin: oneAfterTheOther(false),
  },
];
