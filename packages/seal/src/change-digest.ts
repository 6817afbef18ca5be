/** The change digest (L4): one name for change, validation and rollback together, equal in the staging and the production capsule. */
import type { BoundChange, Digest } from '@countersign/core';
import { digestOfDocument } from './digest.ts';

export const changeDigestOf = ({ change, validation, rollback }: BoundChange): Digest =>
  digestOfDocument({ change, rollback, validation });
