/** What a capsule says about itself by digest, computed again in this browser (C1): its three subjects, the change, the way back. */
import { counterCapsuleOf, type Capsule, type Digest } from '@countersign/core';
import { canonical } from './canonical.ts';
import { bytesOf, sha256, toHex } from './encoding.ts';

const hexOf = async (document: unknown): Promise<string | undefined> => {
  const text = canonical(document);
  return text === undefined ? undefined : toHex(await sha256(bytesOf(text)));
};

/** As the statement has to name them. */
export async function subjectsOf({ change, validation, rollback }: Capsule): Promise<readonly object[]> {
  const parts = Object.entries({ change, validation, rollback });
  return Promise.all(parts.map(async ([name, part]) => ({ name, digest: { sha256: await hexOf(part) } })));
}

/** Everything that is not as the capsule says, in words. */
export async function falseDigests(capsule: Capsule, subject: unknown): Promise<readonly string[]> {
  const { change, validation, rollback, changeDigest, counterCapsule } = capsule;
  const [subjects, bound, back] = await Promise.all([
    subjectsOf(capsule),
    hexOf({ change, rollback, validation }),
    hexOf(counterCapsuleOf(capsule)),
  ]);
  return [
    ...(canonical(subject) === canonical(subjects) ? [] : ['the capsule is not about the change it holds']),
    ...(isHex(changeDigest, bound) ? [] : ['the change is not the one its digest names']),
    ...(isHex(counterCapsule, back) ? [] : ['the way back is not the one its digest names']),
  ];
}

const isHex = (digest: Digest, hex: string | undefined): boolean => digest === `sha256:${hex ?? ''}`;
