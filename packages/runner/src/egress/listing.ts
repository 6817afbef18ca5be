/** What of texts and reports may leave; the list of evidence fields is the core's `mayLeave` (V2). The stricter word wins. */
import { EGRESS_MODES, mayCountsLeave, type EgressMode } from '@countersign/core';

/** Stands where a text of a target was; the full text is in the local evidence. */
export const HELD_INSIDE = 'held inside';

/** Whether reports of any kind may leave at all. */
export const mayReportsLeave = (mode: EgressMode): boolean => mayCountsLeave(mode);

/** The stricter of two modes; `local-only` is the strictest. */
export const stricterEgress = (a: EgressMode, b: EgressMode): EgressMode =>
  EGRESS_MODES.indexOf(a) <= EGRESS_MODES.indexOf(b) ? a : b;

const ID_LIKE = /^[A-Za-z0-9][A-Za-z0-9._:@-]{0,119}$/;

/** Who stopped it, when that is a name and not a sentence about what was inside. */
export const isNameOnly = (text: string): boolean => ID_LIKE.test(text);

/** Texts that come from targets: details of health, outputs of tools. */
export function textFor(mode: EgressMode, text: string): string {
  switch (mode) {
    case 'local-only':
    case 'metadata-only':
      return text === '' ? '' : HELD_INSIDE;
    case 'sanitized':
      return text;
  }
}
