/**
 * What policy keeps from running is done by hand and stays visible (D1): opened with the evidence, done by a named person with a note,
 * which asks for the post-check of the proposal's own plan, and closed by a named person who says how that check went.
 */
import { ok, refuse, type Result } from '@countersign/core';
import type { Deps } from '../deps.ts';
import { json, type Answer, type OwnExchange } from '../http/index.ts';
import { knownPerson } from '../signals/known-person.ts';
import { storedProposal } from '../store/stored.parse.ts';

export interface Done {
  readonly note: string;
}
export interface Closing {
  readonly result: 'passed' | 'failed';
  readonly note: string;
}

interface Moved {
  readonly from: 'open' | 'done';
  readonly why: string;
}

/** The item of this proposal that is in the state the step starts from; the newest revision. */
const itemOf = (
  { db, context }: Parameters<Parameters<OwnExchange<unknown, undefined>['commit']>[0]>[0],
  proposal: string,
  { from }: Pick<Moved, 'from'>,
): Promise<{ readonly revision: number; readonly document: unknown } | undefined> =>
  db
    .selectFrom('manual_work as w')
    .innerJoin('proposal as p', (join) =>
      join.onRef('p.organisation', '=', 'w.organisation').onRef('p.id', '=', 'w.proposal'),
    )
    .select(['w.revision', 'p.document'])
    .where('w.organisation', '=', context.organisation)
    .where('w.proposal', '=', proposal)
    .where('w.state', '=', from)
    .orderBy('w.revision', 'desc')
    .limit(1)
    .forUpdate()
    .executeTakeFirst();

/** Says that it was done by hand; asks for the check that was bound to the proposal. */
export async function finishWork(deps: Deps, exchange: OwnExchange<Done, undefined>): Promise<Result<Answer>> {
  const { principal, params, body } = exchange;
  const person = await knownPerson(deps, principal, { clause: 'D1' });
  if (!person.ok) return person;
  const proposal = params['id'] ?? '';
  return exchange.commit(async (work) => {
    const item = await itemOf(work, proposal, { from: 'open' });
    if (item === undefined) return refuse('not-found', 'no manual work is open for this proposal', { clause: 'D1' });
    const { spec, checks, reproduction } = storedProposal(item.document).validation;
    const postCheck = { spec, checks, ...(reproduction !== undefined && { reproduction }) };
    await work.db
      .updateTable('manual_work')
      .set({
        state: 'done',
        note: body.note,
        done_by: person.value.id,
        done_at: work.context.now,
        post_check: JSON.stringify(postCheck),
      })
      .where('organisation', '=', work.context.organisation)
      .where('proposal', '=', proposal)
      .where('revision', '=', item.revision)
      .execute();
    work.leaf({
      event: 'manual-work.done',
      subject: `proposal:${proposal}`,
      correlation: proposal,
      body: { proposal, revision: item.revision, by: person.value.id, note: body.note, postCheck },
    });
    return ok(json({ proposal, revision: item.revision, state: 'done', postCheck }));
  });
}

/** Only what was done is closed, and a failed check leaves it open again for whoever goes on. */
export async function closeWork(deps: Deps, exchange: OwnExchange<Closing, undefined>): Promise<Result<Answer>> {
  const { principal, params, body } = exchange;
  const person = await knownPerson(deps, principal, { clause: 'A9' });
  if (!person.ok) return person;
  const proposal = params['id'] ?? '';
  return exchange.commit(async (work) => {
    const item = await itemOf(work, proposal, { from: 'done' });
    if (item === undefined) return refuse('conflict', 'nothing that was done waits for its check', { clause: 'A9' });
    const isClosed = body.result === 'passed';
    const state = isClosed ? 'closed' : 'open';
    await work.db
      .updateTable('manual_work')
      .set({
        state,
        result: body.result,
        ...(isClosed && { closed_by: person.value.id, closed_at: work.context.now }),
      })
      .where('organisation', '=', work.context.organisation)
      .where('proposal', '=', proposal)
      .where('revision', '=', item.revision)
      .execute();
    work.leaf({
      event: 'manual-work.closed',
      subject: `proposal:${proposal}`,
      correlation: proposal,
      body: { proposal, revision: item.revision, by: person.value.id, ...body },
    });
    return ok(json({ proposal, revision: item.revision, state, result: body.result }));
  });
}
