/**
 * Text that an attacker controls, made safe to show: in a refusal, on a terminal, on an approval page.
 * `INVISIBLE` names the characters that make text look like something it is not (A2: what is shown is what is signed).
 */
import { refuse } from '@countersign/core';
import type { SealCode } from './codes.ts';

/** Controls except tab and line ends, format and bidirectional controls, ignorable characters, separators, the blank Braille cell. */
const INVISIBLE = /(?![\t\n\r])[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}\u2800]/u;
const NOT_PLAIN = /[^ -~]/gu;
const MAX_SHOWN = 60;

/** Every character printable ASCII: nothing is hidden in such text, and most text is. Asked first, because it is cheap. */
export const isPlainAscii = (text: string): boolean => !/[^ -~]/.test(text);

/** Index of the first invisible character, or -1. */
export const invisibleAt = (text: string): number => (isPlainAscii(text) ? -1 : text.search(INVISIBLE));

const hex = (character: string): string => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;

/** ASCII only: every other character as `\u{hex}`, long text cut, no back-ticks. */
export function escapeHostile(text: string, max: number = MAX_SHOWN): string {
  const cut = text.length > max ? `${text.slice(0, max)}...` : text;
  return cut.replaceAll(NOT_PLAIN, hex).replaceAll('`', "'");
}

/** Hostile text in back-ticks for the detail of a refusal. */
export const quote = (text: string): string => `\`${escapeHostile(text)}\``;

/** A refusal with one of the codes of this package. */
export const no = (code: SealCode, detail: string): ReturnType<typeof refuse> => refuse(code, detail);
