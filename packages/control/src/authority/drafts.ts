/**
 * A version on its way (E2, E3): proposed by a person with a reason and a ticket, read by whoever signs, signed as the bytes it will have
 * for ever, active by itself as soon as enough of the right people have signed.
 */
import {
  envelopeShape,
  ok,
  readShape,
  refuse,
  type Digest,
  type Envelope,
  type OrganisationId,
  type Refusal,
  type Result,
} from '@countersign/core';
import {
  canonicalBytes,
  digestOf,
  encodeBase64,
  PAYLOAD,
  readPolicy,
  withPolicies,
  type DsseEnvelope,
  type DsseSignature,
} from '@countersign/seal';
import type { Deps } from '../deps.ts';
import { json, Refused, type Answer, type OwnExchange } from '../http/index.ts';
import { storedDigest, storedSignatures } from '../store/stored.parse.ts';
import type { Work } from '../store/transact.ts';
import { activateIn } from '../trust/activate-envelope.ts';
import { changed, demandNewer, demandSameBundle, newestVersion } from '../trust/install.ts';
import type { InstalledBundle } from '../trust/open-bundle.ts';
import { peopleWhoSigned } from '../trust/signers.ts';
import { versionsBelow } from '../trust/versions.ts';

export interface DraftBody {
  /** An envelope; version, predecessor, reason, ticket and the digest of its rules are filled in here. */
  readonly document: Readonly<Record<string, unknown>>;
  readonly reason: string;
  readonly ticket: string;
}

export interface Draft {
  readonly version: number;
  readonly digest: Digest;
  readonly envelope: Envelope;
  readonly author: string;
  readonly state: 'open' | 'activated' | 'stale';
  readonly createdAt: string;
  /** Exactly what is signed, with the signatures it has. */
  readonly dsse: DsseEnvelope;
}

type Exchange<Body> = OwnExchange<Body, undefined>;

/** Stores a draft as the next version. A document with a fault of form is refused; faults of content are shown by the review. */
export async function proposeDraft(deps: Deps, exchange: Exchange<DraftBody>): Promise<Result<Answer>> {
  const { organisation, id } = exchange.principal;
  const trust = await deps.trust.bundle(organisation);
  if (trust?.people.has(id) !== true)
    return refuse('forbidden', 'the trust bundle does not name this person', { clause: 'E3' });
  return exchange.commit(async (unit) => {
    const newest = await newestVersion(unit, 'envelope_version');
    const drafted = await unit.db
      .selectFrom('envelope_draft')
      .select((select) => select.fn.max<number | null>('version').as('version'))
      .where('organisation', '=', organisation)
      .executeTakeFirst();
    const [before] = await versionsBelow(unit.db, organisation, { below: newest + 1, limit: 1 });
    const version = Math.max(newest, drafted?.version ?? 0) + 1;
    const envelope = completed(exchange.body, { organisation, version, before: before?.digest });
    if (!envelope.ok) return envelope;
    return ok(json(await keepDraft(unit, envelope.value, id), 201));
  });
}

/** Writes the draft and its leaf; the bytes stored here are the ones people sign. */
async function keepDraft({ db, context, leaf }: Work, envelope: Envelope, author: string): Promise<object> {
  const { organisation, now } = context;
  const { version, reason, ticket } = envelope;
  const document = canonicalBytes(envelope);
  const digest = digestOf(document);
  await db
    .insertInto('envelope_draft')
    .values({
      organisation,
      version,
      digest,
      document: Buffer.from(document),
      author,
      state: 'open',
      created_at: now,
      signatures: '[]',
    })
    .execute();
  leaf({
    event: 'envelope.drafted',
    subject: `envelope:v${version}`,
    correlation: '',
    body: { version, digest, author, reason, ticket },
  });
  return {
    version,
    digest,
    author,
    document: envelope,
    payloadType: PAYLOAD.envelope,
    payload: encodeBase64(document),
  };
}

const NO_DIGEST = `sha256:${'0'.repeat(64)}`;

function completed(
  { document, reason, ticket }: DraftBody,
  known: { readonly organisation: string; readonly version: number; readonly before: string | undefined },
): Result<Envelope> {
  const { organisation, version, before } = known;
  const { supersedes: _, ...given } = document;
  const whole = { ...given, organisation, version, reason, ticket, policies: NO_DIGEST };
  const read = readShape(envelopeShape, before === undefined ? whole : { ...whole, supersedes: before });
  return read.ok ? ok(withPolicies(read.value)) : read;
}

