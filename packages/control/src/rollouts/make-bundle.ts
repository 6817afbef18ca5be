/** Gathers the evidence bundle of a remediation (V4): signed documents as received, leaves with their proofs. Reading is on record (V6). */
import { refuse, type Capsule, type Result } from '@countersign/core';
import {
  encodeBase64,
  sealBundle,
  type BundledEvidence,
  type BundledLeaf,
  type DsseEnvelope,
  type EvidenceBundle,
} from '@countersign/seal';
import type { Deps } from '../deps.ts';
import { signedDocument } from '../enclaves/poll.ts';
import type { OwnExchange } from '../http/index.ts';
import { findProposal, type ProposalRow } from '../proposals/proposal-row.ts';
import { approvalsOf, capsulesOf, type CapsuleLine } from '../proposals/show-proposal.ts';
import { storedDsse, storedFields, storedLeaf } from '../store/stored.parse.ts';

export interface BundleText {
  readonly file: string;
  readonly text: string;
}

export interface ReadingQuery {
  /** Why it is read, in the reader's words (V6). */
  readonly purpose?: string;
}

export async function makeBundle(
  deps: Deps,
  exchange: OwnExchange<undefined, ReadingQuery>,
): Promise<Result<BundleText>> {
  const { organisation, id } = exchange.principal;
  const reader = (await deps.trust.bundle(organisation))?.people.get(id);
  if (reader === undefined)
    return refuse('forbidden', 'evidence is read by people whom the trust bundle names', { clause: 'V6' });
  const row = await findProposal(deps.store, organisation, exchange.params['id'] ?? '');
  const config = deps.config.organisations.get(organisation);
  if (row === undefined || config === undefined) return refuse('not-found', 'there is no such proposal');
  const capsules = await capsulesOf(deps, row);
  const bundle = await gather(deps, { row, capsules, madeAt: exchange.now });
  if (!bundle.ok) return bundle;
  const bytes = sealBundle(bundle.value, config.capsuleSigner);
  await deps.transactor.run(exchange.actor, async ({ leaf }) => {
    leaf({
      event: 'evidence.read',
      subject: `proposal:${row.id}`,
      correlation: row.id,
      body: {
        proposal: row.id,
        bytes: bytes.length,
        roles: reader.roles,
        purpose: exchange.query.purpose ?? 'not stated',
      },
    });
  });
  return { ok: true, value: { file: `${row.id}.bundle.json`, text: new TextDecoder().decode(bytes) } };
}

interface Gathering {
  readonly row: ProposalRow;
  readonly capsules: readonly CapsuleLine[];
  readonly madeAt: EvidenceBundle['madeAt'];
}

async function gather(deps: Deps, { row, capsules, madeAt }: Gathering): Promise<Result<EvidenceBundle>> {
  const { organisation, id } = row;
  const digests = capsules.map(({ digest }) => digest);
  const [trust, envelopes, graphs, signals, approvals, signed, evidence, documents, leaves, status] = await Promise.all(
    [
      trustOf(deps, organisation),
      namedBy(deps, row, capsules, { table: 'envelope_version', name: ({ envelope }) => envelope.digest }),
      namedBy(deps, row, capsules, { table: 'graph_version', name: ({ graph }) => graph.digest }),
      signalsOf(deps, row),
      approvalsOf(deps, organisation, digests),
      signedReports(deps, row, digests),
      evidenceOf(deps, organisation, digests),
      documentsOf(deps, organisation, capsules),
      leavesOf(deps, row),
      deps.store.selectFrom('status').select('dsse').where('organisation', '=', organisation).executeTakeFirst(),
    ],
  );
  if (!leaves.ok) return leaves;
  return {
    ok: true,
    value: {
      type: 'evidence-bundle',
      organisation,
      proposal: id,
      madeAt,
      trust,
      envelopes,
      graphs,
      signals,
      capsules: capsules.map(({ dsse }) => dsse),
      approvals: approvals.map(({ dsse }) => dsse),
      validations: signed.validations,
      progress: signed.progress,
      evidence,
      documents,
      leaves: leaves.value,
      // INVARIANT: stored only after its signature was verified.
      ...(status !== undefined && { status: storedDsse(status.dsse) }),
    },
  };
}

