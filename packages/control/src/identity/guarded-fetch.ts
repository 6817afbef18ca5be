/**
 * Fetches from addresses the operator configured, and from nowhere an answer could lead (SSRF): TLS, no redirects, a size and a time
 * limit, and a name that resolves to the machine itself or to a link-local address is refused at the moment of connecting.
 */
import { lookup as dnsLookup, type LookupAddress } from 'node:dns';
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { BlockList, isIP } from 'node:net';

const MAX_BYTES = 262_144;
const TIMEOUT_MS = 5000;

export interface FetchGuard {
  /** For an identity provider on this machine in development and tests: plain http to loopback, and nothing else by http. */
  readonly allowLoopback: boolean;
}
export interface GuardedRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');
/** Where clouds keep their metadata services, and addresses that are no single machine. */
const NEVER = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['169.254.0.0', 16],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const)
  NEVER.addSubnet(network, prefix, 'ipv4');
for (const [network, prefix] of [
  ['::', 128],
  ['fe80::', 10],
  ['ff00::', 8],
  ['fd00:ec2::254', 128],
  ['64:ff9b::', 96],
] as const)
  NEVER.addSubnet(network, prefix, 'ipv6');

/** Why this address is not connected to; undefined when it may be. IPv4 inside IPv6 counts as IPv4. */
export function refusedAddress(address: string, { allowLoopback }: FetchGuard): string | undefined {
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  if (isIP(address) === 0) return 'is no address';
  if (NEVER.check(address, family)) return 'is link-local, unspecified or multicast';
  return LOOPBACK.check(address, family) && !allowLoopback ? 'is this machine' : undefined;
}

/** Why this URL is not asked; undefined when it may be. */
export function refusedUrl(url: URL, guard: FetchGuard): string | undefined {
  if (url.username !== '' || url.password !== '') return 'holds a user name';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0 && refusedAddress(host, guard) !== undefined) return refusedAddress(host, guard);
  if (url.protocol === 'https:') return undefined;
  const isLocal =
    host === 'localhost' || (isIP(host) !== 0 && LOOPBACK.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4'));
  return url.protocol === 'http:' && guard.allowLoopback && isLocal ? undefined : 'is not https';
}

/** Throws when the answer is not there, too large, too late or a redirect. */
export function guardedFetch(address: string, guard: FetchGuard, asked: GuardedRequest = {}): Promise<Response> {
  const url = new URL(address);
  const refused = refusedUrl(url, guard);
  if (refused !== undefined) return Promise.reject(new Error(`the address \`${url.origin}\` ${refused}`));
  const options: RequestOptions = {
    method: asked.method ?? 'GET',
    headers: { accept: 'application/json', ...asked.headers },
    lookup: guardedLookup(guard),
    signal: AbortSignal.timeout(TIMEOUT_MS),
    agent: false,
  };
  const answer = new Promise<IncomingMessage>((done, fail) => {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const request = send(url, options, done);
    request.on('error', fail);
    request.end(asked.body);
  });
  return answer.then(read);
}

/** The address that is checked is the one that is connected to: a name cannot change its mind in between. */
const guardedLookup =
  (guard: FetchGuard): NonNullable<RequestOptions['lookup']> =>
  (hostname, options, callback) => {
    dnsLookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      if (error !== null) return callback(error, '');
      const bad = addresses.find(({ address }) => refusedAddress(address, guard) !== undefined);
      const [first] = addresses;
      if (bad !== undefined || first === undefined)
        return callback(new Error(`the name resolves to an address that is not asked`), '');
      return options.all === true ? callback(null, addresses) : callback(null, first.address, first.family);
    });
  };

async function read(answer: IncomingMessage): Promise<Response> {
  const { statusCode: status = 0 } = answer;
  if (status >= 300 && status < 400) {
    answer.destroy();
    throw new Error('the answer is a redirect');
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer) {
    if (!Buffer.isBuffer(chunk)) continue;
    size += chunk.length;
    if (size > MAX_BYTES) {
      answer.destroy();
      throw new Error(`the answer has more than ${MAX_BYTES} bytes`);
    }
    chunks.push(chunk);
  }
  const type = answer.headers['content-type'] ?? 'application/octet-stream';
  const isEmpty = status === 204 || status === 304;
  return new Response(isEmpty ? null : Buffer.concat(chunks), { status, headers: { 'content-type': type } });
}