export async function draftOf(
  deps: Pick<Deps, 'store'>,
  organisation: string,
  version: string,
): Promise<Draft | undefined> {
  const row = await deps.store
    .selectFrom('envelope_draft')
    .selectAll()
    .where('organisation', '=', organisation)
    .where('version', '=', /^\d{1,9}$/.test(version) ? Number(version) : 0)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const dsse: DsseEnvelope = {
    payloadType: PAYLOAD.envelope,
    payload: encodeBase64(row.document),
    signatures: storedSignatures(row.signatures),
  };
  const read = readPolicy(dsse);
  if (!read.ok) throw new Error(`a stored draft does not have its form: ${read.refusal.detail}`);
  const { author, state } = row;
  const { envelope } = read.value;
  return {
    version: row.version,
    digest: storedDigest(row.digest),
    envelope,
    author,
    state,
    createdAt: row.created_at.toISOString(),
    dsse,
  };
}

export const noDraft: Extract<Result<never>, { readonly ok: false }> = refuse('not-found', 'there is no such draft');

export async function listDrafts({ store, trust }: Deps, organisation: OrganisationId): Promise<Result<Answer>> {
  const rows = await store
    .selectFrom('envelope_draft')
    .select(['version', 'digest', 'author', 'state', 'created_at', 'signatures', 'document'])
    .where('organisation', '=', organisation)
    .orderBy('version', 'desc')
    .limit(100)
    .execute();
  const people = [...((await trust.bundle(organisation))?.people.values() ?? [])];
  const items = rows.map(({ version, digest, author, state, created_at, signatures, document }) => {
    const dsse = {
      payloadType: PAYLOAD.envelope,
      payload: encodeBase64(document),
      signatures: storedSignatures(signatures),
    };
    const signers = peopleWhoSigned(dsse, people).map(({ id }) => id);
    return { version, digest, author, state, createdAt: created_at.toISOString(), signers };
  });
  return ok(json({ items }));
}

export interface SignatureBody {
  readonly envelope: DsseEnvelope;
}

/**
 * One more signature over a draft. It stays whether or not it is enough; when it is, the version comes into force in the same
 * transaction, else the answer says what is still owed and what speaks against one signature.
 */
export async function signDraft(deps: Deps, exchange: Exchange<SignatureBody>): Promise<Result<Answer>> {
  const { organisation } = exchange.principal;
  const trust = await deps.trust.bundle(organisation);
  if (trust === undefined) return refuse('no-trust', 'no trust bundle names the policy administrators');
  const { envelope: given } = exchange.body;
  const result = exchange.commit(async (unit) => {
    await demandSameBundle(unit, deps, trust);
    const newest = await newestVersion(unit, 'envelope_version');
    const draft = await lockDraft(unit, exchange.params['version'] ?? '');
    if (draft === undefined) return noDraft;
    if (draft.state !== 'open')
      return refuse('conflict', `the draft is ${draft.state}`, { clause: 'E2', next: ['propose it again'] });
    const merged = withSignatures(draft, given, trust);
    if (!merged.ok) return merged;
    await unit.db
      .updateTable('envelope_draft')
      .set({ signatures: JSON.stringify(merged.value.signatures) })
      .where('organisation', '=', organisation)
      .where('version', '=', draft.version)
      .execute();
    const signers = peopleWhoSigned(merged.value, [...trust.people.values()]).map(({ id }) => id);
    unit.leaf({
      event: 'envelope.signed',
      subject: `envelope:v${draft.version}`,
      correlation: '',
      body: { version: draft.version, digest: draft.digest, signers },
    });
    demandNewer(draft.version, newest);
    return withRefusal(await tryActivate(unit, merged.value, { trust, newest }), { draft, signers });
  });
  return changed(deps, organisation, result);
}

/** What is refused was found before anything was written, so the signature stays. */
async function tryActivate(
  unit: Work,
  dsse: DsseEnvelope,
  activating: { readonly trust: InstalledBundle; readonly newest: number },
): Promise<Result<Answer>> {
  try {
    return await activateIn(unit, dsse, activating);
  } catch (error) {
    if (error instanceof Refused) return { ok: false, refusal: error.refusal };
    throw error;
  }
}