/** INVARIANT of the casts below: signed documents are stored as they were read by their shape. */
const asEnvelopes = (rows: readonly { readonly dsse: unknown }[]): readonly DsseEnvelope[] =>
  rows.map(({ dsse }) => storedDsse(dsse));

const MAX_TRUST = 50;

async function trustOf({ store }: Deps, organisation: string): Promise<readonly DsseEnvelope[]> {
  const rows = await store
    .selectFrom('trust_bundle')
    .select('dsse')
    .where('organisation', '=', organisation)
    .orderBy('version', 'desc')
    .limit(MAX_TRUST)
    .execute();
  return asEnvelopes(rows.toReversed());
}

async function namedBy(
  deps: Deps,
  { organisation }: ProposalRow,
  capsules: readonly CapsuleLine[],
  named: { readonly table: 'envelope_version' | 'graph_version'; readonly name: (capsule: Capsule) => string },
): Promise<readonly DsseEnvelope[]> {
  const digests = [...new Set(capsules.map(({ capsule }) => named.name(capsule)))];
  return Promise.all(digests.map((digest) => signedDocument(deps, { organisation, table: named.table, digest })));
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

async function signedReports(
  { store }: Deps,
  { organisation, id }: ProposalRow,
  capsules: readonly string[],
): Promise<{ readonly validations: readonly DsseEnvelope[]; readonly progress: readonly DsseEnvelope[] }> {
  const validations = await store
    .selectFrom('validation')
    .select('dsse')
    .where('organisation', '=', organisation)
    .where('proposal', '=', id)
    .orderBy('received_at')
    .execute();
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
  return { validations: asEnvelopes(validations), progress: asEnvelopes(progress) };
}

async function evidenceOf(
  { store }: Deps,
  organisation: string,
  capsules: readonly string[],
): Promise<readonly BundledEvidence[]> {
  if (capsules.length === 0) return [];
  const rows = await store
    .selectFrom('evidence')
    .select(['dsse', 'fields'])
    .where('organisation', '=', organisation)
    .where('capsule', 'in', [...capsules])
    .orderBy('received_at')
    .execute();
  return rows.map(({ dsse, fields }) => ({
    statement: storedDsse(dsse),
    fields: storedFields(fields),
  }));
}

/** Decisions and risk assessments that capsules name by digest. */
async function documentsOf(
  { store }: Deps,
  organisation: string,
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

/** Leaves in one witnessed checkpoint; what came after it is not proved yet and is left out. */
async function leavesOf(deps: Deps, { organisation, id }: ProposalRow): Promise<Result<readonly BundledLeaf[]>> {
  const checkpoint = await deps.proofs.witnessed(organisation, 1);
  if (checkpoint === undefined) return { ok: true, value: [] };
  const rows = await deps.store
    .selectFrom('leaf')
    .select(['seq', 'bytes'])
    .where('organisation', '=', organisation)
    .where('correlation', '=', id)
    .where('seq', '<', checkpoint.size)
    .orderBy('seq')
    .execute();
  const leaves: BundledLeaf[] = [];
  for (const { seq, bytes } of rows) {
    if (seq === null) continue;
    const proof = await deps.proofs.proofIn(organisation, seq, checkpoint);
    if (!proof.ok) return proof;
    const body = await bodyOf(deps, organisation, bytes);
    leaves.push({
      leaf: encodeBase64(bytes),
      ...(body !== undefined && { body: encodeBase64(body) }),
      proof: proof.value,
    });
  }
  return { ok: true, value: leaves };
}

async function bodyOf({ store }: Deps, organisation: string, leaf: Buffer): Promise<Buffer | undefined> {
  // INVARIANT: the leaf's bytes were made here and lead to the signed root, so they are a leaf.
  const { body } = storedLeaf(JSON.parse(leaf.toString('utf8')));
  const row = await store
    .selectFrom('document')
    .select('bytes')
    .where('organisation', '=', organisation)
    .where('digest', '=', body)
    .executeTakeFirst();
  return row?.bytes;
}
