/**
 * The demo estate as a plan: computed from a seed, the same for everyone who computes it, without starting anything.
 * 1,240 production hosts of 21 strata; the 60 that the patch breaks come at host-0381 and later (scenario A of AG-706).
 */
import type { Environment, Tier } from '@countersign/core';
import { appConfText } from './packages.ts';
import { shuffled } from './shuffle.ts';
import {
  CONFLICTING_STRATA,
  SITES,
  SOUND_STRATA,
  labelsOf,
  stratumKey,
  tierOf,
  type Role,
  type Site,
  type Stratum,
} from './strata.ts';

export interface EstateHost {
  readonly id: string;
  readonly site: Site;
  readonly role: Role;
  readonly tier: Tier;
  readonly os: string;
  readonly opensslVersion: string;
  readonly tlsValidator: string;
  readonly stratum: string;
  readonly labels: Readonly<Record<string, string>>;
  /** How long the service waits for its upstream, and how long that upstream takes. */
  readonly upstreamTimeoutMs: number;
  readonly upstreamLatencyMs: number;
  readonly services: readonly string[];
}

export interface EstateService {
  readonly id: string;
  readonly tier: Tier;
  readonly owner: string;
  readonly site?: Site;
  readonly members: readonly string[];
  readonly dependsOn: readonly { readonly service: string; readonly isHard: boolean }[];
  /** Below this share of served requests, in per mille, the service is degraded. */
  readonly minSuccessPerMille: number;
  readonly requestsPerSecond: number;
}

export interface EstateLayout {
  readonly profile: 'production' | 'staging';
  readonly environment: Environment;
  readonly seed: number;
  readonly hosts: readonly EstateHost[];
  readonly services: readonly EstateService[];
  /** The host whose upstream timeout is set too low: the config problem. */
  readonly checkoutHost: string;
}

export const FIRST_CONFLICT = 381;
const HOSTS = 1240;
/** The value the config problem is about, and the value that mends it. */
const SHORT_TIMEOUT_MS = 500;
const SOUND_TIMEOUT_MS = 2000;
/** `etc/app.conf` that mends the config problem, for staging and production alike. */
export const SOUND_APP_CONF: string = appConfText('portal', SOUND_TIMEOUT_MS);
const SLOW_UPSTREAM_MS = 800;
const USUAL_UPSTREAM_MS = 120;

interface ServicePlan extends Omit<EstateService, 'members'> {
  readonly role: Role;
}

const ledger = { service: 'ledger', isHard: true } as const;
const OWNERS = {
  payments: 'team-payments',
  ledger: 'team-ledger',
  trading: 'team-markets',
  portal: 'team-web',
  reporting: 'team-data',
  batch: 'team-data',
} as const satisfies Record<Role, string>;

/** 995 per mille of 60 members: one failed payment host degrades its data centre's payments. */
const PRODUCTION_SERVICES: readonly ServicePlan[] = [
  ...SITES.map((site): ServicePlan => ({
    ...plan('payments', `payments-${site}`, 995),
    site,
    dependsOn: [ledger],
    requestsPerSecond: 240,
  })),
  { ...plan('ledger', 'ledger', 985), requestsPerSecond: 300 },
  { ...plan('trading', 'trading-gateway', 985), dependsOn: [ledger], requestsPerSecond: 180 },
  {
    ...plan('portal', 'customer-portal', 950),
    dependsOn: [ledger, ...SITES.map((site) => ({ service: `payments-${site}`, isHard: false }))],
  },
  { ...plan('reporting', 'reporting', 900), dependsOn: [{ service: 'ledger', isHard: false }] },
  plan('batch', 'batch-compute', 900),
];

const ROLES = ['payments', 'ledger', 'trading', 'portal', 'reporting', 'batch'] as const;
const STAGING_SERVICES: readonly ServicePlan[] = ROLES.map((role) => ({
  ...plan(role, `staging-${role}`, 900),
  tier: 'non-critical',
  requestsPerSecond: 10,
}));

