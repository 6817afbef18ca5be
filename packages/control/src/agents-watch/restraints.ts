/**
 * Agents and sources that are held back (D7): any operator stops one at once; an agent that leaves its own past is held by us; a policy
 * admin's signature lets it go on. A suspended source's signals count as if nobody had authenticated them.
 */
import { randomUUID } from 'node:crypto';
import {
  checkLift,
  leavesBaseline,
  ok,
  readShape,
  refuse,
  restraintLiftShape,
  type Departure,
  type PersonId,
  type RestraintLift,
  type Result,
} from '@countersign/core';
import { PAYLOAD, payloadOf, readStrictJson, type DsseEnvelope } from '@countersign/seal';
import { sql } from 'kysely';
import type { Knowledge } from '../decisions/load-knowledge.ts';
import type { Deps } from '../deps.ts';
import { json, type Answer, type OwnExchange } from '../http/index.ts';
import { knownPerson } from '../signals/known-person.ts';
import { storedId } from '../store/stored.parse.ts';
import type { Work } from '../store/transact.ts';
import { peopleWhoSigned } from '../trust/signers.ts';

export interface NewRestraint {
  readonly subjectKind: 'agent' | 'source';
  readonly subject: string;
  readonly kind: 'suspended' | 'baseline';
  readonly reasons: readonly string[];
  /** As it stands in the leaf. */
  readonly by: string;
}

/** Puts a restraint there and on record; the id of the one that stands already when there is one. */
async function restrain({ db, context, leaf }: Work, restraint: NewRestraint): Promise<string> {
  const { subjectKind, subject, kind, reasons, by } = restraint;
  const id = `H-${randomUUID()}`;
  const { rows } = await sql<{ id: string }>`
    insert into restraint (organisation, id, subject_kind, subject, kind, reasons, set_by, since)
    values (${context.organisation}, ${id}, ${subjectKind}, ${subject}, ${kind}, ${JSON.stringify(reasons)}::jsonb, ${by},
      ${context.now}::timestamptz)
    on conflict do nothing returning id`.execute(db);
  if (rows.length > 0) {
    leaf({
      event: 'restraint.set',
      subject: `${subjectKind}:${subject}`,
      correlation: '',
      body: { restraint: id, kind, reasons, by },
    });
    return id;
  }
  // A statement of its own: whoever was first may have committed only while the insert waited, unseen by that statement.
  const standing = await db
    .selectFrom('restraint')
    .select('id')
    .where('organisation', '=', context.organisation)
    .where('subject_kind', '=', subjectKind)
    .where('subject', '=', subject)
    .where('kind', '=', kind)
    .where('lifted_at', 'is', null)
    .executeTakeFirstOrThrow();
  return standing.id;
}

/** The agent does something else than it used to: from now on people are asked, until a policy admin signs. */
export async function watchBaseline(work: Work, knowledge: Knowledge, asked: Asked): Promise<Knowledge> {
  const { isBaselineLeft, history, liftedAt } = knowledge.agent;
  if (isBaselineLeft) return knowledge;
  const { now } = work.context;
  // What a policy admin has looked at today and let go on is not held against it a second time.
  if (liftedAt !== undefined && liftedAt.slice(0, 10) === now.slice(0, 10)) return knowledge;
  const departures = leavesBaseline(history, now, asked.action);
  if (departures.length === 0) return knowledge;
  await restrain(work, {
    subjectKind: 'agent',
    subject: asked.agent,
    kind: 'baseline',
    reasons: departures.map(({ text }: Departure) => text),
    by: 'control',
  });
  return { ...knowledge, agent: { ...knowledge.agent, isBaselineLeft: true } };
}

interface Asked {
  readonly agent: string;
  readonly action: Parameters<typeof leavesBaseline>[2];
}

export interface Suspension {
  readonly reason: string;
}

