/** Refusals that need no look at the gate. */
import { refuse, type Refusal } from '@countersign/core';

const ADMITTED_BEFORE: Refusal = { code: 'replay', detail: 'this capsule was admitted before', clause: 'I4' };
export const JOURNAL_BROKEN: { readonly ok: false; readonly refusal: Refusal } = refuse(
  'journal-broken',
  'an unfinished rollout in the journal cannot be read; a person has to look',
  { clause: 'X7' },
);

/** A capsule that is in its own way is a copy of what is under way: that says nothing about its rollout (I11). */
export const copyOr = (refusal: Refusal, isUnderWay: boolean): Refusal =>
  isUnderWay && refusal.code === 'overlap' ? ADMITTED_BEFORE : refusal;
