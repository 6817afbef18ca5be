// Certificates as OpenSSL reads them: the command line of Debian, and the one inside Node.
import { spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseId, type Id } from '@countersign/core';
import { generateSigner, signerPem } from '@countersign/seal';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CERTIFICATE_MS, gatewayOf, openAuthority, serialOf, type CertificateAuthority } from './authority.ts';
import { pemOf, signCertificate } from './certificate.ts';
import { integer, objectId, octets, sequence } from './der.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-ca-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const id = <Name extends string>(text: string): Id<Name> => parseId<Name>(text)!;
const NAME = { organisation: id<'Organisation'>('acme'), enclave: id<'Enclave'>('plant-7') };
const openedAt = (nowMs = Date.now()): CertificateAuthority => {
  const opened = openAuthority(folder, () => nowMs);
  if (!opened.ok) throw new Error(opened.refusal.detail);
  return opened.value;
};
const write = (name: string, content: string): string => {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
};
const openssl = (...args: readonly string[]): { readonly code: number | null; readonly out: string } => {
  const { status, stdout, stderr } = spawnSync('openssl', args);
  return { code: status, out: `${stdout.toString()}${stderr.toString()}` };
};

describe('O4: the certificate of a gateway', () => {
  const key = generateSigner('p256').publicKey;

  test('is verified by openssl for clients, and for nothing else', () => {
    const authority = openedAt();
    const file = write('leaf.pem', authority.certifyGateway(NAME, key).certificate);
    const ca = write('ca.pem', authority.certificate);
    expect(openssl('verify', '-x509_strict', '-CAfile', ca, '-purpose', 'sslclient', file)).toMatchObject({ code: 0 });
    expect(openssl('verify', '-CAfile', ca, '-purpose', 'sslserver', file).code).not.toBe(0);
    const text = openssl('x509', '-in', file, '-noout', '-text').out;
    expect(text).toContain('URI:spiffe://acme/gateway/plant-7');
    expect(text).toContain('TLS Web Client Authentication');
    expect(text).toContain('CA:FALSE');
  });

  test('is over after a day, and names its holder', () => {
    const now = Date.now();
    const { certificate, serial, notAfterMs } = openedAt(now).certifyGateway(NAME, key);
    const read = new X509Certificate(certificate);
    expect(gatewayOf(read)).toEqual(NAME);
    expect([serialOf(read), notAfterMs]).toEqual([serial, now + CERTIFICATE_MS]);
    expect(Date.parse(read.validTo)).toBe(Math.floor((now + CERTIFICATE_MS) / 1000) * 1000);
    const file = write('leaf.pem', certificate);
    const ca = join(folder, 'enclave-authority.pem');
    const later = String(Math.floor((now + CERTIFICATE_MS) / 1000) + 60);
    expect(openssl('verify', '-attime', later, '-CAfile', ca, file).out).toContain('certificate has expired');
  });

  test('of another authority, or made with this one as if it were an authority, is refused', () => {
    const ca = write('ca.pem', openedAt().certificate);
    const other = mkdtempSync(join(tmpdir(), 'countersign-ca-'));
    const stranger = openAuthority(other, Date.now);
    if (!stranger.ok) throw new Error('no authority');
    const forged = write('forged.pem', stranger.value.certifyGateway(NAME, key).certificate);
    expect(openssl('verify', '-CAfile', ca, forged).code).not.toBe(0);
    const leaf = generateSigner('p256');
    const chain = write('middle.pem', openedAt().certifyGateway(NAME, leaf.publicKey).certificate);
    const [notBeforeMs, notAfterMs] = [Date.now() - 1000, Date.now() + 60_000];
    const use = { kind: 'client', id: 'spiffe://acme/gateway/forged' } as const;
    const plan = { serial: Buffer.of(1), subject: 'x', issuer: 'gateway plant-7', notBeforeMs, notAfterMs, key, use };
    const below = write('below.pem', pemOf(signCertificate(plan, leaf)));
    expect(openssl('verify', '-CAfile', ca, '-untrusted', chain, below).out).toContain('invalid CA certificate');
    rmSync(other, { recursive: true });
  });

  test('T12: a name that is not the one form of an identity names nobody', () => {
    const authority = openedAt();
    const server = new X509Certificate(authority.certifyServer(['localhost', '127.0.0.1'], key).certificate);
    expect(gatewayOf(server)).toBeUndefined();
    expect(gatewayOf(new X509Certificate(authority.certificate))).toBeUndefined();
  });
});

test('the door’s own certificate holds for its names and not for clients', () => {
  const authority = openedAt();
  const { certificate } = authority.certifyServer(['localhost', '127.0.0.1'], generateSigner('p256').publicKey);
  const [file, ca] = [write('door.pem', certificate), write('ca.pem', authority.certificate)];
  expect(
    openssl('verify', '-x509_strict', '-CAfile', ca, '-purpose', 'sslserver', '-verify_ip', '127.0.0.1', file).code,
  ).toBe(0);
  expect(openssl('verify', '-CAfile', ca, '-verify_hostname', 'localhost', file).code).toBe(0);
  expect(openssl('verify', '-CAfile', ca, '-verify_hostname', 'evil.example', file).code).not.toBe(0);
  expect(openssl('verify', '-CAfile', ca, '-purpose', 'sslclient', file).code).not.toBe(0);
});

test('the authority is made once, for its owner alone, and a mixed pair of files is refused', () => {
  const first = openedAt();
  expect(openedAt().fingerprint).toBe(first.fingerprint);
  expect(statSync(join(folder, 'enclave-authority.key')).mode & 0o777).toBe(0o600);
  const shown = openssl('x509', '-in', join(folder, 'enclave-authority.pem'), '-noout', '-fingerprint', '-sha256').out;
  expect(shown.replaceAll(':', '').toLowerCase()).toContain(first.fingerprint);
  writeFileSync(join(folder, 'enclave-authority.key'), signerPem(generateSigner('p256')));
  expect(openAuthority(folder, Date.now)).toMatchObject({ ok: false, refusal: { code: 'bad-config' } });
  expect(readFileSync(join(folder, 'enclave-authority.pem'), 'utf8')).toBe(first.certificate);
});

test('what is written is the DER that OpenSSL reads, for every length and number', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 19 }),
      fc.integer({ min: 0, max: 70_000 }),
      (number, length) => {
        const file = join(folder, 'any.der');
        writeFileSync(file, sequence(integer(number), octets(new Uint8Array(length)), objectId('1.2.840.10045.4.3.2')));
        const { code, out } = openssl('asn1parse', '-inform', 'DER', '-in', file);
        const hex = BigInt(`0x${Buffer.from(number).toString('hex')}`)
          .toString(16)
          .toUpperCase();
        expect(code).toBe(0);
        expect(out).toContain('ecdsa-with-SHA256');
        expect(out).toMatch(new RegExp(`INTEGER +:0*${hex}\\n`));
      },
    ),
    { numRuns: 30 },
  );
});
