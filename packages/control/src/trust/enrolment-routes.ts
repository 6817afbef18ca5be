/**
 * Passkey enrolment. What is stored here is a wish: the key counts for nothing until two registrars and the root keys have put
 * it into the next trust bundle (A2; enrolling a key needs two people).
 */
import {
  boolean,
  object,
  ok,
  optional,
  parseId,
  plusMs,
  refuse,
  type Credential,
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
  pageOf,
  pageQuery,
  decodeCursor,
  route,
  type OwnExchange,
  type PageQuery,
  type RouteDefinition,
} from '../http/index.ts';
import { registrationShape } from './registration.parse.ts';

const CHALLENGE_MS = 300_000;
const ED25519 = -8;
const P256 = -7;

interface Enrolment {
  readonly response: RegistrationResponseJSON;
  readonly allowBackup?: boolean;
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
    body: object<Enrolment>({ response: registrationShape, allowBackup: optional(boolean) }),
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
async function self(deps: Deps, { principal, params }: Own<unknown>): Promise<Result<Person>> {
  if (params['id'] !== principal.id)
    return refuse('forbidden', 'a passkey is enrolled by its own holder', { eligible: [params['id'] ?? ''] });
  const person = (await deps.trust.bundle(principal.organisation))?.people.get(principal.id);
  return person === undefined ? refuse('not-found', 'the trust bundle does not name this person') : ok(person);
}

const rpIdOf = (deps: Deps): string => new URL(deps.config.origin).hostname;

async function options(deps: Deps, exchange: Own<undefined>): ReturnType<RouteDefinition['run']> {
  const person = await self(deps, exchange);
  if (!person.ok) return person;
  const { id, name, credentials } = person.value;
  const made = await generateRegistrationOptions({
    rpName: 'Countersign',
    rpID: rpIdOf(deps),
    userName: id,
    userDisplayName: name,
    attestationType: 'none',
    supportedAlgorithmIDs: [P256, ED25519],
    authenticatorSelection: { userVerification: 'required', residentKey: 'preferred' },
    excludeCredentials: credentials.flatMap((known) => (known.kind === 'passkey' ? [{ id: known.id }] : [])),
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
  const person = await self(deps, exchange);
  if (!person.ok) return person;
  const { organisation } = exchange.principal;
  // Taken, not read: a challenge is for one attempt.
  const asked = await deps.store
    .deleteFrom('passkey_challenge')
    .where('organisation', '=', organisation)
    .where('person', '=', person.value.id)
    .returning(['challenge', 'expires_at'])
    .executeTakeFirst();
  if (asked === undefined || asked.expires_at.getTime() < Date.parse(exchange.now))
    return refuse('expired', 'no passkey was asked for in the last five minutes', { next: ['ask for options again'] });
  const credential = await verified(deps, exchange.body, asked.challenge);
  if (!credential.ok) return credential;
  const row = {
    organisation,
    id: credential.value.id,
    person: person.value.id,
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

async function verified(deps: Deps, enrolment: Enrolment, challenge: string): Promise<Result<Passkey>> {
  const checked = await verifyRegistrationResponse({
    response: enrolment.response,
    expectedChallenge: challenge,
    expectedOrigin: deps.config.origin,
    expectedRPID: rpIdOf(deps),
    requireUserVerification: true,
    supportedAlgorithmIDs: [P256, ED25519],
  }).catch(() => undefined);
  if (checked?.verified !== true)
    return refuse('bad-signature', 'the registration does not verify for this page and challenge');
  const { credential, credentialBackedUp } = checked.registrationInfo;
  const allowBackup = enrolment.allowBackup ?? false;
  if (credentialBackedUp && !allowBackup)
    return refuse('bad-key', 'the passkey is synchronised between devices, which was not allowed');
  // Refuses keys of small order, which anyone could sign for.
  const key = readCoseKey(credential.publicKey);
  if (!key.ok) return key;
  const cose = encodeBase64Url(credential.publicKey);
  return ok({
    kind: 'passkey',
    id: credential.id,
    cose,
    rpId: rpIdOf(deps),
    origins: [deps.config.origin],
    allowBackup,
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
  return ok(json(pageOf(rows, { limit, key: ({ id }) => [id], item })));
}
