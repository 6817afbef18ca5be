/**
 * A retry of a request must not act twice. The answer is stored under the caller's key in the transaction of the use case, so
 * there is no moment at which the act is done and the answer is not known.
 */
import { refuse, type Digest, type Result } from '@countersign/core';
import { sql } from 'kysely';
import { isDuplicate, isUnmet } from '../store/database-errors.ts';
import type { Store } from '../store/schema.ts';
import { WITH_NEXT } from '../store/together.ts';
import type { Transactor, Work } from '../store/transact.ts';
import { json, type Answer } from './answer.ts';
import { actorOf, type Principal } from './principal.ts';
import { Refused } from './problem.ts';
import type { Commit } from './route.ts';

export interface Receipt {
  readonly principal: Principal;
  readonly key: string;
  /** Digest of method, address and body. */
  readonly request: Digest;
}

const KEY = /^[!-~]{1,200}$/;
export const isIdempotencyKey = (key: string): boolean => KEY.test(key);

/** The answer that was given to this key before; undefined when it is new. */
export async function replay(store: Store, receipt: Receipt): Promise<Result<Answer> | undefined> {
  const row = await store
    .selectFrom('idempotency')
    .select(['request', 'status', 'response'])
    .where('organisation', '=', receipt.principal.organisation)
    .where('principal', '=', actorOf(receipt.principal))
    .where('key', '=', receipt.key)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  if (row.request !== receipt.request)
    return refuse('idempotency-key-reused', 'this idempotency key was used for a different request');
  return { ok: true, value: json(row.response, row.status, { 'idempotent-replay': 'true' }) };
}

/** Somebody answered the same key while this request ran: its work is rolled back. */
class AnsweredMeanwhile extends Error {}

export function committer(transactor: Transactor, receipt: Receipt | undefined): Commit {
  if (receipt === undefined) return (actor, work) => transactor.run(actor, work);
  return async (actor, work) => {
    try {
      return await transactor.run(actor, async (unit) => {
        await demandNew(unit, receipt);
        const result = await work(unit);
        if (result.ok && result.value.kind === 'json') await remember(unit, receipt, result.value);
        // Refused because the very same request succeeded a moment ago: then that answer is the answer.
        if (!result.ok && (await isAnswered(unit, receipt))) throw new AnsweredMeanwhile();
        return result;
      });
    } catch (error) {
      const isRepeated = error instanceof AnsweredMeanwhile || isDuplicate(error, 'idempotency_pkey');
      if (!isRepeated && !isUnmet(error)) throw error;
      const answer = await replay(transactor.store, receipt);
      if (answer !== undefined) return answer;
      if (!isRepeated) throw error;
      throw new Refused({ code: 'storage-conflict', detail: 'the same request ran at the same moment' });
    }
  };
}

/** Goes with the first statement of the work. A key that is there divides by nought, and the work is not done a second time. */
async function demandNew({ db }: Work, { principal, key }: Receipt): Promise<void> {
  await sql`
    select 1 / case when exists (select from idempotency
      where organisation = ${principal.organisation} and principal = ${actorOf(principal)} and key = ${key}) then 0 else 1 end
    ${sql.raw(WITH_NEXT)}`.execute(db);
}

async function isAnswered({ db }: Work, { principal, key }: Receipt): Promise<boolean> {
  const row = await db
    .selectFrom('idempotency')
    .select('key')
    .where('organisation', '=', principal.organisation)
    .where('principal', '=', actorOf(principal))
    .where('key', '=', key)
    .executeTakeFirst();
  return row !== undefined;
}

async function remember(work: Work, receipt: Receipt, answer: Extract<Answer, { kind: 'json' }>): Promise<void> {
  await work.db
    .insertInto('idempotency')
    .values({
      organisation: receipt.principal.organisation,
      principal: actorOf(receipt.principal),
      key: receipt.key,
      request: receipt.request,
      status: answer.status,
      response: JSON.stringify(answer.body),
      created_at: work.context.now,
    })
    // A key that is there already fails the whole transaction.
    .modifyEnd(sql.raw(WITH_NEXT))
    .execute();
}
