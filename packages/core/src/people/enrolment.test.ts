import { expect, test } from 'vitest';
import { acceptedUnknown, acceptedWrong } from '../shared/shape.builder.ts';
import { readShape } from '../shared/shape.ts';
import { checkOfferedPasskey, enrolmentPolicyShape, type EnrolmentPolicy, type OfferedPasskey } from './enrolment.ts';

const MODEL = 'ee882879-721c-4913-9775-3dfcce97072a';
const policy = (change: Partial<EnrolmentPolicy> = {}): EnrolmentPolicy => ({
  coolingOffMs: 86_400_000,
  authenticators: [MODEL],
  allowUnattested: false,
  allowBackup: false,
  ...change,
});
const offered = (change: Partial<OfferedPasskey> = {}): OfferedPasskey => ({
  attestation: 'packed',
  isAttested: true,
  aaguid: MODEL,
  isBackupEligible: false,
  ...change,
});
const NONE = { attestation: 'none', isAttested: false, aaguid: '00000000-0000-0000-0000-000000000000' };

test.each<[string, Partial<OfferedPasskey>, Partial<EnrolmentPolicy>, boolean]>([
  ['a named model whose maker vouches for it', {}, {}, true],
  ['a model that is not named', { aaguid: '11111111-721c-4913-9775-3dfcce97072a' }, {}, false],
  [
    'any attested model where none is named',
    { aaguid: '11111111-721c-4913-9775-3dfcce97072a' },
    { authenticators: [] },
    true,
  ],
  ['no attestation', NONE, {}, false],
  ['no attestation where policy lets it in but names models', NONE, { allowUnattested: true }, false],
  ['no attestation where policy lets it in', NONE, { allowUnattested: true, authenticators: [] }, true],
  ['self attestation, which proves only possession', { isAttested: false }, {}, false],
  ['a named model that may be synchronised', { isBackupEligible: true }, {}, false],
  ['one that may be synchronised where policy lets it in', { isBackupEligible: true }, { allowBackup: true }, true],
  ['the model that is none, even when it is named', { aaguid: NONE.aaguid }, { authenticators: [NONE.aaguid] }, false],
])('A2: %s', (_, authenticator, rules, isLetIn) => {
  const result = checkOfferedPasskey(offered(authenticator), policy(rules));
  const refusal = { code: 'key-not-allowed', clause: 'A2', next: [expect.any(String)] };
  expect(result).toMatchObject(isLetIn ? { ok: true } : { ok: false, refusal });
});

test('A2: the policy is read strictly; a model is a lower-case UUID', () => {
  const whole = {
    ...policy(),
    dutyExceptions: [{ one: 'operator', other: 'release-approver' }],
    attestationRoots: ['MIIB'.repeat(20)],
  };
  expect(readShape(enrolmentPolicyShape, whole)).toEqual({ ok: true, value: whole });
  expect(acceptedUnknown(enrolmentPolicyShape, whole)).toEqual([]);
  expect(acceptedWrong(enrolmentPolicyShape, whole)).toEqual([]);
  for (const aaguid of [MODEL.toUpperCase(), 'ee882879', '', `${MODEL}0`])
    expect(readShape(enrolmentPolicyShape, { ...whole, authenticators: [aaguid] }).ok).toBe(false);
  for (const coolingOffMs of [-1, 0.5, 31 * 86_400_000])
    expect(readShape(enrolmentPolicyShape, { ...whole, coolingOffMs }).ok).toBe(false);
});
