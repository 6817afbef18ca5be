/** Which entries of an export are not what its sealed manifest says: all of them, by name, down to the leaf of the record (V3, V4). */
import { isRevokedAt, readShape, type TrustBundle } from '@countersign/core';
import { keysOf, openSigned } from '../bundle-envelope.ts';
import { openBundledTrust, type BundledTrust, type BundleTrust } from '../bundle-trust.ts';
import { digestOfHash } from '../digest.ts';
import { dsseShape, type DsseEnvelope } from '../dsse.ts';
import { HASH_BYTES, leafHash } from '../merkle.ts';
import { readStrictJson } from '../strict-json.ts';
import { trustMetadataShape, type TrustMetadata } from '../tuf/trust-metadata.ts';
import type { ArchiveEntry } from './archive-reader.ts';
import {
  EXPORT_SEAL_TYPE,
  exportedEntriesShape,
  exportManifestShape,
  objectDigest,
  unpackLeaves,
  type ExportedEntry,
  type ExportManifest,
} from './export-format.ts';

/** One wrong thing and where it is. */
export interface ExportProblem {
  /** The entry, or what is missing. */
  readonly item: string;
  /** In the file; absent for what is not in it. */
  readonly offset?: number;
  readonly code: string;
  readonly detail: string;
}

export interface SoundExport {
  readonly manifest: ExportManifest;
  readonly trust: BundledTrust;
  readonly entries: readonly ArchiveEntry[];
}

const MAX_JSON_BYTES = 67_108_864;

export function readJsonEntry(entry: ArchiveEntry | undefined): ReturnType<typeof readStrictJson> {
  return readStrictJson(entry?.bytes ?? new Uint8Array(), { maxBytes: MAX_JSON_BYTES });
}

/** Sound: sealed by a capsule signer whom the roots vouch for, and every entry as it was sealed. */
export function findDamage(
  entries: readonly ArchiveEntry[],
  trusted: BundleTrust,
): { readonly sound?: SoundExport; readonly problems: readonly ExportProblem[] } {
  const [sealEntry, listEntry] = (['manifest', 'entries'] as const).map((one) =>
    entries.find(({ kind }) => kind === one),
  );
  const seal = envelopeIn(sealEntry);
  const claimed = seal === undefined ? undefined : claimedManifest(seal);
  const itself = selfDamage(entries);
  const and = (...problems: readonly ExportProblem[]): ReturnType<typeof findDamage> => ({
    problems: [...itself, ...problems],
  });
  if (seal === undefined || claimed === undefined)
    return and(problemAt(sealEntry, 'malformed', 'the manifest does not have its form'));
  const list =
    listEntry !== undefined && digestOfHash(listEntry.hash) === claimed.entries ? listIn(listEntry) : undefined;
  const trust = openBundledTrust({ organisation: claimed.organisation, trust: trustIn(entries) }, trusted);
  if (!trust.ok) {
    const differing = compare(entries, list ?? []).filter(
      ({ item }) => list !== undefined && item.startsWith('trust/'),
    );
    const first = entries.find(({ kind }) => kind === 'trust');
    const whole = problemAt(first, trust.refusal.code, trust.refusal.detail);
    return and(...(differing.length > 0 ? differing : [whole]));
  }
  const manifest = openManifest(seal, trust.value.newest);
  if (typeof manifest === 'string') return and(problemAt(sealEntry, 'bad-signature', manifest));
  if (list === undefined) return and(problemAt(listEntry, 'changed', 'it is not the list that was sealed'));
  const problems = compare(entries, list);
  return problems.length === 0 ? { problems, sound: { manifest, trust: trust.value, entries } } : { problems };
}

function listIn(entry: ArchiveEntry): readonly ExportedEntry[] | undefined {
  const json = readJsonEntry(entry);
  const read = json.ok ? readShape(exportedEntriesShape, json.value) : json;
  return read.ok ? read.value : undefined;
}

export const problemAt = (entry: ArchiveEntry | undefined, code: string, detail: string): ExportProblem =>
  entry === undefined
    ? { item: 'manifest.json', code, detail }
    : { item: entry.name, offset: entry.offset, code, detail };

