import { describe, expect, test } from 'vitest';
import { checkKeyDuties, type KeyReaders } from './key-duties.ts';
import { human, rawKey, keyOf } from './roster.builder.ts';
import type { TrustBundle } from './trust-bundle.ts';

/** A text is its own key; what begins with `no` is none. */
const asKey = (text: string): string | undefined => (text.startsWith('no') ? undefined : text);
const READ: KeyReaders = {
  credential: keyOf,
  machine: asKey,
  note: (vkey) => asKey(vkey.split('+').at(-1) ?? ''),
};
const keyed = (publicKey: string): { readonly name: string; readonly publicKey: string } => ({ name: 'n', publicKey });
const bundle = (keys: object = {}, change: object = {}): TrustBundle =>
  ({
    people: [human('kim', []), human('lee', [])],
    agents: [{ id: 'bot', keys: ['agent'] }],
    keys: {
      capsuleSigners: [keyed('control')],
      graphOwners: [keyed('cmdb')],
      relays: [keyed('relay-1'), keyed('relay-2')],
      runners: [keyed('staging'), keyed('prod')],
      statusSigners: [keyed('status')],
      log: 'record+00+log',
      witnesses: ['one+00+witness-1', 'two+00+witness-2'],
      ...keys,
    },
    ...change,
  }) as unknown as TrustBundle;
const complaintsOn = (of: TrustBundle): readonly string[] => {
  const checked = checkKeyDuties(of, READ);
  return checked.ok ? [] : (checked.refusal.complaints ?? []).map(({ at, problem }) => `${at} ${problem}`);
};

test('X1: a bundle in which every key stands for one thing is sound', () => {
  expect(complaintsOn(bundle())).toEqual([]);
});

const KINDS = {
  capsuleSigners: [keyed('control')],
  graphOwners: [keyed('cmdb')],
  relays: [keyed('relay-1')],
  runners: [keyed('staging')],
  statusSigners: [keyed('status')],
  log: 'record+00+log',
  witnesses: ['one+00+witness-1'],
} as const;
type Kind = keyof typeof KINDS;
const named = Object.keys(KINDS) as Kind[];
/** The same key said as this kind. */
const said = (kind: Kind, key: string): object => ({
  [kind]: kind === 'log' ? `record+00+${key}` : kind === 'witnesses' ? [`one+00+${key}`] : [keyed(key)],
});

describe('X1: no key of one kind is a key of another', () => {
  const pairs = named.flatMap((one, place) => named.slice(place + 1).map((other) => [one, other] as const));
  test.each(pairs)('%s and %s', (one, other) => {
    expect(complaintsOn(bundle({ ...said(one, 'same'), ...said(other, 'same') }))).toHaveLength(1);
  });
});

describe('X1, A4: and none is a person’s or an agent’s', () => {
  test.each(named)('%s', (kind) => {
    const keys = said(kind, 'same');
    const person = human('kim', [], { credentials: [rawKey('mine'), rawKey('same')] });
    expect(complaintsOn(bundle(keys, { people: [person] }))).toEqual([
      expect.stringContaining('/people/0/credentials/1 is the key at'),
    ]);
    expect(complaintsOn(bundle(keys, { agents: [{ id: 'bot', keys: ['own', 'same'] }, { id: 'other' }] }))).toEqual([
      expect.stringContaining('/agents/0/keys/1 is the key at'),
    ]);
  });
});

test.each([
  ['relays of two sources', { relays: [keyed('same'), keyed('same')] }, '/keys/relays/1 is the key at /keys/relays/0'],
  [
    'runners of staging and production',
    { runners: [keyed('same'), keyed('same')] },
    '/keys/runners/1 is the key at /keys/runners/0',
  ],
  [
    'witnesses that count towards one quorum',
    { witnesses: ['one+00+same', 'two+00+same'] },
    '/keys/witnesses/1 is the key at /keys/witnesses/0',
  ],
])('X1, D3: two %s are two keys', (_what, keys, complaint) => {
  expect(complaintsOn(bundle(keys))).toEqual([complaint]);
});

test('X1: keys that nobody can verify under are left to whoever reads them: they stand for nothing', () => {
  expect(complaintsOn(bundle({ relays: [keyed('no-key'), keyed('no-key')], graphOwners: [keyed('no-key')] }))).toEqual(
    [],
  );
});

test('X1: every place is named, and the refusal says which rule it is', () => {
  const checked = checkKeyDuties(bundle({ graphOwners: [keyed('control')], statusSigners: [keyed('control')] }), READ);
  expect(!checked.ok && [checked.refusal.code, checked.refusal.clause, checked.refusal.complaints?.length]).toEqual([
    'trust-unsound',
    'X1',
    2,
  ]);
});
