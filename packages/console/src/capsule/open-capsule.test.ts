import { renderCapsule } from '@countersign/core';
import { digestOf, digestWords } from '@countersign/seal';
import { expect, test } from 'vitest';
import { capsuleOf, closed, signingOf } from '../testkit/signing.builder.ts';
import { openSigning } from './open-capsule.ts';

const capsule = await closed(capsuleOf());
const data = await signingOf(capsule);
const payload = Buffer.from(data.capsule.payload, 'base64');

test('A2: digest, words and page come from the bytes, as every other channel makes them', async () => {
  const result = await openSigning(data, 'P-1');
  const digest = digestOf(payload);
  const page = renderCapsule(capsule, digest, digestWords(digest));
  expect(result).toEqual({
    isMatch: true,
    opened: { capsule, digest, words: digestWords(digest), page, pageDigest: digestOf(Buffer.from(page)) },
  });
});

const replaced = (from: string, to: string): string =>
  Buffer.from(payload.toString('utf8').replace(from, to)).toString('base64');

test.each([
  ['another digest', { digest: `sha256:${'2'.repeat(64)}` }, 'another digest'],
  ['one changed byte', { capsule: { ...data.capsule, payload: replaced('10 to 20', '10 to 29') } }, 'its digest names'],
  ['another title', { capsule: { ...data.capsule, payload: replaced('Raise the', 'Lower the') } }, 'another digest'],
  [
    'another subject',
    { capsule: { ...data.capsule, payload: replaced('"name":"change"', '"name":"changes"') } },
    'not about the change',
  ],
  [
    'another way back',
    { capsule: { ...data.capsule, payload: replaced(capsule.counterCapsule, `sha256:${'3'.repeat(64)}`) } },
    'the way back',
  ],
  [
    'a key twice',
    { capsule: { ...data.capsule, payload: replaced('"version":1', '"version":2,"version":1') } },
    'canonical form',
  ],
  [
    'a field that is not known',
    { capsule: { ...data.capsule, payload: replaced('"isDemo":true', '"isDemo":true,"isDemp":true') } },
    'form this page knows',
  ],
  ['another decision', { decision: { ...data.decision, reasons: [] } }, 'decision'],
  ['another risk assessment', { riskAssessment: {} }, 'risk assessment'],
  ['no risk assessment', { riskAssessment: undefined }, 'risk assessment'],
  ['text instead of base64', { capsule: { ...data.capsule, payload: '%%%' } }, 'does not hold a capsule'],
  [
    'an envelope of another type',
    { capsule: { ...data.capsule, payloadType: 'text/plain' } },
    'does not hold a capsule',
  ],
])('%s: there is nothing to sign, and the page says what differs', async (_name, change, said) => {
  const result = await openSigning({ ...data, ...change }, 'P-1');
  expect(result.isMatch).toBe(false);
  expect(result.isMatch ? [] : result.problems.join(' ')).toContain(said);
});

test('a capsule of another proposal is not signed under this address', async () => {
  expect(await openSigning(data, 'P-2')).toEqual({
    isMatch: false,
    problems: ['the capsule belongs to another proposal'],
  });
});
