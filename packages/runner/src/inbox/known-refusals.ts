/** Refusals that need no look at the gate. */
import { refuse, type Refusal } from '@countersign/core';

export const ADMITTED_BEFORE: Refusal = { code: 'replay', detail: 'this capsule was admitted before', clause: 'I4' };
export const JOURNAL_BROKEN: { readonly ok: false; readonly refusal: Refusal } = refuse(
  'journal-broken',
  'an unfinished rollout in the journal cannot be read; a person has to look',
  { clause: 'X7' },
);
