/** Refusals that need no look at the gate. */
import { refuse, type Digest, type Refusal } from '@countersign/core';
import type { CapsuleDelivery } from '@countersign/seal';
import { readUnsignedCapsule } from '../admit/capsule.ts';

const ADMITTED_BEFORE: Refusal = { code: 'replay', detail: 'this capsule was admitted before', clause: 'I4' };
export const NONCE_USED: Refusal = { code: 'replay', detail: 'the nonce was used before', clause: 'I4' };
export const NO_SUCH_ROLLOUT: Refusal = {
  code: 'resume-refused',
  detail: 'no such rollout is stopped here',
  clause: 'X5',
};
export const haltedBefore = (by: string): Refusal => ({
  code: 'halted',
  detail: `halted by ${by} before it came`,
  clause: 'X5',
});
export const JOURNAL_BROKEN: { readonly ok: false; readonly refusal: Refusal } = refuse(
  'journal-broken',
  'an unfinished rollout in the journal cannot be read; a person has to look',
  { clause: 'X7' },
);

/** A capsule that is in its own way is a copy of what is under way: that says nothing about its rollout (I11). */
export const copyOr = (refusal: Refusal, isUnderWay: boolean): Refusal =>
  isUnderWay && refusal.code === 'overlap' ? ADMITTED_BEFORE : refusal;

/** What a refusal is about; undefined when not even that can be read. */
export function subjectOf({ capsule }: CapsuleDelivery): Digest | undefined {
  const read = readUnsignedCapsule(capsule);
  return read.ok ? read.value.digest : undefined;
}
