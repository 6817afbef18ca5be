/** One finding or alert of an authenticated source, in our words (L1, D8). Text in it is hostile. */
import type { Digest, Instant, SignalId, SourceId, TargetId } from '../shared/brand.ts';
import { digest, id, instant, list, literal, object, oneOf, optional, text, type Shape } from '../shared/shape.ts';

export const SIGNAL_FORMATS = ['alertmanager', 'sarif'] as const;
export type SignalFormat = (typeof SIGNAL_FORMATS)[number];

export interface Signal {
  readonly id: SignalId;
  readonly source: SourceId;
  /** `countersign`: raised here by a failed run or a stopped rollout; nobody outside vouches for it. */
  readonly format: SignalFormat | 'countersign';
  /** Alert name or rule id. */
  readonly rule: string;
  readonly title: string;
  /** In the source's own scale; the envelope maps it (D3), never the agent. */
  readonly severity: string;
  readonly status: 'firing' | 'resolved';
  /** Ids of targets the source names; unknown ones are kept and reported. */
  readonly targets: readonly TargetId[];
  /** Where what was seen came from: addresses or ranges the source names, sorted. */
  readonly addresses?: readonly string[];
  readonly startedAt: Instant;
  readonly observedAt: Instant;
  /** Digest of the document it came from, as received. */
  readonly document: Digest;
}

/** What a relay signs where the signal arises: only then can it support autonomy at the runner (X1). */
export interface SignalStatement {
  readonly type: 'signal';
  readonly signal: Signal;
}

const words = (max: number): Shape<string> => text({ min: 1, max });
export const signalShape: Shape<Signal> = object<Signal>({
  id: id(),
  source: id(),
  format: oneOf(...SIGNAL_FORMATS, 'countersign'),
  rule: words(200),
  title: words(500),
  severity: words(40),
  status: oneOf('firing', 'resolved'),
  targets: list(id<'Target'>(), { max: 25_000 }),
  addresses: optional(list(text({ min: 2, max: 49, pattern: /^[0-9a-fA-F.:]+(?:\/\d{1,3})?$/ }), { max: 25_000 })),
  startedAt: instant,
  observedAt: instant,
  document: digest,
});
export const signalStatementShape: Shape<SignalStatement> = object<SignalStatement>({
  type: literal('signal'),
  signal: signalShape,
});
