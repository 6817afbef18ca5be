/** Facts with the signatures of those who know them: relays, and the runner of staging. */
import {
  plusMs,
  signalShape,
  validationReportShape,
  type Proposal,
  type Signal,
  type ValidationReport,
} from '@countersign/core';
import { canonicalBytes, PAYLOAD, signEnvelope, type DsseEnvelope } from '@countersign/seal';
import { ORGANISATION, type HouseKeys } from './house.ts';
import { made } from './made.ts';
import { ZERO } from './proposed.ts';
import type { WorldPlan } from './world.ts';

export function makeSignal({ targets, now }: WorldPlan, place: number): Signal {
  return made(signalShape, {
    id: `S-${place}`,
    source: `source-${place}`,
    format: 'sarif',
    rule: 'CVE-1',
    title: 'flaw',
    severity: 'high',
    status: 'firing',
    targets: targets.map(({ id }) => id),
    startedAt: plusMs(now, -60_000),
    observedAt: plusMs(now, -30_000),
    document: ZERO,
  });
}

export function makeReport({ now, targets }: WorldPlan, proposal: Proposal): ValidationReport {
  return made(validationReportShape, {
    type: 'validation-report',
    organisation: ORGANISATION,
    runner: 'runner-staging',
    capsule: ZERO,
    proposal: proposal.id,
    changeDigest: proposal.changeDigest,
    spec: { id: 'spec-1', version: 1 },
    runs: [{ id: 'R-9', check: 'c-1', target: 'staging-1', phase: 'after', result: 'passed', detail: '', at: now }],
    isReproduced: true,
    isPassed: true,
    drill: { action: proposal.change.action, tiers: [...new Set(targets.map(({ tier }) => tier))], isRestored: true },
    startedAt: plusMs(now, -20_000),
    finishedAt: plusMs(now, -10_000),
  });
}

export function signedFacts(
  { facts = 'all' }: WorldPlan,
  keys: HouseKeys,
  { signals, validation }: { readonly signals: readonly Signal[]; readonly validation: ValidationReport },
): readonly DsseEnvelope[] {
  if (facts === 'none') return [];
  const relayed = signals.flatMap((signal, place) => {
    const key = keys.relays[place];
    const isLeftOut = facts === 'one-source' && place > 0;
    return key === undefined || isLeftOut
      ? []
      : [signEnvelope(PAYLOAD.signal, canonicalBytes({ type: 'signal', signal }), [key])];
  });
  if (facts === 'no-staging') return relayed;
  return [...relayed, signEnvelope(PAYLOAD.validation, canonicalBytes(validation), [keys.stagingRunner])];
}
