/**
 * Address blocks of firewall rules and segments (G4, scenario C), read strictly: a form that two programs read differently
 * is not read at all. IPv4 lives inside IPv6 at `::ffff:0:0/96`, so that both families and mapped addresses meet.
 */

/** First address as a number of 128 bits, and how many leading bits are fixed (0 to 128). */
export interface Block {
  readonly base: bigint;
  readonly length: number;
}

const BITS = 128;
const MAPPED_LENGTH = 96;
const MAPPED_BASE = 0xff_ff_00_00_00_00n;
/** No leading zeros: some programs read `010` as eight. */
const BYTE = /^(?:0|[1-9]\d{0,2})$/;
const GROUP = /^[0-9A-Fa-f]{1,4}$/;
const LENGTH = /^(?:0|[1-9]\d{0,2})$/;
/** The longest form is 45 characters of address and 4 of length. */
const MAX_CHARACTERS = 49;

function parseIpv4(text: string): bigint | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let value = 0n;
  for (const part of parts) {
    if (!BYTE.test(part) || Number(part) > 255) return undefined;
    value = (value << 8n) | BigInt(part);
  }
  return value;
}

/** Groups of one side of `::`; the last may be written as IPv4 where `mayEndAsIpv4`. */
function parseGroups(text: string, mayEndAsIpv4: boolean): readonly bigint[] | undefined {
  if (text === '') return [];
  const parts = text.split(':');
  const groups: bigint[] = [];
  for (const [position, part] of parts.entries()) {
    const tail = mayEndAsIpv4 && position === parts.length - 1 && part.includes('.') ? parseIpv4(part) : undefined;
    if (tail !== undefined) groups.push(tail >> 16n, tail & 0xff_ffn);
    else if (GROUP.test(part)) groups.push(BigInt(`0x${part}`));
    else return undefined;
  }
  return groups;
}

function parseIpv6(text: string): bigint | undefined {
  const sides = text.split('::');
  if (sides.length > 2) return undefined;
  const [first = '', second] = sides;
  const head = parseGroups(first, second === undefined);
  const tail = second === undefined ? [] : parseGroups(second, true);
  if (head === undefined || tail === undefined) return undefined;
  const given = head.length + tail.length;
  if (second === undefined ? given !== 8 : given > 7) return undefined;
  const filler = Array.from({ length: 8 - given }, () => 0n);
  return [...head, ...filler, ...tail].reduce((value, group) => (value << 16n) | group, 0n);
}

const masked = (value: bigint, length: number): bigint => {
  const free = BigInt(BITS - length);
  return (value >> free) << free;
};

/** A block like `10.4.0.0/16`, `2001:db8::/32`, or one address; undefined when it is not one. Host bits are cleared. */
export function parseBlock(text: string): Block | undefined {
  if (text.length > MAX_CHARACTERS) return undefined;
  const [address = '', suffix, ...more] = text.split('/');
  if (more.length > 0 || (suffix !== undefined && !LENGTH.test(suffix))) return undefined;
  const isIpv6 = address.includes(':');
  const value = isIpv6 ? parseIpv6(address) : parseIpv4(address);
  const most = isIpv6 ? BITS : BITS - MAPPED_LENGTH;
  const own = suffix === undefined ? most : Number(suffix);
  if (value === undefined || own > most) return undefined;
  const length = isIpv6 ? own : own + MAPPED_LENGTH;
  return { base: masked(isIpv6 ? value : MAPPED_BASE | value, length), length };
}

/** Whether some address is in both: one of two blocks that meet contains the other. */
export function overlaps(one: Block, other: Block): boolean {
  const free = BigInt(BITS - Math.min(one.length, other.length));
  return one.base >> free === other.base >> free;
}

/** Whether every address of `inner` is in `outer`. */
export const contains = (outer: Block, inner: Block): boolean => outer.length <= inner.length && overlaps(outer, inner);

/** All of IPv4 or all of IPv6: it names no place, only a direction. */
export const isEverywhere = (block: Block): boolean =>
  block.length === 0 || (block.length === MAPPED_LENGTH && block.base === MAPPED_BASE);

/** The normal form: IPv4 dotted, IPv6 as eight groups without zeros in front; always with its length. */
export function renderBlock({ base, length }: Block): string {
  if (length >= MAPPED_LENGTH && base >> 32n === MAPPED_BASE >> 32n) {
    const bytes = [24n, 16n, 8n, 0n].map((shift) => String((base >> shift) & 0xffn));
    return `${bytes.join('.')}/${length - MAPPED_LENGTH}`;
  }
  const groups = Array.from({ length: 8 }, (_, group) => ((base >> BigInt(112 - 16 * group)) & 0xff_ffn).toString(16));
  return `${groups.join(':')}/${length}`;
}
