/**
 * Passkey enrolment. What is stored here is a wish: the key counts for nothing until two registrars and the root keys have put
 * it into the next trust bundle (A2; enrolling a key needs two people).
 */
import {
  checkOfferedPasskey,
  object,
  ok,
  parseId,
  plusMs,
  refuse,
  type Credential,
  type EnrolmentPolicy,
  type Person,
  type Result,
} from '@countersign/core';
import { encodeBase64Url, readCoseKey } from '@countersign/seal';
import {
  generateRegistrationOptions,
  verifyRegistrationResponse,
  type RegistrationResponseJSON,
} from '@simplewebauthn/server';
import type { Deps } from '../deps.ts';
import {
  json,
  limitOf,
  pageOf as listOf,
  pageQuery,
  decodeCursor,
  route,
  type OwnExchange,
  type PageQuery,
  type RouteDefinition,
} from '../http/index.ts';
import { isVouchedFor } from './attestation.ts';
import { registrationShape } from './registration.parse.ts';

const CHALLENGE_MS = 300_000;
const ED25519 = -8;
const P256 = -7;

interface Enrolment {
  readonly response: RegistrationResponseJSON;
}

export const enrolmentRoutes = (deps: Deps): readonly RouteDefinition[] => [
  route({
    method: 'POST',
    url: '/api/v1/people/:id/passkeys/options',
    who: ['person'],
    summary: 'Options for a browser to make a passkey for this person',
    handle: (exchange) => options(deps, exchange),
  }),
  route<Enrolment>({
    method: 'POST',
    url: '/api/v1/people/:id/passkeys',
    who: ['person'],
    summary: 'Asks for a passkey to be enrolled; it counts once a root-signed trust bundle holds it',
    body: object<Enrolment>({ response: registrationShape }),
    handle: (exchange) => enrol(deps, exchange),
  }),
  route<undefined, PageQuery>({
    method: 'GET',
    url: '/api/v1/enrolments',
    who: ['person'],
    summary: 'Keys that wait for a registrar',
    query: pageQuery,
    handle: (exchange) => pending(deps, exchange),
  }),
];

type Own<Body> = OwnExchange<Body, undefined>;

/** A person enrols only keys of their own. */
async function self(
  deps: Deps,
  { principal, params }: Own<unknown>,
): Promise<Result<{ readonly person: Person; readonly policy: EnrolmentPolicy }>> {
  if (params['id'] !== principal.id)
    return refuse('forbidden', 'a passkey is enrolled by its own holder', { eligible: [params['id'] ?? ''] });
  const trust = await deps.trust.bundle(principal.organisation);
  const person = trust?.people.get(principal.id);
  return trust === undefined || person === undefined
    ? refuse('not-found', 'the trust bundle does not name this person')
    : ok({ person, policy: trust.bundle.enrolment });
}

const rpIdOf = (origin: string): string => new URL(origin).hostname;

/** The page that asks: an approval page of the organisation when the browser names one, else the console. */
const pageOf = ({ config }: Deps, { headers }: Own<unknown>): string =>
  config.approvalOrigins.find((origin) => origin === headers['origin']) ?? config.origin;

async function options(deps: Deps, exchange: Own<undefined>): ReturnType<RouteDefinition['run']> {
  const person = await self(deps, exchange);
  if (!person.ok) return person;
  const { id, name, credentials } = person.value.person;
  const page = pageOf(deps, exchange);
  const made = await generateRegistrationOptions({
    rpName: 'Countersign',
    rpID: rpIdOf(page),
    userName: id,
    userDisplayName: name,
    // Asked for only where it counts: the statement tells the model of a person's device.
    attestationType: person.value.policy.allowUnattested ? 'none' : 'direct',
    supportedAlgorithmIDs: [P256, ED25519],
    authenticatorSelection: { userVerification: 'required', residentKey: 'preferred' },
    // One key a page: the key of another page is no reason not to make one here.
    excludeCredentials: credentials.flatMap((known) =>
      known.kind === 'passkey' && known.origins.includes(page) ? [{ id: known.id }] : [],
    ),
  });
  const { organisation } = exchange.principal;
  const row = { challenge: made.challenge, expires_at: plusMs(exchange.now, CHALLENGE_MS) };
  await deps.store
    .insertInto('passkey_challenge')
    .values({ organisation, person: id, ...row })
    .onConflict((conflict) => conflict.columns(['organisation', 'person']).doUpdateSet(row))
    .execute();
  return ok(json(made));
}

