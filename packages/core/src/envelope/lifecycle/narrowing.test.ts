import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseDigest } from '../../shared/brand.ts';
import { activate } from '../activate.ts';
import { checkSigned, type SignedEnvelope } from '../activate-signed.ts';
import type { Envelope } from '../envelope.ts';
import { anEnvelope, anId, at, NOW } from '../envelope.builder.ts';
import { MAX_NARROWINGS, proveNarrowing } from './narrowing.ts';
import { compareOutside } from './outside.ts';
import { isAgainst } from './outside-change.ts';
import { wideningLines, wideningOf } from './widening.ts';

const digestOf = (n: number) => parseDigest(`sha256:${n.toString(16).padStart(64, '0')}`)!;
const base = anEnvelope({ supersedes: undefined as never });
const signed = (person: string, n: number) => ({
  person: anId<'Person'>(person),
  roles: [anId<'Role'>('policy-admin')],
  digest: digestOf(n),
});
const first = (envelope: Envelope = base): SignedEnvelope => {
  const found = checkSigned({
    envelope,
    digest: digestOf(1),
    signatures: [signed('paul', 1), signed('petra', 1)],
    authors: [],
  });
  if (!found.ok) throw new Error(found.refusal.detail);
  return found.value;
};
const next = (change: Partial<Envelope>, n = 2): { envelope: Envelope; digest: ReturnType<typeof digestOf> } => ({
  envelope: { ...base, version: n, supersedes: digestOf(n - 1), ...change },
  digest: digestOf(n),
});

const code = (change: Partial<Envelope>): string => {
  const proof = proveNarrowing(first(), next(change));
  return proof.ok ? 'proved' : proof.refusal.code;
};
const outsideWidens = (before: Envelope, after: Envelope): boolean => compareOutside(before, after).some(isAgainst);
const falling = (values: readonly number[]): readonly number[] => values.toSorted((a, b) => b - a);

describe('E3: the proof of a narrowing', () => {
  test('one policy admin signs what is proved to narrow, be it its author or owner; without proof the same signature is refused', () => {
    const version = next({ validUntil: at('2026-12-15T00:00:00.000Z') });
    const proof = proveNarrowing(first(), version);
    if (!proof.ok) throw new Error(proof.refusal.detail);
    const one = { ...version, now: NOW, signatures: [signed('olive', 2)], authors: [anId<'Person'>('olive')] };
    const active = activate({ ...one, narrowing: proof.value });
    expect(active.ok && active.value.signed.narrowings).toBe(1);
    expect(activate(one)).toMatchObject({ ok: false, refusal: { code: 'envelope-unsigned' } });
    const nobody = { ...one, signatures: [{ ...signed('olga', 2), roles: [] }], narrowing: proof.value };
    expect(activate(nobody)).toMatchObject({ ok: false, refusal: { code: 'envelope-unsigned' } });
  });
  test('the proof of another document proves nothing', () => {
    const proof = proveNarrowing(first(), next({}));
    if (!proof.ok) throw new Error(proof.refusal.detail);
    const other = { ...next({ rollout: { ...base.rollout, canary: 50 } }), digest: digestOf(7) };
    const tried = activate({
      ...other,
      now: NOW,
      signatures: [signed('paul', 7)],
      authors: [],
      narrowing: proof.value,
    });
    expect(tried.ok).toBe(false);
  });
  test.each([
    ['it names no version before it', { supersedes: digestOf(9) }],
    ['its version is not newer', { version: 1 }],
    ['it runs longer', { validUntil: at('2027-01-20T00:00:00.000Z') }],
    ['a canary is larger', { rollout: { ...base.rollout, canary: 6 } }],
    ['its owner is another', { owner: 'petra' }],
  ] as const)('is refused when %s, with the reason', (_why, change) => {
    expect(code(change)).toBe('envelope-widens');
  });
  test('the same content narrows: nothing is newly permitted', () => {
    expect(code({})).toBe('proved');
  });
  test(`after ${MAX_NARROWINGS} narrowings by one person each, two have to sign the whole`, () => {
    let standing = first();
    let refused: unknown;
    for (let step = 2; refused === undefined && step < 100; step += 1) {
      const version = next({}, step);
      const proof = proveNarrowing(standing, version);
      if (!proof.ok) refused = [proof.refusal.code, standing.narrowings];
      else {
        const found = checkSigned({
          ...version,
          signatures: [signed('paul', step)],
          authors: [],
          narrowing: proof.value,
        });
        if (!found.ok) throw new Error(found.refusal.detail);
        standing = found.value;
      }
    }
    expect(refused).toEqual(['envelope-widens', MAX_NARROWINGS]);
  });
});

