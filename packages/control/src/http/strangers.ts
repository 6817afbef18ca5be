/**
 * Who knocks at a door without being known: a request without a token at an open address, or with one that is none. They are counted by
 * address (O4). Whoever is known waits for nobody, whatever else comes from where they are.
 */
import { BlockList } from 'node:net';
import type { Refusal, Result } from '@countersign/core';
import { AddressLimit } from './address-limit.ts';
import { countedAddress, type Arrival } from './client-address.ts';
import type { Caller } from './principal.ts';
import type { RouteDefinition } from './route.ts';

export const TOO_OFTEN: Refusal = {
  code: 'too-often',
  detail: 'too many requests of this address within a minute, and nobody vouches for them',
};

/** Tokens that are none, from one address: enough for a program that was set up wrongly, too few for guessing. */
const WRONG_TOKENS_A_MINUTE = 60;
const WRONG: ReadonlySet<string> = new Set(['unauthenticated', 'bad-agent-token', 'bad-key-proof']);

export interface Knock extends Arrival {
  readonly definition: Pick<RouteDefinition, 'url' | 'strangersAMinute'>;
  /** Whether a token was shown in `Authorization`. */
  readonly hasToken: boolean;
  readonly caller: Result<Caller | undefined>;
}

export class Strangers {
  readonly #limit = new AddressLimit();
  readonly #proxies: BlockList;
  readonly #nowMs: () => number;

  constructor(proxies: BlockList | undefined, nowMs: () => number) {
    this.#proxies = proxies ?? new BlockList();
    this.#nowMs = nowMs;
  }

  /** Counts this one in; the seconds it has to wait, when it comes too often. */
  waitOf({ definition, hasToken, caller, ...arrival }: Knock): number | undefined {
    const isGuess = !caller.ok && hasToken && WRONG.has(caller.refusal.code);
    const isUnknown = caller.ok && caller.value === undefined;
    if (!isGuess && !isUnknown) return undefined;
    const address = countedAddress(arrival, this.#proxies);
    if (address === undefined) return undefined;
    const nowMs = this.#nowMs();
    return isGuess
      ? this.#limit.knock('wrong tokens', address, { aMinute: WRONG_TOKENS_A_MINUTE, nowMs })
      : this.#limit.knock(definition.url, address, { aMinute: definition.strangersAMinute, nowMs });
  }
}