/** Production: `host-0001` to `host-1240`. */
export function productionEstate(seed = 706): EstateLayout {
  const sound = shuffled(spread(SOUND_STRATA), seed);
  const conflicting = shuffled(spread(CONFLICTING_STRATA), seed + 1);
  const later = Array.from({ length: HOSTS - FIRST_CONFLICT }, (_, index) => FIRST_CONFLICT + 1 + index);
  const places = new Set([FIRST_CONFLICT, ...shuffled(later, seed + 2).slice(0, conflicting.length - 1)]);
  const next = { sound: sound.values(), conflicting: conflicting.values() };
  const strata = Array.from({ length: HOSTS }, (_, index) =>
    take(places.has(index + 1) ? next.conflicting : next.sound),
  );
  const checkout = strata.findIndex(({ role, site }) => role === 'portal' && site === 'dc1');
  const hosts = strata.map((stratum, index) =>
    hostOf(stratum, {
      id: hostId(index),
      tier: tierOf(stratum.role),
      services: PRODUCTION_SERVICES.filter((service) => serves(service, stratum)).map(({ id }) => id),
      isSlow: index === checkout,
    }),
  );
  return {
    profile: 'production',
    environment: 'production',
    seed,
    hosts,
    services: PRODUCTION_SERVICES.map((service) => withMembers(service, hosts)),
    checkoutHost: hostId(checkout),
  };
}

/**
 * Staging: two hosts of each sound stratum, three more of the portal, and `staging-api-01` with the config problem.
 * It has no host with the conflicting validator, so it passes honestly: that is the lesson of scenario A.
 */
export function stagingEstate(seed = 706): EstateLayout {
  const portal = SOUND_STRATA.filter(({ role }) => role === 'portal');
  const twice = SOUND_STRATA.flatMap((stratum) => [stratum, stratum]);
  const named = shuffled([...twice, ...portal], seed).map((stratum, index) => ({
    stratum,
    id: `staging-${String(index + 1).padStart(4, '0')}`,
    isSlow: false,
  }));
  const api = portal.slice(0, 1).map((stratum) => ({ stratum, id: 'staging-api-01', isSlow: true }));
  const hosts = [...named, ...api].map(({ stratum, id, isSlow }) =>
    hostOf(stratum, { id, isSlow, tier: 'non-critical', services: [`staging-${stratum.role}`] }),
  );
  return {
    profile: 'staging',
    environment: 'staging',
    seed,
    hosts,
    services: STAGING_SERVICES.map((service) => withMembers(service, hosts)),
    checkoutHost: 'staging-api-01',
  };
}

export const estateOf = (profile: EstateLayout['profile'], seed: number): EstateLayout =>
  profile === 'production' ? productionEstate(seed) : stagingEstate(seed);

function plan(role: Role, id: string, minSuccessPerMille: number): ServicePlan {
  const owner = OWNERS[role];
  return { id, role, tier: tierOf(role), owner, minSuccessPerMille, dependsOn: [], requestsPerSecond: 60 };
}

const hostId = (index: number): string => `host-${String(index + 1).padStart(4, '0')}`;
const spread = (strata: readonly Stratum[]): readonly Stratum[] =>
  strata.flatMap((stratum) => Array.from({ length: stratum.hosts }, () => stratum));
const serves = (service: ServicePlan, stratum: Stratum): boolean =>
  service.role === stratum.role && (service.site === undefined || service.site === stratum.site);

function take(strata: Iterator<Stratum>): Stratum {
  const next = strata.next();
  // INVARIANT: the strata add up to exactly the number of hosts; a test counts them.
  if (next.done === true) throw new Error('the strata hold fewer hosts than the estate');
  return next.value;
}

function hostOf(
  stratum: Stratum,
  host: Pick<EstateHost, 'id' | 'tier' | 'services'> & { readonly isSlow: boolean },
): EstateHost {
  const { os, openssl: opensslVersion, tlsValidator, role, site } = stratum;
  const { isSlow, ...named } = host;
  return {
    ...named,
    site,
    role,
    os,
    opensslVersion,
    tlsValidator,
    stratum: stratumKey(stratum),
    labels: labelsOf(stratum),
    upstreamTimeoutMs: isSlow ? SHORT_TIMEOUT_MS : SOUND_TIMEOUT_MS,
    upstreamLatencyMs: isSlow ? SLOW_UPSTREAM_MS : USUAL_UPSTREAM_MS,
  };
}

function withMembers({ role: _role, ...service }: ServicePlan, hosts: readonly EstateHost[]): EstateService {
  return { ...service, members: hosts.filter(({ services }) => services.includes(service.id)).map(({ id }) => id) };
}
