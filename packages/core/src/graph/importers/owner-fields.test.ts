import { describe, expect, test } from 'vitest';
import { environmentOf, fittingLabels, ownerFields } from './owner-fields.ts';
import { PartBuilder } from './part-builder.ts';
import { complaintsOf, findingsOf, partOf } from './part.builder.ts';
import type { PartFields } from './part.ts';

interface Read {
  readonly fields: PartFields;
  readonly findings: readonly string[];
  readonly complaints: readonly string[];
}

function read(words: Readonly<Record<string, unknown>>): Read {
  const builder = new PartBuilder();
  const fields = ownerFields({ at: 'f', subject: 'cart', get: (name) => words[name] }, builder);
  const done = builder.done();
  return { fields, findings: done.ok ? findingsOf(done.value) : [], complaints: complaintsOf(done) };
}

test('G1: every field of a node can be said', () => {
  expect(
    read({
      kind: 'datastore',
      tier: 'production-critical',
      environment: 'production',
      site: 'north',
      zone: 'level-3',
      cidr: '10.8.0.0/16',
      owner: 'team-a',
      'data-classes': 'personal;payment',
      addresses: '10.8.0.5,fd00::5',
      paths: ['shopping', 'billing'],
      capacity: '400/120',
      'min-healthy': '2',
      'entry-point': 'yes',
      citizens: 9_000_000_000,
      'statutory-hours': '72',
    }),
  ).toEqual({
    fields: {
      kind: 'datastore',
      tier: 'production-critical',
      environment: 'production',
      site: 'north',
      zone: 'level-3',
      cidr: '10.8.0.0/16',
      owner: 'team-a',
      dataClasses: ['payment', 'personal'],
      addresses: ['10.8.0.5', 'fd00::5'],
      paths: ['billing', 'shopping'],
      capacity: { units: 400, used: 120 },
      minHealthy: 2,
      isEntryPoint: true,
      citizens: 9_000_000_000,
      statutoryHours: 72,
    },
    findings: [],
    complaints: [],
  });
});

test('G1: what is not said is absent, whichever way a file leaves it out', () => {
  expect(read({ tier: '', owner: null, zone: undefined, paths: '', 'entry-point': '' })).toEqual({
    fields: {},
    findings: [],
    complaints: [],
  });
});

describe('tiers', () => {
  test.each(['non-critical', 'production-critical', 'safety-critical', 'Safety-Critical'])(
    'G1: %s is a tier',
    (tier) => {
      expect(read({ tier })).toEqual({ fields: { tier: tier.toLowerCase() }, findings: [], complaints: [] });
    },
  );

  test.each(['low', 'none', 'tier 3', 'non critical', 'toString', '__proto__'])(
    'G1: `%s` is no tier: unknown, which restricts most, and reported',
    (tier) => {
      const { fields, findings } = read({ tier });
      expect(fields.tier).toBe('unknown');
      expect(findings).toEqual([
        `unknown-tier f cart: \`${tier.toLowerCase()}\` is not a tier; it counts as safety-critical`,
      ]);
    },
  );

  test.each([['unknown'], [[]], [{}], ['x'.repeat(5000)]])('G1: a tier %j that is no word is unknown too', (tier) => {
    const { fields, findings } = read({ tier });
    expect(fields.tier).toBe('unknown');
    expect(findings).toEqual(['unknown-tier f cart: the tier is not known; it counts as safety-critical']);
  });
});

