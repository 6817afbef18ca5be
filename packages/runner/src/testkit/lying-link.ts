/** A record as a witness is shown it, true or not, with the keys that sign it. */
import { instantOf, ok, refuse, type Digest, type Instant, type Result } from '@countersign/core';
import {
  canonicalBytes,
  digestOfDocument,
  encodeBase64,
  parseVkey,
  publicKeyOf,
  vkeyOf,
  type CheckpointTrust,
  type NoteVerifier,
} from '@countersign/seal';
import type { CheckpointClaim, EntryClaim, RecordLink } from '../witness/record-link.ts';
import type { Tail } from '../witness/tail.ts';
import { LOG_NAME, makeKeys, WITNESS_NAME } from './house.ts';
import { good } from './made.ts';
import { SmallRecord } from './small-record.ts';

export const NOW_MS: number = Date.parse('2026-11-21T02:14:00.000Z');
export const NOW: Instant = instantOf(NOW_MS);
export const KEYS: ReturnType<typeof makeKeys> = makeKeys();
export const trust: CheckpointTrust = {
  logKey: good(parseVkey(vkeyOf('log', LOG_NAME, publicKeyOf(KEYS.log)))),
  witnessKeys: [],
  witnessQuorum: 0,
};
export const witnessKey: NoteVerifier = good(parseVkey(vkeyOf('witness', WITNESS_NAME, publicKeyOf(KEYS.witness))));
export const body = (
  document: object,
): { readonly bytes: Uint8Array; readonly body: Digest; readonly at: Instant } => ({
  bytes: canonicalBytes(document),
  body: digestOfDocument(document),
  at: NOW,
});
export const envelope: { readonly version: number; readonly digest: string } = {
  version: 7,
  digest: `sha256:${'a'.repeat(64)}`,
};

/** A record that can lie. */
export class LyingLink implements RecordLink {
  record: SmallRecord = new SmallRecord(KEYS);
  claim: CheckpointClaim | undefined;
  lines: string[] = [];
  isDeaf = false;
  change: (entries: readonly EntryClaim[]) => readonly EntryClaim[] = (entries) => entries;

  async checkpoint(): Promise<Result<CheckpointClaim>> {
    return ok(this.claim ?? { size: this.record.size, note: this.record.checkpoint() });
  }
  async entries(from: number, limit: number): Promise<Result<readonly EntryClaim[]>> {
    return ok(this.change(entriesOf(this.record, from, limit)));
  }
  async cosign(_size: number, line: string): Promise<Result<true>> {
    this.lines.push(line);
    return this.isDeaf ? refuse('no-answer', 'nobody listens') : ok(true);
  }
  async status(): Promise<Result<true>> {
    return ok(true);
  }
}
export function entriesOf(record: SmallRecord, from: number, limit: number): readonly EntryClaim[] {
  const claims = record.leaves.map((leaf, seq) => ({
    seq,
    leaf: encodeBase64(leaf.bytes),
    ...(leaf.body !== undefined && { body: encodeBase64(leaf.body) }),
  }));
  return claims.slice(from, from + limit);
}

/** How one step ended. */
export const follow = async (tail: Tail): Promise<string> => {
  const followed = await tail.follow(new AbortController().signal);
  return followed.ok ? (followed.value ? 'cosigned' : 'nothing new') : followed.refusal.code;
};
