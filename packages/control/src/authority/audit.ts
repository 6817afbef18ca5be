/**
 * The alignment audit and what auditors sign (E7). An auditor stands outside the policy admins: a finding of somebody who is both counts
 * for nothing, and only an auditor closes one.
 */
import {
  alignmentOf,
  auditClosureShape,
  auditFindingShape,
  ok,
  readShape,
  refuse,
  type Person,
  type Result,
  type Shape,
} from '@countersign/core';
import { digestOf, PAYLOAD, payloadOf, readStrictJson, type DsseEnvelope } from '@countersign/seal';
import type { Deps } from '../deps.ts';
import { json, type Answer, type OwnExchange } from '../http/index.ts';
import { storedDigest, storedDsse } from '../store/stored.parse.ts';
import type { InstalledBundle } from '../trust/open-bundle.ts';
import { peopleWhoSigned } from '../trust/signers.ts';
import { overdueFindings } from './findings.ts';

/** Envelope against graph as they are now; read only, and without authority. */
export async function auditAlignment(deps: Deps, exchange: OwnExchange<undefined, undefined>): Promise<Result<Answer>> {
  const { organisation } = exchange.principal;
  const [envelope, graph] = await Promise.all([deps.trust.envelope(organisation), deps.trust.graph(organisation)]);
  if (!envelope.ok) return envelope;
  if (graph === undefined) return refuse('no-graph', 'no system graph is installed');
  const drift = alignmentOf(envelope.value.envelope, graph.index, exchange.now);
  return ok(
    json({
      envelope: { version: envelope.value.envelope.version, digest: envelope.value.digest },
      graph: { version: graph.index.snapshot.version, digest: graph.digest, takenAt: graph.index.snapshot.takenAt },
      at: exchange.now,
      isAligned: drift.length === 0,
      drift,
      overdueFindings: await overdueFindings(deps.store, organisation, exchange.now),
    }),
  );
}

export interface SignedBody {
  readonly document: DsseEnvelope;
}

const MAX_BYTES = 65_536;
const SIGNED_WITHIN_MS = 900_000;

interface Opened<T> {
  readonly value: T;
  readonly digest: string;
}

function opened<T>(dsse: DsseEnvelope, type: string, shape: Shape<T>): Result<Opened<T>> {
  if (dsse.payloadType !== type) return refuse('wrong-type', 'a document of another type was sent');
  const payload = payloadOf(dsse);
  if (!payload.ok) return payload;
  const document = readStrictJson(payload.value, { maxBytes: MAX_BYTES });
  const read = document.ok ? readShape(shape, document.value) : document;
  return read.ok ? ok({ value: read.value, digest: digestOf(payload.value) }) : read;
}

const has = (person: Person | undefined, role: string): boolean => person?.roles.some((one) => one === role) ?? false;

/** The named auditor signed it just now, is one, and is no policy admin. */
function checkAuditor(
  dsse: DsseEnvelope,
  {
    auditor,
    signedAt,
    organisation,
  }: { readonly auditor: string; readonly signedAt: string; readonly organisation: string },
  { trust, exchange }: { readonly trust: InstalledBundle; readonly exchange: OwnExchange<SignedBody, undefined> },
): Result<Person> {
  if (organisation !== exchange.principal.organisation)
    return refuse('wrong-organisation', 'the document is of another organisation');
  const person = trust.people.get(auditor);
  if (person === undefined || !has(person, 'auditor') || has(person, 'policy-admin')) {
    const eligible = [...trust.people.values()].filter((one) => has(one, 'auditor') && !has(one, 'policy-admin'));
    return refuse('forbidden', 'only an auditor who is no policy administrator may sign this', {
      clause: 'E7',
      eligible: eligible.map(({ id }) => id),
    });
  }
  if (peopleWhoSigned(dsse, [person]).length === 0)
    return refuse('bad-signature', 'the document is not signed by the auditor it names', { clause: 'E7' });
  if (Math.abs(Date.parse(exchange.now) - Date.parse(signedAt)) > SIGNED_WITHIN_MS)
    return refuse('expired', `the document was signed at ${signedAt}`, { clause: 'E7' });
  return ok(person);
}

