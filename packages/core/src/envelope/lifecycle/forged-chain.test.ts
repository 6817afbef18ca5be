import { describe, expect, test } from 'vitest';
import { parseDigest, type Digest } from '../../shared/brand.ts';
import { checkSigned, SignedEnvelope, type EnvelopeSignature } from '../activate-signed.ts';
import { aGrant, anEnvelope, anId, aRoute } from '../envelope.builder.ts';
import type { Envelope } from '../envelope.ts';
import { compareRules } from './compare-rules.ts';
import { MAX_NARROWINGS, ProvedNarrowing, proveNarrowing } from './narrowing.ts';
import { wideningLines, wideningOf } from './widening.ts';

const digestOf = (n: number): Digest => {
  const digest = parseDigest(`sha256:${n.toString(16).padStart(64, '0')}`);
  if (digest === undefined) throw new Error('malformed');
  return digest;
};
const sign = (person: string, n: number, roles: readonly string[] = ['policy-admin']): EnvelopeSignature => ({
  person: anId(person),
  roles: roles.map((role) => anId(role)),
  digest: digestOf(n),
});
const BASE = anEnvelope();
const signedBy = (envelope: Envelope, n: number, ...people: readonly string[]): SignedEnvelope => {
  const signatures = people.map((one) => sign(one, n));
  const found = checkSigned({ envelope, digest: digestOf(n), signatures, authors: [] });
  if (!found.ok) throw new Error(found.refusal.detail);
  return found.value;
};
const FIRST = signedBy(BASE, 1, 'paul', 'petra');
const next = (change: Partial<Envelope> = {}, n = 2) => ({
  envelope: { ...BASE, version: n, supersedes: digestOf(n - 1), ...change },
  digest: digestOf(n),
});
const proved = (before: SignedEnvelope, after: ReturnType<typeof next>): ProvedNarrowing => {
  const found = proveNarrowing(before, after);
  if (!found.ok) throw new Error(found.refusal.detail);
  return found.value;
};

describe('E3: proofs cannot be made by hand', () => {
  test('nothing of a proof survives being written out and read again', () => {
    const proof = proved(FIRST, next());
    expect(JSON.stringify([proof, FIRST])).toBe('[{},{}]');
    const copied = Object.assign(Object.create(ProvedNarrowing.prototype) as ProvedNarrowing, proof);
    expect(() => copied.isOf(digestOf(2))).toThrow(TypeError);
    expect(() => copied.steps).toThrow(TypeError);
  });
  test('an object that looks like a signed version is none', () => {
    const forged = { envelope: BASE, digest: digestOf(1), narrowings: 0 };
    const copied = Object.create(SignedEnvelope.prototype) as SignedEnvelope;
    expect(() => copied.envelope).toThrow(TypeError);
    expect(forged instanceof SignedEnvelope).toBe(false);
  });
});

describe('E3: who counts', () => {
  const code = (signatures: readonly EnvelopeSignature[], change: object = {}): string => {
    const version = next();
    const found = checkSigned({ ...version, signatures, authors: [anId('ann')], ...change });
    return found.ok ? `narrowings ${found.value.narrowings}` : found.refusal.code;
  };
  const narrowing = proved(FIRST, next());
  test.each<[string, readonly EnvelopeSignature[], object, string]>([
    ['two', [sign('paul', 2), sign('petra', 2)], {}, 'narrowings 0'],
    ['two, with a proof they do not need', [sign('paul', 2), sign('petra', 2)], { narrowing }, 'narrowings 0'],
    ['one with the proof', [sign('paul', 2)], { narrowing }, 'narrowings 1'],
    ['one without', [sign('paul', 2)], {}, 'envelope-unsigned'],
    ['one who is no policy admin, with the proof', [sign('sam', 2, ['operator'])], { narrowing }, 'envelope-unsigned'],
    ['one who signed another version, with the proof', [sign('paul', 1)], { narrowing }, 'envelope-unsigned'],
    ['nobody, with the proof', [], { narrowing }, 'envelope-unsigned'],
    ['the author, with the proof', [sign('ann', 2)], { narrowing }, 'narrowings 1'],
    ['the author and one more, without', [sign('ann', 2), sign('paul', 2)], {}, 'envelope-unsigned'],
    [
      'one, with the proof of another document',
      [sign('paul', 2)],
      { narrowing: proved(FIRST, next({}, 2)), digest: digestOf(3) },
      'envelope-unsigned',
    ],
  ])('%s', (_what, signatures, change, expected) => {
    expect(code(signatures, change)).toBe(expected);
  });
});

