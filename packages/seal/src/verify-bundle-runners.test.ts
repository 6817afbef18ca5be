/** What runners say in a file whose record is whole: batches without a gap, by the runner of the capsule, and evidence that agrees. */
import { evidenceStatementShape, type EvidenceStatement, type RolloutEvent } from '@countersign/core';
import { beforeAll, describe, expect, test } from 'vitest';
import { canonicalBytes } from './canonical.ts';
import { digestOf, digestOfDocument } from './digest.ts';
import { payloadOf, signEnvelope, type DsseEnvelope } from './dsse.ts';
import { Estate } from './export/estate.builder.ts';
import { good, idOf, made } from './export/names.builder.ts';
import { generateSigner, type SignerKey } from './keys.ts';
import { evidenceLeafBody } from './leaf-bodies.ts';
import { PAYLOAD } from './payload.ts';
import { actsOf, detailOf, judge, type Acts } from './verify-acts.builder.ts';
import type { Progress } from './wire.ts';

let estate: Estate;
let acts: Acts;
let told: Progress;
let statement: EvidenceStatement;
const documentIn = (dsse: DsseEnvelope): unknown => JSON.parse(Buffer.from(good(payloadOf(dsse))).toString('utf8'));
beforeAll(() => {
  estate = new Estate();
  acts = actsOf(estate, estate.remediate('approved'));
  told = documentIn(acts.bundle.progress[0]!) as Progress;
  statement = made(evidenceStatementShape, documentIn(acts.bundle.evidence[0]!.statement));
});

const batch = (change: Partial<Progress>, signer: SignerKey = estate.keys.prod): DsseEnvelope =>
  signEnvelope(PAYLOAD.progress, canonicalBytes({ ...told, ...change }), [signer]);
const progressed = (...progress: readonly DsseEnvelope[]): Acts => ({ ...acts, bundle: { ...acts.bundle, progress } });
const from = (first: number, last?: number): Partial<Progress> => ({
  from: first,
  events: told.events.slice(first, last),
});

const other = (place: number): readonly RolloutEvent[] =>
  told.events.map((event, index) =>
    index === place ? ({ ...event, at: '2026-11-01T00:00:00.001Z' } as RolloutEvent) : event,
  );

describe('X7: what a runner says it did', () => {
  test('is one story, in however many batches it comes, in whatever order, as often as it was sent', () => {
    const files = [
      [batch({})],
      [batch(from(0, 2)), batch(from(2))],
      [batch(from(2)), batch(from(0, 2))],
      [batch(from(0, 3)), batch(from(1, 4)), batch(from(3))],
      [batch({}), batch({})],
      [batch(from(0, 1)), batch({}), batch(from(4))],
    ];
    for (const file of files) {
      const judged = good(judge(progressed(...file)));
      expect(judged.capsules.at(-1)).toMatchObject({
        phase: 'completed',
        counts: { targets: 1, touched: 1 },
        outcome: 'completed',
      });
    }
  });

  test('has no gap', () => {
    expect(detailOf(progressed(batch(from(1))))).toBe("the runner's events 0 to 0 are missing");
    expect(detailOf(progressed(batch(from(0, 1)), batch(from(3))))).toBe("the runner's events 1 to 2 are missing");
  });

  test('is told once: where two batches overlap they say the same, wherever they differ', () => {
    for (let place = 0; place < told.events.length; place += 1) {
      expect(detailOf(progressed(batch({}), batch({ events: other(place) })))).toBe(
        'two progress reports tell different stories',
      );
      expect(detailOf(progressed(batch({ events: other(place) }), batch(from(place))))).toBe(
        'two progress reports tell different stories',
      );
    }
  });

  test('follows the rules of a rollout', () => {
    const [started, leased, ...rest] = told.events as [RolloutEvent, RolloutEvent, ...RolloutEvent[]];
    expect(detailOf(progressed(batch({ events: [leased, started, ...rest] })))).toMatch(
      /^the runner's event 0 breaks a rule/,
    );
    expect(detailOf(progressed(batch({ events: [started, leased, leased, ...rest] })))).toMatch(
      /^the runner's event 2 breaks a rule/,
    );
  });

  test('is told to its end, when the record knows the end', () => {
    expect(detailOf(progressed(batch(from(0, -1))))).toBe(
      "the record names an event `completed` that the runner's reports here do not have",
    );
  });

  test('is of the runner the capsule was made for, and of a capsule of this file', () => {
    const foreign = 'a progress report is not of the runner the capsule was made for';
    expect(detailOf(progressed(batch({}, estate.keys.staging)))).toBe(foreign);
    expect(detailOf(progressed(batch({ runner: idOf('staging-1') })))).toBe(foreign);
    expect(detailOf(progressed(batch({ runner: idOf('staging-1') }, estate.keys.staging)))).toBe(foreign);
    expect(detailOf(progressed(batch({ capsule: digestOfDocument({}) })))).toBe(foreign);
    expect(detailOf(progressed(batch({ organisation: idOf('other') })))).toBe(foreign);
    expect(detailOf(progressed(batch({}, estate.keys.capsules)))).toMatch(/^a progress report: /);
    expect(detailOf(progressed(batch({}, generateSigner('ed25519'))))).toMatch(/^a progress report: /);
  });
});

