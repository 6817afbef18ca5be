/** The evidence bundle of one remediation, whatever became of it (V1, V4): gathered, proved, sealed. Reading is on record (V6). */
import { refuse, type Result } from '@countersign/core';
import {
  campaignSubjects,
  encodeBase64,
  LeafPlaces,
  sealBundle,
  type BundledLeaf,
  type EvidenceBundle,
} from '@countersign/seal';
import type { Deps } from '../deps.ts';
import type { OwnExchange } from '../http/index.ts';
import { findProposal, type ProposalRow } from '../proposals/proposal-row.ts';
import { bodyOf } from './bodies.ts';
import { campaignSubjectsOf } from './gather-campaigns.ts';
import { gatherParts, trustOf } from './gather.ts';
import { addEntry, type StoredEntry } from './proved.ts';
import { readerOf } from './reader.ts';
import { bundledCheckpoints } from './times.ts';

export interface BundleText {
  readonly file: string;
  readonly text: string;
}

export interface ReadingQuery {
  /** Why it is read, in the reader's words (V6). */
  readonly purpose: string;
}

export async function makeBundle(
  deps: Deps,
  exchange: OwnExchange<undefined, ReadingQuery>,
): Promise<Result<BundleText>> {
  const { organisation } = exchange.principal;
  const reader = await readerOf(deps, exchange.principal);
  if (!reader.ok) return reader;
  const row = await findProposal(deps.store, organisation, exchange.params['id'] ?? '');
  const config = deps.config.organisations.get(organisation);
  if (row === undefined || config === undefined) return refuse('not-found', 'there is no such proposal');
  const leaves = await leavesOf(deps, row);
  if (!leaves.ok) return leaves;
  const places = new LeafPlaces();
  for (const entry of leaves.value.entries) addEntry(places, entry);
  const parts = await gatherParts(deps, row, places);
  const named = campaignSubjects(parts);
  const shown = leaves.value.entries.filter(({ shared }) => shared === undefined || named.has(shared));
  const { head } = leaves.value;
  const checkpoints = await bundledCheckpoints(deps, organisation, { seqs: shown.map(({ seq }) => seq), head });
  const bundle: EvidenceBundle = {
    type: 'evidence-bundle',
    organisation,
    proposal: row.id,
    madeAt: exchange.now,
    trust: await trustOf(deps, organisation),
    ...parts,
    leaves: shown.map(({ bundled }) => bundled),
    ...(checkpoints.length > 0 && { checkpoints }),
  };
  const bytes = sealBundle(bundle, config.capsuleSigner);
  await deps.transactor.record(exchange.actor, [
    {
      event: 'evidence.read',
      subject: `proposal:${row.id}`,
      correlation: row.id,
      body: {
        proposal: row.id,
        bytes: bytes.length,
        roles: reader.value.roles,
        purpose: exchange.query.purpose,
      },
    },
  ]);
  return { ok: true, value: { file: `${row.id}.bundle.json`, text: new TextDecoder().decode(bytes) } };
}

/** An entry with its proof; `shared`: the campaign it is of, when it belongs to no remediation. */
interface GatheredLeaf extends StoredEntry {
  readonly bundled: BundledLeaf;
  readonly shared?: string;
}

interface Gathered {
  readonly entries: readonly GatheredLeaf[];
  /** Size of the checkpoint they are proved in. */
  readonly head: number;
}

/** Leaves in one witnessed checkpoint; what came after it is not proved yet and is left out. */
async function leavesOf(deps: Deps, row: ProposalRow): Promise<Result<Gathered>> {
  const { organisation, id } = row;
  const checkpoint = await deps.proofs.witnessed(organisation, 1);
  if (checkpoint === undefined) return { ok: true, value: { entries: [], head: 0 } };
  const subjects = await campaignSubjectsOf(deps, row);
  const rows = await deps.store
    .selectFrom('leaf')
    .select(['seq', 'bytes', 'body', 'correlation', 'subject'])
    .where('organisation', '=', organisation)
    .where((where) =>
      where.or([
        where('correlation', '=', id),
        ...(subjects.length === 0
          ? []
          : [where.and([where('correlation', '=', ''), where('subject', 'in', [...subjects])])]),
      ]),
    )
    .where('seq', '<', checkpoint.size)
    .orderBy('seq')
    .execute();
  const leaves: GatheredLeaf[] = [];
  for (const { seq, bytes, body: kept, correlation, subject } of rows) {
    if (seq === null) continue;
    const proof = await deps.proofs.proofIn(organisation, seq, checkpoint);
    if (!proof.ok) return proof;
    const body = await bodyOf(deps.store, organisation, { bytes, body: kept });
    leaves.push({
      seq,
      leaf: bytes,
      bundled: {
        leaf: encodeBase64(bytes),
        ...(body !== undefined && { body: encodeBase64(body) }),
        proof: proof.value,
      },
      ...(correlation === '' && { shared: subject }),
    });
  }
  return { ok: true, value: { entries: leaves, head: checkpoint.size } };
}
