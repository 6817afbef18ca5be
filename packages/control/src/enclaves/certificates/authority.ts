/**
 * The certificate authority of one installation (O4): made at the first start, known to gateways by the digest they were given with
 * their secret. What it certifies lives 24 hours; a certificate carries no authority over targets, only the right to be let in.
 */
import { randomBytes, X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseId, refuse, type EnclaveId, type OrganisationId, type Result } from '@countersign/core';
import { generateSigner, loadSigner, signerPem, type PublicKey, type SignerKey } from '@countersign/seal';
import { pemOf, signCertificate, type CertificateUse } from './certificate.ts';

export interface Certified {
  /** PEM, without the authority's own. */
  readonly certificate: string;
  /** Lower-case hex. */
  readonly serial: string;
  readonly notAfterMs: number;
}
export interface EnclaveName {
  readonly organisation: OrganisationId;
  readonly enclave: EnclaveId;
}

export const CERTIFICATE_MS = 86_400_000;
const AUTHORITY_MS = 5 * 365 * 86_400_000;
/** Clocks of gateways may be behind by as much. */
const EARLY_MS = 300_000;
const SERIAL_BYTES = 16;
const NAME = 'Countersign enclave authority';

export class CertificateAuthority {
  /** PEM of its own certificate. */
  readonly certificate: string;
  readonly #signer: SignerKey;
  readonly #nowMs: () => number;

  constructor(certificate: string, signer: SignerKey, nowMs: () => number) {
    this.certificate = certificate;
    this.#signer = signer;
    this.#nowMs = nowMs;
  }

  /** SHA-256 of its certificate, hex: what a person gives to a gateway beside the secret. */
  get fingerprint(): string {
    return fingerprintOf(this.certificate);
  }

  certifyGateway(name: EnclaveName, key: PublicKey): Certified {
    return this.#certify(`gateway ${name.enclave}`, key, { kind: 'client', id: spiffeOf(name) });
  }

  certifyServer(names: readonly string[], key: PublicKey): Certified {
    return this.#certify('Countersign enclave door', key, { kind: 'server', names });
  }

  #certify(subject: string, key: PublicKey, use: CertificateUse): Certified {
    const nowMs = this.#nowMs();
    const notAfterMs = nowMs + CERTIFICATE_MS;
    const serial = serialNumber();
    const plan = { serial, subject, issuer: NAME, notBeforeMs: nowMs - EARLY_MS, notAfterMs, key, use };
    const certificate = pemOf(signCertificate(plan, this.#signer));
    return { certificate, serial: serialOf(new X509Certificate(certificate)), notAfterMs };
  }
}

/** Positive and never zero in front, so that every tool prints it alike. */
function serialNumber(): Uint8Array {
  const serial = randomBytes(SERIAL_BYTES);
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  return serial;
}

export const serialOf = ({ serialNumber: serial }: X509Certificate): string => serial.toLowerCase();
const fingerprintOf = (pem: string): string =>
  new X509Certificate(pem).fingerprint256.replaceAll(':', '').toLowerCase();

const spiffeOf = ({ organisation, enclave }: EnclaveName): string => `spiffe://${organisation}/gateway/${enclave}`;
const SPIFFE = /^URI:spiffe:\/\/([^/,]+)\/gateway\/([^/,]+)$/;

/** Whose certificate this is; undefined when it is not one of a gateway. Its chain was checked by the TLS layer. */
export function gatewayOf(certificate: X509Certificate): EnclaveName | undefined {
  const [, organisation = '', enclave = ''] = SPIFFE.exec(certificate.subjectAltName ?? '') ?? [];
  const [of, at] = [parseId<'Organisation'>(organisation), parseId<'Enclave'>(enclave)];
  return of === undefined || at === undefined ? undefined : { organisation: of, enclave: at };
}

const KEY_FILE = 'enclave-authority.key';
const CERTIFICATE_FILE = 'enclave-authority.pem';

/** From the state folder; made there when it is new. A half made one is refused, never replaced: gateways pin what they were given. */
export function openAuthority(folder: string, nowMs: () => number): Result<CertificateAuthority> {
  const [keyFile, certificateFile] = [join(folder, KEY_FILE), join(folder, CERTIFICATE_FILE)];
  if (!existsSync(certificateFile)) makeAuthority({ folder, keyFile, certificateFile }, nowMs());
  const signer = loadSigner(readFileSync(keyFile, 'utf8'));
  if (!signer.ok) return signer;
  const certificate = readFileSync(certificateFile, 'utf8');
  const isOwn = new X509Certificate(certificate).publicKey
    .export({ format: 'der', type: 'spki' })
    .equals(signer.value.publicKey.spki());
  return isOwn
    ? { ok: true, value: new CertificateAuthority(certificate, signer.value, nowMs) }
    : refuse('bad-config', `${KEY_FILE} and ${CERTIFICATE_FILE} do not belong together`);
}

interface AuthorityFiles {
  readonly folder: string;
  readonly keyFile: string;
  readonly certificateFile: string;
}

/** The certificate is written last: with it the authority is whole. */
function makeAuthority({ folder, keyFile, certificateFile }: AuthorityFiles, nowMs: number): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const signer = generateSigner('p256');
  writeFileSync(keyFile, signerPem(signer), { mode: 0o600 });
  const der = signCertificate(
    {
      serial: serialNumber(),
      subject: NAME,
      issuer: NAME,
      notBeforeMs: nowMs - EARLY_MS,
      notAfterMs: nowMs + AUTHORITY_MS,
      key: signer.publicKey,
      use: { kind: 'authority' },
    },
    signer,
  );
  writeFileSync(`${certificateFile}.part`, pemOf(der));
  renameSync(`${certificateFile}.part`, certificateFile);
}