/** The file with another statement of evidence, which is in the record like the first one. */
function stated(change: Partial<EvidenceStatement>, signer: SignerKey = estate.keys.prod): Acts {
  const document = { ...statement, ...change };
  const bytes = canonicalBytes(document);
  const body = canonicalBytes(evidenceLeafBody(document, digestOf(bytes)));
  const [first] = acts.bundle.evidence;
  return {
    ...acts,
    leaves: acts.leaves.map((one) =>
      one.leaf.event === 'evidence.received' ? { ...one, leaf: { ...one.leaf, body: digestOf(body) }, body } : one,
    ),
    bundle: {
      ...acts.bundle,
      evidence: [{ ...first!, statement: signEnvelope(PAYLOAD.evidence, bytes, [signer]) }],
    },
  };
}

describe('V1: the evidence of a runner', () => {
  test('holds as it was given', () => {
    expect(detailOf(stated({}))).toBe('holds');
  });

  test.each(['targets', 'touched', 'reverted', 'unknown'] as const)('counts as many %s as its events', (name) => {
    const counts = { ...statement.counts, [name]: statement.counts[name] + 1 };
    expect(detailOf(stated({ counts }))).toBe('the evidence and the events count differently');
  });

  test('says that it was completed only when it was', () => {
    const open = { ...acts, leaves: acts.leaves.filter(({ leaf }) => leaf.event !== 'rollout.completed') };
    const progress = [batch(from(0, -1))];
    expect(detailOf({ ...open, bundle: { ...open.bundle, progress } })).toBe(
      'the evidence and the events count differently',
    );
    expect(detailOf({ ...open, bundle: { ...open.bundle, progress: [] } })).toBe('holds');
    expect(detailOf(stated({ outcome: 'halted' }))).toBe('holds');
  });

  test('is of the runner the capsule was made for, and about this remediation', () => {
    const foreign = 'evidence: it is not of the runner the capsule was made for';
    expect(detailOf(stated({}, estate.keys.staging))).toBe(foreign);
    expect(detailOf(stated({ capsule: digestOfDocument({}) }))).toBe(foreign);
    expect(detailOf(stated({ runner: idOf('staging-1') }))).toBe(foreign);
    expect(detailOf(stated({ organisation: idOf('other') }))).toBe(foreign);
    expect(detailOf(stated({ proposal: idOf('P-9') }))).toBe('evidence: it is of another remediation');
    expect(detailOf(stated({}, generateSigner('ed25519')))).toMatch(/^evidence: .*trusted keys signed$/);
  });

  test('leads to the root that was signed, field by field', () => {
    expect(detailOf(stated({ root: '0'.repeat(64) }))).toBe('evidence: the leaves do not lead to the root');
    expect(detailOf(stated({ fields: statement.fields + 1 }))).toContain('evidence: the disclosure has ');
    const [first] = acts.bundle.evidence;
    for (const [place, field] of first!.fields.entries()) {
      const changed = typeof field === 'string' ? '0'.repeat(64) : ([field[0], field[1], 'another'] as const);
      const fields = first!.fields.with(place, changed);
      const evidence = [{ ...first!, fields }];
      expect(detailOf({ ...acts, bundle: { ...acts.bundle, evidence } })).toBe(
        'evidence: the leaves do not lead to the root',
      );
    }
  });
});
