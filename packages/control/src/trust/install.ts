/** Installing what rules: each document is verified before it is stored, and versions only go up. */
import { indexGraph, ok, readShape, refuse, type Instant, type OrganisationId, type Result } from '@countersign/core';
import { trustMetadataShape, type DsseEnvelope, type TrustMetadata } from '@countersign/seal';
import { sql } from 'kysely';
import type { OrganisationConfig } from '../config.ts';
import type { Deps } from '../deps.ts';
import { json, Refused, type Answer, type OwnExchange } from '../http/index.ts';
import { deliver, deliverDocument, deliverInForce } from '../enclaves/deliveries.ts';
import { basisFor } from '../findings/basis.ts';
import { rerankFindings } from '../findings/rerank.ts';
import { storeGraphRows } from '../graph/store-graph-rows.ts';
import { loadSources } from '../signals/registry.ts';
import type { Work } from '../store/transact.ts';
import { openBundle, type InstalledBundle } from './open-bundle.ts';
import { activateIn, enclavesOf } from './activate-envelope.ts';
import { readEnvelopeDocument } from './open-envelope.ts';
import { openGraph } from './open-graph.ts';

export type Exchange = Pick<OwnExchange<unknown, unknown>, 'actor' | 'commit' | 'now' | 'principal'>;
type VersionTable = 'trust_bundle' | 'envelope_version' | 'graph_version';

