import { instantOf, plusMs } from '@countersign/core';
import { expect, test } from 'vitest';
import { demoEnvelope } from '../demo/envelope.ts';
import { complaintsOnEnvelope } from './whole-envelope.ts';
import { FACTS, missingFacts } from './six-facts.ts';

const ENVELOPE = demoEnvelope(instantOf(Date.parse('2026-01-01T00:00:00.000Z')));

test('AG-706 4.1: the demo envelope is whole', () => {
  expect(complaintsOnEnvelope(ENVELOPE)).toEqual([]);
});

test.each([
  ['no grants', { grants: [] }, 'no grant says what may run alone'],
  ['no routes', { routes: [] }, 'no route says whom to ask'],
  ['no severities', { severities: {} }, 'no severity is mapped'],
  ['no owner', { owner: '' }, 'nobody owns it'],
])('AG-706 4.1: an envelope with %s is not whole', (_, change, complaint) => {
  expect(complaintsOnEnvelope({ ...ENVELOPE, ...change })).toContain(complaint);
});

test('AG-706 4.10: an envelope that lasts for years does not end by itself', () => {
  const validUntil = plusMs(ENVELOPE.validFrom, 3 * 365 * 86_400_000);
  expect(complaintsOnEnvelope({ ...ENVELOPE, validUntil })).toContain('it does not end by itself');
});

test('AG-706 4.7: a grant on safety-critical systems is complained of', () => {
  const grants = ENVELOPE.grants.map((grant) => ({ ...grant, tiers: ['safety-critical' as const] }));
  expect(complaintsOnEnvelope({ ...ENVELOPE, grants }).some((complaint) => complaint.includes('safety-critical'))).toBe(
    true,
  );
});

test('AG-706 4.8: an empty bundle holds none of the six facts', () => {
  const empty = { capsules: [], approvals: [], events: [], leaves: [], documents: new Map(), signals: 0 };
  expect(missingFacts(empty)).toEqual(FACTS);
});
