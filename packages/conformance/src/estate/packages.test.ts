import { readShape } from '@countersign/core';
import { expect, test } from 'vitest';
import { linkProblem } from './host/load-host.ts';
import { SOUND_APP_CONF, productionEstate } from './layout.ts';
import {
  appConfShape,
  opensslShape,
  validatorShape,
  type OpensslManifest,
  type ValidatorManifest,
} from './manifests.ts';
import { PATCHED_OPENSSL, appConfText, opensslText, patchedOpenssl, validatorText } from './packages.ts';

function openssl(text: string): OpensslManifest {
  const read = readShape(opensslShape, JSON.parse(text));
  if (!read.ok) throw new Error(read.refusal.detail);
  return read.value;
}
function validator(release: string): ValidatorManifest {
  const read = readShape(validatorShape, JSON.parse(validatorText(release)));
  if (!read.ok) throw new Error(read.refusal.detail);
  return read.value;
}

test('L4: the patch gives the same bytes for every host, so one change fits all targets', () => {
  const releases = new Set(productionEstate().hosts.map(({ opensslVersion }) => opensslVersion));
  expect(releases.size).toBeGreaterThan(1);
  expect(new Set([...releases].map((release) => patchedOpenssl(openssl(opensslText(release)))))).toEqual(
    new Set([PATCHED_OPENSSL]),
  );
});

test('the patched openssl is 3.0.14 without the symbol that validator 2.1 links', () => {
  const patched = openssl(PATCHED_OPENSSL);
  expect(patched.version).toBe('3.0.14');
  expect(patched.provides).not.toContain('X509_cmp_time_ex');
  expect(patched.provides).toHaveLength(openssl(opensslText('3.0.13')).provides.length - 1);
});

test('every validator links every openssl before the patch', () => {
  for (const release of ['3.0.11', '3.0.12', '3.0.13'])
    for (const version of ['1.8', '1.9', '2.0', '2.1'])
      expect(linkProblem(validator(version), openssl(opensslText(release)))).toBeUndefined();
});

test.each([
  ['1.8', undefined],
  ['1.9', undefined],
  ['2.0', undefined],
  [
    '2.1',
    'tls-validator 2.1: symbol lookup error: undefined symbol: X509_cmp_time_ex (libcrypto.so.3, openssl 3.0.14)',
  ],
])('validator %s on the patched openssl: %s', (version, problem) => {
  expect(linkProblem(validator(version), openssl(PATCHED_OPENSSL))).toBe(problem);
});

test.each([29_999, 30_100])('an API level of %d is outside what the validators link', (apiLevel) => {
  const manifest = { ...openssl(opensslText('3.0.13')), apiLevel };
  expect(linkProblem(validator('1.8'), manifest)).toContain(`needs openssl API 30000 to 30099, found ${apiLevel}`);
});

test('an unknown validator release is not invented', () => {
  expect(() => validatorText('9.9')).toThrow('no tls-validator 9.9 was ever built');
});

test('the configuration differs between a broken and a sound host in the timeout only', () => {
  const conf = JSON.parse(appConfText('portal', 500)) as object;
  expect(JSON.parse(SOUND_APP_CONF)).toEqual({ ...conf, upstreamTimeoutMs: 2000 });
  expect(readShape(appConfShape, conf).ok).toBe(true);
});