describe('what cannot be read is refused with its place', () => {
  const long = 'x'.repeat(121);

  test.each([
    ['kind', 'server', 'must be one of host, service,'],
    ['environment', 'qa', 'must be one of staging, pre-production, production'],
    ['site', long, 'must have at most 120 characters'],
    ['zone', long, 'must have at most 120 characters'],
    ['owner', long, 'must have at most 120 characters'],
    ['owner', ['a'], 'must have at most 120 characters'],
    ['owner', '\u{d800}', 'must have at most 120 characters'],
    ['cidr', '10.0.0.0', 'must be like 10.20.0.0/16'],
    ['cidr', 'everything', 'must be like 10.20.0.0/16'],
    ['capacity', '400', 'must be like 400/120'],
    ['capacity', '400/120/3', 'must be like 400/120'],
    ['capacity', '-1/0', 'must be like 400/120'],
    ['capacity', '9999999999999/1', 'must be like 400/120'],
    ['entry-point', 'maybe', 'must be true or false'],
    ['min-healthy', '2.5', 'must be a whole number from 0 to 1000000'],
    ['min-healthy', '1000001', 'must be a whole number from 0 to 1000000'],
    ['citizens', 'many', 'must be a whole number from 0 to 10000000000'],
    ['statutory-hours', '-1', 'must be a whole number from 0 to 100000'],
    ['addresses', '10.0.0.1;db', 'must be at most 64 values that can be read'],
    ['addresses', ['10.0.0.1', {}], 'must be at most 64 values that can be read'],
    ['data-classes', `a;${long}`, 'must be at most 32 values that can be read'],
    ['paths', Array.from({ length: 33 }, (_one, index) => `p${index}`), 'must be at most 32 values that can be read'],
  ])('G3: %s %j', (name, value, problem) => {
    const { complaints } = read({ [name]: value });
    expect(complaints).toHaveLength(1);
    expect(complaints[0]).toContain(`f ${name} of \`cart\` ${problem}`);
  });
});

test.each([
  ['entry-point', true, true],
  ['entry-point', 'TRUE', true],
  ['entry-point', 1, true],
  ['entry-point', false, false],
  ['entry-point', 'No', false],
  ['entry-point', 0, false],
])('truth is read from %s %j as %s', (name, value, isEntryPoint) => {
  expect(read({ [name]: value }).fields.isEntryPoint).toBe(isEntryPoint);
});

test('one value twice is one value', () => {
  expect(read({ paths: 'a;b;a', addresses: ['10.0.0.1', '10.0.0.1'] }).fields).toEqual({
    paths: ['a', 'b'],
    addresses: ['10.0.0.1'],
  });
});

describe('environments', () => {
  test.each([
    ['production', 'production'],
    ['Production', 'production'],
    ['prod', 'production'],
    ['pre-production', 'pre-production'],
    ['staging', 'staging'],
    ['stage', undefined],
    ['test', undefined],
    ['constructor', undefined],
  ])('G1: `%s` means %s', (word, environment) => {
    expect(environmentOf(word)).toBe(environment);
  });

  test('G1: other words mean what the owner says they mean, and never more', () => {
    const environmentNames = new Map([['live', 'production'] as const]);
    expect(environmentOf('LIVE', { environmentNames })).toBe('production');
    expect(environmentOf('lively', { environmentNames })).toBeUndefined();
  });
});

const fit = (
  labels: Readonly<Record<string, string>>,
): { readonly labels: unknown; readonly findings: readonly string[] } => {
  const builder = new PartBuilder();
  const fitted = fittingLabels(new Map(Object.entries(labels)), builder, { at: 'f', subject: 'cart' });
  return { labels: fitted.labels, findings: findingsOf(partOf(builder.done())) };
};

describe('labels', () => {
  test('labels are kept as they are, without the words that are ours', () => {
    expect(fit({ os: 'linux', 'app.kubernetes.io/version': '1.2', 'countersign.io/tier': 'non-critical' })).toEqual({
      labels: { os: 'linux', 'app.kubernetes.io/version': '1.2' },
      findings: [],
    });
  });

  test('labels that do not fit are left out and counted', () => {
    const labels = JSON.parse('{"__proto__": "x", "constructor": "y"}') as Record<string, string>;
    expect(fit({ ...labels, 'a b': '1', long: 'x'.repeat(121), ok: '1' })).toEqual({
      labels: { ok: '1' },
      findings: ['ignored f cart: 4 of its labels do not fit and are left out'],
    });
    expect(fit(Object.fromEntries(Array.from({ length: 40 }, (_one, index) => [`l${index}`, 'x']))).findings).toEqual([
      'ignored f cart: 8 of its labels do not fit and are left out',
    ]);
  });

  test('no labels are no field', () => {
    expect(fit({})).toEqual({ labels: undefined, findings: [] });
  });
});
