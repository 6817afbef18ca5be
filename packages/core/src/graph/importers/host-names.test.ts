import { expect, test } from 'vitest';
import { hostsIn, isMadeAtRunTime } from './host-names.ts';

const sure = (host: string): unknown => ({ host, isCertain: true });
const likely = (host: string): unknown => ({ host, isCertain: false });

test.each([
  ['ADDR', 'cart:7070', [sure('cart')]],
  ['CART_SERVICE_ADDR', 'cart:7070', [sure('cart')]],
  ['CART_SERVICE_ADDRESS', 'Cart.Shop.', [sure('cart.shop')]],
  ['DATABASE_URL', 'postgres://user:p%40ss@db.shop:5432/orders?ssl=1#x', [sure('db.shop')]],
  ['JDBC', 'jdbc:postgresql://db:5432/orders', [sure('db')]],
  ['KAFKA_BROKERS', 'a:9092,b:9092; c:9092', [sure('a'), sure('b'), sure('c')]],
  ['ANYTHING', 'https://tax.example', [sure('tax.example')]],
  ['ANYTHING', 'cart:7070', [likely('cart')]],
  ['PEER_HOST', '10.2.3.4', [sure('10.2.3.4')]],
])('G2: %s=%s', (name, value, hosts) => {
  expect(hostsIn(name, value)).toEqual(hosts);
});

test.each([
  ['PORT', '8080'],
  ['SERVICE_HOST', '8080'],
  ['BIND_ADDR', '0.0.0.0:80'],
  ['BIND_ADDR', 'localhost'],
  ['BIND_ADDR', '127.1.2.3'],
  ['NAME', 'cart'],
  ['ADDRESSES_OF_INTEREST', 'cart'],
  ['URL', '/relative'],
  ['URL', '://nothing'],
  ['URL', 'https://'],
  ['URL', ''],
  ['URL', 'http://${HOST}:80'],
  ['URL', 'http://$(HOST):80'],
])('G2: %s=%s names no host', (name, value) => {
  expect(hostsIn(name, value)).toEqual([]);
});

test('only settings that are addresses are told to be made at run time', () => {
  expect(isMadeAtRunTime('CART_ADDR', '$(HOST):80')).toBe(true);
  expect(isMadeAtRunTime('CART_ADDR', '${HOST}:80')).toBe(true);
  expect(isMadeAtRunTime('PRICE', 'US$ (net)')).toBe(false);
  expect(isMadeAtRunTime('CART_ADDR', 'cart:80')).toBe(false);
});

test('hostile values cost no time: long ones are not read, lists are cut', () => {
  expect(hostsIn('URL', `http://${'a'.repeat(3000)}`)).toEqual([]);
  expect(hostsIn('URL', `http://${'@'.repeat(2000)}`)).toEqual([]);
  expect(hostsIn('HOSTS_URL', Array.from({ length: 500 }, () => 'a:1').join(','))).toHaveLength(32);
});
