/**
 * How a gateway comes to its certificate (O4): a person of the roster invites the enclave, the gateway shows the secret once with a key made
 * inside, and from then on renews with the certificate it has. Shutting out ends all of an enclave's certificates at once.
 */
import { randomBytes } from 'node:crypto';
import {
  instantOf,
  ok,
  plusMs,
  refuse,
  type EnclaveId,
  type OrganisationId,
  type Result,
  type TrustBundle,
} from '@countersign/core';
import {
  digestOf,
  openGatewayEnrolment,
  type DsseEnvelope,
  type GatewayInvitation,
  type PublicKey,
} from '@countersign/seal';
import { sql } from 'kysely';
import type { Deps } from '../../deps.ts';
import type { Actor, Work } from '../../store/transact.ts';
import { within } from '../../store/within.ts';
import type { CertificateAuthority, Certified, EnclaveName } from './authority.ts';

export interface Door {
  readonly authority: CertificateAuthority;
  /** Where gateways come in, e.g. `https://control.example:4443`. */
  readonly url: string;
}

/** What a gateway gets: its certificate and the authority's. */
export interface CertificateAnswer {
  readonly certificate: string;
  readonly authority: string;
  readonly notAfter: string;
}

const INVITATION_MS = 600_000;
/** Between two clocks, and for what waited in a queue. */
const REQUEST_MS = 300_000;
const SECRET_BYTES = 32;

const secretDigest = (secret: string): string => digestOf(new TextEncoder().encode(secret));

/** The secret is in the answer and nowhere else. */
export async function invite(work: Work, door: Door, enclave: EnclaveId): Promise<GatewayInvitation> {
  const { organisation, actor, now } = work.context;
  const secret = randomBytes(SECRET_BYTES).toString('hex');
  const expiresAt = plusMs(now, INVITATION_MS);
  const row = {
    organisation,
    secret_digest: secretDigest(secret),
    enclave,
    made_by: actor,
    expires_at: expiresAt,
    used_at: null,
  };
  await work.db.insertInto('enclave_invitation').values(row).execute();
  work.leaf({ event: 'enclave.invited', subject: `enclave:${enclave}`, correlation: '', body: { enclave, expiresAt } });
  const { url, authority } = door;
  return {
    type: 'gateway-invitation',
    organisation,
    enclave,
    url,
    secret,
    authority: authority.certificate,
    expiresAt,
  };
}

interface Asked {
  readonly secret: string;
  readonly request: DsseEnvelope;
}

/** A stranger with a secret. Whatever is wrong, the answer is the same: a secret cannot be guessed at by its refusals. */
export async function enrol(deps: Deps, door: Door, asked: Asked): Promise<Result<CertificateAnswer>> {
  const opened = openGatewayEnrolment(asked.request);
  if (!opened.ok) return opened;
  const { organisation, enclave, requestedAt, key } = opened.value;
  if (!deps.config.organisations.has(organisation)) return notInvited;
  const now = deps.clock();
  if (requestedAt > plusMs(now, REQUEST_MS) || requestedAt < plusMs(now, -REQUEST_MS))
    return refuse('clock-skew', 'the request is dated more than five minutes away from the clock here', {
      clause: 'O4',
    });
  const context: Actor = { organisation, actor: `gateway:${enclave}`, now };
  return deps.transactor.run(context, async (work) => {
    await oneAfterAnother(work, enclave);
    const used = await work.db
      .updateTable('enclave_invitation')
      .set({ used_at: now })
      .where('organisation', '=', organisation)
      .where('enclave', '=', enclave)
      .where('secret_digest', '=', secretDigest(asked.secret))
      .where('used_at', 'is', null)
      .where('expires_at', '>', new Date(now))
      .executeTakeFirst();
    return used.numUpdatedRows === 1n ? ok(await certify(work, door, { organisation, enclave, key })) : notInvited;
  });
}

const notInvited: Result<never> = refuse('not-invited', 'no open invitation has this secret for this enclave', {
  clause: 'O4',
});

/** INVARIANT: certifying and shutting out an enclave never overlap: a certificate made meanwhile would not be among those that end. */
async function oneAfterAnother({ db, context }: Work, enclave: EnclaveId): Promise<void> {
  const name = `certificates ${context.organisation}/${enclave}`;
  await sql`select pg_advisory_xact_lock(hashtextextended(${name}, 706))`.execute(db);
}

interface Renewing {
  readonly name: EnclaveName;
  /** Of the certificate the caller came with. */
  readonly serial: string;
  readonly request: DsseEnvelope;
}