function withRefusal(
  tried: Result<Answer>,
  { draft, signers }: { readonly draft: Pick<Draft, 'version' | 'digest'>; readonly signers: readonly string[] },
): Result<Answer> {
  const { version, digest } = draft;
  if (tried.ok) return ok(json({ version, digest, signers, isActive: true }));
  const { code, detail, clause, complaints = [] }: Refusal = tried.refusal;
  return ok(json({ version, digest, signers, isActive: false, missing: { code, detail, clause, complaints } }));
}

/** Activates a draft that has its signatures; refused with what is missing, e.g. `envelope-widens` and an example. */
export async function activateDraft(deps: Deps, exchange: Exchange<undefined>): Promise<Result<Answer>> {
  const { organisation } = exchange.principal;
  const trust = await deps.trust.bundle(organisation);
  if (trust === undefined) return refuse('no-trust', 'no trust bundle names the policy administrators');
  const result = exchange.commit(async (unit) => {
    await demandSameBundle(unit, deps, trust);
    const newest = await newestVersion(unit, 'envelope_version');
    const draft = await lockDraft(unit, exchange.params['version'] ?? '');
    if (draft === undefined) return noDraft;
    if (draft.state !== 'open')
      return refuse('conflict', `the draft is ${draft.state}`, { clause: 'E2', next: ['propose it again'] });
    demandNewer(draft.version, newest);
    return tryActivate(unit, draft.dsse, { trust, newest });
  });
  return changed(deps, organisation, result);
}

async function lockDraft({ db, context }: Work, version: string): Promise<Draft | undefined> {
  await db
    .selectFrom('envelope_draft')
    .select('version')
    .where('organisation', '=', context.organisation)
    .where('version', '=', /^\d{1,9}$/.test(version) ? Number(version) : 0)
    .forUpdate()
    .execute();
  return draftOf({ store: db }, context.organisation, version);
}

const MAX_SIGNATURES = 32;

/** Only signatures of policy admins of the roster are kept: whoever verifies later accepts no others, and strangers would fill the draft. */
function withSignatures(draft: Draft, given: DsseEnvelope, trust: InstalledBundle): Result<DsseEnvelope> {
  const read = readPolicy(given);
  if (!read.ok) return read;
  if (read.value.digest !== draft.digest)
    return refuse('bad-signature', 'these are not the bytes of the draft', {
      clause: 'E3',
      next: ['fetch the draft and sign it as it is'],
    });
  const people = [...trust.people.values()].filter(({ roles }) => roles.some((role) => role === 'policy-admin'));
  const known = new Set(draft.dsse.signatures.map(({ sig }) => sig));
  const isOfPerson = (signature: DsseSignature): boolean =>
    peopleWhoSigned({ ...draft.dsse, signatures: [signature] }, people).length > 0;
  const fresh = given.signatures.filter((signature) => !known.has(signature.sig) && isOfPerson(signature));
  if (fresh.length === 0)
    return refuse('bad-signature', 'no new signature of a policy admin verifies', { clause: 'E3' });
  const signatures = [...draft.dsse.signatures, ...fresh];
  if (signatures.length > MAX_SIGNATURES) return refuse('too-many', `a draft has at most ${MAX_SIGNATURES} signatures`);
  return ok({ ...draft.dsse, signatures });
}

export interface RestoreBody {
  readonly version: number;
  readonly reason: string;
  readonly ticket: string;
}

const MAX_VALIDITY_MS = 92 * 86_400_000;

/**
 * An old version proposed again: the same content under the next number, with dates that begin now. What it permits beyond the
 * version in force makes it a widening like any other (E3).
 */
export async function restoreVersion(deps: Deps, exchange: Exchange<RestoreBody>): Promise<Result<Answer>> {
  const { body, principal } = exchange;
  const [old] = await versionsBelow(deps.store, principal.organisation, { below: body.version + 1, limit: 1 });
  const read = old?.version === body.version ? readPolicy(old.dsse) : undefined;
  if (read?.ok !== true) return refuse('not-found', `there is no version ${body.version}`);
  const { validFrom, validUntil } = read.value.envelope;
  const nowMs = Date.parse(exchange.now);
  const lengthMs = Math.min(Date.parse(validUntil) - Date.parse(validFrom), MAX_VALIDITY_MS);
  // Still valid: it ends when it would have ended.
  const until =
    validUntil > exchange.now ? Math.min(Date.parse(validUntil), nowMs + MAX_VALIDITY_MS) : nowMs + lengthMs;
  const document = { ...read.value.envelope, validFrom: exchange.now, validUntil: new Date(until).toISOString() };
  return proposeDraft(deps, { ...exchange, body: { document, reason: body.reason, ticket: body.ticket } });
}
