/** Attacks on campaigns: one signature of people for many capsules, in an order that no server may change (C4, X4). */
import { plusMs, type CampaignManifest } from '@countersign/core';
import { campaignRoot, type CampaignDelivery } from '@countersign/seal';
import type { Attack, Attempt, Scene } from '../attack.ts';
import { attemptOf, carriedOut, refusedAs } from '../trials.ts';
import {
  campaign,
  campaignApproval,
  campaignOf,
  placeIn,
  receipt,
  type Campaign,
  type CampaignPlan,
} from '../world/campaign.ts';
import { order } from '../world/order.ts';
import { people } from '../world/shorthand.ts';
import { status } from '../world/status.ts';
import type { World } from '../world/world.ts';

const about = { threats: ['T4', 'T14', 'I1', 'I8'], requirements: ['C4', 'X4'] } as const;

type Change = (world: World, of: Campaign) => Partial<CampaignDelivery>;

/** The capsule of the second stage, with its place in the campaign changed as told. */
const inStageTwo =
  (change: Change = () => ({}), plan: (scene: Scene) => CampaignPlan = () => ({})) =>
  (scene: Scene): Attempt => {
    const { world } = scene;
    const of = campaign(world, plan(scene));
    const [, second] = of.orders;
    const place = { ...placeIn(world, of), ...change(world, of) };
    return { ...attemptOf(scene, second), last: { ...second.delivery, campaign: place } };
  };

const campaignAttack = (row: {
  readonly name: string;
  readonly claim: string;
  readonly code: string;
  readonly change?: Change;
  readonly plan?: (scene: Scene) => CampaignPlan;
}): Attack => ({
  name: row.name,
  claim: row.claim,
  ...about,
  run: refusedAs(row.code, inStageTwo(row.change, row.plan)),
});

/** The stages the other way round: what was to come last begins at once. */
function turnedRound(manifest: CampaignManifest): object {
  const turned = manifest.stages.map((stage) => stage.capsules).toReversed();
  const stages = manifest.stages.map((stage, at) => ({ ...stage, capsules: turned[at] ?? [] }));
  return {
    ...manifest,
    stages,
    root: campaignRoot(stages.flatMap(({ capsules }) => capsules.map((one) => one.capsule))),
  };
}

/** People signed the one campaign; the server sends another of the same capsules beside their signatures. */
const exchanged =
  (change: (manifest: CampaignManifest) => object) =>
  (scene: Scene): Attempt => {
    const { world } = scene;
    const signed = campaign(world);
    const sent = campaignOf(world, signed.orders, { change });
    const [, second] = signed.orders;
    const place = { ...placeIn(world, sent), approvals: placeIn(world, signed).approvals, receipts: [] };
    return { ...attemptOf(scene, second), last: { ...second.delivery, campaign: place } };
  };

