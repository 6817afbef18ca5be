/** Holds a campaign: no further stage of it is sent (C4, X5). What runs already is stopped by a halt, not by this. */
import { object, ok, refuse, text, type Result, type Shape } from '@countersign/core';
import type { Deps } from '../deps.ts';
import { json, type Answer, type OwnExchange } from '../http/index.ts';
import { knownPerson } from '../signals/known-person.ts';
import type { Work } from '../store/transact.ts';
import { campaignSubject } from './stored-campaign.ts';

export interface Hold {
  readonly reason: string;
}
export const holdShape: Shape<Hold> = object<Hold>({ reason: text({ min: 3, max: 1000 }) });

/** False when it was held before: the first reason stays. */
export async function holdCampaign({ db, context, leaf }: Work, digest: string, reason: string): Promise<boolean> {
  const { organisation } = context;
  const held = await db
    .updateTable('campaign')
    .set({ state: 'held', reason })
    .where('organisation', '=', organisation)
    .where('digest', '=', digest)
    .where('state', '<>', 'held')
    .returning('id')
    .executeTakeFirst();
  if (held === undefined) return false;
  leaf({
    event: 'campaign.held',
    subject: campaignSubject(digest),
    correlation: '',
    body: { campaign: digest, reason },
  });
  return true;
}

/** A trip of a capsule holds the campaign it belongs to, in the transaction that learns of it. */
export async function holdCampaignOf(work: Work, capsule: string, reason: string): Promise<void> {
  const member = await work.db
    .selectFrom('campaign_member')
    .select('campaign')
    .where('organisation', '=', work.context.organisation)
    .where('capsule', '=', capsule)
    .executeTakeFirst();
  if (member !== undefined) await holdCampaign(work, member.campaign, reason);
}

export async function holdByPerson(deps: Deps, exchange: OwnExchange<Hold, undefined>): Promise<Result<Answer>> {
  const { principal, params, body } = exchange;
  const person = await knownPerson(deps, principal, { clause: 'C4' });
  if (!person.ok) return person;
  return exchange.commit(async (work) => {
    const row = await work.db
      .selectFrom('campaign')
      .select(['digest', 'id'])
      .where('organisation', '=', work.context.organisation)
      .where('id', '=', params['id'] ?? '')
      .executeTakeFirst();
    if (row === undefined) return refuse('not-found', 'there is no such campaign');
    await holdCampaign(work, row.digest, `${person.value.id}: ${body.reason}`);
    return ok(json({ id: row.id, state: 'held' }));
  });
}
