/**
 * Addresses and address ranges of IPv4 and IPv6 (RFC 4291, RFC 4632) as numbers. Read strictly: no leading zeros, no zone ids,
 * no host bits beyond the prefix.
 */
export interface AddressRange {
  readonly bits: 32 | 128;
  readonly first: bigint;
  readonly last: bigint;
}

/** An address or `address/prefix`; undefined when the text is neither. */
export function parseRange(text: string): AddressRange | undefined {
  const match = text.length > 49 ? null : /^([0-9a-fA-F.:]+)(?:\/(0|[1-9]\d{0,2}))?$/.exec(text);
  if (match === null) return undefined;
  const [, address = '', prefixText] = match;
  const bits = address.includes(':') ? 128 : 32;
  const first = bits === 32 ? parseV4(address) : parseV6(address);
  const prefix = prefixText === undefined ? bits : Number(prefixText);
  if (first === undefined || prefix > bits) return undefined;
  const size = 1n << BigInt(bits - prefix);
  // Host bits mean that somebody meant something else than is written.
  return first % size === 0n ? { bits, first, last: first + size - 1n } : undefined;
}

/** Whether the two have an address in common. */
export const hasCommon = (one: AddressRange, other: AddressRange): boolean =>
  one.bits === other.bits && one.first <= other.last && other.first <= one.last;

function parseV4(text: string): bigint | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255))
    return undefined;
  return parts.reduce((sum, part) => sum * 256n + BigInt(part), 0n);
}

const GROUPS = 8;

function parseV6(text: string): bigint | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head = '', tail] = halves;
  const before = groupsOf(head, tail === undefined);
  const after = tail === undefined ? [] : groupsOf(tail, true);
  if (before === undefined || after === undefined) return undefined;
  const missing = GROUPS - before.length - after.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...before, ...Array.from({ length: missing }, () => 0n), ...after];
  return groups.reduce((sum, group) => sum * 65_536n + group, 0n);
}

/** The last group may be an IPv4 address (RFC 4291 2.2). */
function groupsOf(text: string, isEnd: boolean): readonly bigint[] | undefined {
  if (text === '') return [];
  const parts = text.split(':');
  const groups: bigint[] = [];
  for (const [place, part] of parts.entries()) {
    const embedded = isEnd && place === parts.length - 1 && part.includes('.') ? parseV4(part) : undefined;
    if (embedded !== undefined) groups.push(embedded / 65_536n, embedded % 65_536n);
    else if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(BigInt(`0x${part}`));
    else return undefined;
  }
  return groups;
}
