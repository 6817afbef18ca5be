/**
 * How long what kind of evidence is kept (E1, V2). What says who was allowed what has no kind here and never goes: envelopes, trust,
 * capsules, approvals, decisions and validations are what a file is verified with years later.
 */
import { ENVIRONMENTS, type Environment } from '../people/trust-bundle.ts';
import { integer, object, optional, type Fields, type Shape } from '../shared/shape.ts';

export const RETENTION_KINDS = ['signals', 'proposals', 'progress', 'evidence', 'readings'] as const;
export type RetentionKind = (typeof RETENTION_KINDS)[number];

export type RetentionDays = Readonly<Record<Environment, number>>;
/** Kinds that are kept for another time than the rest of their environment. */
export type RetentionKinds = Readonly<Partial<Record<Environment, Readonly<Partial<Record<RetentionKind, number>>>>>>;
export interface RetentionPolicy {
  readonly retentionDays: RetentionDays;
  readonly retentionKinds?: RetentionKinds;
}

const days = integer({ min: 1, max: 36_600 });
type OneEnvironment = NonNullable<RetentionKinds[Environment]>;
const kindFields: Fields<OneEnvironment> = {
  signals: optional(days),
  proposals: optional(days),
  progress: optional(days),
  evidence: optional(days),
  readings: optional(days),
};
const kindsShape = object<OneEnvironment>(kindFields);
export const retentionKindsShape: Shape<RetentionKinds> = object<RetentionKinds>({
  staging: optional(kindsShape),
  'pre-production': optional(kindsShape),
  production: optional(kindsShape),
});

/** A rollback may still need what its change left behind: nothing goes before its longest window is over (X6). */
export const LEAST_DAYS = 8;

/** Absent environment: what belongs to none is kept as long as the longest of them says. */
export function retentionOf(
  { retentionDays, retentionKinds }: RetentionPolicy,
  kind: RetentionKind,
  environment?: Environment,
): number {
  const of = (name: Environment): number => retentionKinds?.[name]?.[kind] ?? retentionDays[name];
  const told = environment === undefined ? Math.max(...ENVIRONMENTS.map(of)) : of(environment);
  return Math.max(told, LEAST_DAYS);
}