async function enrol(deps: Deps, exchange: Own<Enrolment>): ReturnType<RouteDefinition['run']> {
  const own = await self(deps, exchange);
  if (!own.ok) return own;
  const { person, policy } = own.value;
  const { organisation } = exchange.principal;
  // Taken, not read: a challenge is for one attempt.
  const asked = await deps.store
    .deleteFrom('passkey_challenge')
    .where('organisation', '=', organisation)
    .where('person', '=', person.id)
    .returning(['challenge', 'expires_at'])
    .executeTakeFirst();
  if (asked === undefined || asked.expires_at.getTime() < Date.parse(exchange.now))
    return refuse('expired', 'no passkey was asked for in the last five minutes', { next: ['ask for options again'] });
  const credential = await verified(deps, exchange, { challenge: asked.challenge, policy });
  if (!credential.ok) return credential;
  const row = {
    organisation,
    id: credential.value.id,
    person: person.id,
    credential: JSON.stringify(credential.value),
  };
  const stored = await deps.store
    .insertInto('enrolment')
    .values({ ...row, state: 'pending', requested_at: exchange.now })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  if (stored === undefined) return refuse('conflict', 'this passkey was enrolled before');
  return ok(json({ id: credential.value.id, state: 'pending' }, 202));
}

type Passkey = Extract<Credential, { kind: 'passkey' }>;

async function verified(
  deps: Deps,
  exchange: Own<Enrolment>,
  asked: { readonly challenge: string; readonly policy: EnrolmentPolicy },
): Promise<Result<Passkey>> {
  const origins = [deps.config.origin, ...deps.config.approvalOrigins];
  const checked = await verifyRegistrationResponse({
    response: exchange.body.response,
    expectedChallenge: asked.challenge,
    expectedOrigin: origins,
    expectedRPID: [...new Set(origins.map(rpIdOf))],
    requireUserVerification: true,
    supportedAlgorithmIDs: [P256, ED25519],
  }).catch(() => undefined);
  if (checked?.verified !== true)
    return refuse('bad-signature', 'the registration does not verify for this page and challenge');
  const { credential, credentialDeviceType, origin, rpID, fmt, aaguid, attestationObject } = checked.registrationInfo;
  // Each page has its own relying party: a key of one page that names another page's is nobody's.
  if (rpID !== rpIdOf(origin)) return refuse('bad-signature', 'the passkey belongs to another page');
  const isBackupEligible = credentialDeviceType === 'multiDevice';
  const isAttested = isVouchedFor(
    Uint8Array.from(attestationObject),
    asked.policy.attestationRoots ?? [],
    exchange.now,
  );
  const allowed = checkOfferedPasskey({ attestation: fmt, isAttested, aaguid, isBackupEligible }, asked.policy);
  if (!allowed.ok) return allowed;
  // Refuses keys of small order, which anyone could sign for.
  const key = readCoseKey(credential.publicKey);
  if (!key.ok) return key;
  return ok({
    kind: 'passkey',
    id: credential.id,
    cose: encodeBase64Url(credential.publicKey),
    rpId: rpIdOf(origin),
    origins: [origin],
    allowBackup: isBackupEligible,
    surface: origin === deps.config.origin ? 'served' : 'own',
    enrolledAt: exchange.now,
    usableFrom: plusMs(exchange.now, asked.policy.coolingOffMs),
  });
}

async function pending(
  deps: Deps,
  { principal, query }: OwnExchange<undefined, PageQuery>,
): ReturnType<RouteDefinition['run']> {
  const after = decodeCursor(query.cursor, ['string']);
  if (!after.ok) return after;
  const limit = limitOf(query);
  const rows = await deps.store
    .selectFrom('enrolment')
    .select(['id', 'person', 'credential', 'requested_at'])
    .where('organisation', '=', principal.organisation)
    .where('state', '=', 'pending')
    .where('id', '>', after.value?.[0] ?? '')
    .orderBy('id')
    .limit(limit + 1)
    .execute();
  const item = (row: (typeof rows)[number]): unknown => ({
    id: row.id,
    person: parseId<'Person'>(row.person),
    credential: row.credential,
    requestedAt: row.requested_at.toISOString(),
  });
  return ok(json(listOf(rows, { limit, key: ({ id }) => [id], item })));
}
