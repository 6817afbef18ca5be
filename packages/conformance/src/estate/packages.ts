/** The releases of the demo estate's packages, written as the files a host gets. */
import type { AppConf, OpensslManifest, ValidatorManifest } from './manifests.ts';

const STABLE_SYMBOLS = [
  'ASN1_TIME_compare',
  'SSL_CTX_new',
  'SSL_CTX_set_verify',
  'X509_STORE_CTX_get0_chain',
  'X509_cmp_time',
  'X509_verify_cert',
] as const;
/** Provided up to 3.0.13; the patch for CVE-2025-31847 removed it. */
const DROPPED_SYMBOL = 'X509_cmp_time_ex';
const SYMBOLS_OF_VALIDATOR: Readonly<Record<string, readonly string[]>> = {
  '1.8': ['SSL_CTX_new', 'X509_verify_cert'],
  '1.9': ['SSL_CTX_new', 'X509_cmp_time', 'X509_verify_cert'],
  '2.0': ['SSL_CTX_new', 'X509_STORE_CTX_get0_chain', 'X509_cmp_time', 'X509_verify_cert'],
  '2.1': ['SSL_CTX_new', 'X509_STORE_CTX_get0_chain', DROPPED_SYMBOL, 'X509_verify_cert'],
};

export const PATCHED_VERSION = '3.0.14';
const print = (document: object): string => `${JSON.stringify(document, null, 2)}\n`;

function opensslManifest(release: string): OpensslManifest {
  const provides = [...STABLE_SYMBOLS, DROPPED_SYMBOL].toSorted();
  return { name: 'openssl', version: release, soname: 'libcrypto.so.3', apiLevel: 30_000, provides };
}

/** `lib/openssl.json` of a release before the patch, e.g. `3.0.13`. */
export const opensslText = (release: string): string => print(opensslManifest(release));

/** What the patch makes of a manifest. */
export function patchedOpenssl(from: OpensslManifest): string {
  const provides = from.provides.filter((symbol) => symbol !== DROPPED_SYMBOL);
  return print({ ...from, version: PATCHED_VERSION, provides });
}

/** New `lib/openssl.json` for 3.0.14: the same bytes whatever release a host comes from, so one change fits all. */
export const PATCHED_OPENSSL: string = patchedOpenssl(opensslManifest('3.0.13'));

/** `lib/tls-validator.json` of a release named in the strata. */
export function validatorText(release: string): string {
  const links = SYMBOLS_OF_VALIDATOR[release];
  if (links === undefined) throw new Error(`no tls-validator ${release} was ever built`);
  const manifest: ValidatorManifest = {
    name: 'tls-validator',
    version: release,
    links: { library: 'openssl', apiLevel: { min: 30_000, max: 30_099 }, symbols: links },
  };
  return print(manifest);
}

/** `etc/app.conf`; holds nothing of one host, so the same fix fits staging and production (L4). */
export function appConfText(service: string, upstreamTimeoutMs: number): string {
  const conf: AppConf = { service, workers: 4, upstreamTimeoutMs, tls: { minVersion: '1.2' } };
  return print(conf);
}
