/** What a verifier says of the decisions it made again (D2): one for each capsule that left; nothing where none did. */
import type { CapsuleReport } from './verify-bundle-acts.ts';

export function decidedLines(capsules: readonly Pick<CapsuleReport, 'isDispatched'>[]): readonly string[] {
  const made = capsules.filter(({ isDispatched }) => isDispatched).length;
  if (made === 0) return [];
  const what = made === 1 ? '1 decision' : `${made} decisions`;
  return [`${what} made again here from the recorded facts, by the signed rules and the floor: the same verdict`];
}
