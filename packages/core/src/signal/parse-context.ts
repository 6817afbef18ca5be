/** What a reader of telemetry is told by its caller: who sent the document, when, and how ids are made. */
import type { Digest, Instant, SignalId, SourceId } from '../shared/brand.ts';

export interface SignalContext {
  readonly source: SourceId;
  readonly receivedAt: Instant;
  /** Digest of the document as received. */
  readonly documentDigest: Digest;
  /** Makes the id from its parts; equal parts give equal ids, so a repeated notification is the same signal. */
  readonly signalId: (parts: readonly string[]) => SignalId;
}

/** Text from a source, made to fit: cut, never empty. It stays hostile. */
export const words = (text: string | undefined, otherwise: string, max: number): string => {
  const cut = (text ?? '').trim().slice(0, max);
  return cut === '' ? otherwise : cut;
};
