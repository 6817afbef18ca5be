/**
 * Where a request comes from, as far as that can be believed: the other end of the socket, or what a proxy says that the operator named.
 * A network that hands one customer 2^64 addresses is one address here.
 */
import { BlockList, isIP } from 'node:net';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');
const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;
/** A longer chain of proxies is nobody's. */
const MOST_HOPS = 20;

/** The proxies an operator named, as addresses and networks; undefined when one of them is neither. */
export function proxiesOf(named: readonly string[]): BlockList | undefined {
  const proxies = new BlockList();
  for (const one of named) {
    const [address = '', bits, ...more] = one.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    const most = family === 'ipv6' ? 128 : 32;
    const prefix = bits === undefined ? most : /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN;
    if (isIP(address) === 0 || more.length > 0 || !(prefix <= most)) return undefined;
    proxies.addSubnet(address, prefix, family);
  }
  return proxies;
}

export interface Arrival {
  /** Of the socket. */
  readonly address: string | undefined;
  /** The header `X-Forwarded-For`; anybody can write one. */
  readonly forwarded: string | undefined;
}

/**
 * What a request is counted by; undefined for programs of this machine, which are not counted: behind a proxy on this machine that nobody
 * named they would be everybody.
 */
export function countedAddress({ address, forwarded }: Arrival, proxies: BlockList): string | undefined {
  let from = plain(address ?? '');
  // Each proxy writes who called it behind what it was told: only what a trusted one wrote is read, from the end.
  const hops = (forwarded ?? '').split(',').slice(-MOST_HOPS);
  while (isAmong(proxies, from) && hops.length > 0) {
    const before = plain((hops.pop() ?? '').trim());
    if (isIP(before) === 0) break;
    from = before;
  }
  return isIP(from) === 0 || isAmong(LOOPBACK, from) ? undefined : networkOf(from);
}

const isAmong = (list: BlockList, address: string): boolean =>
  isIP(address) !== 0 && list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');

/** Without zone, and IPv4 as itself. */
function plain(address: string): string {
  const bare = address.split('%')[0] ?? '';
  return MAPPED.exec(bare)?.[1] ?? bare;
}

const GROUPS = 8;
const OF_NETWORK = 4;

const groups = (text: string): readonly string[] => (text === '' ? [] : text.split(':'));

/** The /64 of an IPv6 address; an IPv4 address is itself. */
function networkOf(address: string): string {
  if (isIP(address) === 4) return address;
  const [front = '', back] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const before = groups(front);
  const after = groups(back ?? '');
  const zeros = back === undefined ? [] : Array<string>(GROUPS - before.length - after.length).fill('0');
  return `${[...before, ...zeros, ...after].slice(0, OF_NETWORK).join(':')}::/64`;
}
