/** Rows back into values. INVARIANT: only `Journal.write` wrote them, from values of these types. */
import type { Digest, Instant, NodeId, OperationRecord, RolloutEvent, TargetId } from '@countersign/core';
import type { Captured } from '../act/adapter.ts';
import type { AuthorityRecord } from '../admit/completeness.ts';
import type { Operation } from './entry.ts';

type Row = Readonly<Record<string, unknown>>;

const words = (row: Row, column: string): string => String(row[column]);

export const eventOf = (row: Row): RolloutEvent => JSON.parse(words(row, 'body')) as RolloutEvent;

export type KnownOperation = Operation & OperationRecord;

export function operationOf(row: Row): KnownOperation {
  const operation = JSON.parse(words(row, 'body')) as Operation;
  return { ...operation, startedAt: operation.at, isOngoing: Number(row['is_closed']) === 0 };
}

/** What the gate found, and the services it named. */
export interface AuthorityNote extends AuthorityRecord {
  readonly dependants: readonly NodeId[];
}

export const authorityNote = (noted: string | undefined): AuthorityNote | undefined =>
  noted === undefined ? undefined : (JSON.parse(noted) as AuthorityNote);

export interface OpenCapsule {
  readonly capsule: Digest;
  readonly admittedAt: Instant;
  readonly delivery: string;
}

export const openCapsuleOf = (row: Row): OpenCapsule => ({
  capsule: words(row, 'digest') as Digest,
  admittedAt: words(row, 'admitted_at') as Instant,
  delivery: words(row, 'delivery'),
});

export interface CaptureRow {
  readonly target: TargetId;
  readonly step: number;
  readonly captured: Captured;
}

export function captureOf(row: Row): CaptureRow {
  const { bytes } = row;
  const captured = { path: words(row, 'path'), mode: Number(row['mode']) };
  return {
    target: words(row, 'target') as TargetId,
    step: Number(row['step']),
    captured: bytes instanceof Uint8Array ? { ...captured, bytes } : captured,
  };
}

export interface Note {
  readonly subject: string;
  readonly topic: string;
  readonly body: string;
}

export const noteOf = (row: Row): Note => ({
  subject: words(row, 'subject'),
  topic: words(row, 'topic'),
  body: words(row, 'body'),
});

export interface PendingReport {
  readonly name: string;
  readonly body: string;
}

export const reportOf = (row: Row): PendingReport => ({ name: words(row, 'name'), body: words(row, 'body') });
