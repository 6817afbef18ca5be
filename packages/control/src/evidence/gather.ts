/** What a bundle holds beside the record (V1): signed documents as received, and the documents they name by digest. */
import type { Digest, OrganisationId } from '@countersign/core';
import {
  encodeBase64,
  leafSubjectOf,
  type BundledEvidence,
  type DsseEnvelope,
  type EvidenceBundle,
  type LeafPlaces,
  type TrustMetadata,
} from '@countersign/seal';
import type { Deps } from '../deps.ts';
import type { ProposalRow } from '../proposals/proposal-row.ts';
import { approvalsOf, capsulesOf, decisionsOf, type CapsuleLine } from '../proposals/show-proposal.ts';
import { storedDsse, storedFields, storedTrust } from '../store/stored.parse.ts';
import { campaignsOf } from './gather-campaigns.ts';
import { approvalEntry, evidenceEntry, validationEntry } from './proved.ts';

/** Everything of a bundle but its frame and its leaves. */
type BundleParts = Omit<
  EvidenceBundle,
  'type' | 'organisation' | 'proposal' | 'madeAt' | 'trust' | 'leaves' | 'checkpoints'
>;

const MAX_DRILLS = 5;

/**
 * The same for every change: one that was prohibited has no capsule, and its decisions name what they were made from. What the record
 * has an entry for goes along where the file proves that entry; the rest is proved in the next one.
 */
export async function gatherParts(deps: Deps, row: ProposalRow, places: LeafPlaces): Promise<BundleParts> {
  const { organisation } = row;
  const [built, decisions] = await Promise.all([capsulesOf(deps, row), decisionsOf(deps, row)]);
  const capsules = built.filter(
    ({ digest }) => places.ofSubject('capsule.built', leafSubjectOf('capsule', digest)) !== undefined,
  );
  const digests = capsules.map(({ digest }) => digest);
  const ran = digests.filter((digest) => places.ofBody('capsule.dispatched', digest) !== undefined);
  const named = [...capsules.map(({ capsule }) => capsule), ...decisions.map(({ decision }) => decision)];
  const policies = [...new Set(named.map(({ envelope }) => envelope.digest))];
  const snapshots = [...new Set(named.map(({ graph }) => graph.digest))];
  const [envelopes, predecessors, graphs, signals, approvals, signed, drills, evidence, documents, campaigns, status] =
    await Promise.all([
      namedDocuments(deps, row, { table: 'envelope_version', digests: policies }),
      predecessorsOf(deps, row, policies),
      namedDocuments(deps, row, { table: 'graph_version', digests: snapshots }),
      signalsOf(deps, row),
      approvalsOf(deps, organisation, digests),
      signedReports(deps, row, { ran, places }),
      drillsOf(deps, row, capsules),
      evidenceOf(deps, organisation, { ran, places }),
      documentsOf(deps, organisation, capsules),
      campaignsOf(deps, row, { ran, places }),
      deps.store.selectFrom('status').select('dsse').where('organisation', '=', organisation).executeTakeFirst(),
    ]);
  return {
    envelopes,
    predecessors,
    graphs,
    signals,
    capsules: capsules.map(({ dsse }) => dsse),
    approvals: approvals.flatMap(({ dsse }) => (approvalEntry(places, dsse) === undefined ? [] : [dsse])),
    validations: signed.validations,
    drills,
    progress: signed.progress,
    evidence,
    documents,
    ...(campaigns.length > 0 && { campaigns }),
    // INVARIANT: stored only after its signature was verified.
    ...(status !== undefined && { status: storedDsse(status.dsse) }),
  };
}

/** INVARIANT of the casts below: signed documents are stored as they were read by their shape. */
const asEnvelopes = (rows: readonly { readonly dsse: unknown }[]): readonly DsseEnvelope[] =>
  rows.map(({ dsse }) => storedDsse(dsse));

const MAX_TRUST = 50;

/** Oldest first. */
export async function trustOf({ store }: Deps, organisation: OrganisationId): Promise<readonly TrustMetadata[]> {
  const rows = await store
    .selectFrom('trust_bundle')
    .select('metadata')
    .where('organisation', '=', organisation)
    .orderBy('version', 'desc')
    .limit(MAX_TRUST)
    .execute();
  return rows.toReversed().map(({ metadata }) => storedTrust(metadata));
}

/** Envelopes and graphs that decisions and capsules name. What a decision named and never was installed is not there to be shown. */
async function namedDocuments(
  { store }: Deps,
  { organisation }: ProposalRow,
  named: { readonly table: 'envelope_version' | 'graph_version'; readonly digests: readonly string[] },
): Promise<readonly DsseEnvelope[]> {
  if (named.digests.length === 0) return [];
  const rows = await store
    .selectFrom(named.table)
    .select('dsse')
    .where('organisation', '=', organisation)
    .where('digest', 'in', [...named.digests])
    .orderBy('version')
    .execute();
  return asEnvelopes(rows);
}

