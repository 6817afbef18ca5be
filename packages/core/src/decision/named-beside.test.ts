/** What an agent names beside the real trigger raises nothing (D3, L8, X1). */
import { expect, test } from 'vitest';
import { anEnvelope, anId, at } from '../envelope/envelope.builder.ts';
import { aSignal } from '../signal/signal.builder.ts';
import type { Signal } from '../signal/signal.ts';
import { aProposal, someInputs } from './derive-facts.builder.ts';
import { deriveFacts } from './derive-facts.ts';
import type { Facts } from './facts.ts';

const TARGETS = [anId<'Target'>('h0'), anId<'Target'>('h1')];
const envelope = anEnvelope({ confidence: { prometheus: 70, scanner: 90 } });
const quiet = aSignal('s1', { severity: 'warning', targets: TARGETS });
const loud = (change: Partial<Signal>): Signal =>
  aSignal('s9', { source: anId('scanner'), severity: 'critical', targets: TARGETS, ...change });

function factsWith(
  ...signals: readonly Signal[]
): Pick<Facts, 'severity' | 'confidencePercent' | 'independentSignals'> {
  const { severity, confidencePercent, independentSignals } = deriveFacts(
    someInputs({
      envelope,
      proposal: aProposal({ signals: signals.map(({ id }) => id) }),
      signals: signals.map((signal) => ({ signal, isAuthenticated: true })),
    }),
  ).facts;
  return { severity, confidencePercent, independentSignals };
}

test.each([
  { what: 'that is over', change: { status: 'resolved' as const } },
  { what: 'about something else', change: { targets: [anId<'Target'>('elsewhere')] } },
  { what: 'of another year', change: { startedAt: at('2020-01-01T00:00:00.000Z') } },
  { what: 'about one of two targets only', change: { targets: [anId<'Target'>('h0')] } },
])('D3, L8: a critical signal $what raises neither severity nor confidence', ({ change }) => {
  const alone = factsWith(quiet);
  expect(factsWith(quiet, loud(change))).toEqual(alone);
  expect(alone).toEqual({ severity: 2, confidencePercent: 70, independentSignals: 1 });
});

test('D3: a twin: a critical signal about these targets now raises both', () => {
  expect(factsWith(quiet, loud({}))).toEqual({ severity: 4, confidencePercent: 97, independentSignals: 2 });
});

test('X1: whoever does not hold the categories of a source takes the lowest word that was signed for it', () => {
  const signed = anEnvelope({ confidence: { prometheus: 95, 'prometheus:noisy': 10 } });
  const inputs = someInputs({ envelope: signed, proposal: aProposal({ signals: [quiet.id] }) });
  const signals = [{ signal: quiet, isAuthenticated: true }];
  expect(deriveFacts({ ...inputs, signals }).facts.confidencePercent).toBe(10);
  const sources = [{ source: anId<'Source'>('prometheus'), lineage: ['metrics'], categories: [] }];
  expect(deriveFacts({ ...inputs, signals, sources }).facts.confidencePercent).toBe(95);
});

test('X1, T17: a target nobody knows may be in production, whatever the agent says', () => {
  const proposal = aProposal({ environment: 'staging', targets: [anId('nobody')] });
  expect(deriveFacts(someInputs({ proposal })).facts.environments).toContain('production');
});
