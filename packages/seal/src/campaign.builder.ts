/** Campaigns with true roots and change digests, for tests. */
import {
  campaignShape,
  campaignTotals,
  placedMembers,
  readShape,
  type CampaignManifest,
  type CampaignStage,
  type Digest,
} from '@countersign/core';
import { campaignRoot } from './campaign.ts';
import { digestOf, digestOfDocument } from './digest.ts';

const CHANGE = {
  change: {
    action: 'config.change',
    summary: 'pool 10 to 20',
    steps: [{ adapter: 'config', path: 'etc/pool.json', content: '{"pool":20}\n', validate: 'json' }],
    intendedVersions: { pool: '20' },
  },
  validation: { spec: { id: 'web-spec', version: 3 }, checks: [], stagingTargets: ['stage-1'] },
  rollback: { kind: 'restore', windowMinutes: 60, dataEffects: 'none', isAutomatic: true },
};
const CHANGE_DIGEST: Digest = digestOfDocument(CHANGE);

export const capsuleNumber = (number: number): Digest => digestOf(Buffer.from(`capsule ${number}`));

/** `plan`: how many capsules each stage has. */
export function campaignPlanned(plan: readonly number[]): CampaignManifest {
  let number = 0;
  const stages = plan.map((count, place) => ({
    name: `stage-${place}`,
    failureDomains: 'one',
    release: place === 0 ? { from: 'start' } : { from: 'receipts', succeeded: plan[place - 1] ?? 1, bakeMs: 60_000 },
    capsules: Array.from({ length: count }, () => {
      number += 1;
      return {
        capsule: capsuleNumber(number),
        enclave: 'prod',
        runner: `prod-${number}`,
        environment: 'production',
        proposal: { id: `P-${number}`, revision: 1, agent: 'playbook', owner: 'olga' },
        change: CHANGE_DIGEST,
        targets: { 'non-critical': number, 'production-critical': 1, 'safety-critical': 0 },
      };
    }),
  }));
  const draft = {
    type: 'campaign',
    organisation: 'acme',
    id: 'K-1',
    version: 1,
    title: 'Raise the pool size everywhere',
    isDemo: false,
    notBefore: '2026-11-21T18:00:00.000Z',
    notAfter: '2026-11-21T20:00:00.000Z',
    nonce: '0123456789abcdef0123456789abcdef',
    changes: [{ digest: CHANGE_DIGEST, ...CHANGE }],
    stages,
    root: CHANGE_DIGEST,
    size: number,
    totals: {
      targets: 0,
      byTier: { 'non-critical': 0, 'production-critical': 0, 'safety-critical': 0 },
      enclaves: 1,
      runners: 1,
    },
    demands: [{ role: 'release-approver', count: 2 }],
  };
  const read = readShape(campaignShape, draft);
  if (!read.ok) throw new Error(JSON.stringify(read.refusal));
  return rooted(read.value, read.value.stages);
}

/** The same with these stages, and everything that is counted counted again. */
export const rooted = (manifest: CampaignManifest, stages: readonly CampaignStage[]): CampaignManifest => {
  const members = placedMembers({ stages }).map(({ member }) => member.capsule);
  return { ...manifest, stages, root: campaignRoot(members), size: members.length, totals: campaignTotals({ stages }) };
};
