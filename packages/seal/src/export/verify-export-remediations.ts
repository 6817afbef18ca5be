/** The remediations of an export, each put together again from what it names and judged like a bundle of its own (V1, V4). */
import {
  missingFields,
  ok,
  readShape,
  refuse,
  type BundleField,
  type Digest,
  type FieldLine,
  type ProposalId,
  type Result,
} from '@countersign/core';
import { encodeBase64 } from '../base64.ts';
import type { VerifiedLeaf } from '../bundle-envelope.ts';
import { fieldsOfBundle } from '../bundle-fields.ts';
import { canonicalBytes } from '../canonical.ts';
import { dsseShape, MAX_GRAPH_ENVELOPE_BYTES, type DsseEnvelope } from '../dsse.ts';
import type { BundledCampaign, EvidenceBundle } from '../evidence-bundle.ts';
import { readStrictJson } from '../strict-json.ts';
import type { EntryTime } from '../time-bracket.ts';
import { verifyActs, type OpenedOnce, type VerifiedActs } from '../verify-bundle-acts.ts';
import { campaignSubjects, isOfCampaigns } from '../verify-bundle-campaigns.ts';
import { checkRevocations } from '../verify-bundle-revocations.ts';
import type { ArchiveEntry } from './archive-reader.ts';
import {
  exportedRemediationShape,
  remediationName,
  SIGNED_LISTS,
  type ExportedCampaign,
  type ExportedRemediation,
} from './export-format.ts';
import { problemAt, readJsonEntry, type ExportProblem, type SoundExport } from './verify-export-damage.ts';
import type { VerifiedRecord } from './verify-export-record.ts';

export interface RemediationReport extends VerifiedActs {
  readonly proposal: ProposalId;
  /** Its entry in the file. */
  readonly item: string;
  readonly leaves: number;
  /** When each of its entries came into the record, as far as witnesses prove it. */
  readonly times: readonly EntryTime[];
  readonly fields: readonly FieldLine[];
  readonly missing: readonly BundleField[];
}

interface Question {
  readonly sound: SoundExport;
  readonly record: VerifiedRecord;
  readonly bytesOf: (digest: Digest) => Uint8Array | undefined;
}

export function verifyRemediations(question: Question): {
  readonly problems: readonly ExportProblem[];
  readonly reports: readonly RemediationReport[];
} {
  const { sound, record } = question;
  const judge = new Judge(question);
  const problems: ExportProblem[] = [];
  const reports: RemediationReport[] = [];
  const entries = sound.entries.filter(({ kind }) => kind === 'remediations');
  for (const [place, entry] of entries.entries()) {
    const judged = entry.name === remediationName(place) ? judge.remediation(entry) : outOfOrder;
    if (judged.ok) reports.push(judged.value);
    else problems.push(problemAt(entry, judged.refusal.code, judged.refusal.detail));
  }
  const known = new Set<string>(reports.map(({ proposal }) => proposal));
  if (known.size < reports.length || sound.manifest.remediations !== entries.length)
    problems.push(problemAt(undefined, 'malformed', 'the file does not hold each remediation once'));
  // Whoever makes an export could leave out what does not suit him; the record says what there was.
  if (problems.length === 0) problems.push(...leftOut(record, known, sound));
  return { problems, reports };
}

const outOfOrder: Result<never> = refuse('malformed', 'the remediations are not numbered in order');

function leftOut(
  { leaves }: VerifiedRecord,
  known: ReadonlySet<string>,
  { manifest: { from, to } }: SoundExport,
): readonly ExportProblem[] {
  const owed = new Set(
    leaves.flatMap(({ leaf }) =>
      leaf.event === 'proposal.created' && leaf.at >= from && leaf.at < to ? [leaf.correlation] : [],
    ),
  );
  return [...owed]
    .filter((name) => !known.has(name))
    .map((name) => ({
      item: name,
      code: 'missing',
      detail: 'the record names this remediation, and the file leaves it out',
    }));
}

class Judge {
  readonly #question: Question;
  readonly #opened: OpenedOnce = { policies: new WeakMap(), graphs: new WeakMap() };
  readonly #envelopes = new Map<Digest, DsseEnvelope | undefined>();
  readonly #leaves: ReadonlyMap<string, readonly VerifiedLeaf[]>;

  constructor(question: Question) {
    this.#question = question;
    this.#leaves = Map.groupBy(question.record.leaves, ({ leaf }) => leaf.correlation);
  }

