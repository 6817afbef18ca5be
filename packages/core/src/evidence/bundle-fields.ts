/**
 * The fields of V1 one by one, the same for every change: prohibited, rejected, failed in staging, approved, automatic. Each is said to be
 * in the file or why it is not; what was held inside is never shown as if it were zero or green (V2).
 */

export const BUNDLE_FIELDS = [
  'trigger',
  'classification',
  'context',
  'dependency-analysis',
  'action',
  'health-before',
  'health-after',
  'rollback-availability',
  'approvals',
  'validation',
  'state-before',
  'state-after',
  'tool-output',
] as const;
/** Owed in addition where nobody was asked. */
export const AUTOMATIC_FIELDS = ['correlation', 'drill-certificate', 'prediction', 'post-action-review'] as const;
export type BundleField = (typeof BUNDLE_FIELDS)[number] | (typeof AUTOMATIC_FIELDS)[number];

/**
 * `not-reached`: the change ended, or is, before the step that makes it. `not-owed`: nobody was asked. `removed`: its time was over, a
 * tombstone says so. `missing`: it is owed and nobody says where it is.
 */
export type FieldState = 'shown' | 'held-inside' | 'not-reached' | 'not-owed' | 'removed' | 'missing';

export interface FieldLine {
  readonly field: BundleField;
  readonly state: FieldState;
}

/** What a reader of a verified file found. */
export interface BundleFacts {
  readonly proposal: 'shown' | 'removed' | 'missing';
  readonly hasSignals: boolean;
  readonly hasDecision: boolean;
  readonly hasGraph: boolean;
  readonly hasCapsule: boolean;
  /** How far the change itself came; `none`: it was never dispatched. */
  readonly run: 'none' | 'under-way' | 'over';
  /** Pointers of the evidence that are shown; absent: no evidence statement is in the file. */
  readonly evidence?: ReadonlySet<string>;
  /** The record says that evidence came and that its time was over (V3). */
  readonly isEvidenceRemoved?: boolean;
  readonly isLocalOnly: boolean;
  readonly isAutomatic: boolean;
  readonly approvals: number;
  readonly hasValidation: boolean;
  /** A validation was dispatched and its report is owed. */
  readonly isValidationOwed: boolean;
  readonly hasDrill: boolean;
  readonly hasPrediction: boolean;
}

/** Which fields of the evidence carry a field of the bundle; `*` is one list index. */
const POINTERS: Partial<Readonly<Record<BundleField, readonly RegExp[]>>> = {
  'health-before': [/^\/healthBefore\/\d+\/state$/, /^\/targets\/\d+\/healthBefore$/],
  'health-after': [/^\/healthAfter\/\d+\/state$/, /^\/targets\/\d+\/healthAfter$/],
  'state-before': [/^\/targets\/\d+\/before\/\d+\/digest$/],
  'state-after': [/^\/targets\/\d+\/after\/\d+\/digest$/],
  'tool-output': [/^\/targets\/\d+\/output$/],
  correlation: [/^\/automatic\/correlation$/],
  'post-action-review': [/^\/automatic\/review$/],
};

export function bundleFields(facts: BundleFacts): readonly FieldLine[] {
  const owed: readonly BundleField[] = facts.isAutomatic ? [...BUNDLE_FIELDS, ...AUTOMATIC_FIELDS] : BUNDLE_FIELDS;
  return owed.map((field) => ({ field, state: stateOf(field, facts) }));
}

export const missingFields = (lines: readonly FieldLine[]): readonly BundleField[] =>
  lines.flatMap(({ field, state }) => (state === 'missing' ? [field] : []));

function stateOf(field: BundleField, facts: BundleFacts): FieldState {
  switch (field) {
    case 'trigger':
      return facts.hasSignals || facts.hasCapsule ? 'shown' : facts.proposal;
    case 'context':
      return facts.proposal;
    case 'action':
    case 'rollback-availability':
      return facts.hasCapsule ? 'shown' : facts.proposal;
    case 'classification':
      return facts.hasDecision ? 'shown' : 'missing';
    case 'dependency-analysis':
      // Without a graph nothing is analysed: that is a reason to prohibit, and the decision says so.
      return facts.hasGraph ? 'shown' : facts.hasCapsule ? 'missing' : 'not-reached';
    case 'approvals':
      if (facts.approvals > 0) return 'shown';
      if (facts.isAutomatic) return 'not-owed';
      return facts.run === 'none' ? 'not-reached' : 'missing';
    case 'validation':
      if (facts.hasValidation) return 'shown';
      return facts.isValidationOwed ? 'missing' : 'not-reached';
    case 'drill-certificate':
      return facts.hasDrill ? 'shown' : 'missing';
    case 'prediction':
      return facts.hasPrediction ? 'shown' : 'missing';
    case 'health-before':
    case 'health-after':
    case 'state-before':
    case 'state-after':
    case 'tool-output':
    case 'correlation':
    case 'post-action-review':
      return ofEvidence(field, facts);
  }
}

function ofEvidence(field: BundleField, facts: BundleFacts): FieldState {
  const { evidence, run, isLocalOnly, isEvidenceRemoved = false } = facts;
  if (evidence === undefined) {
    if (isEvidenceRemoved) return 'removed';
    if (run !== 'over') return 'not-reached';
    return isLocalOnly ? 'held-inside' : 'missing';
  }
  const patterns = POINTERS[field] ?? [];
  const isShown = [...evidence].some((pointer) => patterns.some((pattern) => pattern.test(pointer)));
  // The root commits to it: it was made, and it stayed with its owner.
  return isShown ? 'shown' : 'held-inside';
}