describe('E3: chains', () => {
  const refusalOf = (before: SignedEnvelope, after: ReturnType<typeof next>): string => {
    const found = proveNarrowing(before, after);
    return found.ok ? 'proved' : `${found.refusal.code}: ${found.refusal.detail}`;
  };
  test.each<[string, ReturnType<typeof next>]>([
    ['names another version', next({ supersedes: digestOf(7) })],
    ['names itself', next({ supersedes: digestOf(2) })],
    ['has the same number', next({ version: 1 })],
    ['has a lower number', next({ version: 0 })],
  ])('a version that %s is not compared at all', (_what, after) => {
    expect(refusalOf(FIRST, after)).toMatch(/^envelope-widens: .*does not name the version/);
  });
  test('a version that names nothing is not compared either', () => {
    const { supersedes: _, ...envelope } = next().envelope;
    expect(refusalOf(FIRST, { envelope: envelope as Envelope & { supersedes: string }, digest: digestOf(2) })).toMatch(
      /does not name/,
    );
  });
  test(`the steps are counted: the ${MAX_NARROWINGS}th is proved, the one after it needs two, who begin at nought again`, () => {
    let standing = FIRST;
    for (let step = 1; step <= MAX_NARROWINGS; step += 1) {
      const version = next({}, step + 1);
      const narrowing = proved(standing, version);
      expect(narrowing.steps).toBe(step);
      const found = checkSigned({ ...version, signatures: [sign('paul', step + 1)], authors: [], narrowing });
      if (!found.ok) throw new Error(found.refusal.detail);
      standing = found.value;
    }
    const last = next({}, MAX_NARROWINGS + 2);
    expect(refusalOf(standing, last)).toMatch(/16 versions were signed by one person each/);
    const byTwo = signedBy(last.envelope, MAX_NARROWINGS + 2, 'paul', 'petra');
    expect([byTwo.narrowings, proved(byTwo, next({}, MAX_NARROWINGS + 3)).steps]).toEqual([0, 1]);
  });
  test('small steps do not add up to a widening: each is compared with the one before it, and none may widen', () => {
    const canary = (n: number): Partial<Envelope> => ({ rollout: { ...BASE.rollout, canary: n } });
    const lower = signedBy({ ...BASE, ...canary(4), version: 2, supersedes: digestOf(1) }, 2, 'paul', 'petra');
    expect(refusalOf(lower, next(canary(5), 3))).toMatch(/\/rollout\/canary widens/);
    expect(refusalOf(lower, next(canary(4), 3))).toBe('proved');
  });
  test('everything that speaks against it is a complaint, the first of them in the sentence', () => {
    const wide = next({ rollout: { ...BASE.rollout, canary: 9, window: 9 }, owner: 'petra' });
    const found = proveNarrowing(FIRST, wide);
    expect(!found.ok && found.refusal.complaints).toHaveLength(3);
    expect(!found.ok && found.refusal.detail).toContain('and 2 more');
    expect(!found.ok && found.refusal.next?.join()).toContain('two policy admins');
  });
});

const withCap = (targets: number) => ({ grants: [aGrant({ caps: { ...aGrant().caps, targets } })] });

const linesOf = (before: Partial<Envelope>, after: Partial<Envelope>): readonly string[] =>
  wideningLines(wideningOf(anEnvelope(before), anEnvelope(after)));

describe('E4: rules that widen, in words', () => {
  test('a higher cap says the first number that is new and what it was', () => {
    const [line] = linesOf(withCap(14), withCap(15));
    expect(line).toMatch(/^newly runs alone: `package.patch` with cumulativeTargets 15, before at most 14/);
  });
  test('a prohibition that is gone is named as what forbade it', () => {
    const found = linesOf({}, { prohibited: [] });
    expect(found.join('\n')).toContain('newly may be approved: ');
    expect(found.join('\n')).toContain('rule `P01-tenant` forbade it');
  });
  test('a route that is gone names itself', () => {
    const gone = linesOf({}, { routes: [aRoute()] });
    expect(gone[0]).toMatch(/^people are asked no more \(R02-blast\): /);
  });
  test('the same rules give no line and a proof with its size', () => {
    expect(linesOf({}, {})).toEqual([]);
    expect(compareRules(BASE, BASE).comparison).toMatchObject({ kind: 'no-widening' });
  });
  test('a renewal is a widening by its date, and the rules do not say so a second time', () => {
    const renewed = {
      ...BASE,
      validUntil: anEnvelope().validUntil.replace('2027-01-15', '2027-01-20') as Envelope['validUntil'],
    };
    expect(compareRules(BASE, renewed).comparison.kind).toBe('no-widening');
    expect(wideningLines(wideningOf(BASE, renewed))).toHaveLength(1);
  });
});
