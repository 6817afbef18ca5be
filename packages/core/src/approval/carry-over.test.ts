import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Capsule } from '../capsule/capsule.ts';
import { digestOf, exampleCapsule, idOf, instantAt, targetsNamed } from '../capsule/example-capsule.test.ts';
import type { Enrolled } from '../people/person.ts';
import type { Approval } from './approval.ts';
import {
  carriedApprovals,
  linkBetween,
  MAX_CARRY_DEPTH,
  weakestKeys,
  type BoundApproval,
  type Link,
} from './carry-over.ts';
import { approvalFor, checkApprovalBinding } from './statement.ts';

const NOTHING = { narrowsEnvelope: false };
const now = instantAt('2026-11-21T18:30:00.000Z');
const one = { capsule: exampleCapsule(), digest: digestOf('1') };
const two = (more: Partial<Capsule> = {}, digest = digestOf('2')) => ({
  capsule: exampleCapsule({ version: 2, parent: digestOf('1'), ...more }),
  digest,
});
const kindOf = (more: Partial<Capsule>): string => {
  const link = linkBetween(one, two(more), NOTHING);
  return link.ok ? link.value.kind : (link.refusal.complaints ?? []).map(({ at }) => at).join(' ');
};

test.each<[string, Partial<Capsule>]>([
  ['narrower', {}],
  ['narrower', { nonce: 'f'.repeat(32), riskAssessment: digestOf('9') }],
  ['narrower', { targets: targetsNamed(2) }],
  ['delta', { targets: targetsNamed(4) }],
  ['delta', { targets: targetsNamed(4), dependants: [] }],
  ['void', { targets: targetsNamed(4), egress: 'sanitized' }],
  ['/parent', { parent: digestOf('9') }],
  ['/version', { version: 3 }],
  ['/version', { version: 1 }],
  ['/id', { id: idOf('C-2') }],
  ['/parent /version /id', { parent: digestOf('9'), version: 7, id: idOf('C-2') }],
])('C1, D6: a link is %s', (kind, more) => {
  expect(kindOf(more)).toBe(kind);
});

const own: Enrolled = { surface: 'own', enrolledAt: now, usableFrom: instantAt('2026-01-01T00:00:00.000Z') };
const served: Enrolled = { ...own, surface: 'served' };
const waiting: Enrolled = { ...own, usableFrom: instantAt('2027-01-01T00:00:00.000Z') };

const signed = (person: string, more: Partial<Approval> = {}, keys: readonly Enrolled[] = [own]): BoundApproval => ({
  approval: {
    ...approvalFor(one.capsule, {
      capsuleDigest: digestOf('1'),
      person: idOf(person),
      role: idOf('release-approver'),
      surface: 'cli',
      shown: digestOf('5'),
      signedAt: instantAt('2026-11-21T18:00:00.000Z'),
      expiresAt: instantAt('2026-11-21T19:00:00.000Z'),
      nonce: 'a'.repeat(32),
    }),
    ...more,
  },
  keys,
});
const delta = (person: string, more: Partial<Approval> = {}): BoundApproval =>
  signed(person, { capsule: digestOf('2'), since: digestOf('1'), ...more });
const link = (kind: Link['kind']) => ({ link: { kind } });
const names = (chain: Parameters<typeof carriedApprovals>[0]): readonly string[] =>
  carriedApprovals(chain).map(({ person, signed: parts }) => `${person} by ${parts.length}`);

test('D6: over a narrower version signatures stand by themselves, and new whole ones beside them', () => {
  const before = { signed: [signed('kim'), signed('ana')] };
  expect(names([{ signed: [signed('kai')], ...link('narrower') }, before])).toEqual([
    'kai by 1',
    'kim by 1',
    'ana by 1',
  ]);
});

test('D6: over a shifted version only those stand who also signed what changed', () => {
  const before = { signed: [signed('kim'), signed('ana')] };
  expect(names([{ signed: [delta('ana')], ...link('delta') }, before])).toEqual(['ana by 2']);
  expect(names([{ signed: [], ...link('delta') }, before])).toEqual([]);
});

test('D6: a signature over what changed is nothing without one over the version before', () => {
  expect(names([{ signed: [delta('kim')], ...link('delta') }, { signed: [signed('ana')] }])).toEqual([]);
  expect(names([{ signed: [delta('kim')], ...link('narrower') }, { signed: [] }])).toEqual([]);
  expect(names([{ signed: [delta('kim')] }])).toEqual([]);
});

