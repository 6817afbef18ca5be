import fc from 'fast-check';
import { expect, test } from 'vitest';
import { digestWords } from '../shared/digest-words.ts';
import { placedMembers, type CampaignManifest } from './campaign.ts';
import { renderCampaign } from './campaign-page.ts';
import {
  campaignOf,
  campaigns,
  exampleCampaign,
  exampleChange,
  exampleMember,
  exampleStages,
} from './example-campaign.test.ts';
import { digestOf, idOf } from './example-capsule.test.ts';
import { PAGE_WIDTH } from './plain-text.ts';

const page = (manifest: CampaignManifest): string => renderCampaign(manifest, digestOf('1'), 'amber basin cedar');

test('C3, C4: the page of the example is, letter by letter, this', () => {
  expect(page(exampleCampaign())).toMatchInlineSnapshot(`
    "COUNTERSIGN CAMPAIGN IN PRODUCTION
    ==================================
    title           Raise the pool size everywhere
    organisation    acme

    How much in all
    ---------------
    targets         9: 9 non-critical
    runners         3 in 3 enclaves
    capsules        3 in 2 stages, each signed by its digest below
    changes         one, the same everywhere

    Stage 1: first-site
    -------------------
    begins          when this is approved
    at once in      one failure domain
    capsule         abacus abacus abacus abacus 00000
                    sha256:0000000000000000000000000000000000000000000000000000000000000001
      where         runner prod-1 in enclave prod, production
      targets       3: 3 non-critical
      proposal      P-1, revision 1, of agent playbook
      answers       olga, who may not approve any of this

    Stage 2: the-others
    -------------------
    begins          when 1 of 1 capsules of first-site have succeeded, 60000 ms after the last receipt;
                    a trip or an unknown target there holds it
    at once in      SEVERAL FAILURE DOMAINS: a fault meets them together
    capsule         abacus abacus abacus abacus 00000
                    sha256:0000000000000000000000000000000000000000000000000000000000000002
      where         runner prod-2 in enclave west, production
      targets       3: 3 non-critical
      proposal      P-2, revision 1, of agent playbook
      answers       olga, who may not approve any of this
    capsule         abacus abacus abacus abacus 00000
                    sha256:0000000000000000000000000000000000000000000000000000000000000003
      where         runner prod-3 in enclave east, production
      targets       3: 3 non-critical
      proposal      P-3, revision 1, of agent playbook
      answers       olga, who may not approve any of this

    What will be done
    -----------------
    change          sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
    action          config.change
    summary         pool 10 to 20
    step 1          write the file etc/pool.json, whole content below
                    12 characters, checked as: json
          | {"pool":20}
    step 2          restart the service web
    afterwards      pool is 20

    How it is undone
    ----------------
    captured        the file etc/pool.json
    captured        which instance of web runs
    way back        put the captured before-state back and restart what was restarted
    start           starts by itself after a trip; signed with this capsule
    within          60 minutes
    data            no data is written in between

    How it is proved
    ----------------
    specification   web-spec, version 3
    reproduction    pool: /pool answers 200; fails before, passes after
    check           health: /health answers 200
    in staging on   stage-1

    Who has to approve
    ------------------
      owed          2 x release-approver, each another person

    When
    ----
    not before      2026-11-21T18:00:00.000Z
    not after       2026-11-21T20:00:00.000Z

    Exactly this
    ------------
    campaign        K-1, version 1
    digest          sha256:1111111111111111111111111111111111111111111111111111111111111111
    in words        amber basin cedar
    root            sha256:9999999999999999999999999999999999999999999999999999999999999999 over 3
                    capsules
    nonce           0123456789abcdef0123456789abcdef
    "
  `);
});

