import { describe, expect, test } from 'vitest';
import { reviewOf } from '../testkit/page.builder.tsx';
import type { Capsule, Digest } from '@countersign/core';
import { falseDigests, subjectsOf } from './own-digests.ts';

const other = `sha256:${'f'.repeat(64)}` as Digest;
const { capsule } = (await reviewOf()).opened;
const wrongOf = async (change: Partial<Capsule>, subject?: unknown): Promise<readonly string[]> =>
  falseDigests({ ...capsule, ...change }, subject ?? (await subjectsOf({ ...capsule, ...change })));

describe('C1: what a capsule says of itself by digest', () => {
  test('names three parts of it, each by its own', async () => {
    const subjects = await subjectsOf(capsule);
    expect(subjects).toMatchObject([{ name: 'change' }, { name: 'validation' }, { name: 'rollback' }]);
    expect(new Set(subjects.map((one) => JSON.stringify(one))).size).toBe(3);
  });

  test('a statement about another change is found', async () => {
    const others = await subjectsOf({ ...capsule, change: { ...capsule.change, summary: 'another' } });
    expect(await wrongOf({}, others)).toContain('the capsule is not about the change it holds');
    expect(await wrongOf({}, [])).toContain('the capsule is not about the change it holds');
    expect(await wrongOf({}, (await subjectsOf(capsule)).toReversed())).toContain(
      'the capsule is not about the change it holds',
    );
  });

  test('a digest of another change, or of another way back, is found', async () => {
    expect(await wrongOf({ changeDigest: other })).toContain('the change is not the one its digest names');
    expect(await wrongOf({ counterCapsule: other })).toContain('the way back is not the one its digest names');
  });

  test('one that was swapped below its digest is found, whichever part it is', async () => {
    const honest = await wrongOf({});
    const changed = await wrongOf({ rollback: { ...capsule.rollback, windowMinutes: 1 } });
    expect(honest).toEqual([]);
    expect(changed).toContain('the change is not the one its digest names');
  });
});
