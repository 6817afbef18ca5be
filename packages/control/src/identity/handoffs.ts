/**
 * How a program comes to a session (O4): the person signs in with a browser, which is sent to the program on their own machine with a code
 * that is good once, for a minute, and only together with a secret that never left the program (RFC 8252, RFC 7636). Whoever reads the
 * address, or asks for another's sign-in, has nothing.
 */
import { createHash } from 'node:crypto';
import { instantOf, msOf, ok, parseId, plusMs, refuse, type OrganisationId, type Result } from '@countersign/core';
import type { Deps } from '../deps.ts';
import { newSecret, secretDigest } from './cookies.ts';
import type { Beginning } from './sessions.ts';

/** Where the program listens, on loopback, and the digest of its secret. */
export interface ProgramAsking {
  readonly port: number;
  readonly challenge: string;
}

type Given = Omit<Beginning, 'surface' | 'replaces'>;

const HANDOFF_MS = 60_000;

export class Handoffs {
  readonly #deps: Pick<Deps, 'store' | 'clock'>;

  constructor(deps: Pick<Deps, 'store' | 'clock'>) {
    this.#deps = deps;
  }

  /** The address the browser is sent to: always this machine's own. */
  async give(given: Given, { port, challenge }: ProgramAsking): Promise<string> {
    const { organisation, person, identity, acr, authenticatedAt, isStepUp } = given;
    const code = `${organisation}.${newSecret()}`;
    await this.#deps.store
      .insertInto('session_handoff')
      .values({
        organisation,
        code_digest: secretDigest(code),
        challenge,
        person,
        ...identity,
        acr: acr ?? null,
        authenticated_at: authenticatedAt,
        is_step_up: isStepUp,
        expires_at: plusMs(this.#deps.clock(), HANDOFF_MS),
      })
      .execute();
    return `http://127.0.0.1:${port}/signed-in?code=${code}`;
  }

  /** Spent by the first who asks, right or wrong: a code that was read elsewhere opens nothing, and is then worth nothing. */
  async take(code: string, verifier: string): Promise<Result<Given>> {
    const organisation: OrganisationId | undefined = parseId<'Organisation'>(code.slice(0, code.lastIndexOf('.')));
    const row =
      organisation &&
      (await this.#deps.store
        .deleteFrom('session_handoff')
        .where('organisation', '=', organisation)
        .where('code_digest', '=', secretDigest(code))
        .returningAll()
        .executeTakeFirst());
    const challenge = createHash('sha256').update(verifier).digest('base64url');
    const isFor =
      row !== undefined && row.challenge === challenge && row.expires_at.getTime() > msOf(this.#deps.clock());
    if (organisation === undefined || row === undefined || !isFor)
      return refuse('sign-in-refused', 'no sign-in waits for this code and this secret', { clause: 'O4' });
    return ok({
      organisation,
      person: row.person,
      identity: { iss: row.iss, sub: row.sub },
      acr: row.acr ?? undefined,
      authenticatedAt: instantOf(row.authenticated_at.getTime()),
      isStepUp: row.is_step_up,
    });
  }
}
