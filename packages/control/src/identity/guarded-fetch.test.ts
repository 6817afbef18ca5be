import { createServer, type Server } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { guardedFetch, refusedAddress, refusedUrl } from './guarded-fetch.ts';

const OUTSIDE = { allowLoopback: false };
const LOCAL = { allowLoopback: true };

describe('addresses', () => {
  test.each([
    '127.0.0.1',
    '127.8.9.1',
    '::1',
    '::ffff:127.0.0.1',
    '0.0.0.0',
    '0.1.2.3',
    '169.254.169.254',
    '169.254.0.1',
    '::ffff:169.254.169.254',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    'fe80::1',
    'ff02::1',
    'fd00:ec2::254',
    '64:ff9b::7f00:1',
    '',
    'localhost',
    '127.0.0.1.example',
    '0x7f000001',
    '2130706433',
    '127.1',
  ])('SSRF: %j is not connected to', (address) => {
    expect(refusedAddress(address, OUTSIDE)).toBeTypeOf('string');
  });

  test.each(['10.0.0.1', '192.168.1.1', '172.16.0.1', '8.8.8.8', '2001:db8::1', 'fd12::1', '::ffff:10.0.0.1'])(
    'an identity provider may stand at %s',
    (address) => {
      expect(refusedAddress(address, OUTSIDE)).toBeUndefined();
    },
  );

  test.each(['169.254.169.254', '0.0.0.0', 'fe80::1', '::'])('SSRF: %s is refused in development too', (address) => {
    expect(refusedAddress(address, LOCAL)).toBeTypeOf('string');
  });
});

describe('URLs', () => {
  test.each([
    'http://login.example/',
    'http://10.0.0.1/',
    'https://127.0.0.1/',
    'https://[::1]/',
    'https://169.254.169.254/latest/meta-data',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://user:pass@login.example/',
    'https://login.example@127.0.0.1/',
    'ftp://login.example/',
    'file:///etc/passwd',
    'data:text/plain,x',
    'gopher://login.example/',
  ])('SSRF: %s is not asked', (url) => {
    expect(refusedUrl(new URL(url), OUTSIDE)).toBeTypeOf('string');
  });

  test('plain http is for loopback in development only', () => {
    expect(refusedUrl(new URL('http://127.0.0.1:9/'), LOCAL)).toBeUndefined();
    expect(refusedUrl(new URL('http://localhost:9/'), LOCAL)).toBeUndefined();
    expect(refusedUrl(new URL('http://login.example/'), LOCAL)).toBe('is not https');
    expect(refusedUrl(new URL('https://login.example/'), OUTSIDE)).toBeUndefined();
  });
});

describe('fetching', () => {
  let server: Server | undefined;
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });
  const serve = async (
    status: number,
    body: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<string> => {
    const started = createServer((request, response) => {
      request.resume();
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(body);
    });
    server = started;
    await new Promise<void>((done) => started.listen(0, '127.0.0.1', done));
    const address = started.address();
    return typeof address === 'object' && address !== null ? `http://127.0.0.1:${address.port}/x` : '';
  };

  test('an answer is given as it is', async () => {
    const answer = await guardedFetch(await serve(200, '{"a":1}'), LOCAL);
    expect([answer.status, await answer.json()]).toEqual([200, { a: 1 }]);
  });

  test.each([301, 302, 303, 307, 308])('SSRF: a redirect %i is not followed', async (status) => {
    const url = await serve(status, '', { location: 'http://169.254.169.254/' });
    await expect(guardedFetch(url, LOCAL)).rejects.toThrow('redirect');
  });

  test('more than a quarter of a megabyte is not read', async () => {
    await expect(guardedFetch(await serve(200, 'x'.repeat(300_000)), LOCAL)).rejects.toThrow('more than');
  });

  test('SSRF: a name that means this machine is refused at the moment of connecting', async () => {
    await expect(guardedFetch('https://localhost:9/', OUTSIDE)).rejects.toThrow('not asked');
    await expect(guardedFetch('http://localhost:9/', OUTSIDE)).rejects.toThrow('not https');
  });
});
