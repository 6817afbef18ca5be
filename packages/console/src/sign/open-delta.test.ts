import { deltaPageOf, digestOf } from '@countersign/seal';
import type { Capsule } from '@countersign/core';
import { expect, test } from 'vitest';
import { openSigning } from '../capsule/open-capsule.ts';
import { capsuleOf, closed, signingOf } from '../testkit/signing.builder.ts';
import { openDelta, ownDelta, type OpenDelta } from './open-delta.ts';

const first = await closed(capsuleOf());
const before = await signingOf(first);
const seats = [{ person: 'ana', role: 'release-approver' }];

async function offered(change: Partial<Capsule>): ReturnType<typeof openDelta> {
  const after = await closed({ ...first, version: 2, parent: before.digest as Capsule['changeDigest'], ...change });
  const data = { ...(await signingOf(after)), before: { capsule: before.capsule, signed: seats } };
  const result = await openSigning(data, 'P-1');
  if (!result.isMatch) throw new Error(result.problems.join(' '));
  return openDelta(data, result.opened);
}
const titled = { proposal: { ...first.proposal, title: 'Another title' } };

test('D6, C3: the page of what changed is made here, and is the one every other surface makes', async () => {
  const delta = (await offered(titled)) as OpenDelta;
  const after = { capsule: delta.opened.capsule, digest: delta.opened.digest };
  const page = deltaPageOf({ capsule: first, digest: before.digest as Capsule['changeDigest'] }, after);
  expect(delta).toMatchObject({ kind: 'delta', version: 1, page });
  expect(delta.opened).toMatchObject({ page, pageDigest: digestOf(Buffer.from(page)), since: before.digest });
});

test.each<[OpenDelta['kind'], Partial<Capsule>]>([
  ['narrower', { targets: first.targets.slice(1) }],
  ['delta', titled],
  ['void', { environment: 'staging' }],
])('D6: it says what the change does to signatures: %s', async (kind, change) => {
  expect(await offered(change)).toMatchObject({ kind });
});

test('D6: a version that does not follow is a mismatch, and nothing is signed', async () => {
  expect(await offered({ version: 3 })).toContain('not the one this capsule names');
  expect(await offered({ id: 'C-9' as Capsule['id'] })).toContain('not the one this capsule names');
});

test('without a version before there is no delta', async () => {
  const result = await openSigning(before, 'P-1');
  expect(result.isMatch ? await openDelta(before, result.opened) : 'no match').toBe(undefined);
});

test('D6: only whoever signed before, in the same role, signs the delta; over a wider one everybody signs the whole', async () => {
  const data = { ...before, before: { capsule: before.capsule, signed: seats } };
  const delta = (await offered(titled)) as OpenDelta;
  expect(ownDelta({ data, delta }, 'ana', 'release-approver')).toBe(delta);
  expect(ownDelta({ data, delta }, 'ana', 'service-owner')).toBe(undefined);
  expect(ownDelta({ data, delta }, 'kai', 'release-approver')).toBe(undefined);
  expect(ownDelta({ data: before, delta }, 'ana', 'release-approver')).toBe(undefined);
  const wide = (await offered({ environment: 'staging' })) as OpenDelta;
  expect(ownDelta({ data, delta: wide }, 'ana', 'release-approver')).toBe(undefined);
});
