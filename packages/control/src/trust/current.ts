/**
 * What rules now, for hot paths: opened, checked and indexed once, remembered until it changes. Changes of other processes come
 * by the bus; because a message may be lost, the heads are compared again every few seconds. A transaction that dispatches
 * compares `heads` once more inside itself.
 */
import {
  indexGraph,
  MAX_NARROWINGS,
  parseId,
  readShape,
  refuse,
  type Digest,
  type GraphIndex,
  type Instant,
  type OrganisationId,
  type Result,
  type SourceLineage,
} from '@countersign/core';
import { parseEnvelope, trustMetadataShape, type DsseEnvelope } from '@countersign/seal';
import { sql, type Kysely } from 'kysely';
import type { OrganisationConfig } from '../config.ts';
import type { Schema, Store } from '../store/schema.ts';
import { openBundle, type InstalledBundle } from './open-bundle.ts';
import { openEnvelopeDocument, type CurrentEnvelope } from './open-envelope.ts';
import { openGraph } from './open-graph.ts';
import { standing, versionsBelow } from './versions.ts';

export interface CurrentGraph {
  readonly index: GraphIndex;
  readonly digest: Digest;
  readonly dsse: DsseEnvelope;
}

/** Digests of the documents that rule, as the tables have them; null when there is none. */
export interface Heads {
  readonly bundle: string | null;
  readonly envelope: string | null;
  /** Newest version ever activated, suspended ones included. */
  readonly newestEnvelope: number;
  readonly graph: string | null;
}

interface Known {
  readonly checkedAtMs: number;
  readonly heads: Heads;
  readonly bundle: InstalledBundle | undefined;
  readonly envelope: Result<CurrentEnvelope>;
  readonly graph: CurrentGraph | undefined;
  readonly lineages: readonly SourceLineage[];
}

interface TrustParts {
  readonly store: Store;
  readonly organisations: ReadonlyMap<OrganisationId, OrganisationConfig>;
  readonly clock: () => Instant;
  readonly nowMs: () => number;
}

/** How long a change may go unnoticed when its message was lost. */
const REMEMBERED_MS = 3000;

export class Trust {
  readonly #parts: TrustParts;
  readonly #known = new Map<OrganisationId, Promise<Known>>();

  constructor(parts: TrustParts) {
    this.#parts = parts;
  }

  now(): Instant {
    return this.#parts.clock();
  }

