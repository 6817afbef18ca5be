import { expect, test } from 'vitest';
import { parseInstant, plusMs } from '../shared/brand.ts';
import { checkTrustBundle, DEMO_MARK, recordNameOf } from './check-trust-bundle.ts';
import type { TrustBundle } from './trust-bundle.ts';

const DAY_MS = 86_400_000;
const NOW = parseInstant('2026-11-21T12:00:00.000Z')!;
const credential = (waitedMs: number) => ({
  kind: 'raw' as const,
  publicKey: 'MCow',
  surface: 'own' as const,
  enrolledAt: plusMs(NOW, -10 * DAY_MS),
  usableFrom: plusMs(NOW, -10 * DAY_MS + waitedMs),
});
const bundle = (change: Partial<TrustBundle> = {}, waitedMs: number = DAY_MS): TrustBundle =>
  ({
    issuedAt: NOW,
    expiresAt: plusMs(NOW, DAY_MS),
    isDemo: false,
    tiers: [],
    enrolment: { coolingOffMs: DAY_MS, authenticators: [], allowUnattested: false, allowBackup: false },
    people: [{ id: 'kim', name: 'Kim', roles: [], credentials: [credential(DAY_MS), credential(waitedMs)] }],
    keys: named(change.isDemo === true ? DEMO_MARK : ''),
    ...change,
  }) as TrustBundle;
const named = (mark: string, witnessMark = mark): object => ({
  log: `${mark}countersign/acme+aaaaaaaa+AAAA`,
  witnesses: [`${witnessMark}w/one+aaaaaaaa+AAAA`, `${mark}w/two+aaaaaaaa+AAAA`],
});
const placesOf = (value: TrustBundle): readonly string[] => {
  const checked = checkTrustBundle(value);
  return checked.ok ? [] : (checked.refusal.complaints ?? []).map(({ at }) => at);
};

test('A2: a key that has waited, and a bundle that ends after it begins, are sound', () => {
  expect(placesOf(bundle())).toEqual([]);
  expect(placesOf(bundle({}, 30 * DAY_MS))).toEqual([]);
});

test.each([0, 1, DAY_MS - 1, -1])('A2: a key that counts %i ms after its enrolment is named', (waitedMs) => {
  expect(placesOf(bundle({}, waitedMs))).toEqual(['/people/0/credentials/1/usableFrom']);
  expect(placesOf(bundle({ isDemo: true }, waitedMs))).toEqual([]);
});

test('G1: an address range that is none is named', () => {
  const least = 'safety-critical';
  const ranges = ['10.4.0.0/16', '10.4.7.9/16'].map((prefix) => ({ match: 'cidr', prefix, least }) as const);
  expect(placesOf(bundle({ tiers: ranges }))).toEqual(['/tiers/1/prefix']);
});

test.each([0, -1])('X1: a bundle that ends %i ms after it begins is refused, also in a demo', (ms) => {
  expect(placesOf(bundle({ expiresAt: plusMs(NOW, ms) }))).toEqual(['/expiresAt']);
  expect(placesOf(bundle({ isDemo: true, expiresAt: plusMs(NOW, ms) }))).toEqual(['/expiresAt']);
});

const keys = (mark: string, witnessMark?: string) => named(mark, witnessMark) as TrustBundle['keys'];

test('X1: a record of demo keys is named DEMO in every checkpoint, one of production never is, and neither is a witness', () => {
  expect(placesOf(bundle({ isDemo: true, keys: keys('') }))).toEqual([
    '/keys/log',
    '/keys/witnesses/0',
    '/keys/witnesses/1',
  ]);
  expect(placesOf(bundle({ keys: keys(DEMO_MARK) }))).toEqual(['/keys/log', '/keys/witnesses/0', '/keys/witnesses/1']);
  expect(placesOf(bundle({ keys: keys('', DEMO_MARK) }))).toEqual(['/keys/witnesses/0']);
  expect(placesOf(bundle({ isDemo: true, keys: keys(DEMO_MARK, 'demo/') }))).toEqual(['/keys/witnesses/0']);
  expect([recordNameOf('acme', true), recordNameOf('acme', false)]).toEqual([
    'DEMO/countersign/acme',
    'countersign/acme',
  ]);
});