test('C3: a page is plain ASCII and no line is wider than the page, whatever the campaign', () => {
  fc.assert(
    fc.property(campaigns, fc.string({ unit: 'binary', minLength: 1, maxLength: 200 }), (manifest, title) => {
      const text = page({ ...manifest, title });
      expect(text).toMatch(/^[\n -~]*$/);
      expect(text.split('\n').filter((line) => line.length > PAGE_WIDTH)).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

test('C4: every capsule is on the page, by digest and by words, in stage order', () => {
  fc.assert(
    fc.property(campaigns, (manifest) => {
      const text = page(manifest);
      const places = placedMembers(manifest).map(({ member }) => text.indexOf(member.capsule));
      expect(places.every((place) => place > 0)).toBe(true);
      expect(places).toEqual(places.toSorted((a, b) => a - b));
      for (const { member } of placedMembers(manifest)) expect(text).toContain(digestWords(member.capsule));
    }),
    { numRuns: 60 },
  );
});

const [first, second] = exampleStages();
const good = exampleCampaign();
/** Every word that is signed shows: whoever changes one changes the page. */
test.each<[string, CampaignManifest]>([
  ['a title', exampleCampaign({ title: 'another' })],
  ['an organisation', exampleCampaign({ organisation: idOf('other') })],
  ['a version', exampleCampaign({ version: 2 })],
  ['a name', exampleCampaign({ id: idOf('K-2') })],
  ['demo keys', exampleCampaign({ isDemo: true })],
  ['a beginning', exampleCampaign({ notBefore: good.notAfter })],
  ['an end', exampleCampaign({ notAfter: good.notBefore })],
  ['a nonce', exampleCampaign({ nonce: 'f'.repeat(32) })],
  ['a root', exampleCampaign({ root: digestOf('8') })],
  ['a size', exampleCampaign({ size: 4 })],
  ['a total', exampleCampaign({ totals: { ...good.totals, targets: 8 } })],
  ['a number of enclaves', exampleCampaign({ totals: { ...good.totals, enclaves: 4 } })],
  ['a number of runners', exampleCampaign({ totals: { ...good.totals, runners: 4 } })],
  ['a tier', exampleCampaign({ totals: { ...good.totals, byTier: { ...good.totals.byTier, 'safety-critical': 1 } } })],
  ['a demand', exampleCampaign({ demands: [{ role: idOf('release-approver'), count: 1 }] })],
  ['the name of a stage', campaignOf([{ ...first, name: idOf('other') }, second])],
  ['a release', campaignOf([first, { ...second, release: { from: 'start' } }])],
  ['a bake', campaignOf([first, { ...second, release: { from: 'receipts', succeeded: 1, bakeMs: 1 } }])],
  ['failure domains', campaignOf([{ ...first, failureDomains: 'several' }, second])],
  ['an order', campaignOf([second, first])],
  ['a digest of a change', exampleCampaign({ changes: [exampleChange(digestOf('b'))] })],
  ['a second change', exampleCampaign({ changes: [exampleChange(), exampleChange(digestOf('b'))] })],
  [
    'a step',
    exampleCampaign({
      changes: [
        { ...exampleChange(), change: { ...exampleChange().change, steps: exampleChange().change.steps.toReversed() } },
      ],
    }),
  ],
  [
    'a way back',
    exampleCampaign({
      changes: [{ ...exampleChange(), rollback: { ...exampleChange().rollback, windowMinutes: 61 } }],
    }),
  ],
  [
    'a proof',
    exampleCampaign({
      changes: [{ ...exampleChange(), validation: { ...exampleChange().validation, stagingTargets: [] } }],
    }),
  ],
])('C3: another page for %s', (_, other) => {
  expect(page(other)).not.toBe(page(good));
});

test.each([
  ['a capsule', { capsule: digestOf('7') }],
  ['an enclave', { enclave: idOf<'Enclave'>('south') }],
  ['a runner', { runner: idOf<'Runner'>('prod-7') }],
  ['an environment', { environment: 'pre-production' as const }],
  ['a proposal', { proposal: { ...exampleMember(1).proposal, id: idOf<'Proposal'>('P-7') } }],
  ['a revision', { proposal: { ...exampleMember(1).proposal, revision: 7 } }],
  ['an agent', { proposal: { ...exampleMember(1).proposal, agent: idOf<'Agent'>('other') } }],
  ['an owner', { proposal: { ...exampleMember(1).proposal, owner: idOf<'Person'>('otto') } }],
  ['targets', { targets: { 'non-critical': 2, 'production-critical': 1, 'safety-critical': 0 } }],
])('C3: another page for %s of a capsule', (_, more) => {
  const [one, ...rest] = [exampleMember(1, more)];
  expect(page({ ...good, stages: [{ ...first, capsules: [one, ...rest] }, second] })).not.toBe(page(good));
});

test('C4: fewer receipts than capsules, several failure domains and several changes are spelled out in capitals', () => {
  const third = {
    ...second,
    name: idOf<'Stage'>('last'),
    capsules: [exampleMember(4)],
    failureDomains: 'one' as const,
  };
  const text = page(campaignOf([first, second, third], { changes: [exampleChange(), exampleChange(digestOf('b'))] }));
  expect(text).toContain('THE OTHERS MAY BE SILENT');
  expect(text).toContain('SEVERAL FAILURE DOMAINS');
  expect(text).toContain('2 DIFFERENT ONES');
  expect(page(good)).not.toContain('SILENT');
});
