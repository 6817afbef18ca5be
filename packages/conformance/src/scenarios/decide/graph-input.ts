/** Short words for graphs that are written by hand: plain strings, read by the shape of any document from outside. */
import { graphSnapshotShape, readShape, type GraphSnapshot, type Instant } from '@countersign/core';
import { good } from '../../attacks/world/made.ts';

type NodeInput = Readonly<Record<string, unknown>> & { readonly id: string };
export interface EdgeInput {
  readonly from: string;
  readonly to: string;
  readonly kind: string;
  readonly isHard: boolean;
  readonly isObserved?: boolean;
  readonly traffic?: string;
  readonly perMinute?: number;
}
export interface GraphPart {
  readonly nodes: readonly NodeInput[];
  readonly edges: readonly EdgeInput[];
}

/** `from` stops when `to` does. */
export const needs = (from: string, to: string): EdgeInput => ({ from, to, kind: 'depends-on', isHard: true });
export const uses = (from: string, credential: string, more: Partial<EdgeInput> = {}): EdgeInput => ({
  from,
  to: credential,
  kind: 'consumes-credential',
  isHard: true,
  ...more,
});
export const isIn = (from: string, segment: string): EdgeInput => ({
  from,
  to: segment,
  kind: 'member-of-segment',
  isHard: false,
});
export const flows = (from: string, to: string, traffic: string, perMinute: number): EdgeInput => ({
  from,
  to,
  kind: 'flows-to',
  isHard: true,
  isObserved: true,
  traffic,
  perMinute,
});

export const ids = (count: number, name: (position: number) => string): readonly string[] =>
  Array.from({ length: count }, (_, position) => name(position + 1));
export const twoDigits = (position: number): string => String(position).padStart(2, '0');

export const snapshotOf = (organisation: string, takenAt: Instant, part: GraphPart): GraphSnapshot =>
  good(readShape(graphSnapshotShape, { type: 'graph-snapshot', organisation, version: 1, takenAt, ...part }));