function envelopeIn(entry: ArchiveEntry | undefined): DsseEnvelope | undefined {
  const json = readJsonEntry(entry);
  const read = json.ok ? readShape(dsseShape, json.value) : json;
  return read.ok ? read.value : undefined;
}

/** What the manifest says, before anybody is believed. */
function claimedManifest({ payload }: DsseEnvelope): ExportManifest | undefined {
  const json = readStrictJson(Buffer.from(payload, 'base64'), { maxBytes: MAX_JSON_BYTES });
  const read = json.ok ? readShape(exportManifestShape, json.value) : json;
  return read.ok ? read.value : undefined;
}

function openManifest(seal: DsseEnvelope, newest: TrustBundle): ExportManifest | string {
  const opened = openSigned(
    seal,
    { payloadType: EXPORT_SEAL_TYPE, trusted: keysOf(newest.keys.capsuleSigners) },
    exportManifestShape,
  );
  if (!opened.ok) return `the seal: ${opened.refusal.detail}`;
  const { madeAt, checkpoint } = opened.value.document;
  // The seal is younger than the newest entry of the record around it.
  const moment = { at: madeAt, ...(checkpoint.size > 0 && { index: checkpoint.size - 1 }) };
  return opened.value.signers.some((keyid) => isRevokedAt(newest.revocations, keyid, moment))
    ? 'the seal: its key was revoked before it counted'
    : opened.value.document;
}

const trustIn = (entries: readonly ArchiveEntry[]): readonly TrustMetadata[] =>
  entries.flatMap((entry) => (entry.kind === 'trust' ? (metadataIn(entry) ?? []) : []));

function metadataIn(entry: ArchiveEntry): TrustMetadata | undefined {
  const json = readJsonEntry(entry);
  const read = json.ok ? readShape(trustMetadataShape, json.value) : json;
  return read.ok ? read.value : undefined;
}

/** Everything before the list, in the order and with the digests it says. */
function compare(entries: readonly ArchiveEntry[], sealed: readonly ExportedEntry[]): readonly ExportProblem[] {
  const found = new Map(entries.map((entry) => [entry.name, entry]));
  const named = new Set(sealed.map(({ name }) => name));
  const problems = sealed.flatMap(({ name, digest }): ExportProblem[] => {
    const entry = found.get(name);
    if (entry === undefined) return [{ item: name, code: 'missing', detail: 'it is not in the file' }];
    if (digestOfHash(entry.hash) === digest) return [];
    return [problemAt(entry, 'changed', `it was changed after it was sealed${leavesChanged(entry, found)}`)];
  });
  const foreign = entries.filter(({ name, kind }) => kind !== 'manifest' && kind !== 'entries' && !named.has(name));
  problems.push(...foreign.map((entry) => problemAt(entry, 'foreign', 'the sealed list does not name it')));
  if (problems.length > 0) return problems;
  const place = sealed.findIndex(({ name }, at) => entries[at]?.name !== name);
  return place === -1 ? [] : [problemAt(entries[place], 'moved', 'it is not at the place it was sealed at')];
}

/** The leaves of a tile that are not those whose hashes stand beside it. */
function leavesChanged({ name, kind, bytes }: ArchiveEntry, found: ReadonlyMap<string, ArchiveEntry>): string {
  const hashes = kind === 'leaves' ? found.get(name.replace('tile/entries/', 'tile/0/'))?.bytes : undefined;
  const leaves = hashes === undefined ? undefined : unpackLeaves(bytes);
  if (leaves === undefined || hashes?.length !== leaves.length * HASH_BYTES) return '';
  const wrong = leaves.flatMap((leaf, place) =>
    Buffer.compare(leafHash(leaf), hashes.subarray(place * HASH_BYTES, (place + 1) * HASH_BYTES)) === 0 ? [] : [place],
  );
  return wrong.length === 0 ? '' : `: leaf ${wrong.join(', ')} of the tile`;
}

/** What an entry says about itself: an object has the digest it is called by. */
const selfDamage = (entries: readonly ArchiveEntry[]): readonly ExportProblem[] =>
  entries.flatMap((entry) =>
    entry.kind === 'objects' && digestOfHash(entry.hash) !== objectDigest(entry.name)
      ? [problemAt(entry, 'changed', 'it does not have the digest it is called by')]
      : [],
  );
