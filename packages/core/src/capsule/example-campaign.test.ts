/** Valid campaigns of which a test changes one thing; the root is of letters, because hashes are the business of `seal`. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseDigest, type Digest } from '../shared/brand.ts';
import { readShape } from '../shared/shape.ts';
import {
  campaignShape,
  placedMembers,
  type CampaignChange,
  type CampaignManifest,
  type CampaignMember,
  type CampaignStage,
} from './campaign.ts';
import { campaignTotals } from './campaign-totals.ts';
import { digestOf, exampleCapsule, idOf } from './example-capsule.test.ts';

/** A digest of its own for each number. */
export const numbered = (number: number): Digest => parseDigest(`sha256:${number.toString(16).padStart(64, '0')}`)!;

export const exampleMember = (number: number, more: Partial<CampaignMember> = {}): CampaignMember => ({
  capsule: numbered(number),
  enclave: idOf('prod'),
  runner: idOf(`prod-${number}`),
  environment: 'production',
  proposal: { id: idOf(`P-${number}`), revision: 1, agent: idOf('playbook'), owner: idOf('olga') },
  change: digestOf('a'),
  targets: { 'non-critical': 3, 'production-critical': 0, 'safety-critical': 0 },
  ...more,
});

export const exampleChange = (digest: Digest = digestOf('a')): CampaignChange => {
  const { change, validation, rollback } = exampleCapsule();
  return { digest, change, validation, rollback };
};

/** Size and totals are counted; everything a test changes stays as it says. */
export function campaignOf(stages: readonly CampaignStage[], more: Partial<CampaignManifest> = {}): CampaignManifest {
  const { organisation, isDemo, notBefore, notAfter, nonce } = exampleCapsule();
  return {
    type: 'campaign',
    organisation,
    id: idOf('K-1'),
    version: 1,
    title: 'Raise the pool size everywhere',
    isDemo,
    notBefore,
    notAfter,
    nonce,
    changes: [exampleChange()],
    stages,
    root: digestOf('9'),
    size: placedMembers({ stages }).length,
    totals: campaignTotals({ stages }),
    demands: [{ role: idOf('release-approver'), count: 2 }],
    ...more,
  };
}

export const exampleStages = (): readonly [CampaignStage, CampaignStage] => [
  {
    name: idOf('first-site'),
    failureDomains: 'one',
    release: { from: 'start' },
    capsules: [exampleMember(1)],
  },
  {
    name: idOf('the-others'),
    failureDomains: 'several',
    release: { from: 'receipts', succeeded: 1, bakeMs: 60_000 },
    capsules: [exampleMember(2, { enclave: idOf('west') }), exampleMember(3, { enclave: idOf('east') })],
  },
];

export const exampleCampaign = (more: Partial<CampaignManifest> = {}): CampaignManifest =>
  campaignOf(exampleStages(), more);

/** Any campaign that contradicts nothing: up to five stages of up to four capsules. */
export const campaigns: fc.Arbitrary<CampaignManifest> = fc
  .array(fc.tuple(fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 4 }), fc.nat(3), fc.nat(9)), {
    minLength: 2,
    maxLength: 5,
  })
  .map((plans) => {
    let number = 0;
    const stages = plans.map(([domains, fewer, targets], place): CampaignStage => {
      const capsules = domains.map((domain) => {
        number += 1;
        return exampleMember(number, {
          enclave: idOf(`enclave-${domain}`),
          targets: { 'non-critical': targets + 1, 'production-critical': domain, 'safety-critical': 0 },
        });
      });
      const before = plans[place - 1]?.[0].length ?? 0;
      return {
        name: idOf(`stage-${place}`),
        failureDomains: new Set(domains).size > 1 ? 'several' : 'one',
        release:
          place === 0
            ? { from: 'start' }
            : { from: 'receipts', succeeded: Math.max(1, before - fewer), bakeMs: targets * 1000 },
        capsules,
      };
    });
    return campaignOf(stages);
  });

test('the example campaign fits its shape', () => {
  expect(readShape(campaignShape, exampleCampaign())).toEqual({ ok: true, value: exampleCampaign() });
});
