/** The campaign that a capsule belongs to, with what was signed over it and the receipts of the stage before (C4). */
import { sql, type Kysely } from 'kysely';
import type { Schema } from '../store/schema.ts';
import type { FoundCampaign } from './stored-campaign.ts';

export async function findCampaignOf(
  db: Kysely<Schema>,
  organisation: string,
  capsule: string,
): Promise<FoundCampaign | undefined> {
  const { rows } = await sql<FoundCampaign>`
    select k.digest, k.state, k.reason, k.dsse, m.stage,
      (select json_agg(json_build_object('person', a.person, 'dsse', a.dsse) order by a.nth, a.received_at) from campaign_approval a
         where a.organisation = k.organisation and a.campaign = k.digest) as approvals,
      (select json_agg(r.dsse order by r.received_at, r.digest) from campaign_receipt r
         where r.organisation = k.organisation and r.campaign = k.digest and r.stage = m.stage - 1) as receipts
    from campaign_member m join campaign k on k.organisation = m.organisation and k.digest = m.campaign
    where m.organisation = ${organisation} and m.capsule = ${capsule}`.execute(db);
  return rows[0];
}
