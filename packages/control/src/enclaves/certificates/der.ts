/** Writing DER (X.690), the few types a certificate is made of. Nothing here reads: what comes from outside is parsed by OpenSSL. */

type Part = Uint8Array;

const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectId: 0x06,
  utf8: 0x0c,
  sequence: 0x30,
  set: 0x31,
  utcTime: 0x17,
  generalizedTime: 0x18,
} as const;
const CONTEXT = 0x80;
const CONSTRUCTED = 0x20;

/** Tag, length in its shortest form, content. */
function element(tag: number, ...content: readonly Part[]): Part {
  const body = Buffer.concat(content);
  return Buffer.concat([Buffer.of(tag), lengthOf(body.length), body]);
}

function lengthOf(length: number): Part {
  if (length < 0x80) return Buffer.of(length);
  const octets: number[] = [];
  for (let left = length; left > 0; left = Math.floor(left / 256)) octets.unshift(left % 256);
  return Buffer.of(0x80 | octets.length, ...octets);
}

export const sequence = (...parts: readonly Part[]): Part => element(TAG.sequence, ...parts);
export const set = (...parts: readonly Part[]): Part => element(TAG.set, ...parts);
export const octets = (content: Part): Part => element(TAG.octetString, content);
export const bits = (content: Part, unused = 0): Part => element(TAG.bitString, Buffer.of(unused), content);
export const truth: Part = element(TAG.boolean, Buffer.of(0xff));
export const utf8 = (text: string): Part => element(TAG.utf8, Buffer.from(text, 'utf8'));
/** `[n]` around whole elements. */
export const explicit = (n: number, ...parts: readonly Part[]): Part => element(CONTEXT | CONSTRUCTED | n, ...parts);
/** `[n]` in the place of the type's own tag. */
export const implicit = (n: number, content: Part): Part => element(CONTEXT | n, content);

/** A number that is not negative, from its big-endian bytes. */
export function integer(bytes: Part): Part {
  const first = bytes.findIndex((byte) => byte !== 0);
  const short = first < 0 ? Buffer.of(0) : bytes.subarray(first);
  const isHigh = (short[0] ?? 0) >= 0x80;
  return element(TAG.integer, isHigh ? Buffer.concat([Buffer.of(0), short]) : short);
}
export const small = (value: number): Part => integer(Buffer.of(value));

/** Seven bits a byte, the highest bit set on all but the last. */
function base128(value: number): readonly number[] {
  const groups = [value % 128];
  for (let left = Math.floor(value / 128); left > 0; left = Math.floor(left / 128)) groups.unshift((left % 128) | 0x80);
  return groups;
}

/** Dotted numbers. */
export function objectId(dotted: string): Part {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return element(TAG.objectId, Buffer.from([first * 40 + second, ...rest].flatMap(base128)));
}

/** With two digits of the year until 2049, with four from 2050 on (RFC 5280, 4.1.2.5); fractions of a second are cut. */
export function time(ms: number): Part {
  const digits = new Date(ms).toISOString().replace(/\D/g, '').slice(0, 14);
  const isShort = digits < '2050';
  const text = `${isShort ? digits.slice(2) : digits}Z`;
  return element(isShort ? TAG.utcTime : TAG.generalizedTime, Buffer.from(text, 'ascii'));
}
