/** Text with a zero character fits no column of the database: a document that holds one is refused before anything is stored. */
import { refuse, type Result } from '@countersign/core';
import type { JsonValue } from '@countersign/seal';

const ZERO = '\u0000';
const ESCAPED = Buffer.from('\\u0000');

/** Names the first place. Only bytes in which one is written somewhere are looked through. */
export function demandStorable(bytes: Uint8Array, document: JsonValue): Result<true> {
  const at = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(ESCAPED)
    ? placeOfZero(document, '')
    : undefined;
  if (at === undefined) return { ok: true, value: true };
  return refuse('malformed', 'the document holds a zero character', {
    clause: 'D8',
    complaints: [{ at, problem: 'must not hold a zero character' }],
  });
}

/** The depth is bounded by the reader of the document. */
function placeOfZero(value: JsonValue, at: string): string | undefined {
  if (typeof value === 'string') return value.includes(ZERO) ? at : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [name, one] of Object.entries(value)) {
    if (name.includes(ZERO)) return at;
    const found = placeOfZero(one, `${at}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`);
    if (found !== undefined) return found;
  }
  return undefined;
}
