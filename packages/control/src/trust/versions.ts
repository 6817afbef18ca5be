/** Versions of the envelope as the tables have them, and the chain a version that one person signed is proved with (E3). */
import { MAX_NARROWINGS } from '@countersign/core';
import type { DsseEnvelope } from '@countersign/seal';
import type { Kysely } from 'kysely';
import type { Schema } from '../store/schema.ts';
import { storedDsse } from '../store/stored.parse.ts';

export interface StoredVersion {
  readonly version: number;
  readonly digest: string;
  readonly state: 'active' | 'superseded' | 'suspended';
  readonly narrowings: number;
  readonly activatedAt: Date;
  readonly dsse: DsseEnvelope;
}

/** Newest first, from `below` down; at most as many as a proof can need. */
export async function versionsBelow(
  db: Kysely<Schema>,
  organisation: string,
  { below, limit = MAX_NARROWINGS }: { readonly below: number; readonly limit?: number },
): Promise<readonly StoredVersion[]> {
  const rows = await db
    .selectFrom('envelope_version')
    .select(['version', 'digest', 'state', 'narrowings', 'activated_at', 'dsse'])
    .where('organisation', '=', organisation)
    .where('version', '<', below)
    .orderBy('version', 'desc')
    .limit(limit)
    .execute();
  return rows.map(({ activated_at, dsse, ...row }) => ({ ...row, activatedAt: activated_at, dsse: storedDsse(dsse) }));
}

/** What people may still narrow: a suspended version comes back only as one that two people sign. */
export function standing(versions: readonly StoredVersion[]): readonly DsseEnvelope[] {
  const end = versions.findIndex(({ state }) => state === 'suspended');
  return (end === -1 ? versions : versions.slice(0, end)).map(({ dsse }) => dsse);
}
