/**
 * What nobody vouches for is counted, not written down one by one: a stranger must not be able to make the record grow (L5). So are tokens of
 * agents, of which each has hundreds a day. One leaf an organisation every ten minutes, and none when nothing happened.
 */
import { instantOf, type OrganisationId } from '@countersign/core';
import type { Deps } from '../deps.ts';

const COUNTED = ['tokensIssued', 'tokensRefused', 'signInsRefused'] as const;
type Counted = (typeof COUNTED)[number];
export const COUNTED_MS: number = 600_000;

export class DoorCounts {
  readonly #deps: Pick<Deps, 'transactor' | 'config'>;
  readonly #counts = new Map<OrganisationId, Map<Counted, number>>();
  #sinceMs: number;

  constructor(deps: Pick<Deps, 'transactor' | 'config'>, nowMs: number) {
    this.#deps = deps;
    this.#sinceMs = nowMs;
  }

  /** For an organisation of this server; what names none belongs to no record. */
  add(organisation: OrganisationId, what: Counted): void {
    if (!this.#deps.config.organisations.has(organisation)) return;
    const counts = this.#counts.get(organisation) ?? new Map<Counted, number>();
    this.#counts.set(organisation, counts.set(what, (counts.get(what) ?? 0) + 1));
  }

  /** Puts on record what came since the last time. A crash loses at most that. */
  async write(nowMs: number): Promise<void> {
    const [from, to] = [instantOf(this.#sinceMs), instantOf(nowMs)];
    const taken = [...this.#counts];
    this.#counts.clear();
    this.#sinceMs = nowMs;
    for (const [organisation, counts] of taken) {
      const counted = Object.fromEntries(COUNTED.map((what) => [what, counts.get(what) ?? 0]));
      await this.#deps.transactor.run({ organisation, actor: 'control', now: to }, async ({ leaf }) => {
        leaf({ event: 'identity.counted', subject: 'identity:doors', correlation: '', body: { from, to, ...counted } });
      });
    }
  }
}
