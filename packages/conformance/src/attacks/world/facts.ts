/** Facts with the signatures of those who know them: relays for signals, the staging runner for validations and drills (X1). */
import {
  signalShape,
  validationReportShape,
  plusMs,
  type Digest,
  type Instant,
  type Signal,
  type ValidationReport,
} from '@countersign/core';
import { canonicalBytes, PAYLOAD, signEnvelope, type DsseEnvelope, type SignerKey } from '@countersign/seal';
import { DEMO_ORGANISATION } from '../../demo/people.ts';
import { made } from './made.ts';

const NO_DIGEST: string = `sha256:${'0'.repeat(64)}`;

export interface SignalPlan {
  readonly source: string;
  readonly targets: readonly string[];
  readonly severity: string;
  readonly now: Instant;
}

export const signalOf = ({ source, targets, severity, now }: SignalPlan): Signal =>
  made(signalShape, {
    id: `S-${source}`,
    source,
    format: source.startsWith('hostscan') ? 'sarif' : 'alertmanager',
    rule: 'service-stuck',
    title: 'the service answers nobody',
    severity,
    status: 'firing',
    targets,
    startedAt: plusMs(now, -60_000),
    observedAt: plusMs(now, -30_000),
    document: NO_DIGEST,
  });

export const signSignal = (signal: Signal, relay: SignerKey): DsseEnvelope =>
  signEnvelope(PAYLOAD.signal, canonicalBytes({ type: 'signal', signal }), [relay]);

export interface ReportPlan {
  readonly proposal: string;
  readonly changeDigest: Digest;
  readonly action: string;
  readonly now: Instant;
  readonly change?: object;
}

export const reportOf = ({ proposal, changeDigest, action, now, change }: ReportPlan): ValidationReport =>
  made(validationReportShape, {
    type: 'validation-report',
    organisation: DEMO_ORGANISATION,
    runner: 'runner-staging',
    capsule: NO_DIGEST,
    proposal,
    changeDigest,
    spec: { id: 'spec-1', version: 1 },
    runs: [
      { id: 'R-1', check: 'c-1', target: 'staging-api-01', phase: 'after', result: 'passed', detail: '', at: now },
    ],
    isReproduced: true,
    isPassed: true,
    drill: { action, tiers: ['non-critical', 'production-critical', 'safety-critical'], isRestored: true },
    startedAt: plusMs(now, -20_000),
    finishedAt: plusMs(now, -10_000),
    ...change,
  });

export const signReport = (report: ValidationReport, runner: SignerKey): DsseEnvelope =>
  signEnvelope(PAYLOAD.validation, canonicalBytes(report), [runner]);