/** The new key is proved like the first one. That the certificate counts is asked here again: the door's answer may be seconds old. */
export async function renew(
  work: Work,
  door: Door,
  { name, serial, request }: Renewing,
): Promise<Result<CertificateAnswer>> {
  const opened = openGatewayEnrolment(request);
  if (!opened.ok) return opened;
  const { organisation, enclave, key } = opened.value;
  if (organisation !== name.organisation || enclave !== name.enclave)
    return refuse('forbidden', 'a gateway renews its own certificate and no other', { clause: 'O4' });
  await oneAfterAnother(work, enclave);
  const standing = await work.db
    .selectFrom('enclave_certificate')
    .select('serial')
    .where('organisation', '=', organisation)
    .where('enclave', '=', enclave)
    .where('serial', '=', serial)
    .where('shut_out_at', 'is', null)
    .executeTakeFirst();
  return standing === undefined ? SHUT_OUT : ok(await certify(work, door, { ...name, key }));
}

/** For a certificate of this installation that was ended. */
export const SHUT_OUT: Result<never> = refuse('shut-out', 'this certificate does not count any more', { clause: 'O4' });

async function certify(
  work: Work,
  { authority }: Door,
  { organisation, enclave, key }: EnclaveName & { readonly key: PublicKey },
): Promise<CertificateAnswer> {
  const certified: Certified = authority.certifyGateway({ organisation, enclave }, key);
  const notAfter = instantOf(certified.notAfterMs);
  const { serial } = certified;
  const row = { organisation, serial, enclave, keyid: key.keyid, issued_at: work.context.now, not_after: notAfter };
  await work.db
    .insertInto('enclave_certificate')
    .values({ ...row, shut_out_at: null, shut_out_by: null })
    .execute();
  const body = { enclave, serial, keyid: key.keyid, notAfter };
  work.leaf({ event: 'enclave.certified', subject: `enclave:${enclave}`, correlation: '', body });
  return { certificate: certified.certificate, authority: authority.certificate, notAfter };
}

/** One person, at once: stopping needs no quorum. Coming back needs a new invitation. */
export async function shutOut(
  work: Work,
  enclave: EnclaveId,
  bundle: TrustBundle | undefined,
): Promise<Result<number>> {
  // A name mistyped in a hurry must not look as if somebody had been stopped.
  if (!(await isKnown(work, enclave, bundle)))
    return refuse('not-found', `nothing is known of an enclave \`${enclave}\``, {
      clause: 'O4',
      next: ['compare the name with the one in its invitation or in the trust bundle'],
    });
  const { organisation, actor, now } = work.context;
  await oneAfterAnother(work, enclave);
  const ended = await work.db
    .updateTable('enclave_certificate')
    .set({ shut_out_at: now, shut_out_by: actor })
    .where('organisation', '=', organisation)
    .where('enclave', '=', enclave)
    .where('shut_out_at', 'is', null)
    .executeTakeFirst();
  await work.db
    .deleteFrom('enclave_invitation')
    .where('organisation', '=', organisation)
    .where('enclave', '=', enclave)
    .where('used_at', 'is', null)
    .execute();
  const count = Number(ended.numUpdatedRows);
  work.leaf({ event: 'enclave.shut-out', subject: `enclave:${enclave}`, correlation: '', body: { enclave, count } });
  return ok(count);
}

/** Whether anything speaks of it: a runner of the trust bundle, a certificate that it had, an invitation, a fixed token. */
async function isKnown({ db, context }: Work, enclave: EnclaveId, bundle: TrustBundle | undefined): Promise<boolean> {
  if (bundle?.keys.runners.some((runner) => runner.enclave === enclave) === true) return true;
  const { organisation } = context;
  for (const table of ['enclave_certificate', 'enclave_invitation'] as const) {
    const row = await db
      .selectFrom(table)
      .select('enclave')
      .where('organisation', '=', organisation)
      .where('enclave', '=', enclave)
      .limit(1)
      .executeTakeFirst();
    if (row !== undefined) return true;
  }
  const fixed = await db
    .selectFrom('principal')
    .select('id')
    .where('organisation', '=', organisation)
    .where('kind', '=', 'enclave')
    .where('id', '=', enclave)
    .executeTakeFirst();
  return fixed !== undefined;
}

const REMEMBERED_MS = 2000;

/** Whether a certificate of ours still counts; asked of the database every few seconds, not at every call. */
export class StandingCertificates {
  readonly #deps: Pick<Deps, 'store' | 'clock'>;
  readonly #known = new Map<string, { readonly counts: boolean; readonly untilMs: number }>();

  constructor(deps: Pick<Deps, 'store' | 'clock'>) {
    this.#deps = deps;
  }

  async counts(organisation: OrganisationId, serial: string): Promise<boolean> {
    const nowMs = Date.parse(this.#deps.clock());
    const key = `${organisation}/${serial}`;
    const known = this.#known.get(key);
    if (known !== undefined && known.untilMs > nowMs) return known.counts;
    const row = await within(organisation, () =>
      this.#deps.store
        .selectFrom('enclave_certificate')
        .select('shut_out_at')
        .where('organisation', '=', organisation)
        .where('serial', '=', serial)
        .executeTakeFirst(),
    );
    const counts = row !== undefined && row.shut_out_at === null;
    if (this.#known.size > 10_000) this.#known.clear();
    this.#known.set(key, { counts, untilMs: nowMs + REMEMBERED_MS });
    return counts;
  }
}