/** What versions that one person signed are proved with (E3); nothing for those that two people signed. */
async function predecessorsOf(
  { store }: Deps,
  { organisation }: ProposalRow,
  digests: readonly string[],
): Promise<readonly DsseEnvelope[]> {
  if (digests.length === 0) return [];
  const named = await store
    .selectFrom('envelope_version')
    .select(['version', 'narrowings'])
    .where('organisation', '=', organisation)
    .where('digest', 'in', [...digests])
    .execute();
  const wanted = new Set(
    named.flatMap(({ version, narrowings }) => Array.from({ length: narrowings }, (_, back) => version - back - 1)),
  );
  if (wanted.size === 0) return [];
  const rows = await store
    .selectFrom('envelope_version')
    .select('dsse')
    .where('organisation', '=', organisation)
    .where('version', 'in', [...wanted])
    .orderBy('version')
    .execute();
  return asEnvelopes(rows);
}

/** Reports of other staging runs that drilled this action: the newest, as a runner is sent them (X6). */
async function drillsOf(
  { store }: Deps,
  { organisation, id, proposal }: ProposalRow,
  capsules: readonly CapsuleLine[],
): Promise<readonly DsseEnvelope[]> {
  if (capsules.length === 0) return [];
  const rows = await store
    .selectFrom('validation')
    .select('dsse')
    .where('organisation', '=', organisation)
    .where('proposal', '<>', id)
    .where('capsule', 'in', (drill) =>
      drill
        .selectFrom('drill')
        .select('evidence')
        .where('organisation', '=', organisation)
        .where('action', '=', proposal.change.action)
        .where('is_passed', '=', true)
        .orderBy('at', 'desc')
        .limit(MAX_DRILLS),
    )
    .orderBy('received_at')
    .execute();
  return asEnvelopes(rows);
}

async function signalsOf({ store }: Deps, { organisation, proposal }: ProposalRow): Promise<readonly DsseEnvelope[]> {
  const rows = await store
    .selectFrom('signal')
    .select('dsse')
    .where('organisation', '=', organisation)
    .where('id', 'in', [...proposal.signals])
    .where('dsse', 'is not', null)
    .orderBy('id')
    .execute();
  return asEnvelopes(rows);
}

/** Capsules that were sent, and the entries of the file. */
interface Ran {
  readonly ran: readonly Digest[];
  readonly places: LeafPlaces;
}

async function signedReports(
  { store }: Deps,
  { organisation, id }: ProposalRow,
  { ran, places }: Ran,
): Promise<{ readonly validations: readonly DsseEnvelope[]; readonly progress: readonly DsseEnvelope[] }> {
  const validations = await store
    .selectFrom('validation')
    .select('dsse')
    .where('organisation', '=', organisation)
    .where('proposal', '=', id)
    .orderBy('received_at')
    .execute();
  const capsules = ran.filter(
    (digest) => places.ofSubject('rollout.progressed', leafSubjectOf('capsule', digest)) !== undefined,
  );
  const progress =
    capsules.length === 0
      ? []
      : await store
          .selectFrom('progress')
          .select('dsse')
          .where('organisation', '=', organisation)
          .where('capsule', 'in', [...capsules])
          .orderBy('capsule')
          .orderBy('first')
          .execute();
  const proved = asEnvelopes(validations).filter((one) => validationEntry(places, one) !== undefined);
  return { validations: proved, progress: asEnvelopes(progress) };
}

async function evidenceOf(
  { store }: Deps,
  organisation: string,
  { ran, places }: Ran,
): Promise<readonly BundledEvidence[]> {
  if (ran.length === 0) return [];
  const rows = await store
    .selectFrom('evidence')
    .select(['dsse', 'fields', 'view'])
    .where('organisation', '=', organisation)
    .where('capsule', 'in', [...ran])
    .orderBy('received_at')
    .execute();
  return rows.flatMap(({ dsse, fields, view }) => {
    const statement = storedDsse(dsse);
    if (evidenceEntry(places, statement) === undefined) return [];
    return [{ statement, fields: storedFields(fields), ...(view !== null && { view: storedDsse(view) }) }];
  });
}

/** Decisions and risk assessments that capsules name by digest. */
async function documentsOf(
  { store }: Deps,
  organisation: OrganisationId,
  capsules: readonly CapsuleLine[],
): Promise<readonly string[]> {
  const digests = [...new Set(capsules.flatMap(({ capsule }) => [capsule.decision.digest, capsule.riskAssessment]))];
  if (digests.length === 0) return [];
  const rows = await store
    .selectFrom('document')
    .select('bytes')
    .where('organisation', '=', organisation)
    .where('digest', 'in', digests)
    .orderBy('digest')
    .execute();
  return rows.map(({ bytes }) => encodeBase64(bytes));
}
