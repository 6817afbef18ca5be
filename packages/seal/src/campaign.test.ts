import fc from 'fast-check';
import { expect, test } from 'vitest';
import { placedMembers, type CampaignManifest, type CampaignStage } from '@countersign/core';
import { campaignPlanned, capsuleNumber, rooted } from './campaign.builder.ts';
import { campaignProof, campaignRoot, readCampaign, verifyCampaignMember } from './campaign.ts';
import { canonicalBytes } from './canonical.ts';
import { digestOf, hashOfDigest } from './digest.ts';
import { leafHash, nodeHash } from './merkle.ts';

const GOOD = campaignPlanned([1, 2]);
const codeOf = (bytes: Uint8Array): string => {
  const read = readCampaign(bytes);
  return read.ok ? 'read' : read.refusal.code;
};
const placesOf = (manifest: CampaignManifest): readonly string[] => {
  const read = readCampaign(canonicalBytes(manifest));
  return read.ok ? [] : (read.refusal.complaints ?? []).map(({ at }) => at);
};

test('C4: a manifest is read from its bytes, which are its name; the bytes of this one are these', () => {
  const read = readCampaign(canonicalBytes(GOOD));
  if (!read.ok) throw new Error(JSON.stringify(read.refusal));
  const { manifest, digest, shown, members } = read.value;
  expect(manifest).toEqual(GOOD);
  expect(digest).toBe(digestOf(canonicalBytes(GOOD)));
  expect(members.map(({ stage, index }) => [stage, index])).toEqual([
    [0, 0],
    [1, 1],
    [1, 2],
  ]);
  // Frozen: whoever changes the format, the order of fields or the page sees it here.
  expect({ digest, shown, root: manifest.root, length: canonicalBytes(GOOD).length }).toMatchInlineSnapshot(`
    {
      "digest": "sha256:eec07b0f887076d59ce8b6cf8600ba94187347789b66c488ca835bcd7f87aa61",
      "length": 2306,
      "root": "sha256:dc4c2affa2a6045efe1103a4b28ef8811aad46c36ff5efe64495dcaa98b674f7",
      "shown": "sha256:ca7a03c3604676f246106e3b96c2ece133510dd60f872769e9d4b9e9554fc934",
    }
  `);
});

test('C4, RFC 6962 2.1: the root is over the 32 bytes of each capsule digest, in stage order', () => {
  const [a, b, c] = [1, 2, 3].map((number) => leafHash(hashOfDigest(capsuleNumber(number)))) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  expect(hashOfDigest(GOOD.root)).toEqual(nodeHash(nodeHash(a, b), c));
  expect(campaignRoot([capsuleNumber(1)])).toBe(`sha256:${Buffer.from(a).toString('hex')}`);
});

const plans = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });

test('C4: each capsule of any campaign is proved a leaf at its place, and at no other', () => {
  fc.assert(
    fc.property(plans, fc.nat(), (plan, pick) => {
      const manifest = campaignPlanned(plan);
      const { root, size } = manifest;
      const capsules = placedMembers(manifest).map(({ member }) => member.capsule);
      const index = pick % size;
      const proved = campaignProof(capsules, index);
      if (!proved.ok) throw new Error(proved.refusal.detail);
      const claim = { root, size, capsule: capsules[index]!, index, proof: proved.value };
      expect(verifyCampaignMember(claim).ok).toBe(true);
      expect(verifyCampaignMember({ ...claim, index: index + 1 }).ok).toBe(false);
      expect(verifyCampaignMember({ ...claim, capsule: capsuleNumber(size + 1) }).ok).toBe(false);
      expect(verifyCampaignMember({ ...claim, root: capsuleNumber(1) }).ok).toBe(false);
      expect(verifyCampaignMember({ ...claim, proof: [...claim.proof, claim.proof[0] ?? ''] }).ok).toBe(false);
      const shorter = { ...claim, proof: claim.proof.slice(1) };
      const other = { ...claim, proof: claim.proof.map(() => `${'A'.repeat(43)}=`) };
      // A campaign of one capsule needs no proof at all.
      const isProofNeeded = claim.proof.length > 0;
      expect([verifyCampaignMember(shorter).ok, verifyCampaignMember(other).ok]).toEqual([
        !isProofNeeded,
        !isProofNeeded,
      ]);
    }),
    { numRuns: 60 },
  );
});

test.each([
  ['no base64', '***'],
  ['a short hash', 'AAAA'],
  ['nothing', ''],
])('C4: a proof with %s is refused and never thrown', (_, hash) => {
  const { root, size } = GOOD;
  expect(verifyCampaignMember({ root, size, capsule: capsuleNumber(1), index: 0, proof: [hash] }).ok).toBe(false);
});

test('C4: there is no proof of a capsule outside the campaign', () => {
  expect(campaignProof([capsuleNumber(1)], 1).ok).toBe(false);
  expect(campaignProof([], 0).ok).toBe(false);
  expect(campaignProof([capsuleNumber(1)], -1).ok).toBe(false);
});

type Tamper = (manifest: CampaignManifest, pick: number) => CampaignManifest | undefined;
const swap = (stages: readonly CampaignStage[], pick: number): readonly CampaignStage[] | undefined => {
  const members = stages.flatMap(({ capsules }) => capsules);
  const at = pick % members.length;
  const other = (at + 1) % members.length;
  if (at === other) return undefined;
  const moved = members.with(at, members[other]!).with(other, members[at]!);
  let from = 0;
  return stages.map((stage) => {
    const capsules = moved.slice(from, from + stage.capsules.length);
    from += stage.capsules.length;
    return { ...stage, capsules };
  });
};

