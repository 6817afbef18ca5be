/**
 * Whether a stage may begin (C4): by the rule in the signed manifest over receipts that were verified, never by anyone's word. The
 * same function answers at the runner, which decides, and at the control plane, which only waits.
 */
import { plusMs, type Digest, type Instant } from '../shared/brand.ts';
import { ok, refuse, type Complaint, type Result } from '../shared/result.ts';
import { placedMembers, type CampaignManifest, type CampaignMember } from '../capsule/campaign.ts';
import { targetsOf } from '../capsule/campaign-totals.ts';
import { isSuccess, type Receipt } from './receipt.ts';

export interface ReleaseQuestion {
  readonly manifest: CampaignManifest;
  /** Digest of the manifest's bytes. */
  readonly campaign: Digest;
  /** The stage that wants to begin, from 0. */
  readonly stage: number;
  /** Each verified under the key of the runner it names. */
  readonly receipts: readonly Receipt[];
  readonly now: Instant;
  /** Largest clock difference that is reckoned with. */
  readonly skewMs: number;
}

export function checkRelease(question: ReleaseQuestion): Result<true> {
  const { manifest, stage, receipts } = question;
  const release = manifest.stages[stage]?.release;
  const before = manifest.stages[stage - 1];
  if (release === undefined) return refuse('stage-unknown', 'the campaign has no such stage', { clause: 'C4' });
  const bound = checkReceipts(question);
  if (!bound.ok) return bound;
  if (release.from === 'start')
    return stage === 0 ? ok(true) : refuse('stage-not-released', 'only the first stage begins alone', { clause: 'C4' });
  const bad = receipts.find((receipt) => !isSuccess(receipt));
  if (bad !== undefined)
    return refuse('stage-held', `in the stage before, ${bad.runner} in ${bad.enclave} ended as ${endOf(bad)}`, {
      clause: 'C4',
      next: ['look at the capsule that failed; a new campaign for the rest has to be signed'],
    });
  const succeeded = new Set(receipts.map(({ capsule }) => capsule)).size;
  if (before === undefined || succeeded < release.succeeded)
    return refuse(
      'stage-not-released',
      `${succeeded} of ${release.succeeded} receipts of success of the stage before are here`,
      { clause: 'C4', next: ['wait until the stage before has ended'] },
    );
  return checkBake(question, release.bakeMs);
}

const endOf = ({ outcome, trips, counts }: Receipt): string =>
  `${outcome} with ${trips} trips, ${counts.unknown} unknown and ${counts.changed} of ${counts.targets} targets changed`;

/** On the late side of the skew: the clock of whoever finished may be behind ours. */
function checkBake({ receipts, now, skewMs }: ReleaseQuestion, bakeMs: number): Result<true> {
  const last = receipts.reduce(
    (latest, { finishedAt }) => (finishedAt > latest ? finishedAt : latest),
    receipts[0]?.finishedAt ?? now,
  );
  const from = bakeMs === 0 ? last : plusMs(last, bakeMs + skewMs);
  return now >= from || bakeMs === 0
    ? ok(true)
    : refuse('stage-baking', `the stage before bakes until ${from}`, { clause: 'C4', next: ['wait until then'] });
}

/** Every receipt must be one of a capsule of the stage before, by the runner the manifest names; one of anything else is no accident. */
function checkReceipts(question: ReleaseQuestion): Result<true> {
  const members = new Map(
    placedMembers(question.manifest)
      .filter(({ stage }) => stage === question.stage - 1)
      .map(({ member }) => [member.capsule, member]),
  );
  const complaints = question.receipts.flatMap((receipt, place) =>
    receiptComplaints(receipt, members.get(receipt.capsule), question).map(({ at, problem }) => ({
      at: `/receipts/${place}${at}`,
      problem,
    })),
  );
  if (complaints.length === 0) return ok(true);
  return refuse('receipt-other', 'a receipt is not one of the stage before', { clause: 'C4', complaints });
}

const wrong = (isWrong: boolean, at: string, problem: string): readonly Complaint[] =>
  isWrong ? [{ at, problem }] : [];

function receiptComplaints(
  receipt: Receipt,
  member: CampaignMember | undefined,
  { manifest, campaign, stage, now, skewMs }: ReleaseQuestion,
): readonly Complaint[] {
  if (member === undefined) return [{ at: '/capsule', problem: 'is no capsule of the stage before' }];
  return [
    ...wrong(receipt.campaign !== campaign, '/campaign', 'is another campaign'),
    ...wrong(receipt.organisation !== manifest.organisation, '/organisation', 'is another organisation'),
    ...wrong(receipt.stage !== stage - 1, '/stage', 'is not the stage before'),
    ...wrong(receipt.enclave !== member.enclave, '/enclave', 'is not that of the capsule'),
    ...wrong(receipt.runner !== member.runner, '/runner', 'is not that of the capsule'),
    ...wrong(receipt.counts.targets !== targetsOf(member.targets), '/counts/targets', 'is not that of the capsule'),
    ...wrong(receipt.startedAt < plusMs(manifest.notBefore, -skewMs), '/startedAt', 'lies before the campaign'),
    ...wrong(receipt.finishedAt < receipt.startedAt, '/finishedAt', 'lies before startedAt'),
    ...wrong(receipt.finishedAt > plusMs(now, skewMs), '/finishedAt', 'lies in the future'),
  ];
}
