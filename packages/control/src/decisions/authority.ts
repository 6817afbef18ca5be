/** Who and what rules at this moment, as one value; compared with the tables inside the transaction that acts on it (trap 5). */
import {
  refuse,
  type EnvelopeInForce,
  type Instant,
  type OrganisationId,
  type Result,
  type SourceLineage,
} from '@countersign/core';
import type { CurrentGraph, Heads, Trust } from '../trust/current.ts';
import type { InstalledBundle } from '../trust/open-bundle.ts';
import type { CurrentEnvelope } from '../trust/open-envelope.ts';

export interface Authority {
  readonly trust: InstalledBundle;
  readonly inForce: EnvelopeInForce;
  readonly envelope: CurrentEnvelope | undefined;
  readonly graph: CurrentGraph | undefined;
  readonly sources: readonly SourceLineage[];
  /** Read anew after a mismatch: what could not be opened then authorises nothing, and that is no mistake of the memory. */
  readonly isFresh: boolean;
}

/** The tables say something else than what was remembered: the transaction is rolled back and runs again. */
class AuthorityMoved extends Error {}

const ATTEMPTS = 3;

/**
 * Runs `work` with what rules. It is loaded before the transaction is opened, because a transaction that waits for another
 * connection of its own pool can wait for ever.
 */
export async function underAuthority<T>(
  trust: Trust,
  organisation: OrganisationId,
  work: (authority: Authority) => Promise<Result<T>>,
): Promise<Result<T>> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const authority = await authorityOf(trust, organisation, { isFresh: attempt > 0, now: trust.now() });
    if (!authority.ok) return authority;
    try {
      return await work(authority.value);
    } catch (error) {
      if (!(error instanceof AuthorityMoved)) throw error;
      trust.forget(organisation);
    }
  }
  return refuse('storage-conflict', 'trust bundle, envelope or graph changed while this was decided');
}

/** Inside the transaction: `heads` were read there. */
export function assertStillRules({ trust, envelope, graph, isFresh }: Authority, heads: Heads): void {
  const isEnvelope = envelope === undefined ? isFresh || heads.envelope === null : envelope.digest === heads.envelope;
  const isGraph = graph === undefined ? isFresh || heads.graph === null : graph.digest === heads.graph;
  if (trust.digest !== heads.bundle || !isEnvelope || !isGraph) throw new AuthorityMoved('what rules has changed');
}

/** Who signs and who may is known from the trust bundle: when that is over, no envelope rules, and stopping stays possible (I21). */
async function authorityOf(
  trust: Trust,
  organisation: OrganisationId,
  { isFresh, now }: { readonly isFresh: boolean; readonly now: Instant },
): Promise<Result<Authority>> {
  const [bundle, found, graph, sources] = await Promise.all([
    trust.bundle(organisation),
    trust.envelope(organisation),
    trust.graph(organisation),
    trust.lineages(organisation),
  ]);
  if (bundle === undefined) return refuse('no-trust', 'no trust bundle is installed, so nobody is known here');
  const { expiresAt } = bundle.bundle;
  const envelope =
    expiresAt > now ? found : refuse('expired', `the trust bundle expired at ${expiresAt}`, { clause: 'AG-706 4.1' });
  const inForce: EnvelopeInForce = envelope.ok
    ? { kind: 'active', active: envelope.value.active }
    : { kind: 'refused', refusal: envelope.refusal };
  return {
    ok: true,
    value: { trust: bundle, inForce, envelope: envelope.ok ? envelope.value : undefined, graph, sources, isFresh },
  };
}