/** One person, at once, without a signature: whoever the trust bundle names. */
export async function suspend(
  deps: Deps,
  exchange: OwnExchange<Suspension, undefined>,
  subjectKind: NewRestraint['subjectKind'],
): Promise<Result<Answer>> {
  const { principal, params, body } = exchange;
  const person = await knownPerson(deps, principal, { clause: 'D7' });
  if (!person.ok) return person;
  const subject = params['id'] ?? '';
  if (!(await exists(deps, principal.organisation, { subjectKind, subject })))
    return refuse('not-found', `there is no such ${subjectKind}`);
  return exchange.commit(async (work) => {
    const by = `person:${person.value.id}`;
    const id = await restrain(work, { subjectKind, subject, kind: 'suspended', reasons: [body.reason], by });
    return ok(json({ id, subjectKind, subject, kind: 'suspended' }));
  });
}

async function exists(
  deps: Deps,
  organisation: Parameters<Deps['trust']['bundle']>[0],
  { subjectKind, subject }: Pick<NewRestraint, 'subjectKind' | 'subject'>,
): Promise<boolean> {
  if (subjectKind === 'agent') return (await deps.trust.bundle(organisation))?.agents.has(subject) ?? false;
  return (await deps.trust.lineages(organisation)).some(({ source }) => source === subject);
}

export interface LiftBody {
  readonly lift: DsseEnvelope;
}

/** D7: only a signature lets it go on; the owner of the agent cannot give it. */
export async function lift(deps: Deps, exchange: OwnExchange<LiftBody, undefined>): Promise<Result<Answer>> {
  const { principal, params, body } = exchange;
  const { organisation } = principal;
  const installed = await deps.trust.bundle(organisation);
  if (installed === undefined) return refuse('no-trust', 'no trust bundle says whose signature counts');
  const read = readLift(body.lift);
  if (!read.ok) return read;
  const restraint = params['id'] ?? '';
  return exchange.commit(async ({ db, context, leaf }) => {
    const row = await db
      .selectFrom('restraint')
      .select(['id', 'subject_kind', 'subject', 'kind'])
      .where('organisation', '=', organisation)
      .where('id', '=', restraint)
      .where('lifted_at', 'is', null)
      .forUpdate()
      .executeTakeFirst();
    if (row === undefined) return refuse('not-found', 'there is no such restraint in force');
    const owner: PersonId | undefined =
      row.subject_kind === 'agent' ? installed.agents.get(row.subject)?.owner : undefined;
    const checked = checkLift(read.value, {
      organisation,
      restraint: row.id,
      ...(owner !== undefined && { agentOwner: owner }),
      now: context.now,
      signers: peopleWhoSigned(body.lift, installed.bundle.people),
    });
    if (!checked.ok) return checked;
    await db
      .updateTable('restraint')
      .set({ lifted_by: checked.value.person, lifted_at: context.now, lift: JSON.stringify(body.lift) })
      .where('organisation', '=', organisation)
      .where('id', '=', row.id)
      .execute();
    leaf({
      event: 'restraint.lifted',
      subject: `${row.subject_kind}:${row.subject}`,
      correlation: '',
      body: { restraint: row.id, kind: row.kind, lift: body.lift },
    });
    return ok(json({ id: row.id, liftedBy: checked.value.person }));
  });
}

function readLift(dsse: DsseEnvelope): Result<RestraintLift> {
  if (dsse.payloadType !== PAYLOAD.restraintLift)
    return refuse('wrong-type', 'this is not the leave to lift a restraint', { clause: 'D7' });
  const payload = payloadOf(dsse);
  const document = payload.ok ? readStrictJson(payload.value) : payload;
  return document.ok ? readShape(restraintLiftShape, document.value) : document;
}

/** A refusal at intake is part of what an agent does (D7). */
export async function countRefusal({ db, context }: Work, agent: string, code: string): Promise<void> {
  await db
    .insertInto('agent_refusal')
    .values({ organisation: context.organisation, agent: storedId<'Agent'>(agent), code, at: context.now })
    .execute();
}