export const CAMPAIGN_ATTACKS: readonly Attack[] = [
  {
    ...campaignAttack({
      name: 'campaign-that-nobody-signed',
      claim: 'the server makes a campaign and nobody signs it',
      code: 'quorum-missing',
      change: () => ({ approvals: [] }),
    }),
    twin: carriedOut(inStageTwo()),
  },
  campaignAttack({
    name: 'campaign-signed-with-another-key',
    claim: 'the campaign is signed in the name of an approver',
    code: 'approval-forged',
    change: (world, of) => ({ approvals: [campaignApproval(world, of, 'ana', 'mallory')] }),
  }),
  campaignAttack({
    name: 'campaign-made-by-nobody',
    claim: 'a key that makes no capsules makes the campaign',
    code: 'campaign-unsigned',
    plan: ({ world }) => ({ signer: world.keys.signer('rogue') }),
  }),
  campaignAttack({
    name: 'approval-of-another-campaign',
    claim: 'people signed another campaign',
    code: 'approval-not-bound',
    change: (world) => ({ approvals: [campaignApproval(world, campaign(world))] }),
  }),
  {
    ...about,
    name: 'stages-turned-round',
    claim: 'the server turns the stages of a signed campaign round, so that the last begins first',
    run: refusedAs('approval-not-bound', exchanged(turnedRound)),
  },
  {
    ...about,
    name: 'window-widened-after-approval',
    claim: 'the server lengthens the window of a signed campaign',
    run: refusedAs(
      'approval-not-bound',
      exchanged((manifest) => ({ ...manifest, notAfter: plusMs(manifest.notAfter, 60_000) })),
    ),
  },
  campaignAttack({
    name: 'stage-before-its-turn',
    claim: 'a later stage begins and nothing is known of the one before',
    code: 'stage-not-released',
    change: () => ({ receipts: [] }),
  }),
  campaignAttack({
    name: 'receipt-signed-by-the-server',
    claim: 'the server says that the stage before went well',
    code: 'receipt-forged',
    change: (world, of) => ({ receipts: [receipt(world, of, { signer: world.keys.signer('capsule-signer') })] }),
  }),
  campaignAttack({
    name: 'receipt-signed-by-another-runner',
    claim: 'a runner of another enclave says that the stage before went well',
    code: 'receipt-forged',
    change: (world, of) => ({ receipts: [receipt(world, of, { signer: world.keys.signer('runner-staging') })] }),
  }),
  campaignAttack({
    name: 'receipt-that-keeps-the-runner-busy',
    claim: 'a receipt holds many signatures of nobody, to be tried with the key of every runner there is',
    code: 'receipt-forged',
    change: (world, of) => {
      const honest = receipt(world, of);
      const [own] = honest.signatures;
      const more = Array.from({ length: 31 }, () => ({ sig: own?.sig ?? '' }));
      return { receipts: [{ ...honest, signatures: [...more, ...honest.signatures] }] };
    },
  }),
  campaignAttack({
    name: 'receipt-of-another-campaign',
    claim: 'the receipt of an earlier campaign is used again',
    code: 'receipt-other',
    change: (world) => ({ receipts: [receipt(world, campaign(world))] }),
  }),
  campaignAttack({
    name: 'receipt-replayed-under-another-campaign',
    claim: 'a receipt of this capsule was given in another campaign',
    code: 'receipt-other',
    change: (world, of) => ({
      receipts: [receipt(world, of, { change: { campaign: campaign(world).opened.digest } })],
    }),
  }),
  campaignAttack({
    name: 'receipt-of-a-failure',
    claim: 'the stage before was rolled back and the next one begins',
    code: 'stage-held',
    change: (world, of) => ({ receipts: [receipt(world, of, { change: { outcome: 'rolled-back', trips: 1 } })] }),
  }),
  campaignAttack({
    name: 'place-of-another-capsule',
    claim: 'the capsule is said to stand where another one does',
    code: 'campaign-other',
    change: () => ({ index: 0 }),
  }),
  {
    ...about,
    name: 'campaign-held-and-begun',
    claim: 'somebody held the campaign, and the server sends the next stage all the same',
    run: refusedAs('halted', (scene) => {
      const { world } = scene;
      const of = campaign(world);
      const [, second] = of.orders;
      return {
        before: [status(world, { change: { halts: [of.opened.digest] } })],
        last: { ...second.delivery, campaign: placeIn(world, of) },
        subject: second.digest,
      };
    }),
    twin: carriedOut(inStageTwo()),
  },
  {
    ...about,
    name: 'capsule-that-the-campaign-does-not-hold',
    claim: 'a capsule nobody signed is put under a campaign that people signed',
    run: refusedAs('campaign-other', (scene) => {
      const { world } = scene;
      const stranger = order(world, { ...people(), approvals: () => [] });
      const of = campaign(world);
      return { ...attemptOf(scene, stranger), last: { ...stranger.delivery, campaign: placeIn(world, of) } };
    }),
  },
];
