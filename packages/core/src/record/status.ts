/** The witness's word on what rules now (X1): minutes old, or nothing runs alone. Made from the record, not from claims. */
import type { Digest, Instant, OrganisationId } from '../shared/brand.ts';
import {
  digest,
  id,
  instant,
  integer,
  list,
  literal,
  object,
  oneOf,
  optional,
  text,
  type Shape,
} from '../shared/shape.ts';
import { ACTION_TYPES, type ActionType } from '../proposal/change.ts';

/** A version as the record names it; whether its document says the same is for whoever holds the document. */
export interface NamedVersion {
  readonly digest: Digest;
  readonly version: number;
}
export interface RulingVersion extends NamedVersion {
  /** What ruled until this version came; absent where nothing did, as after a suspension. */
  readonly follows?: NamedVersion;
}

/** Most halts of one statement. */
export const MAX_HALTS = 1000;

export interface Status {
  readonly type: 'status';
  readonly organisation: OrganisationId;
  readonly issuedAt: Instant;
  readonly expiresAt: Instant;
  readonly checkpoint: { readonly size: number; readonly root: string };
  /** Absent: no envelope is active, nothing runs alone. */
  readonly envelope?: RulingVersion;
  readonly trustVersion: number;
  /** `all`, or the capsules that are halted and the campaigns that are held. */
  readonly halts: readonly string[];
  readonly suspendedActions: readonly ActionType[];
  /**
   * Autonomous targets dispatched estate-wide in the last hour and a margin, and the most that is allowed. `from`: place in the record of the
   * oldest dispatch that may still begin to run alone; what the statement does not count, or counted too long ago, may not (I14).
   */
  readonly quota: { readonly used: number; readonly limit: number; readonly from: number };
}

const named = { digest, version: integer({ min: 1, max: 1_000_000_000 }) };
export const rulingVersionShape: Shape<RulingVersion> = object<RulingVersion>({
  ...named,
  follows: optional(object<NamedVersion>(named)),
});

export const statusShape: Shape<Status> = object<Status>({
  type: literal('status'),
  organisation: id(),
  issuedAt: instant,
  expiresAt: instant,
  checkpoint: object<Status['checkpoint']>({
    size: integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
    root: text({ min: 44, max: 44 }),
  }),
  envelope: optional(rulingVersionShape),
  trustVersion: integer({ min: 0, max: 1_000_000_000 }),
  halts: list(text({ min: 3, max: 71 }), { max: MAX_HALTS }),
  suspendedActions: list(oneOf(...ACTION_TYPES), { max: 64 }),
  quota: object<Status['quota']>({
    used: integer({ min: 0, max: 1e9 }),
    limit: integer({ min: 0, max: 1e9 }),
    from: integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  }),
});
