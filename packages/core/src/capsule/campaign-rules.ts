/** What a manifest may not contradict in itself, and what it says of a capsule that is not so (C4). All complaints at once. */
import { TIERS } from '../graph/graph.ts';
import type { Digest } from '../shared/brand.ts';
import type { Complaint } from '../shared/result.ts';
import type { Capsule } from './capsule.ts';
import { placedMembers, type CampaignManifest, type CampaignStage, type PlacedMember } from './campaign.ts';
import { campaignTotals, targetsOf, tierCountsOf } from './campaign-totals.ts';

const when = (isWrong: boolean, at: string, problem: string): readonly Complaint[] =>
  isWrong ? [{ at, problem }] : [];
const hasTwice = (items: readonly string[]): boolean => new Set(items).size < items.length;

/** Everything but the root, which needs a hash. */
export function checkCampaign(manifest: CampaignManifest): readonly Complaint[] {
  return [
    ...manifest.stages.flatMap((stage, place) => stageRules(stage, place, manifest.stages[place - 1])),
    ...memberRules(manifest),
    ...changeRules(manifest),
    ...totalRules(manifest),
    ...when(hasTwice(manifest.stages.map(({ name }) => name)), '/stages', 'must not have two stages of one name'),
    ...when(manifest.notBefore >= manifest.notAfter, '/notAfter', 'must be later than notBefore'),
    ...when(hasTwice(manifest.demands.map(({ role }) => role)), '/demands', 'must not name a role twice'),
  ];
}

/** Stages follow each other strictly: only the first begins by itself, each later one on receipts of the one before (X4). */
function stageRules(stage: CampaignStage, place: number, before: CampaignStage | undefined): readonly Complaint[] {
  const at = `/stages/${place}`;
  const { release, capsules, failureDomains } = stage;
  const domains = new Set(capsules.map(({ enclave }) => enclave)).size;
  const isMany = release.from === 'receipts' && before !== undefined && release.succeeded > before.capsules.length;
  return [
    ...when(before === undefined && release.from !== 'start', `${at}/release`, 'must be the start'),
    ...when(before !== undefined && release.from === 'start', `${at}/release`, 'must be receipts of the stage before'),
    ...when(isMany, `${at}/release/succeeded`, 'must not be more than the stage before has capsules'),
    ...when(failureDomains === 'one' && domains > 1, `${at}/failureDomains`, 'must say that there are several'),
    ...when(failureDomains === 'several' && domains < 2, `${at}/failureDomains`, 'must say that there is one'),
  ];
}

function memberRules(manifest: CampaignManifest): readonly Complaint[] {
  const members = placedMembers(manifest).map(({ member }) => member);
  const empty = members.filter(({ targets }) => targetsOf(targets) === 0);
  return [
    ...when(hasTwice(members.map(({ capsule }) => capsule)), '/stages', 'must not name a capsule twice'),
    ...when(hasTwice(members.map(({ proposal }) => proposal.id)), '/stages', 'must not name a proposal twice'),
    ...when(empty.length > 0, '/stages', 'must not hold a capsule without targets'),
  ];
}

function changeRules(manifest: CampaignManifest): readonly Complaint[] {
  const listed = manifest.changes.map(({ digest }) => digest);
  const used = new Set(placedMembers(manifest).map(({ member }) => member.change));
  return [
    ...when(hasTwice(listed), '/changes', 'must not list a change twice'),
    ...when(
      listed.some((change) => !used.has(change)),
      '/changes',
      'must not list a change that no capsule makes',
    ),
    ...when(
      [...used].some((change) => !listed.includes(change)),
      '/changes',
      'must list the change of each capsule',
    ),
  ];
}

function totalRules(manifest: CampaignManifest): readonly Complaint[] {
  const { totals, size } = manifest;
  const counted = campaignTotals(manifest);
  const fields = ['targets', 'enclaves', 'runners'] as const;
  return [
    ...when(size !== placedMembers(manifest).length, '/size', 'is not the number of capsules'),
    ...fields.flatMap((field) =>
      when(totals[field] !== counted[field], `/totals/${field}`, `is not what is counted, ${counted[field]}`),
    ),
    ...TIERS.flatMap((tier) =>
      when(totals.byTier[tier] !== counted.byTier[tier], `/totals/byTier/${tier}`, 'is not what is counted'),
    ),
  ];
}

export interface HeldCapsule {
  readonly capsule: Capsule;
  /** Of its bytes as received. */
  readonly digest: Digest;
}

/** Whether the manifest says the truth about a capsule: whoever holds its bytes compares every word of its entry. */
export function checkMember(
  manifest: CampaignManifest,
  { member, stage }: PlacedMember,
  { capsule, digest }: HeldCapsule,
): readonly Complaint[] {
  const at = `/stages/${stage}`;
  const { proposal } = capsule;
  const counts = tierCountsOf(capsule);
  const said: readonly (readonly [string, string | number, string | number])[] = [
    ['capsule', member.capsule, digest],
    ['enclave', member.enclave, capsule.audience.enclave],
    ['runner', member.runner, capsule.audience.runner],
    ['environment', member.environment, capsule.environment],
    ['proposal/id', member.proposal.id, proposal.id],
    ['proposal/revision', member.proposal.revision, proposal.revision],
    ['proposal/agent', member.proposal.agent, proposal.agent],
    ['proposal/owner', member.proposal.owner, proposal.owner],
    ['change', member.change, capsule.changeDigest],
    ...TIERS.map((tier) => [`targets/${tier}`, member.targets[tier], counts[tier]] as const),
  ];
  return [
    ...said.flatMap(([field, claimed, found]) =>
      when(claimed !== found, `${at}/${field}`, 'is not that of the capsule'),
    ),
    ...kindRules(manifest, capsule),
    ...demandRules(manifest, capsule),
  ];
}

function kindRules(manifest: CampaignManifest, capsule: Capsule): readonly Complaint[] {
  return [
    ...when(manifest.organisation !== capsule.organisation, '/organisation', 'is not that of the capsule'),
    ...when(manifest.isDemo !== capsule.isDemo, '/isDemo', 'is not that of the capsule'),
    ...when(manifest.notBefore < capsule.notBefore, '/notBefore', 'lies before the window of the capsule'),
    ...when(manifest.notAfter > capsule.notAfter, '/notAfter', 'lies after the window of the capsule'),
    ...when(capsule.purpose !== 'rollout', '/stages', 'must hold rollouts only'),
    // What runs without people needs no signature over many, and one would hide that.
    ...when(capsule.decision.verdict !== 'needs-approval', '/stages', 'must hold capsules that people approve'),
  ];
}

/** A campaign asks for at least the people that each capsule asks for. */
const demandRules = ({ demands }: CampaignManifest, capsule: Capsule): readonly Complaint[] =>
  capsule.demands.flatMap(({ role, count }) =>
    when(
      !demands.some((demand) => demand.role === role && demand.count >= count),
      '/demands',
      `does not ask for ${count} x ${role}`,
    ),
  );
