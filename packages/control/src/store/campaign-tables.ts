/** Tables of campaigns (C4); see the schema for the rules of all tables. */
import type { ColumnType } from 'kysely';

type Json<T> = ColumnType<T, string, string>;
type Instant = ColumnType<Date, Date | string, Date | string>;

interface CampaignRow {
  organisation: string;
  id: string;
  digest: string;
  state: 'waiting' | 'approved' | 'held';
  /** Why it is in its state, for people. */
  reason: string;
  title: string;
  dsse: Json<unknown>;
  made_by: string;
  made_at: Instant;
}
interface CampaignMemberRow {
  organisation: string;
  capsule: string;
  campaign: string;
  /** From 0. */
  stage: number;
  proposal: string;
}
/** Every signature that came, those of a person who signed anew too. */
interface CampaignApprovalRow {
  organisation: string;
  campaign: string;
  person: string;
  /** Which of this person's signatures over it, from 1. */
  nth: number;
  role: string;
  dsse: Json<unknown>;
  received_at: Instant;
}
/** Every receipt that came, a later one of the same capsule too. */
interface CampaignReceiptRow {
  organisation: string;
  campaign: string;
  capsule: string;
  stage: number;
  digest: string;
  is_success: boolean;
  dsse: Json<unknown>;
  received_at: Instant;
}

export interface CampaignTables {
  campaign: CampaignRow;
  campaign_member: CampaignMemberRow;
  campaign_approval: CampaignApprovalRow;
  campaign_receipt: CampaignReceiptRow;
}