  remediation(entry: ArchiveEntry): Result<RemediationReport> {
    const json = readJsonEntry(entry);
    const read = json.ok ? readShape(exportedRemediationShape, json.value) : json;
    if (!json.ok || !read.ok) return read.ok ? refuse('malformed', 'it is not JSON') : read;
    if (Buffer.compare(canonicalBytes(json.value), entry.bytes) !== 0)
      return refuse('malformed', 'it is not in its canonical form');
    const bundle = this.#bundle(read.value);
    if (!bundle.ok) return bundle;
    const leaves = this.#leavesOf(bundle.value);
    const { versions, newest } = this.#question.sound.trust;
    const acts = verifyActs(bundle.value, { versions, newest, leaves, opened: this.#opened });
    if (!acts.ok) return acts;
    const standing = checkRevocations(bundle.value, { versions, newest, leaves });
    if (!standing.ok) return standing;
    const fields = fieldsOfBundle(bundle.value, acts.value, leaves);
    const { proposal } = bundle.value;
    const missing = missingFields(fields);
    const times = this.#timesOf(leaves);
    return ok({ ...acts.value, proposal, item: entry.name, leaves: leaves.length, times, fields, missing });
  }

  #timesOf(leaves: readonly VerifiedLeaf[]): readonly EntryTime[] {
    const { times } = this.#question.record;
    const first = times[0]?.index ?? 0;
    return leaves.flatMap(({ index }) => times[index - first] ?? []);
  }

  /** Its own entries and, in the order of the record, those of the campaigns it was signed through. */
  #leavesOf(bundle: EvidenceBundle): readonly VerifiedLeaf[] {
    const own = this.#leaves.get(bundle.proposal) ?? [];
    if (bundle.campaigns === undefined) return own;
    const subjects = campaignSubjects(bundle);
    const others = (this.#leaves.get('') ?? []).filter(({ leaf }) => isOfCampaigns(leaf, subjects));
    return [...own, ...others].toSorted((a, b) => a.index - b.index);
  }

  #bundle(named: ExportedRemediation): Result<EvidenceBundle> {
    const { organisation, madeAt } = this.#question.sound.manifest;
    const lists: Partial<Record<(typeof SIGNED_LISTS)[number], readonly DsseEnvelope[]>> = {};
    for (const list of SIGNED_LISTS) {
      const found = named[list].map((digest) => this.#envelope(digest));
      const envelopes = found.filter((one) => one !== undefined);
      if (envelopes.length < found.length) return refuse('missing', `one of its ${list} is not in the file`);
      lists[list] = envelopes;
    }
    const evidence = named.evidence.map(({ statement, fields, view }) => ({
      statement: this.#envelope(statement),
      fields,
      ...(view !== undefined && { view: this.#envelope(view) }),
    }));
    const documents = named.documents.map((digest) => this.#question.bytesOf(digest));
    const status = named.status === undefined ? undefined : this.#envelope(named.status);
    const isWhole =
      evidence.every((one) => one.statement !== undefined && (!('view' in one) || one.view !== undefined)) &&
      !documents.includes(undefined) &&
      (named.status === undefined || status !== undefined);
    if (!isWhole) return refuse('missing', 'a document it names is not in the file');
    const campaigns = named.campaigns?.map((one) => this.#campaign(one));
    if (campaigns?.includes(undefined) === true)
      return refuse('missing', 'a document of a campaign is not in the file');
    const { envelopes = [], predecessors = [], graphs = [], signals = [], capsules = [], approvals = [] } = lists;
    const { validations = [], drills = [], progress = [] } = lists;
    return ok({
      type: 'evidence-bundle',
      organisation,
      proposal: named.proposal,
      madeAt,
      trust: [],
      envelopes,
      predecessors,
      graphs,
      signals,
      capsules,
      approvals,
      validations,
      drills,
      progress,
      evidence: evidence.flatMap(({ statement, fields, view }) =>
        statement === undefined ? [] : [{ statement, fields, ...(view !== undefined && { view }) }],
      ),
      documents: documents.flatMap((bytes) => (bytes === undefined ? [] : [encodeBase64(bytes)])),
      leaves: [],
      ...(campaigns !== undefined && { campaigns: campaigns.filter((one) => one !== undefined) }),
      ...(status !== undefined && { status }),
    });
  }

  #campaign({ manifest, approvals, receipts, ...place }: ExportedCampaign): BundledCampaign | undefined {
    const [head, ...signed] = [manifest, ...approvals, ...receipts].map((digest) => this.#envelope(digest));
    const found = signed.filter((one) => one !== undefined);
    if (head === undefined || found.length < signed.length) return undefined;
    return {
      ...place,
      manifest: head,
      approvals: found.slice(0, approvals.length),
      receipts: found.slice(approvals.length),
    };
  }

  /** The same object for the same digest: what was opened once is known again. */
  #envelope(digest: Digest): DsseEnvelope | undefined {
    const bytes = this.#question.bytesOf(digest);
    if (this.#envelopes.has(digest)) return this.#envelopes.get(digest);
    const json = bytes === undefined ? undefined : readStrictJson(bytes, { maxBytes: MAX_GRAPH_ENVELOPE_BYTES });
    const read = json?.ok === true ? readShape(dsseShape, json.value) : undefined;
    const isCanonical =
      read?.ok === true && bytes !== undefined && Buffer.compare(canonicalBytes(read.value), bytes) === 0;
    const envelope = isCanonical ? read.value : undefined;
    this.#envelopes.set(digest, envelope);
    return envelope;
  }
}
