import { randomBytes } from 'node:crypto';
import { instantOf } from '@countersign/core';
import { beforeAll, describe, expect, test } from 'vitest';
import { NOON_MS } from '../testkit/world.ts';
import { isVouchedFor } from './attestation.ts';
import { attestationOf, chainOf, type Certificate } from '../testkit/attestation.ts';

const NOW = instantOf(NOON_MS);
let maker: Certificate;
let between: Certificate;
let leaf: Certificate;
beforeAll(() => {
  maker = chainOf({ name: 'Maker Root', isAuthority: true });
  between = chainOf({ name: 'Maker Line', isAuthority: true, issuer: maker });
  leaf = chainOf({ name: 'Model', issuer: between });
});
const base64 = ({ der }: Certificate): string => der.toString('base64');
const vouched = (chain: readonly Uint8Array[], roots: readonly string[], now = NOW): boolean =>
  isVouchedFor(attestationOf(chain), roots, now);

describe('A2: a maker vouches for an authenticator', () => {
  test('when its certificates lead to a root that the registrars listed', () => {
    expect(vouched([leaf.der, between.der], [base64(maker)])).toBe(true);
    expect(vouched([leaf.der, between.der, maker.der], [base64(maker)])).toBe(true);
    expect(vouched([leaf.der], [base64(between)])).toBe(true);
    expect(vouched([leaf.der], [base64(leaf)])).toBe(true);
  });

  test.each<[string, () => boolean]>([
    ['without a certificate, which is self attestation or none', () => vouched([], [base64(maker)])],
    ['with no root listed', () => vouched([leaf.der, between.der], [])],
    [
      'under another maker of the same name',
      () => vouched([leaf.der, between.der], [base64(chainOf({ name: 'Maker Root', isAuthority: true }))]),
    ],
    ['when a link is left out', () => vouched([leaf.der], [base64(maker)])],
    ['in another order', () => vouched([between.der, leaf.der], [base64(maker)])],
    [
      'when the issuer is no authority',
      () => vouched([chainOf({ name: 'Model', issuer: leaf }).der, leaf.der, between.der], [base64(maker)]),
    ],
    [
      'when the chain is too long',
      () => vouched([leaf.der, between.der, maker.der, maker.der, maker.der], [base64(maker)]),
    ],
    [
      'after the certificates ended',
      () => vouched([leaf.der, between.der], [base64(maker)], instantOf(Date.UTC(2100, 0))),
    ],
    ['before they began', () => vouched([leaf.der, between.der], [base64(maker)], instantOf(Date.UTC(2019, 0)))],
    ['when a certificate is no certificate', () => vouched([randomBytes(200), between.der], [base64(maker)])],
    [
      'when the listed root is no certificate',
      () => vouched([leaf.der, between.der], [randomBytes(200).toString('base64'), '*']),
    ],
  ])('and not %s', (_, attempt) => {
    expect(attempt()).toBe(false);
  });

  test('and not when any byte of its certificate was changed', () => {
    const stride = 7;
    for (let at = 0; at < leaf.der.length; at += stride) {
      const changed = Buffer.from(leaf.der);
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
      expect([at, vouched([changed, between.der], [base64(maker)])]).toEqual([at, false]);
    }
  });
});