test('D6, A4: a signature in one role and a delta in another are not one word', () => {
  const other = delta('kim', { role: idOf('service-owner') });
  expect(names([{ signed: [other], ...link('delta') }, { signed: [signed('kim')] }])).toEqual([]);
});

test('D6: anything wider voids, whatever else was signed', () => {
  const before = { signed: [signed('kim')] };
  expect(names([{ signed: [delta('kim')], ...link('void') }, before])).toEqual([]);
  expect(names([{ signed: [signed('kim')], ...link('void') }, before])).toEqual(['kim by 1']);
});

test('D6: a person who signed a version wholly has one word, not two', () => {
  expect(names([{ signed: [signed('kim')], ...link('narrower') }, { signed: [signed('kim')] }])).toEqual(['kim by 1']);
});

test('D6: a chain counts as far as every link lets it, and no further than eight versions back', () => {
  const middle = { signed: [], ...link('narrower') };
  const old = { signed: [signed('kim')] };
  const chain = (links: number): readonly string[] => names([...Array.from({ length: links }, () => middle), old]);
  expect(chain(MAX_CARRY_DEPTH)).toEqual(['kim by 1']);
  expect(chain(MAX_CARRY_DEPTH + 1)).toEqual([]);
  expect(names([middle, { signed: [], ...link('void') }, middle, old])).toEqual([]);
  expect(names([middle, { signed: [] }, old])).toEqual([]);
});

test('D6: nobody has a standing word who did not sign the whole of some version', () => {
  const kinds = fc.constantFrom<Link['kind']>('narrower', 'delta', 'void');
  const person = fc.constantFrom<string>('kim', 'ana', 'kai');
  const version = fc.record({
    kind: kinds,
    whole: fc.uniqueArray(person),
    deltas: fc.uniqueArray(person),
  });
  fc.assert(
    fc.property(fc.array(version, { minLength: 1, maxLength: 10 }), (versions) => {
      const chain = versions.map(({ kind, whole, deltas }) => ({
        signed: [...whole.map((name) => signed(name)), ...deltas.map((name) => delta(name))],
        ...link(kind),
      }));
      for (const { person: name, signed: parts } of carriedApprovals(chain)) {
        expect(parts[0]?.approval.since).toBe(undefined);
        expect(parts.slice(1).every(({ approval }) => approval.since !== undefined)).toBe(true);
        // As the rule is written in words: back from the newest until the version that was signed wholly.
        const from = versions.findIndex(({ whole }) => whole.includes(String(name)));
        const between = versions.slice(0, from);
        expect(from).toBeGreaterThanOrEqual(0);
        expect(
          between.every(
            ({ kind, deltas }) => kind === 'narrower' || (kind === 'delta' && deltas.includes(String(name))),
          ),
        ).toBe(true);
      }
    }),
    { numRuns: 400 },
  );
});

test('A2: a word of several signatures is as good as the weakest of them', () => {
  expect(weakestKeys([signed('kim', {}, [own]), signed('kim', {}, [served])], now)).toEqual([served]);
  expect(weakestKeys([signed('kim', {}, [waiting]), signed('kim', {}, [own])], now)).toEqual([waiting]);
  expect(weakestKeys([signed('kim', {}, [served]), signed('kim', {}, [])], now)).toEqual([]);
  expect(weakestKeys([signed('kim', {}, [own]), signed('kim', {}, [own, served])], now)).toEqual([own, served]);
  expect(weakestKeys([], now)).toEqual([]);
});

test('D6: an approval of a delta is bound to the version before it and to its page, and is no whole approval', () => {
  const { capsule } = two();
  const facts = { capsule, digest: digestOf('2'), shown: digestOf('5'), surfaces: ['own'] as const, skewMs: 5000 };
  const approval = delta('kim').approval;
  const wrong = (of: Approval, more: object): readonly string[] => {
    const bound = checkApprovalBinding(of, { ...facts, ...more }, now);
    return bound.ok ? [] : (bound.refusal.complaints ?? []).map(({ at }) => at);
  };
  expect(wrong(approval, { since: digestOf('1') })).toEqual([]);
  expect(wrong(approval, {})).toEqual(['/since']);
  expect(wrong(approval, { since: digestOf('9') })).toEqual(['/since']);
  expect(wrong(approval, { since: digestOf('1'), shown: digestOf('9') })).toEqual(['/shown']);
  const { since: _since, ...whole } = approval;
  expect(wrong(whole, { since: digestOf('1') })).toEqual(['/since']);
});
