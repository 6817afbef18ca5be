import {
  instantOf,
  MASKING_RULES,
  parseId,
  type EvidenceStatement,
  type Id,
  type SanitizedView,
} from '@countersign/core';
import { describe, expect, test } from 'vitest';
import { canonicalBytes } from './canonical.ts';
import { digestOf, digestOfDocument } from './digest.ts';
import { signEnvelope } from './dsse.ts';
import { generateSigner } from './keys.ts';
import { PAYLOAD } from './payload.ts';
import { maskingDigest, verifySanitizedView } from './sanitized-view.ts';

const runner = generateSigner('ed25519');
const other = generateSigner('ed25519');
const id = <Name extends string>(text: string): Id<Name> => parseId<Name>(text)!;
const digest = (text: string): ReturnType<typeof digestOf> => digestOf(Buffer.from(text));

const statement: EvidenceStatement = {
  type: 'evidence-statement',
  organisation: id('acme'),
  runner: id('prod-1'),
  capsule: digest('capsule'),
  proposal: id('P-1'),
  root: 'ab'.repeat(32),
  fields: 12,
  outcome: 'completed',
  counts: { targets: 1, touched: 1, changed: 1, reverted: 0, unknown: 0, held: 0 },
  finishedAt: instantOf(Date.UTC(2026, 10, 21)),
};
const view = (change: object = {}): SanitizedView & object => ({
  type: 'sanitized-view',
  organisation: id('acme'),
  runner: id('prod-1'),
  capsule: digest('capsule'),
  proposal: id('P-1'),
  root: 'ab'.repeat(32),
  masking: maskingDigest(),
  derived: [{ rule: 'address-prefix', prefix: '10.4.x.x', count: 3 }],
  ...change,
});
const question = { statement, signers: [runner.publicKey] };
const signed = (
  change: object = {},
  by = runner,
  type: string = PAYLOAD.sanitizedView,
): ReturnType<typeof signEnvelope> => signEnvelope(type, canonicalBytes(view(change)), [by]);

describe('V2: a sanitised view', () => {
  test('of the runner that signed the evidence, over the same root, with the rules known here, is read', () => {
    expect(verifySanitizedView(signed(), question)).toEqual({ ok: true, value: view() });
  });

  test('names its masking rules by the digest of exactly the published list', () => {
    expect(maskingDigest()).toBe(digestOfDocument(MASKING_RULES));
    expect(maskingDigest()).not.toBe(digestOfDocument(MASKING_RULES.slice(1)));
    expect(maskingDigest()).toBe('sha256:c8fa49b776fb1f0972dd4f822b1424de20b2e6df3716fc1857c205f97d6e37ae');
  });

  test.each<[string, object, string]>([
    ['another root', { root: 'cd'.repeat(32) }, 'bad-proof'],
    ['another capsule', { capsule: digest('other') }, 'bad-proof'],
    ['another remediation', { proposal: 'P-2' }, 'bad-proof'],
    ['another runner', { runner: 'prod-2' }, 'bad-proof'],
    ['another organisation', { organisation: 'globex' }, 'bad-proof'],
    ['masking rules nobody published', { masking: digest('mine') }, 'bad-proof'],
    ['a text in raw form', { derived: [{ rule: 'raw', text: 'secret' }] }, 'malformed'],
    ['a whole address', { derived: [{ rule: 'address-prefix', prefix: '10.4.7.9', count: 1 }] }, 'malformed'],
    ['a field beside', { note: 'secret' }, 'malformed'],
    ['another type', { type: 'evidence-statement' }, 'malformed'],
  ])('with %s is refused', (_, change, code) => {
    expect(verifySanitizedView(signed(change), question)).toMatchObject({ ok: false, refusal: { code } });
  });

  test('of another key, of another document type, or with two signatures is refused', () => {
    expect(verifySanitizedView(signed({}, other), question).ok).toBe(false);
    expect(verifySanitizedView(signed({}, runner, PAYLOAD.evidence), question).ok).toBe(false);
    const two = signEnvelope(PAYLOAD.sanitizedView, canonicalBytes(view()), [runner, other]);
    expect(verifySanitizedView(two, question).ok).toBe(false);
    expect(verifySanitizedView(signed(), { statement, signers: [] }).ok).toBe(false);
  });

  test('with any byte of its payload flipped is refused', () => {
    const whole = signed();
    const payload = Buffer.from(whole.payload, 'base64');
    for (let at = 0; at < payload.length; at += 1) {
      const flipped = Buffer.from(payload);
      flipped[at] = (flipped[at] ?? 0) ^ 1;
      expect(verifySanitizedView({ ...whole, payload: flipped.toString('base64') }, question).ok).toBe(false);
    }
  });
});
