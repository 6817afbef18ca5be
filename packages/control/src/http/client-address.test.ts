import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countedAddress, proxiesOf } from './client-address.ts';

const named = (...proxies: readonly string[]) => {
  const list = proxiesOf(proxies);
  if (list === undefined) throw new Error('no proxies');
  return list;
};
const counted = (address: string | undefined, forwarded?: string, ...proxies: readonly string[]): string | undefined =>
  countedAddress({ address, forwarded }, named(...proxies));

describe('O4: an address is what the socket says', () => {
  test.each([
    ['203.0.113.9', '203.0.113.9'],
    ['::ffff:203.0.113.9', '203.0.113.9'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ])('%s is counted as %s', (address, expected) => {
    expect(counted(address)).toBe(expected);
  });

  test.each(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1', undefined, '', 'unix'])(
    'a program of this machine is not counted: %s',
    (address) => expect(counted(address)).toBeUndefined(),
  );

  test('what a header says of a socket that nobody named counts nothing', () => {
    expect(counted('203.0.113.9', '198.51.100.7')).toBe('203.0.113.9');
    expect(counted('203.0.113.9', '127.0.0.1', '192.0.2.0/24')).toBe('203.0.113.9');
  });
});

describe('O4: behind proxies that the operator named', () => {
  test.each([
    ['198.51.100.7', '198.51.100.7'],
    // Whoever calls can write the beginning, the proxy the end.
    ['127.0.0.1, 198.51.100.7', '198.51.100.7'],
    ['10.9.9.9, 198.51.100.7, 192.0.2.2', '198.51.100.7'],
    ['  198.51.100.7  ', '198.51.100.7'],
    ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
  ])('the last that none of them is: %s', (forwarded, expected) => {
    expect(counted('192.0.2.1', forwarded, '192.0.2.0/24')).toBe(expected);
  });

  test.each(['', 'unknown', '"[2001:db8::1]:4711"', '198.51.100.7:80', '999.1.1.1'])(
    'what is no address ends the chain at the proxy: %s',
    (forwarded) => expect(counted('192.0.2.1', `198.51.100.7, ${forwarded}`, '192.0.2.0/24')).toBe('192.0.2.1'),
  );

  test('a proxy on this machine is believed once it is named', () => {
    expect(counted('127.0.0.1', '198.51.100.7', '127.0.0.1')).toBe('198.51.100.7');
    expect(counted('127.0.0.1', '198.51.100.7')).toBeUndefined();
  });

  test.each(['10.0.0', '10.0.0.0/33', '::1/129', '10.0.0.0/', '10.0.0.0/8/8', 'proxy.example', '10.0.0.0/-1'])(
    '%s is no proxy',
    (proxy) => expect(proxiesOf([proxy])).toBeUndefined(),
  );
});

test('O4: whatever a header holds, whoever is not behind a named proxy is counted by the socket', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), fc.ipV4(), (forwarded, address) => {
      expect(counted(address, forwarded)).toBe(counted(address));
    }),
  );
});
