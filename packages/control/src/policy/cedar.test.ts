import { expect, test } from 'vitest';
import {
  attributesOf,
  compileEnvelope,
  parseDigest,
  readShape,
  envelopeShape,
  type Envelope,
  type Facts,
  type OracleQuestion,
} from '@countersign/core';
import { createCedarOracle } from './cedar.ts';
import { randomEnvelope, randomFacts, randomSource } from './cedar.builder.ts';
import { evaluate } from '@countersign/core';

const digest = parseDigest(`sha256:${'ab'.repeat(32)}`)!;
const envelopeOf = (seed: number): Envelope => {
  const read = readShape(envelopeShape, randomEnvelope(randomSource(seed)));
  if (!read.ok) throw new Error(JSON.stringify(read.refusal));
  return read.value;
};
const questionOf = (envelope: Envelope, facts: Facts, mode: OracleQuestion['mode']): OracleQuestion => ({
  envelope: digest,
  cedar: compileEnvelope(envelope).cedar,
  agent: facts.agent,
  action: facts.action,
  mode,
  attributes: attributesOf(facts),
});

test('D1: our evaluator and real Cedar agree on 2,000 random requests, decision and rules', () => {
  const oracle = createCedarOracle();
  const random = randomSource(706);
  const seen = { allowed: 0, denied: 0, forbidden: 0 };
  for (let round = 0; round < 20; round += 1) {
    const envelope = envelopeOf(round + 1);
    const compiled = compileEnvelope(envelope);
    for (let request = 0; request < 100; request += 1) {
      const facts = randomFacts(random, envelope);
      const mode = (['autonomous', 'autonomous', 'approved', 'route'] as const)[request % 4]!;
      const own = evaluate(compiled, facts, mode);
      const answer = oracle({ ...questionOf(envelope, facts, mode), cedar: compiled.cedar });
      if (answer.kind === 'error') throw new Error(answer.problem);
      expect(answer).toMatchObject({ kind: 'answer', isAllowed: own.isAllowed });
      expect(answer.kind === 'answer' && answer.determining.toSorted()).toEqual(own.determining);
      seen[own.isAllowed ? 'allowed' : own.forbids.length > 0 ? 'forbidden' : 'denied'] += 1;
    }
  }
  // The gate proves it looked: every kind of answer was met often.
  expect(seen.allowed).toBeGreaterThan(100);
  expect(seen.forbidden).toBeGreaterThan(100);
  expect(seen.denied).toBeGreaterThan(50);
});

test('D1: a missing attribute is no answer, never a skipped forbid', () => {
  const envelope = envelopeOf(1);
  const question = questionOf(envelope, randomFacts(randomSource(1), envelope), 'autonomous');
  const { isSuspended: _gone, ...attributes } = question.attributes;
  const answer = createCedarOracle()({ ...question, attributes: attributes as OracleQuestion['attributes'] });
  expect(answer.kind).toBe('error');
});

test('D1: a number JavaScript would round is no answer', () => {
  const envelope = envelopeOf(1);
  const facts = randomFacts(randomSource(1), envelope);
  const answer = createCedarOracle()(questionOf(envelope, { ...facts, targets: 2 ** 53 }, 'autonomous'));
  expect(answer).toMatchObject({ kind: 'error', problem: 'targets is not a safe integer' });
});

test('D1: a policy that does not fit the schema is no answer', () => {
  const envelope = envelopeOf(1);
  const question = questionOf(envelope, randomFacts(randomSource(1), envelope), 'autonomous');
  const bad = { ...question.cedar, policies: { bad: 'permit (principal, action, resource) when { context.nosuch };' } };
  expect(createCedarOracle()({ ...question, cedar: bad })).toMatchObject({ kind: 'error' });
});

test('D1: an engine that traps is reported, replaced, and the next question is answered', () => {
  const failures: string[] = [];
  const oracle = createCedarOracle({ onFailure: (problem) => failures.push(problem) });
  const envelope = envelopeOf(2);
  const question = questionOf(envelope, randomFacts(randomSource(2), envelope), 'approved');
  const nested = `permit (principal, action, resource) when { ${'('.repeat(4000)}true${')'.repeat(4000)} };`;
  expect(oracle({ ...question, cedar: { ...question.cedar, policies: { nested } } }).kind).toBe('error');
  expect(oracle(question).kind).toBe('answer');
  expect(failures).toHaveLength(1);
});

test('D2: an envelope that comes back after others is answered the same: slots are used again, never confused', () => {
  const oracle = createCedarOracle();
  const asked = [1, 2, 3, 4, 5, 6, 7, 1, 2, 3].map((seed) => {
    const envelope = envelopeOf(seed);
    const facts = randomFacts(randomSource(seed), envelope);
    const own = evaluate(compileEnvelope(envelope), facts, 'autonomous');
    return { own: own.determining, theirs: oracle(questionOf(envelope, facts, 'autonomous')) };
  });
  for (const { own, theirs } of asked) expect(theirs.kind === 'answer' && theirs.determining.toSorted()).toEqual(own);
});

test('D1: rule ids, calendars and zones cannot break out of the policy text', () => {
  const envelope = {
    ...envelopeOf(3),
    humanOnly: [{ id: 'H99' as never, clause: '"); permit(principal', zones: ['a"\\\n${}\u2028é"]) || true'] }],
  };
  const facts = { ...randomFacts(randomSource(3), envelope), reachedZones: ['a"\\\n${}\u2028é"]) || true'] };
  const own = evaluate(compileEnvelope(envelope), facts, 'autonomous');
  const answer = createCedarOracle()(questionOf(envelope, facts, 'autonomous'));
  expect(own.forbids).toContain('H99');
  expect(answer.kind === 'answer' && answer.determining.toSorted()).toEqual(own.determining);
});
