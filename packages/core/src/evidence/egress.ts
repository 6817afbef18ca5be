/**
 * What of the evidence leaves the enclave (V2, I19). A field leaves only if it is on the list of its mode; a field that nobody
 * listed stays. What was held is shown outside as held inside, never as zero or green.
 */
import type { EgressMode } from '../envelope/egress.ts';

/** Field patterns over JSON pointers of `Evidence`; `*` is one list index. */
const IDS: readonly string[] = [
  '/type',
  '/organisation',
  '/runner',
  '/capsule',
  '/proposal',
  '/decision',
  '/outcome',
  '/startedAt',
  '/finishedAt',
];

/** Texts of targets, health words, tool output and paths stay inside in every mode; digests and states are enough to verify. */
const SANITIZED: readonly string[] = [
  ...IDS,
  '/trigger/*',
  '/dependencyAnalysis/graph',
  '/approvals/*/person',
  '/approvals/*/role',
  '/approvals/*/envelope',
  '/validation/*',
  '/automatic/correlation',
  '/automatic/drill',
  '/automatic/prediction',
  '/automatic/review',
  '/targets/*/outcome',
  '/targets/*/before/*/digest',
  '/targets/*/after/*/digest',
];

const LISTS: Readonly<Record<EgressMode, readonly string[]>> = {
  'local-only': [],
  'metadata-only': IDS,
  sanitized: SANITIZED,
};

/** Everything that leaves in a mode, for the owner to read before choosing it. */
export const egressList = (mode: EgressMode): readonly string[] => LISTS[mode];

/** Counts are part of the signed statement; in local-only mode not even they leave. */
export const mayCountsLeave = (mode: EgressMode): boolean => mode !== 'local-only';

const INDEX = /^(?:0|[1-9]\d{0,6})$/;

/** Whether the field at a JSON pointer of the evidence may leave. */
export function mayLeave(mode: EgressMode, pointer: string): boolean {
  const parts = pointer.split('/');
  return LISTS[mode].some((pattern) => {
    const wanted = pattern.split('/');
    return wanted.length === parts.length && wanted.every((part, at) => fits(part, parts[at] ?? ''));
  });
}

const fits = (wanted: string, part: string): boolean => (wanted === '*' ? INDEX.test(part) : wanted === part);