/** Totals and size are made to fit: what is left is the root, which was signed. */
const TAMPERS: readonly (readonly [string, Tamper])[] = [
  [
    'takes a capsule out',
    (manifest, pick) => {
      const at = pick % manifest.stages.length;
      const stages = manifest.stages.flatMap((stage, place) => {
        const capsules = place === at ? stage.capsules.slice(1) : stage.capsules;
        return capsules.length === 0 ? [] : [{ ...stage, capsules }];
      });
      return stages.length === 0 ? undefined : { ...rooted(manifest, stages), root: manifest.root };
    },
  ],
  [
    'swaps two capsules',
    (manifest, pick) => {
      const stages = swap(manifest.stages, pick);
      return stages === undefined ? undefined : { ...rooted(manifest, stages), root: manifest.root };
    },
  ],
  [
    'puts another capsule in the place of one',
    (manifest, pick) => {
      const at = pick % manifest.stages.length;
      const stages = manifest.stages.map((stage, place) =>
        place === at
          ? { ...stage, capsules: stage.capsules.with(0, { ...stage.capsules[0]!, capsule: capsuleNumber(900) }) }
          : stage,
      );
      return { ...rooted(manifest, stages), root: manifest.root };
    },
  ],
  [
    'doubles a capsule',
    (manifest, pick) => {
      const at = pick % manifest.stages.length;
      const stages = manifest.stages.map((stage, place) =>
        place === at ? { ...stage, capsules: [...stage.capsules, stage.capsules[0]!] } : stage,
      );
      return rooted(manifest, stages);
    },
  ],
  [
    'turns the stages round',
    (manifest) => (manifest.stages.length < 2 ? undefined : { ...manifest, stages: manifest.stages.toReversed() }),
  ],
  ['changes the root', (manifest) => ({ ...manifest, root: capsuleNumber(0) })],
  [
    'changes a step',
    (manifest) => ({
      ...manifest,
      changes: manifest.changes.map((one) => ({ ...one, change: { ...one.change, summary: 'x' } })),
    }),
  ],
  [
    'changes the way back',
    (manifest) => ({
      ...manifest,
      changes: manifest.changes.map((one) => ({ ...one, rollback: { ...one.rollback, windowMinutes: 61 } })),
    }),
  ],
  [
    'lowers the total',
    (manifest) => ({ ...manifest, totals: { ...manifest.totals, targets: manifest.totals.targets - 1 } }),
  ],
];

test.each(TAMPERS)('C4: any campaign of which somebody %s is refused before anyone asks who signed', (_, tamper) => {
  fc.assert(
    fc.property(plans, fc.nat(), (plan, pick) => {
      const tampered = tamper(campaignPlanned(plan), pick);
      fc.pre(tampered !== undefined);
      expect(codeOf(canonicalBytes(tampered))).toBe('campaign-faulty');
    }),
    { numRuns: 60 },
  );
});

test('C4: a lowered release share, an earlier stage and a longer window agree with themselves, and are another campaign', () => {
  const [first, second] = GOOD.stages as readonly [CampaignStage, CampaignStage];
  const wide = campaignPlanned([2, 1]);
  const [before, after] = wide.stages as readonly [CampaignStage, CampaignStage];
  const lowered = rooted(wide, [before, { ...after, release: { from: 'receipts', succeeded: 1, bakeMs: 60_000 } }]);
  const others = [
    lowered,
    rooted(GOOD, [first, { ...second, release: { from: 'receipts', succeeded: 1, bakeMs: 0 } }]),
    rooted(GOOD, [{ ...first, capsules: [...first.capsules, ...second.capsules] }]),
    { ...GOOD, notAfter: campaignPlanned([1]).notBefore.replace('18', '21') as CampaignManifest['notAfter'] },
  ];
  const digests = [GOOD, wide, ...others].map((manifest) => {
    const read = readCampaign(canonicalBytes(manifest));
    return read.ok ? read.value.digest : read.refusal.code;
  });
  expect(new Set(digests).size).toBe(digests.length);
  const shown = [GOOD, wide, ...others].map((manifest) => {
    const read = readCampaign(canonicalBytes(manifest));
    return read.ok ? read.value.shown : '';
  });
  expect(new Set(shown).size).toBe(shown.length);
});

test('C4: both what is wrong with the words and what is wrong with the root are said', () => {
  expect(placesOf({ ...GOOD, root: capsuleNumber(0), size: 4 })).toEqual(['/size', '/root']);
});

test('I8: any single bit of the bytes that is turned makes it another campaign or none', () => {
  const bytes = canonicalBytes(GOOD);
  const { length } = bytes;
  const digest = digestOf(bytes);
  fc.assert(
    fc.property(fc.nat(length * 8 - 1), (bit) => {
      const flipped = Uint8Array.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const read = readCampaign(flipped);
      expect(read.ok && read.value.digest === digest).toBe(false);
    }),
    { numRuns: 400 },
  );
});

test.each<[string, string]>([
  ['nothing', ''],
  ['no JSON', '{'],
  ['a key twice', '{"type":"campaign","type":"campaign"}'],
  ['a prototype', '{"__proto__":{}}'],
  ['a list', '[]'],
  ['half of it', new TextDecoder().decode(canonicalBytes(GOOD)).slice(0, 400)],
  ['more behind it', `${new TextDecoder().decode(canonicalBytes(GOOD))} {}`],
  ['a direction mark', new TextDecoder().decode(canonicalBytes(GOOD)).replace('Raise', 'Ra\u202eise')],
  ['depth', `${'['.repeat(100)}${']'.repeat(100)}`],
])('bytes that hold %s are refused and never thrown', (_, text) => {
  expect(codeOf(new TextEncoder().encode(text))).toBe('malformed');
});
