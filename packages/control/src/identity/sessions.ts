/**
 * Sessions of people (O4): 15 minutes without a request end one, 8 hours end every one, of a program one hour. A session begins with a new
 * secret each time somebody signs in, so one that was planted before is worth nothing after. Beginning and signing out are on record.
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
  type PersonIdentity,
  type Refusal,
  type Result,
} from '@countersign/core';
import { sql } from 'kysely';
import type { Deps } from '../deps.ts';
import { newSecret, secretDigest } from './cookies.ts';

const IDLE_MS: number = 15 * 60_000;
export const LONGEST_MS: number = 8 * 3_600_000;
const LONGEST_OF: Readonly<Record<Surface, number>> = { browser: LONGEST_MS, program: 3_600_000 };
/** A request this soon after the last one does not write. */
const NOTED_MS = 60_000;
const AT_ONCE = 1000;

/** What holds the secret: a cookie of a browser or a file of a program. Neither opens anything in the place of the other. */
export type Surface = 'browser' | 'program';

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
  readonly person: string;
  readonly identity: PersonIdentity;
  readonly acr: string | undefined;
  readonly authenticatedAt: Instant;
  /** A fresh proof was asked for. */
  readonly isStepUp: boolean;
  readonly surface: Surface;
  /** A session this one takes the place of. */
  readonly replaces: string | undefined;
}

interface Begun {
  readonly secret: string;
  readonly endsAt: Instant;
}

type Knowing = Pick<Deps, 'store' | 'transactor' | 'clock'>;

export class Sessions {
  readonly #store: Deps['store'];
  readonly #transactor: Deps['transactor'];
  readonly #clock: () => Instant;

  constructor({ store, transactor, clock }: Knowing) {
    this.#store = store;
    this.#transactor = transactor;
    this.#clock = clock;
  }

  /** Returns the secret of the session; it exists nowhere else. */
  async begin(beginning: Beginning): Promise<Begun> {
    const { organisation, person, identity, acr, authenticatedAt, isStepUp, surface, replaces } = beginning;
    const now = this.#clock();
    const secret = `${organisation}.${newSecret()}`;
    const endsAt = plusMs(now, LONGEST_OF[surface]);
    await this.#transactor.run({ organisation, actor: `person:${person}`, now }, async ({ db, leaf }) => {
      if (replaces !== undefined)
        await db
          .deleteFrom('person_session')
          .where('organisation', '=', organisation)
          .where('digest', '=', secretDigest(replaces))
          .execute();
      await db
        .insertInto('person_session')
        .values({
          organisation,
          digest: secretDigest(secret),
          person,
          ...identity,
          acr: acr ?? null,
          authenticated_at: authenticatedAt,
          began_at: now,
          seen_at: now,
          ends_at: endsAt,
          surface,
        })
        .execute();
      const body = { person, surface, isStepUp, authenticatedAt, endsAt };
      leaf({ event: 'session.began', subject: `person:${person}`, correlation: '', body });
    });
    return { secret, endsAt };
  }

  async find(secret: string, surface: Surface): Promise<Result<Session>> {
    const digest = secretDigest(secret);
    const organisation = organisationIn(secret);
    if (organisation === undefined) return over('the session is not known here');
    const row = await this.#store
      .selectFrom('person_session')
      .selectAll()
      .where('organisation', '=', organisation)
      .where('digest', '=', digest)
      .where('surface', '=', surface)
      .executeTakeFirst();
    if (row === undefined) return over('the session is not known here, or it has ended');
    const now = this.#clock();
    const seenMs = row.seen_at.getTime();
    if (msOf(now) - seenMs >= IDLE_MS) return over('the session ended after 15 minutes without a request');
    if (msOf(now) >= row.ends_at.getTime())
      return over(`the session ended after ${LONGEST_OF[surface] / 3_600_000} hours at most`);
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
    const organisation = organisationIn(secret);
    if (organisation === undefined) return;
    const ended = await this.#store
      .selectFrom('person_session')
      .select(['person', 'surface'])
      .where('organisation', '=', organisation)
      .where('digest', '=', secretDigest(secret))
      .executeTakeFirst();
    if (ended === undefined) return;
    const { person, surface } = ended;
    const context = { organisation, actor: `person:${person}`, now: this.#clock() };
    await this.#transactor.run(context, async ({ db, leaf }) => {
      const gone = await db
        .deleteFrom('person_session')
        .where('organisation', '=', organisation)
        .where('digest', '=', secretDigest(secret))
        .executeTakeFirst();
      if (gone.numDeletedRows === 1n)
        leaf({ event: 'session.ended', subject: `person:${person}`, correlation: '', body: { person, surface } });
    });
  }

  /** Removes what is over, and sign-ins nobody finished. */
  async prune(): Promise<void> {
    const now = this.#clock();
    const idle = plusMs(now, -IDLE_MS);
    await sql`delete from person_session where ctid = any(array(select ctid from person_session
      where ends_at < ${now}::timestamptz or seen_at < ${idle}::timestamptz limit ${AT_ONCE}))`.execute(this.#store);
    await sql`delete from session_handoff where ctid = any(array(select ctid from session_handoff
      where expires_at < ${now}::timestamptz limit ${AT_ONCE}))`.execute(this.#store);
    await sql`delete from sign_in where ctid = any(array(select ctid from sign_in
      where expires_at < ${now}::timestamptz limit ${AT_ONCE}))`.execute(this.#store);
  }
}

const organisationIn = (secret: string): OrganisationId | undefined =>
  parseId<'Organisation'>(secret.slice(0, Math.max(0, secret.lastIndexOf('.'))));
const over = (detail: string): { readonly ok: false; readonly refusal: Refusal } =>
  refuse('session-ended', detail, { clause: 'O4' });
