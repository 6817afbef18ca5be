/** What staging runners say in a file (L4, X6): a validation of exactly this change, and drills of exactly this action. */
import { plusMs, validationReportShape, type ValidationReport } from '@countersign/core';
import { beforeAll, describe, expect, test } from 'vitest';
import { canonicalBytes } from './canonical.ts';
import { digestOf, digestOfDocument } from './digest.ts';
import { payloadOf, signEnvelope, type DsseEnvelope } from './dsse.ts';
import { Estate } from './export/estate.builder.ts';
import { good, idOf, made } from './export/names.builder.ts';
import type { SignerKey } from './keys.ts';
import { validationLeafBody } from './leaf-bodies.ts';
import { PAYLOAD } from './payload.ts';
import { actsOf, detailOf, judge, revoked, type Acts } from './verify-acts.builder.ts';

let estate: Estate;
let acts: Acts;
let report: ValidationReport;
beforeAll(() => {
  estate = new Estate();
  acts = actsOf(estate, estate.remediate('approved'));
  const payload = good(payloadOf(acts.bundle.validations[0]!));
  report = made(validationReportShape, JSON.parse(Buffer.from(payload).toString('utf8')));
});
const signed = (change: Partial<ValidationReport>, signer: SignerKey = estate.keys.staging): DsseEnvelope =>
  signEnvelope(PAYLOAD.validation, canonicalBytes({ ...report, ...change }), [signer]);

/** The file with another report, which the record has like the first one. */
function validated(change: Partial<ValidationReport>, signer?: SignerKey): Acts {
  const dsse = signed(change, signer);
  const body = canonicalBytes(validationLeafBody({ ...report, ...change }, digestOf(good(payloadOf(dsse)))));
  return {
    ...acts,
    bundle: { ...acts.bundle, validations: [dsse] },
    leaves: acts.leaves.map((one) =>
      one.leaf.event === 'validation.finished' ? { ...one, leaf: { ...one.leaf, body: digestOf(body) }, body } : one,
    ),
  };
}
const drilled = (...drills: readonly DsseEnvelope[]): Acts => ({ ...acts, bundle: { ...acts.bundle, drills } });

describe('L4: a validation report', () => {
  test('counts for the run and the change it names', () => {
    expect(good(judge(validated({})))).toMatchObject({ validations: 1, isStagingValidated: true, isDrilled: true });
    const other = 'a validation report: it is not about a run of this file';
    expect(detailOf(validated({ changeDigest: digestOfDocument({}) }))).toBe(other);
    expect(detailOf(validated({ proposal: idOf('P-9') }))).toBe(other);
    expect(detailOf(validated({ capsule: digestOfDocument({}) }))).toBe(other);
    const rollout = digestOf(good(payloadOf(acts.bundle.capsules[1]!)));
    expect(detailOf(validated({ capsule: rollout }))).toBe(other);
  });

  test('is of the staging runner it names, and of no runner of production', () => {
    expect(detailOf(validated({ runner: idOf('prod-1') }))).toBe(
      'a validation report: it is not of the runner it names',
    );
    expect(detailOf(validated({}, estate.keys.prod))).toMatch(/^a validation report: .*trusted keys signed$/);
    expect(detailOf(validated({ runner: idOf('prod-1') }, estate.keys.prod))).toMatch(/^a validation report: /);
  });

  test('that did not pass proves nothing, and neither does none', () => {
    const claimed = 'staging validation is claimed and not in the file';
    expect(detailOf(validated({ isPassed: false }))).toBe(claimed);
    expect(detailOf({ ...acts, bundle: { ...acts.bundle, validations: [] } })).toBe(claimed);
  });
});

describe('X6: a drill certificate', () => {
  const other = 'a drill certificate: it is not of a drill of this action';
  test('may be of another remediation and another change, when its action is the same and was taken back', () => {
    const elsewhere = {
      proposal: idOf<'Proposal'>('P-9'),
      capsule: digestOfDocument({}),
      changeDigest: digestOfDocument({}),
    };
    expect(good(judge(drilled(signed(elsewhere), signed({}))))).toMatchObject({ drills: 2 });
  });

  test('is of this organisation, of this action, and taken back', () => {
    const drill = report.drill!;
    expect(detailOf(drilled(signed({ organisation: idOf('other') })))).toBe(other);
    expect(detailOf(drilled(signed({ drill: { ...drill, isRestored: false } })))).toBe(other);
    expect(detailOf(drilled(signed({ drill: { ...drill, action: 'service.restart' } })))).toBe(other);
    const { drill: _none, ...undrilled } = report;
    const without = signEnvelope(PAYLOAD.validation, canonicalBytes(undrilled), [estate.keys.staging]);
    expect(detailOf(drilled(without))).toBe(other);
    expect(detailOf(drilled(signed({}), signed({ organisation: idOf('other') })))).toBe(other);
  });

  test('is of the staging runner it names', () => {
    expect(detailOf(drilled(signed({ runner: idOf('prod-1') })))).toBe(
      'a drill certificate: it is not of the runner it names',
    );
    expect(detailOf(drilled(signed({}, estate.keys.prod)))).toMatch(/^a drill certificate: .*trusted keys signed$/);
  });
});

test('X1: a progress report is as old as its last event, whatever the record says of the first', () => {
  const first = acts.leaves.find(({ leaf }) => leaf.event === 'rollout.progressed')!.leaf.at;
  const late = plusMs(first, 60_000);
  const told = JSON.parse(Buffer.from(good(payloadOf(acts.bundle.progress[0]!))).toString('utf8')) as {
    readonly events: readonly object[];
  };
  const reported = (at: string): Acts => ({
    ...acts,
    bundle: {
      ...acts.bundle,
      evidence: [],
      progress: [
        signEnvelope(
          PAYLOAD.progress,
          canonicalBytes({ ...told, events: told.events.map((event) => ({ ...event, at })) }),
          [estate.keys.prod],
        ),
      ],
    },
  });
  const revocation = { keyid: estate.keys.prod.keyid, notAfter: plusMs(first, 30_000), reason: 'stolen' } as const;
  expect(revoked(reported(first), revocation)).toBe('ok');
  expect(revoked(reported(late), revocation)).toBe('a progress report');
  expect(revoked(reported(plusMs(first, -60_000)), { ...revocation, notAfter: plusMs(first, -30_000) })).toBe(
    'a progress report',
  );
});
