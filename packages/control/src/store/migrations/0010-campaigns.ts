/** Campaigns, what people signed over them, and the receipts of their runners (C4). A capsule is of one campaign at a time. */
import { sql, type Kysely } from 'kysely';

const TABLES = `
create table campaign (
  organisation text not null references organisation, id text not null, digest text not null,
  state text not null check (state in ('waiting','approved','held')), reason text not null, title text not null,
  dsse jsonb not null, made_by text not null, made_at timestamptz not null,
  primary key (organisation, digest), unique (organisation, id));
create index campaign_recent on campaign (organisation, made_at desc, id desc);
create table campaign_member (
  organisation text not null references organisation, capsule text not null, campaign text not null, stage integer not null,
  proposal text not null, primary key (organisation, capsule),
  foreign key (organisation, campaign) references campaign, foreign key (organisation, capsule) references capsule);
create index campaign_member_stage on campaign_member (organisation, campaign, stage);
create table campaign_approval (
  organisation text not null references organisation, campaign text not null, person text not null, role text not null,
  dsse jsonb not null, received_at timestamptz not null, primary key (organisation, campaign, person),
  foreign key (organisation, campaign) references campaign);
create table campaign_receipt (
  organisation text not null references organisation, campaign text not null, capsule text not null, stage integer not null,
  digest text not null, is_success boolean not null, dsse jsonb not null, received_at timestamptz not null,
  primary key (organisation, digest), foreign key (organisation, campaign) references campaign);
create index campaign_receipt_stage on campaign_receipt (organisation, campaign, stage);
`;

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(TABLES).execute(db);
}