  async bundle(organisation: OrganisationId): Promise<InstalledBundle | undefined> {
    return (await this.#current(organisation)).bundle;
  }

  /** Refused when none is active, or when it is no longer rightly signed or valid now: then it authorises nothing, and says why. */
  async envelope(organisation: OrganisationId): Promise<Result<CurrentEnvelope>> {
    const opened = (await this.#current(organisation)).envelope;
    const refusal = opened.ok ? opened.value.active.refusalAt(this.#parts.clock()) : undefined;
    return refusal === undefined ? opened : { ok: false, refusal };
  }

  async graph(organisation: OrganisationId): Promise<CurrentGraph | undefined> {
    return (await this.#current(organisation)).graph;
  }

  /** Sources with what they depend on: the root-signed relays, then those registered here. */
  async lineages(organisation: OrganisationId): Promise<readonly SourceLineage[]> {
    return (await this.#current(organisation)).lineages;
  }

  /** Reads what rules, in the transaction of the caller. */
  async heads(db: Kysely<Schema>, organisation: OrganisationId): Promise<Heads> {
    const found = await sql<Heads>`select
      (select digest from trust_bundle where organisation = ${organisation} order by version desc limit 1) as bundle,
      (select digest from envelope_version where organisation = ${organisation} and state = 'active') as envelope,
      (select coalesce(max(version), 0) from envelope_version where organisation = ${organisation}) as "newestEnvelope",
      (select digest from graph_version where organisation = ${organisation} order by version desc limit 1) as graph`.execute(
      db,
    );
    return found.rows[0] ?? { bundle: null, envelope: null, newestEnvelope: 0, graph: null };
  }

  forget(organisation: OrganisationId): void {
    this.#known.delete(organisation);
  }

  forgetAll(): void {
    this.#known.clear();
  }

  async #current(organisation: OrganisationId): Promise<Known> {
    const remembered = this.#known.get(organisation);
    const known = await remembered;
    if (known !== undefined && this.#parts.nowMs() - known.checkedAtMs < REMEMBERED_MS) return known;
    // Whoever came first asks for all.
    const running = this.#known.get(organisation);
    if (running !== undefined && running !== remembered) return running;
    const refreshed = this.#refresh(organisation, known);
    this.#known.set(organisation, refreshed);
    refreshed.catch(() => this.#known.get(organisation) === refreshed && this.#known.delete(organisation));
    return refreshed;
  }

  async #refresh(organisation: OrganisationId, before: Known | undefined): Promise<Known> {
    const heads = await this.heads(this.#parts.store, organisation);
    const changesAt = before?.bundle?.changesAt;
    const hasChanged = changesAt !== undefined && this.#parts.clock() > changesAt;
    const isSameBundle = before !== undefined && before.heads.bundle === heads.bundle && !hasChanged;
    const isSameEnvelope =
      isSameBundle && before.heads.envelope === heads.envelope && before.heads.newestEnvelope === heads.newestEnvelope;
    const isSameGraph = isSameBundle && before.heads.graph === heads.graph;
    const checkedAtMs = this.#parts.nowMs();
    const bundle = isSameBundle ? before.bundle : await this.#loadBundle(organisation);
    const [envelope, graph, lineages] = await Promise.all([
      isSameEnvelope ? before.envelope : this.#loadEnvelope(organisation, heads, bundle),
      isSameGraph ? before.graph : this.#loadGraph(organisation, bundle),
      this.#loadLineages(organisation, bundle),
    ]);
    return { checkedAtMs, heads, bundle, envelope, graph, lineages };
  }

  async #loadBundle(organisation: OrganisationId): Promise<InstalledBundle | undefined> {
    const config = this.#parts.organisations.get(organisation);
    const row = await this.#parts.store
      .selectFrom('trust_bundle')
      .select('metadata')
      .where('organisation', '=', organisation)
      .orderBy('version', 'desc')
      .limit(1)
      .executeTakeFirst();
    const metadata = readShape(trustMetadataShape, row?.metadata);
    if (!metadata.ok || config === undefined) return undefined;
    const opened = openBundle(metadata.value, config, { now: this.#parts.clock() });
    return opened.ok ? opened.value : undefined;
  }

  async #loadEnvelope(
    organisation: OrganisationId,
    heads: Heads,
    trust: InstalledBundle | undefined,
  ): Promise<Result<CurrentEnvelope>> {
    if (trust === undefined)
      return refuse('no-trust', 'no trust bundle is installed, so nobody can have signed an envelope');
    if (heads.envelope === null) return refuse('no-envelope', 'no envelope is active', { clause: 'AG-706 4.1' });
    const [row, ...before] = await versionsBelow(this.#parts.store, organisation, {
      below: heads.newestEnvelope + 1,
      limit: MAX_NARROWINGS + 1,
    });
    if (row?.digest !== heads.envelope) return refuse('no-envelope', 'no envelope is active', { clause: 'AG-706 4.1' });
    return openEnvelopeDocument(row.dsse, {
      trust,
      now: this.#parts.clock(),
      newestVersion: heads.newestEnvelope,
      since: standing(before),
    });
  }

  async #loadGraph(
    organisation: OrganisationId,
    trust: InstalledBundle | undefined,
  ): Promise<CurrentGraph | undefined> {
    const row = await this.#parts.store
      .selectFrom('graph_version')
      .select('dsse')
      .where('organisation', '=', organisation)
      .orderBy('version', 'desc')
      .limit(1)
      .executeTakeFirst();
    const dsse = parseEnvelope(row?.dsse);
    if (trust === undefined || !dsse.ok) return undefined;
    const opened = openGraph(dsse.value, trust);
    return opened.ok
      ? { index: indexGraph(opened.value.snapshot), digest: opened.value.digest, dsse: dsse.value }
      : undefined;
  }

  async #loadLineages(
    organisation: OrganisationId,
    trust: InstalledBundle | undefined,
  ): Promise<readonly SourceLineage[]> {
    const rows = await this.#parts.store
      .selectFrom('source')
      .select(['id', 'lineage'])
      .where('organisation', '=', organisation)
      .execute();
    const relays = trust?.bundle.keys.relays ?? [];
    const signed = relays.map(({ source, lineage }) => ({ source, lineage }));
    const registered = rows.flatMap(({ id, lineage }) => {
      const source = parseId<'Source'>(id);
      return source === undefined || signed.some((relay) => relay.source === source) ? [] : [{ source, lineage }];
    });
    return [...signed, ...registered];
  }
}
