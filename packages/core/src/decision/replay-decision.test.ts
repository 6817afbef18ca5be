import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anEnvelope } from '../envelope/envelope.builder.ts';
import { decide } from './decide.ts';
import { inputOf, type Setting } from './decide.builder.ts';
import type { Decision } from './decision.ts';
import { anyFacts } from './facts.arbitrary.builder.ts';
import { aFloor, someFacts, someTargets } from './facts.builder.ts';
import { replayDecision } from './replay-decision.ts';

const recordedOf = (setting: Setting = {}): Decision => {
  const input = inputOf(setting);
  const findings = [{ clause: 'AG-706 4.3', text: 'one finding' }];
  const provenance = [{ knower: 'graph-owner' as const, documents: ['sha256:91'] }];
  return decide({ ...input, derived: { ...input.derived, findings, provenance } });
};
/** As it comes out of the record: through JSON. */
const stored = (decision: Decision): Decision => JSON.parse(JSON.stringify(decision)) as Decision;
const setting = { envelope: inputOf().envelope, floor: aFloor() };

test('D2: a decision is reached again from its record, byte for byte, without the engine that took part', () => {
  for (const facts of [someFacts(), someTargets({ 'non-critical': 1240 }), someFacts({ action: 'data.destroy' })]) {
    const recorded = recordedOf({ facts });
    expect(JSON.stringify(replayDecision(stored(recorded), setting))).toBe(JSON.stringify(recorded));
  }
});

test('D2: whatever the facts were', () => {
  fc.assert(
    fc.property(anyFacts, (facts) => {
      const recorded = recordedOf({ facts });
      expect(JSON.stringify(replayDecision(stored(recorded), setting))).toBe(JSON.stringify(recorded));
    }),
    { numRuns: 100 },
  );
});

test('D2: one changed fact, another envelope or another floor give another decision', () => {
  const recorded = recordedOf();
  const bytes = JSON.stringify(recorded);
  const others: readonly Decision[] = [
    replayDecision({ ...stored(recorded), facts: someFacts({ targets: 11 }) }, setting),
    replayDecision(stored(recorded), {
      ...setting,
      envelope: inputOf({ envelope: anEnvelope({ version: 2 }) }).envelope,
    }),
    replayDecision(stored(recorded), { ...setting, floor: aFloor({ autonomousTargets: 5 }) }),
  ];
  for (const other of others) expect(JSON.stringify(other)).not.toBe(bytes);
});

const oracle = () => ({ kind: 'error', problem: 'it stopped', engine: 'cedar 0' }) as const;

test('D2: what the alarm stopped stays stopped when the engine that failed is asked again', () => {
  const recorded = recordedOf({ oracle });
  expect(recorded.alarm).toBe('the policy engine could not answer (autonomous): it stopped');
  expect(JSON.stringify(replayDecision(stored(recorded), { ...setting, oracle }))).toBe(JSON.stringify(recorded));
});

test('E2: without an envelope in force the replay stays prohibited', () => {
  const refused = { kind: 'refused', refusal: { code: 'expired', detail: 'it is over' } } as const;
  expect(replayDecision(recordedOf(), { ...setting, envelope: refused }).verdict).toBe('prohibited');
});
