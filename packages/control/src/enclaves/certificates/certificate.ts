/** X.509 version 3 certificates (RFC 5280) of an installation's own authority: for enclaves, for the door they come in by, nothing else. */
import { sha256, type PublicKey, type SignerKey } from '@countersign/seal';
import { bits, explicit, implicit, integer, objectId, octets, sequence, set, small, time, truth, utf8 } from './der.ts';

export interface CertificatePlan {
  /** Big-endian bytes, at most 20. */
  readonly serial: Uint8Array;
  readonly subject: string;
  readonly issuer: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly key: PublicKey;
  readonly use: CertificateUse;
}

export type CertificateUse =
  | { readonly kind: 'authority' }
  /** `id`: `spiffe://<organisation>/gateway/<enclave>`. */
  | { readonly kind: 'client'; readonly id: string }
  | { readonly kind: 'server'; readonly names: readonly string[] };

const OID = {
  commonName: '2.5.4.3',
  basicConstraints: '2.5.29.19',
  keyUsage: '2.5.29.15',
  extendedKeyUsage: '2.5.29.37',
  subjectAltName: '2.5.29.17',
  subjectKeyId: '2.5.29.14',
  authorityKeyId: '2.5.29.35',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
  ecdsaSha256: '1.2.840.10045.4.3.2',
} as const;

const SIGNATURE_BITS: Readonly<Record<'digital' | 'certificates', { readonly byte: number; readonly unused: number }>> =
  {
    digital: { byte: 0x80, unused: 7 },
    certificates: { byte: 0x04, unused: 2 },
  };
const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}$/;

/** DER, signed by the authority; its key is P-256. */
export function signCertificate(plan: CertificatePlan, authority: SignerKey): Uint8Array {
  if (authority.kind !== 'p256') throw new TypeError('the authority of an installation has a P-256 key');
  const algorithm = sequence(objectId(OID.ecdsaSha256));
  const body = sequence(
    explicit(0, small(2)),
    integer(plan.serial),
    algorithm,
    named(plan.issuer),
    sequence(time(plan.notBeforeMs), time(plan.notAfterMs)),
    named(plan.subject),
    plan.key.spki(),
    explicit(3, sequence(...keyIds(plan.key, authority.publicKey), ...extensionsOf(plan.use))),
  );
  return sequence(body, algorithm, bits(authority.sign(body)));
}

const named = (name: string): Uint8Array => sequence(set(sequence(objectId(OID.commonName), utf8(name))));

const extension = (id: string, value: Uint8Array, isCritical = false): Uint8Array =>
  sequence(objectId(id), ...(isCritical ? [truth] : []), octets(value));
const keyUsage = (use: keyof typeof SIGNATURE_BITS): Uint8Array => {
  const { byte, unused } = SIGNATURE_BITS[use];
  return extension(OID.keyUsage, bits(Buffer.of(byte), unused), true);
};
const KEY_ID_BYTES = 20;
const keyIdOf = (key: PublicKey): Uint8Array => sha256(key.spki()).subarray(0, KEY_ID_BYTES);
const keyIds = (key: PublicKey, authority: PublicKey): readonly Uint8Array[] => [
  extension(OID.subjectKeyId, octets(keyIdOf(key))),
  extension(OID.authorityKeyId, sequence(implicit(0, keyIdOf(authority)))),
];
const isNoAuthority: Uint8Array = extension(OID.basicConstraints, sequence(), true);

function extensionsOf(use: CertificateUse): readonly Uint8Array[] {
  switch (use.kind) {
    case 'authority':
      // It may sign certificates, and none that sign others.
      return [extension(OID.basicConstraints, sequence(truth, small(0)), true), keyUsage('certificates')];
    case 'client':
      return [
        isNoAuthority,
        keyUsage('digital'),
        extension(OID.extendedKeyUsage, sequence(objectId(OID.clientAuth))),
        extension(OID.subjectAltName, sequence(implicit(6, Buffer.from(use.id, 'ascii'))), true),
      ];
    case 'server':
      return [
        isNoAuthority,
        keyUsage('digital'),
        extension(OID.extendedKeyUsage, sequence(objectId(OID.serverAuth))),
        extension(OID.subjectAltName, sequence(...use.names.map(generalName))),
      ];
  }
}

const generalName = (name: string): Uint8Array =>
  IPV4.test(name) ? implicit(7, Buffer.from(name.split('.').map(Number))) : implicit(2, Buffer.from(name, 'ascii'));

const LINE = 64;

export function pemOf(der: Uint8Array): string {
  const text = Buffer.from(der).toString('base64');
  const lines = text.match(new RegExp(`.{1,${LINE}}`, 'g')) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
