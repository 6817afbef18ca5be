/**
 * The page of a campaign (C3, C4): stages, totals, each capsule by its digest words and every change in full, made from the manifest
 * alone, so that each runner renders what people were shown without holding the capsules of the others.
 */
import { TIERS } from '../graph/graph.ts';
import type { Digest } from '../shared/brand.ts';
import { digestWords } from '../shared/digest-words.ts';
import { assertNever } from '../shared/result.ts';
import type { CampaignChange, CampaignManifest, CampaignMember, CampaignStage, TierCounts } from './campaign.ts';
import { targetsOf } from './campaign-totals.ts';
import { stateToCapture } from './captured-state.ts';
import { field, plain } from './plain-text.ts';
import { changeLines, rollbackLines, validationLines } from './render-change.ts';

/** `words` is the spoken form of the digest, so that two people can compare pages by voice. */
export function renderCampaign(manifest: CampaignManifest, digest: Digest, words: string): string {
  const lines = [
    ...heading(manifest),
    ...section('How much in all', totalLines(manifest)),
    ...manifest.stages.flatMap((stage, place) =>
      section(`Stage ${place + 1}: ${stage.name}`, stageLines(stage, manifest.stages[place - 1])),
    ),
    ...manifest.changes.flatMap((change, place) => changeSections(change, place, manifest.changes.length)),
    ...section('Who has to approve', approvalLines(manifest)),
    ...section('When', [...field('not before', manifest.notBefore), ...field('not after', manifest.notAfter)]),
    ...section('Exactly this', digestLines(manifest, digest, words)),
  ];
  return `${lines.join('\n')}\n`;
}

const section = (title: string, lines: readonly string[]): readonly string[] => [
  '',
  title,
  '-'.repeat(title.length),
  ...lines,
];

function heading({ title, organisation, isDemo, stages }: CampaignManifest): readonly string[] {
  const named = [...new Set(stages.flatMap(({ capsules }) => capsules.map(({ environment }) => environment)))];
  const line = `COUNTERSIGN CAMPAIGN IN ${named.toSorted().join(', ').toUpperCase()}`;
  return [
    line,
    '='.repeat(line.length),
    ...(isDemo ? ['DEMO: made with demo keys; a production runner refuses it.'] : []),
    ...field('title', plain(title)),
    ...field('organisation', organisation),
  ];
}

const tierText = (counts: TierCounts): string =>
  TIERS.toReversed()
    .flatMap((tier) => (counts[tier] === 0 ? [] : [`${counts[tier]} ${tier}`]))
    .join(', ');

function totalLines({ totals, size, stages, changes }: CampaignManifest): readonly string[] {
  return [
    ...field('targets', `${totals.targets}: ${tierText(totals.byTier)}`),
    ...field('runners', `${totals.runners} in ${totals.enclaves} enclaves`),
    ...field('capsules', `${size} in ${stages.length} stages, each signed by its digest below`),
    ...field('changes', changes.length === 1 ? 'one, the same everywhere' : `${changes.length} DIFFERENT ONES`),
  ];
}

function stageLines(stage: CampaignStage, before: CampaignStage | undefined): readonly string[] {
  return [
    ...field('begins', releaseText(stage, before)),
    ...field(
      'at once in',
      stage.failureDomains === 'one' ? 'one failure domain' : 'SEVERAL FAILURE DOMAINS: a fault meets them together',
    ),
    ...stage.capsules.flatMap(memberLines),
  ];
}

function releaseText({ release }: CampaignStage, before: CampaignStage | undefined): string {
  switch (release.from) {
    case 'start':
      return 'when this is approved';
    case 'receipts': {
      const all = before?.capsules.length ?? 0;
      const silent = release.succeeded < all ? '; THE OTHERS MAY BE SILENT' : '';
      return (
        `when ${release.succeeded} of ${all} capsules of ${before?.name ?? 'the stage before'} have succeeded${silent}, ` +
        `${release.bakeMs} ms after the last receipt; a trip or an unknown target there holds it`
      );
    }
    default:
      return assertNever(release);
  }
}

function memberLines({ capsule, enclave, runner, environment, proposal, targets }: CampaignMember): readonly string[] {
  return [
    ...field('capsule', digestWords(capsule)),
    ...field('', capsule),
    ...field('  where', `runner ${runner} in enclave ${enclave}, ${environment}`),
    ...field('  targets', `${targetsOf(targets)}: ${tierText(targets)}`),
    ...field('  proposal', `${proposal.id}, revision ${proposal.revision}, of agent ${proposal.agent}`),
    ...field('  answers', `${proposal.owner}, who may not approve any of this`),
  ];
}

function changeSections(bound: CampaignChange, place: number, of: number): readonly string[] {
  const which = of === 1 ? '' : ` (change ${place + 1} of ${of})`;
  return [
    ...section(`What will be done${which}`, [...field('change', bound.digest), ...changeLines(bound)]),
    ...section(`How it is undone${which}`, rollbackLines({ ...bound, capture: stateToCapture(bound.change) })),
    ...section(`How it is proved${which}`, validationLines(bound)),
  ];
}

const approvalLines = ({ demands }: CampaignManifest): readonly string[] =>
  demands.flatMap(({ role, count }) => field('  owed', `${count} x ${role}, each another person`));

function digestLines(
  { id, version, root, size, nonce }: CampaignManifest,
  digest: Digest,
  words: string,
): readonly string[] {
  return [
    ...field('campaign', `${id}, version ${version}`),
    ...field('digest', digest),
    ...field('in words', plain(words)),
    ...field('root', `${root} over ${size} capsules`),
    ...field('nonce', nonce),
  ];
}
