import type { EvidenceStatement } from '@countersign/core';
import { beforeAll, describe, expect, test } from 'vitest';
import { canonicalBytes } from './canonical.ts';
import { signEnvelope, type DsseEnvelope } from './dsse.ts';
import {
  discloseEvidence,
  disclosureBytes,
  openFullEvidence,
  readDisclosure,
  readFullEvidence,
  verifyEvidence,
  type EvidenceDisclosure,
} from './evidence-disclosure.ts';
import { sealFields, type EvidenceLeaf } from './evidence-tree.ts';
import { Estate } from './export/estate.builder.ts';
import { BEGIN } from './export/names.builder.ts';
import { generateSigner } from './keys.ts';
import { PAYLOAD } from './payload.ts';
import { openTrust } from './tuf/open-trust.ts';
import { sha256 } from './digest.ts';

const estate = new Estate();
const trusted = openTrust(estate.trust, { root: estate.root });
if (!trusted.ok) throw new Error(trusted.refusal.detail);
const { bundle } = trusted.value;
const EVIDENCE = {
  type: 'evidence',
  rollbackAvailability: 'restore',
  targets: [
    { target: 'db-secret-1', output: 'token=4711' },
    { target: 'db-secret-2', output: 'done' },
  ],
  healthBefore: [],
};
let leaves: readonly EvidenceLeaf[];
let signed: DsseEnvelope;
let file: Uint8Array;
beforeAll(() => {
  const sealed = sealFields(EVIDENCE, (at) => sha256(Buffer.from(`salt ${at}`)));
  if (!sealed.ok) throw new Error(sealed.refusal.detail);
  const { root } = sealed.value;
  ({ leaves } = sealed.value);
  const statement = {
    type: 'evidence-statement',
    organisation: 'acme',
    runner: 'prod-1',
    capsule: `sha256:${'1'.repeat(64)}`,
    proposal: 'P-1',
    root: root.digest.slice('sha256:'.length),
    fields: root.leafCount,
    outcome: 'completed',
    counts: { targets: 2, touched: 2, changed: 2, reverted: 0, unknown: 0, held: 0 },
    finishedAt: BEGIN,
  } as unknown as EvidenceStatement;
  signed = signEnvelope(PAYLOAD.evidence, canonicalBytes(statement), [estate.keys.prod]);
  file = canonicalBytes({ evidence: EVIDENCE, statement, signed, leaves, documents: {} });
});
function full(): { readonly signed: DsseEnvelope; readonly leaves: readonly EvidenceLeaf[] } {
  const read = readFullEvidence(file);
  if (!read.ok) throw new Error(read.refusal.detail);
  return read.value;
}
function disclosed(...pointers: readonly string[]): EvidenceDisclosure {
  const made = discloseEvidence(full(), pointers);
  if (!made.ok) throw new Error(made.refusal.detail);
  const read = readDisclosure(disclosureBytes(made.value));
  if (!read.ok) throw new Error(read.refusal.detail);
  return read.value;
}

describe('V2: the copy of the enclave', () => {
  test('is read without a key: its leaves lead to the root of its statement', () => {
    const opened = openFullEvidence(full());
    expect(opened.ok && [...opened.value.shown.keys()]).toEqual(leaves.map(({ pointer }) => pointer));
  });

  test.each(leaves_places())('with a changed value at place %d is none', (place) => {
    const changed = leaves.map((leaf, at) => (at === place ? { ...leaf, value: 'forged' } : leaf));
    expect(openFullEvidence({ signed, leaves: changed }).ok).toBe(false);
    expect(openFullEvidence({ signed, leaves: leaves.toSpliced(place, 1) }).ok).toBe(false);
  });

  test.each(['', '{}', '[]', '{"signed":{}}', '{"leaves":[]}', 'null', '{"signed":1,"leaves":[{}]}'])(
    '%j is none',
    (text) => {
      expect(readFullEvidence(Buffer.from(text)).ok).toBe(false);
    },
  );
});

/** Known before the tests run: type, rollback, two targets of two fields, an empty list. */
function leaves_places(): readonly number[] {
  return [0, 1, 2, 3, 4, 5, 6];
}

describe('V2: a disclosure', () => {
  test('shows what was asked for and hides even the names of the rest', () => {
    const disclosure = disclosed('/targets/1');
    const text = Buffer.from(disclosureBytes(disclosure)).toString();
    for (const hidden of ['4711', 'db-secret-1', 'rollbackAvailability', '/targets/0', '/healthBefore'])
      expect(text).not.toContain(hidden);
    const opened = verifyEvidence(disclosure, bundle);
    expect(opened.ok && Object.fromEntries(opened.value.shown)).toEqual({
      '/targets/1/output': 'done',
      '/targets/1/target': 'db-secret-2',
    });
  });

  test.each([
    [['/type']],
    [['/type', '/rollbackAvailability']],
    [['/targets']],
    [['/targets/0/output', '/healthBefore']],
  ])('of %j verifies', (pointers) => {
    expect(verifyEvidence(disclosed(...pointers), bundle).ok).toBe(true);
  });

  test('of a field that is not there is refused, also of half a name', () => {
    for (const pointer of ['/nothing', '/targets/7', '/targets/0/out', '/type/x'])
      expect(discloseEvidence(full(), [pointer])).toMatchObject({ ok: false, refusal: { code: 'not-found' } });
  });

  test('with any shown value, name, salt or hash changed is refused', () => {
    const { fields, ...rest } = disclosed('/targets');
    for (const [place, field] of fields.entries()) {
      const forged =
        typeof field === 'string'
          ? [`${field.startsWith('0') ? '1' : '0'}${field.slice(1)}`]
          : [
              [field[0], field[1], 'forged'] as const,
              [field[0], `${field[1]}x`, field[2]] as const,
              [`${field[0].startsWith('A') ? 'B' : 'A'}${field[0].slice(1)}`, field[1], field[2]] as const,
            ];
      for (const one of forged)
        expect([place, verifyEvidence({ ...rest, fields: fields.with(place, one) }, bundle).ok]).toEqual([
          place,
          false,
        ]);
      expect(verifyEvidence({ ...rest, fields: fields.toSpliced(place, 1) }, bundle).ok).toBe(false);
    }
  });

  test('counts only with the signature of the runner it names', () => {
    const disclosure = disclosed('/type');
    const statement = Buffer.from(signed.payload, 'base64');
    for (const key of [generateSigner('ed25519'), estate.keys.staging, estate.keys.capsules])
      expect(
        verifyEvidence({ ...disclosure, statement: signEnvelope(PAYLOAD.evidence, statement, [key]) }, bundle),
      ).toMatchObject({ ok: false });
  });

  test.each(['', '{}', '{"type":"evidence-disclosure"}', '{"type":"evidence-disclosure","statement":{},"fields":[]}'])(
    '%j is none',
    (text) => {
      expect(readDisclosure(Buffer.from(text)).ok).toBe(false);
    },
  );
});
