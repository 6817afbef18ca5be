/** The witness's status statement (X1): kept when its signature, organisation and time hold; a newer one replaces an older one. */
import {
  readShape,
  refuse,
  statusShape,
  type Instant,
  type OrganisationId,
  type Result,
  type Status,
} from '@countersign/core';
import {
  digestOfDocument,
  parseEnvelope,
  payloadOf,
  PAYLOAD,
  readStrictJson,
  verifyEnvelope,
  type DsseEnvelope,
} from '@countersign/seal';
import type { Deps } from '../deps.ts';
import type { StoredStatus } from './newest.ts';

/** Clocks of two machines may differ by so much. */
const MAX_FUTURE_MS = 60_000;

export async function acceptStatus(
  deps: Deps,
  organisation: OrganisationId,
  given: { readonly status: DsseEnvelope; readonly now: Instant },
): Promise<Result<Status>> {
  const installed = await deps.trust.bundle(organisation);
  if (installed === undefined) return refuse('no-trust', 'no trust bundle names the status signers');
  const verified = verifyEnvelope(given.status, {
    payloadType: PAYLOAD.status,
    trusted: installed.statusSigners,
    threshold: 1,
  });
  if (!verified.ok) return verified;
  const document = readStrictJson(verified.value.payload);
  const status = document.ok ? readShape(statusShape, document.value) : document;
  if (!status.ok) return status;
  if (status.value.organisation !== organisation)
    return refuse('wrong-organisation', 'the status is of another organisation');
  const { issuedAt, expiresAt } = status.value;
  if (expiresAt <= given.now || Date.parse(issuedAt) > Date.parse(given.now) + MAX_FUTURE_MS)
    return refuse('expired', `the status is valid from ${issuedAt} until ${expiresAt} and it is ${given.now}`);
  const stored = await deps.store
    .insertInto('status')
    .values({ organisation, dsse: JSON.stringify(given.status), issued_at: issuedAt })
    .onConflict((conflict) =>
      conflict
        .column('organisation')
        .doUpdateSet({ dsse: JSON.stringify(given.status), issued_at: issuedAt })
        .where('status.issued_at', '<', new Date(issuedAt)),
    )
    .returning('organisation')
    .executeTakeFirst();
  if (stored === undefined) return refuse('not-newer', 'a newer status is already known');
  if (deps.bus.isAlone) deps.newest.keepStatus(organisation, { dsse: given.status, status: status.value });
  deps.bus.publish('status', organisation, rulingOf(status.value));
  return status;
}

/** Names what a status says beside its time, the size of the record and the used quota. */
function rulingOf({ envelope, trustVersion, halts, suspendedActions, quota: { limit } }: Status): string {
  const ruling = { envelope: envelope?.digest ?? null, trustVersion, halts, suspendedActions, limit };
  return digestOfDocument(ruling).slice('sha256:'.length);
}

/** As it was stored, which was after its signature was checked. */
export async function newestStatus(
  deps: Pick<Deps, 'newest' | 'store'>,
  organisation: OrganisationId,
): Promise<StoredStatus | undefined> {
  const known = deps.newest.status(organisation);
  if (known !== undefined) return known;
  const dsse = await currentStatus(deps, organisation);
  const payload = dsse === undefined ? undefined : payloadOf(dsse);
  const document = payload?.ok === true ? readStrictJson(payload.value) : undefined;
  const status = document?.ok === true ? readShape(statusShape, document.value) : undefined;
  return dsse !== undefined && status?.ok === true ? { dsse, status: status.value } : undefined;
}

export async function currentStatus(
  deps: Pick<Deps, 'store'>,
  organisation: OrganisationId,
): Promise<DsseEnvelope | undefined> {
  const row = await deps.store
    .selectFrom('status')
    .select('dsse')
    .where('organisation', '=', organisation)
    .executeTakeFirst();
  const status = parseEnvelope(row?.dsse);
  return status.ok ? status.value : undefined;
}
