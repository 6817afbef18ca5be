/** Every signature over a campaign stays (V1, C4): a stage that one let out is verified with that one, also after its signer signed anew. */
import { sql, type Kysely } from 'kysely';

const TABLES = `
alter table campaign_approval add column nth integer not null default 1 check (nth > 0);
alter table campaign_approval alter column nth drop default;
alter table campaign_approval drop constraint campaign_approval_pkey;
alter table campaign_approval add primary key (organisation, campaign, person, nth);
`;

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(TABLES).execute(db);
}
