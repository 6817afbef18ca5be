/**
 * Sessions of people (O4): 15 minutes without a request end one, 8 hours end every one. A session begins with a new secret each time
 * somebody signs in, so one that was planted before is worth nothing after.
 */
import {
  instantOf,
  msOf,
  ok,
  parseId,
  plusMs,
  refuse,
  type Instant,
  type OrganisationId,
  type Person,
  type PersonIdentity,
  type Refusal,
  type Result,
} from '@countersign/core';
import { sql } from 'kysely';
import type { Store } from '../store/schema.ts';
import { newSecret, secretDigest } from './cookies.ts';

const IDLE_MS: number = 15 * 60_000;
export const LONGEST_MS: number = 8 * 3_600_000;
/** A request this soon after the last one does not write. */
const NOTED_MS = 60_000;
const AT_ONCE = 1000;

export interface Session {
  readonly organisation: OrganisationId;
  readonly person: string;
  readonly identity: PersonIdentity;
  readonly acr: string | undefined;
  readonly authenticatedAt: Instant;
  readonly endsAt: Instant;
}
export interface Beginning {
  readonly organisation: OrganisationId;
  readonly person: Person;
  readonly identity: PersonIdentity;
  readonly acr: string | undefined;
  readonly authenticatedAt: Instant;
  /** A session this one takes the place of. */
  readonly replaces: string | undefined;
}

export class Sessions {
  readonly #store: Store;
  readonly #clock: () => Instant;

  constructor(store: Store, clock: () => Instant) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Returns the secret of the cookie; it exists nowhere else. */
  async begin({ organisation, person, identity, acr, authenticatedAt, replaces }: Beginning): Promise<string> {
    const now = this.#clock();
    const secret = `${organisation}.${newSecret()}`;
    if (replaces !== undefined) await this.end(replaces);
    await this.#store
      .insertInto('person_session')
      .values({
        organisation,
        digest: secretDigest(secret),
        person: person.id,
        ...identity,
        acr: acr ?? null,
        authenticated_at: authenticatedAt,
        began_at: now,
        seen_at: now,
        ends_at: plusMs(now, LONGEST_MS),
      })
      .execute();
    return secret;
  }

  async find(secret: string): Promise<Result<Session>> {
    const digest = secretDigest(secret);
    const organisation = organisationIn(secret);
    if (organisation === undefined) return over('the session is not known here');
    const row = await this.#store
      .selectFrom('person_session')
      .selectAll()
      .where('organisation', '=', organisation)
      .where('digest', '=', digest)
      .executeTakeFirst();
    if (row === undefined) return over('the session is not known here, or it has ended');
    const now = this.#clock();
    const seenMs = row.seen_at.getTime();
    if (msOf(now) - seenMs >= IDLE_MS) return over('the session ended after 15 minutes without a request');
    if (msOf(now) >= row.ends_at.getTime()) return over('the session ended after 8 hours');
    if (msOf(now) - seenMs >= NOTED_MS)
      await this.#store
        .updateTable('person_session')
        .set({ seen_at: now })
        .where('organisation', '=', organisation)
        .where('digest', '=', digest)
        .where('seen_at', '<', new Date(now))
        .execute();
    return ok({
      organisation,
      person: row.person,
      identity: { iss: row.iss, sub: row.sub },
      acr: row.acr ?? undefined,
      authenticatedAt: instantOf(row.authenticated_at.getTime()),
      endsAt: instantOf(row.ends_at.getTime()),
    });
  }

  /** Ends it everywhere at once: it is looked up at every request. */
  async end(secret: string): Promise<void> {
    await this.#store
      .deleteFrom('person_session')
      .where('organisation', '=', organisationIn(secret) ?? '')
      .where('digest', '=', secretDigest(secret))
      .execute();
  }

  /** Removes what is over, and sign-ins nobody finished. */
  async prune(): Promise<void> {
    const now = this.#clock();
    const idle = plusMs(now, -IDLE_MS);
    await sql`delete from person_session where ctid = any(array(select ctid from person_session
      where ends_at < ${now}::timestamptz or seen_at < ${idle}::timestamptz limit ${AT_ONCE}))`.execute(this.#store);
    await sql`delete from sign_in where ctid = any(array(select ctid from sign_in
      where expires_at < ${now}::timestamptz limit ${AT_ONCE}))`.execute(this.#store);
  }
}

const organisationIn = (secret: string): OrganisationId | undefined =>
  parseId<'Organisation'>(secret.slice(0, Math.max(0, secret.lastIndexOf('.'))));
const over = (detail: string): { readonly ok: false; readonly refusal: Refusal } =>
  refuse('session-ended', detail, { clause: 'O4' });
