/** The two spellings of an ECDSA signature on P-256: DER as in DSSE, and the two 32-byte numbers as tokens and SSH write them. */

const NUMBER_BYTES = 32;
const SEQUENCE = 0x30;
const INTEGER = 0x02;

/** DER of the numbers r and s; undefined unless there are exactly 64 bytes and neither number is zero. */
export function derOf(numbers: Uint8Array): Uint8Array | undefined {
  if (numbers.length !== 2 * NUMBER_BYTES) return undefined;
  const parts = [numbers.subarray(0, NUMBER_BYTES), numbers.subarray(NUMBER_BYTES)].map(integerOf);
  const [r, s] = parts;
  if (r === undefined || s === undefined) return undefined;
  return Uint8Array.of(SEQUENCE, r.length + s.length, ...r, ...s);
}

/** Shortest form, with the leading zero that keeps it positive. */
function integerOf(number: Uint8Array): Uint8Array | undefined {
  const first = number.findIndex((byte) => byte !== 0);
  if (first < 0) return undefined;
  const digits = number.subarray(first);
  const lead = (digits[0] ?? 0) >= 0x80 ? [0] : [];
  return Uint8Array.of(INTEGER, lead.length + digits.length, ...lead, ...digits);
}

/** The numbers of a DER signature; undefined when it is not the one DER spelling of two positive numbers. */
export function numbersOf(der: Uint8Array): Uint8Array | undefined {
  const [tag, length] = der;
  if (tag !== SEQUENCE || length !== der.length - 2) return undefined;
  const r = readInteger(der.subarray(2));
  const s = r === undefined ? undefined : readInteger(der.subarray(2 + r.size));
  if (r === undefined || s === undefined || 2 + r.size + s.size !== der.length) return undefined;
  return Uint8Array.of(...r.number, ...s.number);
}

function readInteger(der: Uint8Array): { readonly number: Uint8Array; readonly size: number } | undefined {
  const [tag, length = 0] = der;
  const digits = der.subarray(2, 2 + length);
  if (tag !== INTEGER || length === 0 || digits.length !== length) return undefined;
  const [first = 0, second = 0] = digits;
  const isPadded = first === 0;
  // Negative, zero, or longer than it needs to be.
  if (first >= 0x80 || (isPadded && second < 0x80)) return undefined;
  const significant = isPadded ? digits.subarray(1) : digits;
  if (significant.length > NUMBER_BYTES) return undefined;
  const number = new Uint8Array(NUMBER_BYTES);
  number.set(significant, NUMBER_BYTES - significant.length);
  return { number, size: 2 + length };
}
