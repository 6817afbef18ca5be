/** Bearer tokens: only their hash is stored, and known ones are remembered for seconds, so that a hot path asks nobody. */
import { parseId, type OrganisationId } from '@countersign/core';
import { digestOf } from '@countersign/seal';
import type { Store } from '../store/schema.ts';
import type { Principal } from './principal.ts';

/** How long a revoked token may still be accepted. */
const REMEMBERED_MS = 10_000;
const MAX_REMEMBERED = 10_000;
const BEARER = /^Bearer ([A-Za-z0-9._~+/=-]{16,200})$/;

/** What is stored of a token. */
export const tokenHash = (token: string): string => digestOf(new TextEncoder().encode(token));

export class Authenticator {
  readonly #store: Store;
  readonly #nowMs: () => number;
  readonly #known = new Map<string, { readonly principal: Principal; readonly untilMs: number }>();

  constructor(store: Store, nowMs: () => number) {
    this.#store = store;
    this.#nowMs = nowMs;
  }

  /** The caller of an `Authorization` header; undefined when the header is not a token of this server. */
  async principal(header: string): Promise<Principal | undefined> {
    const token = BEARER.exec(header)?.[1];
    if (token === undefined) return undefined;
    const hash = tokenHash(token);
    const known = this.#known.get(hash);
    if (known !== undefined && known.untilMs > this.#nowMs()) return known.principal;
    this.#known.delete(hash);
    const principal = await this.#find(hash);
    if (principal !== undefined) this.#remember(hash, principal);
    return principal;
  }

  async #find(hash: string): Promise<Principal | undefined> {
    const row = await this.#store
      .selectFrom('principal')
      .select(['organisation', 'kind', 'id'])
      .where('token_hash', '=', hash)
      .executeTakeFirst();
    const organisation: OrganisationId | undefined =
      row === undefined ? undefined : parseId<'Organisation'>(row.organisation);
    return row === undefined || organisation === undefined ? undefined : { organisation, kind: row.kind, id: row.id };
  }

  #remember(hash: string, principal: Principal): void {
    const oldest = this.#known.keys().next();
    if (this.#known.size >= MAX_REMEMBERED && oldest.done !== true) this.#known.delete(oldest.value);
    this.#known.set(hash, { principal, untilMs: this.#nowMs() + REMEMBERED_MS });
  }
}
