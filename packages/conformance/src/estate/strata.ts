/**
 * The configuration strata of the demo estate (G1): hosts that share os, package versions, role and site.
 * The last three hold the validator that the patched openssl breaks; staging has no host like them.
 */
import type { Tier } from '@countersign/core';

export type Site = 'dc1' | 'dc2' | 'dc3';
export type Role = 'payments' | 'ledger' | 'trading' | 'portal' | 'reporting' | 'batch';
export const SITES: readonly Site[] = ['dc1', 'dc2', 'dc3'];

export interface Stratum {
  readonly os: string;
  readonly openssl: string;
  readonly tlsValidator: string;
  readonly role: Role;
  readonly site: Site;
  /** How many production hosts are like this. */
  readonly hosts: number;
}

/** Validator release that links `X509_cmp_time_ex`, a symbol that openssl 3.0.14 dropped. */
export const CONFLICTING_VALIDATOR = '2.1';

type Build = Pick<Stratum, 'os' | 'openssl' | 'tlsValidator'>;
const PAYMENTS: Build = { os: 'rhel-9.4', openssl: '3.0.13', tlsValidator: '2.0' };
const PAYMENTS_NEXT: Build = { ...PAYMENTS, tlsValidator: CONFLICTING_VALIDATOR };
const LEDGER: Build = { os: 'rhel-9.4', openssl: '3.0.13', tlsValidator: '1.9' };
const TRADING: Build = { os: 'rhel-9.2', openssl: '3.0.12', tlsValidator: '2.0' };
const PORTAL: Build = { os: 'debian-12', openssl: '3.0.13', tlsValidator: '1.8' };
const REPORTING: Build = { os: 'debian-12', openssl: '3.0.12', tlsValidator: '1.8' };
const BATCH: Build = { os: 'ubuntu-22.04', openssl: '3.0.11', tlsValidator: '1.8' };
const BATCH_OLD: Build = { os: 'rocky-8.10', openssl: '3.0.11', tlsValidator: '1.9' };

const everywhere = (build: Build, role: Role, hosts: number): readonly Stratum[] =>
  SITES.map((site) => ({ ...build, role, site, hosts }));

/** Strata that the patch leaves working: 1,180 hosts. */
export const SOUND_STRATA: readonly Stratum[] = [
  ...everywhere(PAYMENTS, 'payments', 40),
  ...everywhere(LEDGER, 'ledger', 30),
  { ...TRADING, role: 'trading', site: 'dc1', hosts: 30 },
  { ...TRADING, role: 'trading', site: 'dc2', hosts: 30 },
  ...everywhere(PORTAL, 'portal', 100),
  ...everywhere(REPORTING, 'reporting', 80),
  { ...BATCH, role: 'batch', site: 'dc1', hosts: 130 },
  { ...BATCH, role: 'batch', site: 'dc2', hosts: 120 },
  { ...BATCH, role: 'batch', site: 'dc3', hosts: 60 },
  { ...BATCH_OLD, role: 'batch', site: 'dc3', hosts: 60 },
];

/** Strata whose hosts do not start on the patched openssl: 60 hosts. */
export const CONFLICTING_STRATA: readonly Stratum[] = everywhere(PAYMENTS_NEXT, 'payments', 20);

const CRITICAL: ReadonlySet<Role> = new Set<Role>(['payments', 'ledger', 'trading']);

export const tierOf = (role: Role): Tier => (CRITICAL.has(role) ? 'production-critical' : 'non-critical');

/** The labels that make the stratum; the control plane computes strata from the same ones. */
export function labelsOf(stratum: Stratum): Readonly<Record<string, string>> {
  const { os, openssl, tlsValidator, role, site } = stratum;
  return { os, openssl, tlsValidator, role, site };
}

export const stratumKey = (stratum: Stratum): string =>
  Object.entries(labelsOf(stratum))
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