export async function receiveFinding(
  deps: Deps,
  exchange: OwnExchange<SignedBody, undefined>,
): Promise<Result<Answer>> {
  const { organisation } = exchange.principal;
  const trust = await deps.trust.bundle(organisation);
  if (trust === undefined) return refuse('no-trust', 'no trust bundle names the auditors');
  const dsse = exchange.body.document;
  const read = opened(dsse, PAYLOAD.auditFinding, auditFindingShape);
  if (!read.ok) return read;
  const { value: finding, digest } = read.value;
  const auditor = checkAuditor(dsse, finding, { trust, exchange });
  if (!auditor.ok) return auditor;
  if (!trust.people.has(finding.owner))
    return refuse('malformed', 'the trust bundle does not name the owner of the finding', { clause: 'E7' });
  return exchange.commit(async ({ db, context, leaf }) => {
    const made = await db
      .insertInto('audit_finding')
      .values({
        organisation,
        id: finding.id,
        digest,
        dsse: JSON.stringify(dsse),
        auditor: finding.auditor,
        owner: finding.owner,
        due_at: finding.dueAt,
        opened_at: context.now,
      })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    if ((made.numInsertedOrUpdatedRows ?? 0n) === 0n)
      return refuse('conflict', 'there is a finding with this id', { clause: 'E7' });
    leaf({
      event: 'audit.found',
      subject: `finding:${finding.id}`,
      correlation: '',
      body: { finding: digest, owner: finding.owner, dueAt: finding.dueAt },
    });
    return ok(json({ id: finding.id, digest, dueAt: finding.dueAt }, 201));
  });
}

export async function closeFinding(deps: Deps, exchange: OwnExchange<SignedBody, undefined>): Promise<Result<Answer>> {
  const { organisation } = exchange.principal;
  const trust = await deps.trust.bundle(organisation);
  if (trust === undefined) return refuse('no-trust', 'no trust bundle names the auditors');
  const dsse = exchange.body.document;
  const read = opened(dsse, PAYLOAD.auditClosure, auditClosureShape);
  if (!read.ok) return read;
  const { value: closure } = read.value;
  const auditor = checkAuditor(dsse, closure, { trust, exchange });
  if (!auditor.ok) return auditor;
  return exchange.commit(async ({ db, context, leaf }) => {
    const closed = await db
      .updateTable('audit_finding')
      .set({ closed_at: context.now, closure: JSON.stringify(dsse) })
      .where('organisation', '=', organisation)
      .where('id', '=', closure.finding)
      .where('digest', '=', closure.of)
      .where('closed_at', 'is', null)
      .executeTakeFirst();
    if (closed.numUpdatedRows === 0n) return refuse('not-found', 'there is no such open finding with this digest');
    leaf({ event: 'audit.closed', subject: `finding:${closure.finding}`, correlation: '', body: closure });
    return ok(json({ id: closure.finding, closedBy: closure.auditor }));
  });
}

export async function listFindings(deps: Deps, exchange: OwnExchange<undefined, undefined>): Promise<Result<Answer>> {
  const rows = await deps.store
    .selectFrom('audit_finding')
    .selectAll()
    .where('organisation', '=', exchange.principal.organisation)
    .orderBy('due_at')
    .limit(500)
    .execute();
  const items = rows.flatMap(({ id, digest, dsse, auditor, owner, due_at, opened_at, closed_at }) => {
    const read = readFinding(dsse);
    return read === undefined
      ? []
      : [
          {
            id,
            digest: storedDigest(digest),
            ...read,
            auditor,
            owner,
            dueAt: due_at.toISOString(),
            openedAt: opened_at.toISOString(),
            ...(closed_at !== null && { closedAt: closed_at.toISOString() }),
            isOverdue: closed_at === null && due_at.toISOString() <= exchange.now,
          },
        ];
  });
  return ok(json({ items }));
}

function readFinding(dsse: unknown): { readonly title: string; readonly text: string } | undefined {
  const read = opened(storedDsse(dsse), PAYLOAD.auditFinding, auditFindingShape);
  return read.ok ? { title: read.value.value.title, text: read.value.value.text } : undefined;
}