/** The newest version installed; the lock makes two installers come one after the other. */
export async function newestVersion({ db, context }: Work, table: VersionTable): Promise<number> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`${table} ${context.organisation}`}, 706))`.execute(db);
  const row = await db
    .selectFrom(table)
    .select((select) => select.fn.max<number | null>('version').as('version'))
    .where('organisation', '=', context.organisation)
    .executeTakeFirst();
  return row?.version ?? 0;
}

export function demandNewer(version: number, newest: number): void {
  if (version <= newest)
    throw new Refused({
      code: 'not-newer',
      detail: `version ${version} is not newer than version ${newest}`,
      clause: 'E2',
    });
}

/** Whose signatures count was read before the transaction; what rules in it must still be that (trap 4). */
export async function demandSameBundle({ db, context }: Work, { trust }: Deps, known: InstalledBundle): Promise<void> {
  const { bundle } = await trust.heads(db, context.organisation);
  if (bundle === known.digest) return;
  trust.forget(context.organisation);
  throw new Refused({ code: 'storage-conflict', detail: 'the trust bundle changed while this was installed' });
}

/** After the commit every process forgets what it knew. */
export async function changed(
  deps: Deps,
  organisation: OrganisationId,
  result: Promise<Result<Answer>>,
): Promise<Result<Answer>> {
  const answer = await result;
  deps.trust.forget(organisation);
  if (answer.ok) deps.bus.publish('trust', organisation);
  if (answer.ok) deps.bus.publish('delivery', organisation);
  return answer;
}

/**
 * A newer bundle, or the same one with newer online metadata: a timestamp that was renewed keeps disconnected runners going, and
 * changes nobody's keys.
 */
export async function installBundle(deps: Deps, exchange: Exchange, metadata: TrustMetadata): Promise<Result<Answer>> {
  const { organisation } = exchange.actor;
  const config = deps.config.organisations.get(organisation);
  if (config === undefined) return refuse('not-found', 'this server does not serve this organisation');
  const installed = await deps.trust.bundle(organisation);
  const { now } = exchange;
  const opened = openBundle(metadata, config, { now, ...(installed !== undefined && { previous: installed.signed }) });
  if (!opened.ok) return opened;
  const { bundle, expiresAt } = opened.value;
  if (expiresAt <= now) return refuse('expired', `the trust bundle expired at ${expiresAt}`);
  if (bundle.keys.log !== config.log.vkey)
    return refuse('bad-key', 'the trust bundle names another key for the record than this server signs with');
  return changed(
    deps,
    organisation,
    exchange.commit((unit) => storeBundle(unit, opened.value, { config, now })),
  );
}

async function storeBundle(
  unit: Work,
  opened: InstalledBundle,
  { config, now }: { readonly config: OrganisationConfig; readonly now: Instant },
): Promise<Result<Answer>> {
  const { db, leaf, context } = unit;
  const { organisation } = context;
  const { bundle, digest, metadata, versions } = opened;
  const { version } = bundle;
  const newest = await newestVersion(unit, 'trust_bundle');
  const isRenewed = version === newest && (await isNewerOnline(unit, opened, { config, now }));
  if (!isRenewed) demandNewer(version, newest);
  await db
    .insertInto('trust_bundle')
    .values({ organisation, version, digest, metadata: JSON.stringify(metadata) })
    .onConflict((conflict) =>
      conflict.columns(['organisation', 'version']).doUpdateSet({ metadata: JSON.stringify(metadata) }),
    )
    .execute();
  const included = bundle.people
    .flatMap(({ credentials }) => credentials)
    .flatMap((credential) => (credential.kind === 'passkey' ? [credential.id] : []));
  if (included.length > 0)
    await db
      .updateTable('enrolment')
      .set({ state: 'included' })
      .where('organisation', '=', organisation)
      .where('id', 'in', included)
      .execute();
  // In a fixed order, so that two installers cannot wait for each other.
  const enclaves = enclavesOf(bundle).toSorted();
  for (const enclave of enclaves) await deliver(db, { organisation, enclave }, { kind: 'trust', trust: metadata });
  await deliverInForce(unit, enclaves);
  leaf({
    event: 'trust.updated',
    subject: `trust-bundle:v${version}`,
    correlation: '',
    body: { version, digest, versions },
  });
  return ok(json({ version, digest, versions }));
}

/** The same bytes of the bundle, and no part of the metadata older than what is stored. */
async function isNewerOnline(
  { db, context }: Work,
  opened: InstalledBundle,
  { config, now }: { readonly config: OrganisationConfig; readonly now: Instant },
): Promise<boolean> {
  const row = await db
    .selectFrom('trust_bundle')
    .select(['digest', 'metadata'])
    .where('organisation', '=', context.organisation)
    .where('version', '=', opened.versions.targets)
    .executeTakeFirst();
  const stored = readShape(trustMetadataShape, row?.metadata);
  const before = stored.ok ? openBundle(stored.value, config, { now }) : stored;
  if (!before.ok || row?.digest !== opened.digest) return false;
  const { root, timestamp, snapshot } = before.value.versions;
  const { versions } = opened;
  const isOlder =
    versions.root < root ||
    (versions.root === root && (versions.timestamp < timestamp || versions.snapshot < snapshot));
  return !isOlder && (versions.root > root || versions.timestamp > timestamp);
}

export async function installEnvelope(deps: Deps, exchange: Exchange, dsse: DsseEnvelope): Promise<Result<Answer>> {
  const { organisation } = exchange.actor;
  const trust = await deps.trust.bundle(organisation);
  if (trust === undefined) return refuse('no-trust', 'no trust bundle names the policy administrators');
  const read = readEnvelopeDocument(dsse, organisation);
  if (!read.ok) return read;
  const { version } = read.value.envelope;
  return changed(
    deps,
    organisation,
    exchange.commit(async (unit) => {
      await demandSameBundle(unit, deps, trust);
      const newest = await newestVersion(unit, 'envelope_version');
      demandNewer(version, newest);
      return activateIn(unit, dsse, { trust, newest });
    }),
  );
}

/** Narrowing: one policy admin, at once. It comes back only as a new version that two people sign (E3). */
export async function suspendEnvelope(deps: Deps, exchange: Exchange): Promise<Result<Answer>> {
  const { organisation } = exchange.actor;
  const trust = await deps.trust.bundle(organisation);
  const admins = [...(trust?.people.values() ?? [])].filter(({ roles }) =>
    roles.some((role) => role === 'policy-admin'),
  );
  if (!admins.some(({ id }) => id === exchange.principal.id))
    return refuse('forbidden', 'only a policy administrator may suspend the envelope', {
      eligible: admins.map(({ id }) => id),
      clause: 'E3',
    });
  return changed(
    deps,
    organisation,
    exchange.commit(async ({ db, leaf }) => {
      const row = await db
        .updateTable('envelope_version')
        .set({ state: 'suspended' })
        .where('organisation', '=', organisation)
        .where('state', '=', 'active')
        .returning(['version', 'digest'])
        .executeTakeFirst();
      if (row === undefined) return refuse('no-envelope', 'no envelope is active');
      leaf({ event: 'envelope.suspended', subject: `envelope:v${row.version}`, correlation: '', body: row });
      return { ok: true, value: json(row) };
    }),
  );
}

export async function installGraph(deps: Deps, exchange: Exchange, dsse: DsseEnvelope): Promise<Result<Answer>> {
  const { organisation } = exchange.actor;
  const trust = await deps.trust.bundle(organisation);
  if (trust === undefined) return refuse('no-trust', 'no trust bundle names the graph owners');
  const opened = openGraph(dsse, trust);
  if (!opened.ok) return opened;
  const { snapshot, digest } = opened.value;
  const { now } = exchange;
  const inForce = await deps.trust.envelope(organisation);
  const envelope = inForce.ok ? inForce.value : undefined;
  const sources = await loadSources(deps.store, organisation, await deps.trust.lineages(organisation));
  return changed(
    deps,
    organisation,
    exchange.commit(async (unit) => {
      await demandSameBundle(unit, deps, trust);
      demandNewer(snapshot.version, await newestVersion(unit, 'graph_version'));
      await unit.db
        .insertInto('graph_version')
        .values({
          organisation,
          version: snapshot.version,
          digest,
          dsse: JSON.stringify(dsse),
          taken_at: snapshot.takenAt,
        })
        .execute();
      await storeGraphRows(unit.db, snapshot);
      // Held, queued or routed: every finding stands by the graph that rules after this commit (G5).
      await rerankFindings(unit, basisFor({ graph: { index: indexGraph(snapshot), digest }, envelope, now }), sources);
      await deliverDocument(unit, enclavesOf(trust.bundle), { kind: 'graph', graph: dsse });
      const body = { version: snapshot.version, digest, nodes: snapshot.nodes.length, edges: snapshot.edges.length };
      unit.leaf({ event: 'graph.updated', subject: `graph:v${snapshot.version}`, correlation: '', body });
      return { ok: true, value: json(body) };
    }),
  );
}
