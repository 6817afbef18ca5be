import { expect, test } from 'vitest';
import { instantOf } from '../shared/brand.ts';
import type { Capsule } from '../capsule/capsule.ts';
import { decidedAs, digestOf, exampleCapsule, idOf } from '../capsule/example-capsule.test.ts';
import { Authorized, authorize, type AuthorityQuestion } from './authorized.ts';
import { aKey } from './keys.builder.ts';
import { evaluateQuorum, type Quorum } from './quorum.ts';

const digest = digestOf('1');
function quorumOver(capsule = digest): Quorum {
  const result = evaluateQuorum({
    capsule,
    demands: [{ role: idOf('release-approver'), count: 1 }],
    approvals: [{ person: idOf('kim'), role: idOf('release-approver'), capsule, keys: [aKey()] }],
    exclusions: [],
    roster: [{ id: idOf('kim'), name: 'Kim', roles: [idOf('release-approver')], credentials: [] }],
    environment: 'production',
    now: instantOf(1000),
  });
  if (!result.ok) throw new Error(result.refusal.detail);
  return result.value;
}

const alone: Partial<Capsule> = { decision: decidedAs('autonomous'), demands: [] };
const decision = (more: Partial<AuthorityQuestion['decision']> = {}): AuthorityQuestion['decision'] => ({
  verdict: 'needs-approval',
  proposal: idOf('P-1'),
  revision: 2,
  changeDigest: digestOf('a'),
  missing: [],
  ...more,
});

test('I1: the people who were asked signed exactly this capsule', () => {
  const result = authorize({ decision: decision(), capsule: exampleCapsule(), digest, quorum: quorumOver() });
  expect(result.ok && result.value).toBeInstanceOf(Authorized);
  expect(result.ok && result.value.capsule).toBe(digest);
  expect(result.ok && result.value.seats).toEqual([{ role: 'release-approver', person: 'kim' }]);
});

test('D1: policy lets it run alone: the decision now, the capsule, and nobody is owed', () => {
  const result = authorize({ decision: decision({ verdict: 'autonomous' }), capsule: exampleCapsule(alone), digest });
  expect(result.ok && result.value.seats).toEqual([]);
});

test.each<[string, Partial<AuthorityQuestion>, string]>([
  ['nobody signed', {}, 'quorum-missing'],
  ['a quorum signed another capsule', { quorum: quorumOver(digestOf('2')) }, 'quorum-other'],
  ['D6: it was autonomous and no longer is', { capsule: exampleCapsule(alone) }, 'quorum-missing'],
  ['the capsule was built for approval', { decision: decision({ verdict: 'autonomous' }) }, 'quorum-missing'],
  [
    'people are owed by an autonomous capsule',
    {
      decision: decision({ verdict: 'autonomous' }),
      capsule: exampleCapsule({ ...alone, demands: exampleCapsule().demands }),
    },
    'quorum-missing',
  ],
  [
    'it is prohibited now, whoever signed',
    { decision: decision({ verdict: 'prohibited' }), quorum: quorumOver() },
    'prohibited',
  ],
  [
    'the capsule says prohibited',
    { capsule: exampleCapsule({ decision: decidedAs('prohibited') }), quorum: quorumOver() },
    'prohibited',
  ],
  ['a fact is missing', { decision: decision({ missing: ['graph'] }), quorum: quorumOver() }, 'prohibited'],
  [
    'the decision is of another proposal',
    { decision: decision({ proposal: idOf('P-2') }), quorum: quorumOver() },
    'decision-other',
  ],
  [
    'the decision is of an older revision',
    { decision: decision({ revision: 1 }), quorum: quorumOver() },
    'decision-other',
  ],
  [
    'the decision is of another change',
    { decision: decision({ changeDigest: digestOf('9') }), quorum: quorumOver() },
    'decision-other',
  ],
])('I1: no authority when %s', (_, more, code) => {
  const result = authorize({ decision: decision(), capsule: exampleCapsule(), digest, ...more });
  expect(result).toMatchObject({ ok: false, refusal: { code } });
});

test('the proof cannot be made of parts', () => {
  const forged = Object.create(Authorized.prototype) as Authorized;
  expect(() => forged.capsule).toThrow(TypeError);
});
