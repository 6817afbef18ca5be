/** A campaign as it lies in the tables: the signed bytes decide, never a column. Remembered by digest, because bytes do not change. */
import { readShape, receiptShape, type Digest, type Receipt } from '@countersign/core';
import { payloadOf, readCampaign, readStrictJson, type DsseEnvelope, type OpenedCampaign } from '@countersign/seal';
import { storedDsse } from '../store/stored.parse.ts';

export interface StoredCampaign extends OpenedCampaign {
  readonly dsse: DsseEnvelope;
}

const MAX_REMEMBERED = 16;
const remembered = new Map<string, StoredCampaign>();

/** The name of a campaign where digests are not allowed, e.g. in the subject of a leaf. */
export const campaignSubject = (digest: string): string => `campaign:${digest.slice('sha256:'.length)}`;

/** Throws when what is stored is not the campaign of this digest: then the database was tampered with. */
export function openStoredCampaign(digest: string, stored: unknown): StoredCampaign {
  const known = remembered.get(digest);
  if (known !== undefined) return known;
  const dsse = storedDsse(stored);
  const payload = payloadOf(dsse);
  const read = payload.ok ? readCampaign(payload.value) : payload;
  if (!read.ok || read.value.digest !== digest) throw new Error(`the stored campaign ${digest} has other bytes`);
  const campaign = { ...read.value, dsse };
  const [oldest] = remembered.keys();
  if (remembered.size >= MAX_REMEMBERED && oldest !== undefined) remembered.delete(oldest);
  remembered.set(digest, campaign);
  return campaign;
}

const MAX_RECEIPT_BYTES = 8192;

/** INVARIANT: its signature was verified before it was stored. */
export function storedReceipt(stored: unknown): Receipt {
  const payload = payloadOf(storedDsse(stored));
  const json = payload.ok ? readStrictJson(payload.value, { maxBytes: MAX_RECEIPT_BYTES }) : payload;
  const receipt = json.ok ? readShape(receiptShape, json.value) : json;
  if (!receipt.ok) throw new Error('a stored receipt does not have its form');
  return receipt.value;
}

export interface SignedBy {
  readonly person: string;
  readonly dsse: DsseEnvelope;
}

/** Of each person oldest first: by number, a clock may go back. A person is one voice however often they sign (trap 2). */
export const newestOfEach = (signed: readonly SignedBy[]): readonly DsseEnvelope[] => [
  ...new Map(signed.map(({ person, dsse }) => [person, dsse])).values(),
];

/** What the tables say of the campaign that a capsule belongs to. */
export interface AttachedCampaign {
  readonly campaign: StoredCampaign;
  readonly state: 'waiting' | 'approved' | 'held';
  readonly reason: string;
  /** Of the capsule, from 0. */
  readonly stage: number;
  /** The newest of each person: signing anew replaces what one signed before. */
  readonly approvals: readonly DsseEnvelope[];
  /** All that ever came, oldest first: a stage that is under way was let out by those of its time. */
  readonly everSigned: readonly SignedBy[];
  /** Of the stage before. */
  readonly receipts: readonly DsseEnvelope[];
}

/** As the query of `attached.ts` and of the release builds it. */
export interface FoundCampaign {
  readonly digest: Digest;
  readonly state: AttachedCampaign['state'];
  readonly reason: string;
  readonly dsse: unknown;
  readonly stage: number;
  /** Of each person oldest first. */
  readonly approvals: readonly { readonly person: string; readonly dsse: unknown }[] | null;
  readonly receipts: readonly unknown[] | null;
}

export function attachedCampaign(found: FoundCampaign): AttachedCampaign {
  const everSigned = (found.approvals ?? []).map(({ person, dsse }) => ({ person, dsse: storedDsse(dsse) }));
  return {
    campaign: openStoredCampaign(found.digest, found.dsse),
    state: found.state,
    reason: found.reason,
    stage: found.stage,
    approvals: newestOfEach(everSigned),
    everSigned,
    receipts: (found.receipts ?? []).map(storedDsse),
  };
}