describe('E4: the report', () => {
  test('says what it covers, what it does not, and names each thing that widens', () => {
    const report = wideningOf(base, { ...base, rollout: { ...base.rollout, canary: 9 } });
    expect(report).toMatchObject({ isWidening: true, isNotProved: false });
    expect(wideningLines(report)).toEqual(['/rollout/canary widens: most targets of the canary (5 -> 9)']);
    expect([...report.covers, ...report.doesNotCover].join(' ')).toMatch(/grants.*calendars.*derives facts/s);
  });
  test('what could not be shown is no finding, and counts', () => {
    expect(wideningOf(base, { ...base, owner: 'petra' })).toMatchObject({ isWidening: true, isNotProved: true });
  });

  const edit = fc.record(
    {
      rollout: fc.record({
        canary: fc.integer({ min: 1, max: 9 }),
        window: fc.integer({ min: 1, max: 9 }),
        bakeMs: fc.integer({ min: 0, max: 2000 }),
        healthTimeoutMs: fc.integer({ min: 100, max: 9000 }),
      }),
      maxGraphAgeMinutes: fc.integer({ min: 1, max: 120 }),
      agents: fc.subarray([anId<'Agent'>('playbook'), anId<'Agent'>('other')]),
      maySkipStaging: fc.subarray(['service.restart', 'process.kill'] as const).map((list) => [...list]),
      severities: fc.record({ warning: fc.integer({ min: 0, max: 4 }), error: fc.integer({ min: 0, max: 4 }) }),
      routes: fc.subarray([...base.routes], { minLength: 1 }),
      phase: fc.constantFrom('observe-only' as const, 'non-production' as const, 'bounded-autonomy' as const),
    },
    { requiredKeys: [] },
  );
  test('property: the same envelope never widens', () => {
    fc.assert(
      fc.property(edit, (change) => {
        const envelope = { ...base, ...change };
        expect(wideningOf(envelope, structuredClone(envelope))).toMatchObject({ isWidening: false, outside: [] });
      }),
    );
  });
  test('property: two narrowings one after the other narrow', () => {
    const number = fc.integer({ min: 1, max: 40 });
    const triple = fc.tuple(number, number, number);
    const steps = fc.tuple(triple, triple, triple, triple, triple);
    fc.assert(
      fc.property(steps, ([canary, window, bake, age, per]) => {
        const version = (step: number): Envelope => ({
          ...base,
          rollout: {
            canary: falling(canary)[step] ?? 1,
            window: falling(window)[step] ?? 1,
            bakeMs: 50 - (falling(bake)[step] ?? 1),
            healthTimeoutMs: 5000,
          },
          maxGraphAgeMinutes: falling(age)[step] ?? 1,
          limits: { ...base.limits, classActionsPerHour: falling(per)[step] ?? 1 },
        });
        const [one, two, three] = [version(0), version(1), version(2)];
        expect([outsideWidens(one, two), outsideWidens(two, three), outsideWidens(one, three)]).toEqual([
          false,
          false,
          false,
        ]);
        // What narrows and is not the same widens when it is taken back.
        expect(outsideWidens(three, one)).toBe(JSON.stringify(one) !== JSON.stringify(three));
      }),
    );
  });
  test('property: a change that is not neutral one way is one the other way', () => {
    fc.assert(
      fc.property(edit, (change) => {
        const other = { ...base, ...change };
        const there = compareOutside(base, other).filter(({ at: place }) =>
          /^\/(?:rollout|agents|maySkip|phase)/.test(place),
        );
        const back = compareOutside(other, base).filter(({ at: place }) =>
          /^\/(?:rollout|agents|maySkip|phase)/.test(place),
        );
        expect(there.filter(({ effect }) => effect === 'widens').length).toBe(
          back.filter(({ effect }) => effect === 'narrows').length,
        );
      }),
    );
  });
});
