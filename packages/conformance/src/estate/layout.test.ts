import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FIRST_CONFLICT, estateOf, productionEstate, stagingEstate, type EstateLayout } from './layout.ts';
import { shuffled } from './shuffle.ts';
import { CONFLICTING_STRATA, CONFLICTING_VALIDATOR, SOUND_STRATA, stratumKey } from './strata.ts';

const conflicting = (layout: EstateLayout): readonly number[] =>
  layout.hosts.flatMap(({ tlsValidator }, index) => (tlsValidator === CONFLICTING_VALIDATOR ? [index + 1] : []));

test('scenario A: 1,240 hosts in plain order, the first that the patch breaks is exactly host-0381', () => {
  const { hosts } = productionEstate();
  expect(hosts).toHaveLength(1240);
  expect([hosts.at(0)?.id, hosts.at(-1)?.id]).toEqual(['host-0001', 'host-1240']);
  expect(conflicting({ ...productionEstate() })[0]).toBe(FIRST_CONFLICT);
  expect(hosts[FIRST_CONFLICT - 1]?.id).toBe('host-0381');
});

test('scenario A: for every seed 60 hosts conflict, none before 381, all of them payments in all three data centres', () => {
  fc.assert(
    fc.property(fc.nat({ max: 2 ** 31 - 1 }), (seed) => {
      const layout = productionEstate(seed);
      const bad = conflicting(layout);
      expect(bad).toHaveLength(60);
      expect(Math.min(...bad)).toBe(FIRST_CONFLICT);
      const hosts = layout.hosts.filter(({ tlsValidator }) => tlsValidator === CONFLICTING_VALIDATOR);
      expect(new Set(hosts.map(({ role }) => role))).toEqual(new Set(['payments']));
      expect(new Set(hosts.map(({ site }) => site))).toEqual(new Set(['dc1', 'dc2', 'dc3']));
    }),
    { numRuns: 20 },
  );
});

test('the same seed gives the same estate and another seed another order', () => {
  expect(productionEstate(3)).toEqual(productionEstate(3));
  expect(stagingEstate(3)).toEqual(stagingEstate(3));
  expect(productionEstate(3).hosts).not.toEqual(productionEstate(4).hosts);
  expect(estateOf('staging', 3)).toEqual(stagingEstate(3));
  expect(estateOf('production', 3)).toEqual(productionEstate(3));
});

test('production has 21 strata, each with as many hosts as planned, 3 of them conflicting', () => {
  const { hosts } = productionEstate();
  const planned = [...SOUND_STRATA, ...CONFLICTING_STRATA];
  expect(new Set(planned.map(stratumKey)).size).toBe(21);
  expect(new Set(hosts.map(({ stratum }) => stratum)).size).toBe(21);
  for (const stratum of planned)
    expect(hosts.filter((host) => host.stratum === stratumKey(stratum))).toHaveLength(stratum.hosts);
  expect(CONFLICTING_STRATA).toHaveLength(3);
});

test('scenario A: staging has no host of a conflicting stratum, and every sound one', () => {
  const { hosts } = stagingEstate();
  expect(hosts).toHaveLength(40);
  expect(conflicting(stagingEstate())).toEqual([]);
  const strata = new Set(hosts.map(({ stratum }) => stratum));
  expect(SOUND_STRATA.map(stratumKey).filter((key) => !strata.has(key))).toEqual([]);
});

test('G1: every patch target is non-critical or production-critical, non-critical ones being the most', () => {
  const tiers = productionEstate().hosts.map(({ tier }) => tier);
  expect(tiers.filter((tier) => tier === 'production-critical')).toHaveLength(330);
  expect(tiers.filter((tier) => tier === 'non-critical')).toHaveLength(910);
});

test.each([productionEstate(), stagingEstate()])(
  'every host of $profile belongs to a service that knows it',
  (layout) => {
    const ids = new Set(layout.hosts.map(({ id }) => id));
    expect(ids.size).toBe(layout.hosts.length);
    for (const host of layout.hosts) {
      expect(host.services.length).toBeGreaterThan(0);
      for (const id of host.services)
        expect(layout.services.find((service) => service.id === id)?.members).toContain(host.id);
    }
    for (const { members } of layout.services) expect(members.filter((id) => !ids.has(id))).toEqual([]);
  },
);

test('payments run in three data centres, each on the hosts of its own site', () => {
  const layout = productionEstate();
  for (const site of ['dc1', 'dc2', 'dc3'] as const) {
    const service = layout.services.find(({ id }) => id === `payments-${site}`);
    expect(service?.members).toHaveLength(60);
    const members = layout.hosts.filter(({ id }) => service?.members.includes(id));
    expect(new Set(members.map((host) => `${host.role} ${host.site}`))).toEqual(new Set([`payments ${site}`]));
  }
});

test.each([productionEstate(), stagingEstate()])(
  'dependencies of $profile name services and form no cycle',
  (layout) => {
    const services = new Map(layout.services.map((service) => [service.id, service]));
    const walk = (id: string, above: readonly string[]): void => {
      expect(above).not.toContain(id);
      expect(services.has(id)).toBe(true);
      for (const { service } of services.get(id)?.dependsOn ?? []) walk(service, [...above, id]);
    };
    for (const id of services.keys()) walk(id, []);
  },
);

test.each([productionEstate(), stagingEstate()])('exactly one host of $profile has the config problem', (layout) => {
  const slow = layout.hosts.filter((host) => host.upstreamLatencyMs > host.upstreamTimeoutMs);
  expect(slow.map(({ id }) => id)).toEqual([layout.checkoutHost]);
  expect(slow.map(({ role, tlsValidator }) => [role, tlsValidator])).toEqual([['portal', '1.8']]);
});

test('the config problem of staging stands in the same stratum as that of production', () => {
  const [staging, production] = [stagingEstate(), productionEstate()].map((layout) =>
    layout.hosts.find(({ id }) => id === layout.checkoutHost),
  );
  expect(staging?.id).toBe('staging-api-01');
  expect(staging?.stratum).toBe(production?.stratum);
});

test('a shuffle keeps every item and changes with the seed only', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), fc.nat(), (items, seed) => {
      const mixed = shuffled(items, seed);
      expect(mixed.toSorted((a, b) => a - b)).toEqual(items.toSorted((a, b) => a - b));
      expect(shuffled(items, seed)).toEqual(mixed);
    }),
  );
});
