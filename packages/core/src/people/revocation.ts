/**
 * A key that may no longer speak. "Not valid after": what it signed and the record holds from before stays verifiable, anything
 * later is refused, and so is anything of which nobody can say when it was made (X1).
 */
import type { Instant } from '../shared/brand.ts';
import { instant, integer, object, optional, text, type Shape } from '../shared/shape.ts';

export interface Revocation {
  /** As `keyidOfCredential` of `seal` writes it: SHA-256 of a key in hex, `ssh:SHA256:...` or `webauthn:...`. */
  readonly keyid: string;
  readonly notAfter: Instant;
  /** Size of the record at that moment: what lies behind it came later, whatever time it claims. */
  readonly notAfterSize?: number;
  readonly reason: string;
}

/** When a signature was there at the latest. A record place is proven; a time is only as good as whoever says it. */
export interface SignedMoment {
  readonly at: Instant;
  /** Index of its leaf in the record. */
  readonly index?: number;
}

export const revocationShape: Shape<Revocation> = object<Revocation>({
  keyid: text({ min: 8, max: 400, pattern: /^[A-Za-z0-9:+/=_-]+$/ }),
  notAfter: instant,
  notAfterSize: optional(integer({ min: 0, max: Number.MAX_SAFE_INTEGER })),
  reason: text({ min: 1, max: 400 }),
});

/** Whether a signature of this key, made at that moment, no longer counts. */
export const isRevokedAt = (revocations: readonly Revocation[], keyid: string, moment: SignedMoment): boolean =>
  revocations.some((revocation) => revocation.keyid === keyid && isLater(moment, revocation));

function isLater({ at, index }: SignedMoment, { notAfter, notAfterSize }: Revocation): boolean {
  if (at > notAfter) return true;
  // The time may be the thief's own word; the place in the record is not.
  return notAfterSize !== undefined && index !== undefined && index >= notAfterSize;
}
