/** Forms of the files that decide whether a demo host starts: package manifests and the service's own configuration. */
import { integer, list, literal, object, oneOf, text, type Shape } from '@countersign/core';

export interface OpensslManifest {
  readonly name: 'openssl';
  readonly version: string;
  readonly soname: string;
  readonly apiLevel: number;
  readonly provides: readonly string[];
}

export interface ValidatorManifest {
  readonly name: 'tls-validator';
  readonly version: string;
  readonly links: {
    readonly library: 'openssl';
    readonly apiLevel: { readonly min: number; readonly max: number };
    readonly symbols: readonly string[];
  };
}

export interface AppConf {
  readonly service: string;
  readonly workers: number;
  readonly upstreamTimeoutMs: number;
  readonly tls: { readonly minVersion: '1.2' | '1.3' };
}

const version = text({ min: 1, max: 32, pattern: /^[0-9]+(?:\.[0-9]+){1,3}$/ });
const symbols = list(text({ min: 1, max: 80, pattern: /^[A-Za-z_][A-Za-z0-9_]*$/ }), { max: 500 });
const apiLevel = integer({ min: 0, max: 99_999 });

export const opensslShape: Shape<OpensslManifest> = object<OpensslManifest>({
  name: literal('openssl'),
  version,
  soname: text({ min: 1, max: 80 }),
  apiLevel,
  provides: symbols,
});
export const validatorShape: Shape<ValidatorManifest> = object<ValidatorManifest>({
  name: literal('tls-validator'),
  version,
  links: object<ValidatorManifest['links']>({
    library: literal('openssl'),
    apiLevel: object<ValidatorManifest['links']['apiLevel']>({ min: apiLevel, max: apiLevel }),
    symbols,
  }),
});
export const appConfShape: Shape<AppConf> = object<AppConf>({
  service: text({ min: 1, max: 64, pattern: /^[a-z0-9-]+$/ }),
  workers: integer({ min: 1, max: 1024 }),
  upstreamTimeoutMs: integer({ min: 1, max: 600_000 }),
  tls: object<AppConf['tls']>({ minVersion: oneOf('1.2', '1.3') }),
});
