/** The identity providers as they describe themselves: read when one is needed and again each hour. */
import { ok, refuse, type Result } from '@countersign/core';
import { escapeHostile } from '@countersign/seal';
import {
  allowInsecureRequests,
  ClientSecretBasic,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  type Configuration,
} from 'openid-client';
import { guardedFetch } from './guarded-fetch.ts';
import type { SignInConfig } from './identity-config.ts';

const CONFIGURATION_MS = 3_600_000;

export class Providers {
  readonly #nowMs: () => number;
  readonly #known = new Map<string, { readonly atMs: number; readonly found: Promise<Configuration> }>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** A provider that is down is asked again by the next person. */
  async of(config: SignInConfig): Promise<Result<Configuration>> {
    const nowMs = this.#nowMs();
    const known = this.#known.get(config.organisation);
    const isOld = known === undefined || nowMs - known.atMs > CONFIGURATION_MS;
    const found = isOld ? discovered(config) : known.found;
    if (isOld) this.#known.set(config.organisation, { atMs: nowMs, found });
    try {
      return ok(await found);
    } catch (error) {
      this.#known.delete(config.organisation);
      return refuse('issuer-unreachable', `the identity provider does not answer as it should: ${wordOf(error)}`);
    }
  }
}

/** The provider's own words are hostile; its code is enough for the operator. */
export const wordOf = (error: unknown): string => {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return escapeHostile(code ?? (error instanceof Error ? error.message : 'unknown'), 100);
};

function discovered(config: SignInConfig): Promise<Configuration> {
  const { allowLoopback, clientId, clientSecret, issuer } = config;
  const execute = [enableNonRepudiationChecks, ...(allowLoopback ? [allowInsecureRequests] : [])];
  return discovery(new URL(issuer), clientId, {}, ClientSecretBasic(clientSecret), {
    execute,
    [customFetch]: (url, options) => {
      const body = options.body instanceof URLSearchParams ? options.body.toString() : options.body;
      return guardedFetch(
        url,
        { allowLoopback },
        {
          method: options.method,
          headers: options.headers,
          ...(typeof body === 'string' && { body }),
        },
      );
    },
  });
}
