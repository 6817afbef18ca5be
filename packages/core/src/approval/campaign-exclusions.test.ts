import { expect, test } from 'vitest';
import type { CampaignMember } from '../capsule/campaign.ts';
import type { TrustBundle } from '../people/trust-bundle.ts';
import { exclusionsOfCampaign } from './campaign-exclusions.ts';

const member = (agent: string, owner: string, environment = 'staging') =>
  ({ proposal: { agent, owner }, environment }) as unknown as CampaignMember;
const bundle = {
  agents: [
    { id: 'bot', owner: 'olga' },
    { id: 'other', owner: 'otto' },
  ],
  people: [
    { id: 'fay', roles: ['fleet-operator'] },
    { id: 'kim', roles: ['release-approver'] },
  ],
} as unknown as TrustBundle;
const excluded = (...members: readonly CampaignMember[]): readonly string[] =>
  [
    ...new Set(
      exclusionsOfCampaign(
        members.map((one) => ({ member: one })),
        bundle,
      ).map(({ person }) => String(person)),
    ),
  ].toSorted();

test('A4, C4: whoever answers for any capsule has no say on any, by the manifest and by the trust bundle', () => {
  expect(excluded(member('bot', 'mia'), member('robot', 'max'))).toEqual(['max', 'mia', 'olga']);
  expect(excluded(member('robot', 'max'), member('bot', 'mia'))).toEqual(['max', 'mia', 'olga']);
});

test('A4, C4: one capsule for production keeps fleet operators out of all', () => {
  expect(excluded(member('bot', 'olga'))).toEqual(['olga']);
  expect(excluded(member('bot', 'olga'), member('bot', 'olga', 'production'))).toEqual(['fay', 'olga']);
});

test('of no capsules nobody is excluded: there is nothing to have a say on', () => {
  expect(excluded()).toEqual([]);
});
