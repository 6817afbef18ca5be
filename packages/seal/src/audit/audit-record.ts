/**
 * An exported record or database, held against the checkpoints an auditor trusts (V3, T10): gaps, forks, a rolled back database, edits,
 * deletions, insertions and entries in another order are found and named.
 */
import { leafShape, readShape, type Instant } from '@countersign/core';
import { cosignaturesAlone, openCheckpoint, type CheckpointTrust, type OpenedCheckpoint } from '../checkpoint.ts';
import { digestOf } from '../digest.ts';
import { leafHash, sameBytes } from '../merkle.ts';
import { CompactRange, type MerkleNode } from '../compact-range.ts';
import type { NodeReader } from '../merkle-proof.ts';
import { isJsonObject } from '../statement.ts';
import { readStrictJson } from '../strict-json.ts';
import { timeFinding, WitnessedTimes } from '../time-bracket.ts';
import { auditState, type ReadLeaf } from './state-audit.ts';
import { auditTree } from './tree-audit.ts';
import type { AuditedLeaf, Finding } from './finding.ts';

export interface RecordDump {
  readonly leaves: readonly AuditedLeaf[];
  readonly node: NodeReader;
  readonly isStored: (level: number) => boolean;
  /** Every stored node, where they are rows: some may lie outside the tree. */
  readonly nodes?: readonly Pick<MerkleNode, 'level' | 'index'>[];
  /** Notes with their cosignatures, newest last. `size` as its column says. */
  readonly checkpoints: readonly { readonly size?: number; readonly note: string }[];
  /** Kept bytes under the digest they are said to have. */
  readonly documents: readonly { readonly digest: string; readonly bytes: Uint8Array }[];
  readonly tables: ReadonlyMap<string, readonly Readonly<Record<string, unknown>>[]>;
}

export interface AuditRule {
  readonly trust: CheckpointTrust;
  /** Signed checkpoints that were kept from before, outside of what is audited. */
  readonly known: readonly string[];
}

export interface AuditReport {
  readonly findings: readonly Finding[];
  /** Entries of the newest checkpoint that counts. */
  readonly size: number;
  readonly checked: {
    readonly leaves: number;
    readonly documents: number;
    readonly rows: number;
    readonly checkpoints: number;
  };
}

const MAX_BODY_BYTES = 33_554_432;

export function auditRecord(dump: RecordDump, rule: AuditRule): AuditReport {
  const findings: Finding[] = [];
  const own = openOwn(dump, rule, findings);
  const known = rule.known.flatMap((note) => {
    const opened = openCheckpoint(note, rule.trust);
    if (!opened.ok) findings.push({ harm: 'unsigned', at: 'known checkpoint', detail: opened.refusal.detail });
    return opened.ok ? [opened.value] : [];
  });
  const head = newestOf([...own, ...known]);
  const ownHead = newestOf(own);
  if (head === undefined)
    findings.push({ harm: 'unsigned', at: 'checkpoint', detail: 'no checkpoint counts: nothing here is proved' });
  if (head !== undefined && (ownHead?.size ?? 0) < head.size)
    findings.push({
      harm: 'rolled-back',
      at: `checkpoint ${head.size}`,
      detail: `${head.size} entries were signed, the newest checkpoint here is of ${ownHead?.size ?? 0}`,
    });
  findings.push(...forks([...own, ...known]));
  const size = head?.size ?? 0;
  const placed = placeLeaves(dump, size, findings);
  const tree =
    head === undefined
      ? []
      : auditTree({
          size,
          root: head.root,
          leafAt: (seq) => placed.hashes[seq],
          node: dump.node,
          isStored: dump.isStored,
        });
  findings.push(...tree);
  findings.push(...strayNodes(dump, size));
  const bodies = auditDocuments(dump, placed.read, findings);
  const expired = expiredBodies(placed.read, bodies);
  const leaves = withBodies(placed.read, bodies).map((leaf) =>
    leaf.body === undefined && expired.has(leaf.bodyDigest) ? { ...leaf, isExpired: true } : leaf,
  );
  const state = auditState(leaves, dump.tables, expired);
  findings.push(...state.findings);
  const other = otherHistories({ own, known }, placed.hashes, size);
  findings.push(...other);
  // Of entries that are not as signed, and by checkpoints of another history, no time is told.
  if (head !== undefined && tree.length === 0 && other.length === 0)
    findings.push(...misdated(placed.read, [...own, ...known], rule.trust));
  const checked = {
    leaves: dump.leaves.length,
    documents: dump.documents.length + placed.read.filter(({ kept }) => kept !== undefined).length,
    rows: state.rows,
    checkpoints: dump.checkpoints.length,
  };
  return { findings, size, checked };
}

/** Rows of nodes that the tree has no room for: outside of it, of a level that is not kept, or a second time. */
function strayNodes({ nodes = [], isStored }: RecordDump, size: number): readonly Finding[] {
  const seen = new Set<string>();
  return nodes.flatMap(({ level, index }): readonly Finding[] => {
    const at = `tree_node ${level}/${index}`;
    const isStray = (index + 1) * 2 ** level > size || !isStored(level) || seen.has(at);
    seen.add(at);
    return isStray ? [{ harm: 'inserted', at, detail: 'the signed tree has no such node' }] : [];
  });
}

/** Checkpoints of the export. Every one has to be the log's own; the auditor's quorum is asked of the newest that claims to have it. */
function openOwn(dump: RecordDump, { trust }: AuditRule, findings: Finding[]): readonly OpenedCheckpoint[] {
  const own: OpenedCheckpoint[] = [];
  const counted: OpenedCheckpoint[] = [];
  for (const { size, note } of dump.checkpoints) {
    const opened = openCheckpoint(note, { ...trust, witnessQuorum: 0 });
    const at = `checkpoint ${size ?? (opened.ok ? opened.value.size : 'newest')}`;
    if (!opened.ok) findings.push({ harm: 'edited', at, detail: opened.refusal.detail });
    else if (size !== undefined && opened.value.size !== size)
      findings.push({ harm: 'edited', at, detail: `the signed note is of ${opened.value.size} entries` });
    else {
      own.push(opened.value);
      const strange = cosignaturesAlone(note, trust);
      if (strange > 0)
        findings.push({ harm: 'edited', at, detail: `${strange} of its cosignatures are of nobody who is known` });
      if (opened.value.cosignatures.length >= trust.witnessQuorum) counted.push(opened.value);
    }
  }
  if (dump.checkpoints.length > 0 && trust.witnessQuorum > 0 && counted.length === 0)
    findings.push({
      harm: 'unsigned',
      at: 'checkpoint',
      detail: `none has ${trust.witnessQuorum} cosignatures of witnesses that are known`,
    });
  return own;
}

const newestOf = (checkpoints: readonly OpenedCheckpoint[]): OpenedCheckpoint | undefined =>
  checkpoints.reduce<OpenedCheckpoint | undefined>(
    (newest, one) => (newest === undefined || one.size > newest.size ? one : newest),
    undefined,
  );

function forks(checkpoints: readonly OpenedCheckpoint[]): readonly Finding[] {
  const roots = new Map<number, Uint8Array>();
  return checkpoints.flatMap(({ size, root }): readonly Finding[] => {
    const known = roots.get(size);
    roots.set(size, known ?? root);
    return known === undefined || sameBytes(known, root)
      ? []
      : [{ harm: 'forked', at: `checkpoint ${size}`, detail: 'two roots of one size were signed' }];
  });
}

interface Placed {
  /** Hash of each entry at its place. */
  readonly hashes: readonly (Uint8Array | undefined)[];
  readonly read: readonly PlacedLeaf[];
}
interface PlacedLeaf extends Omit<ReadLeaf, 'body'> {
  /** The word of the server. */
  readonly at: Instant;
  /** Bytes of its body, where they stand beside it. */
  readonly kept: Uint8Array | undefined;
}

function placeLeaves({ leaves }: RecordDump, size: number, findings: Finding[]): Placed {
  const hashes: (Uint8Array | undefined)[] = Array.from({ length: size });
  const read: PlacedLeaf[] = [];
  for (const { seq, bytes, body: kept, columns } of leaves) {
    if (seq === undefined) continue;
    const at = `leaf ${seq}`;
    if (seq >= size || seq < 0) {
      findings.push({ harm: 'inserted', at, detail: `the signed record has ${size} entries` });
      continue;
    }
    if (hashes[seq] !== undefined) findings.push({ harm: 'inserted', at, detail: 'two entries have this place' });
    hashes[seq] ??= leafHash(bytes);
    const json = readStrictJson(bytes, { maxBytes: 65_536 });
    const leaf = json.ok ? readShape(leafShape, json.value) : json;
    if (!leaf.ok) continue;
    const { event, at: said, subject, correlation, organisation, body } = leaf.value;
    for (const [name, value] of Object.entries({ event, subject, correlation, organisation }))
      if (columns?.[name] !== undefined && columns[name] !== value)
        findings.push({ harm: 'edited', at, detail: `column ${name} is not what the entry itself says` });
    read.push({ seq, event, at: said, correlation, bodyDigest: body, kept });
  }
  return { hashes, read: read.toSorted((a, b) => a.seq - b.seq) };
}

type Bodies = ReadonlyMap<string, Uint8Array>;

function auditDocuments(dump: RecordDump, leaves: Placed['read'], findings: Finding[]): Bodies {
  const bodies = new Map<string, Uint8Array>();
  for (const { digest, bytes } of dump.documents) {
    if (digestOf(bytes) === digest) bodies.set(digest, bytes);
    else findings.push({ harm: 'edited', at: `document ${digest}`, detail: 'its bytes have another digest' });
  }
  const there = new Set(dump.documents.map(({ digest }) => digest));
  for (const { seq, bodyDigest, kept } of leaves) {
    if (kept === undefined) continue;
    there.add(bodyDigest);
    if (digestOf(kept) === bodyDigest) bodies.set(bodyDigest, kept);
    else findings.push({ harm: 'edited', at: `leaf ${seq}`, detail: 'the body beside it is not the one it names' });
  }
  const expired = expiredBodies(leaves, bodies);
  const missing = new Set<string>();
  for (const { seq, bodyDigest } of leaves)
    if (!there.has(bodyDigest) && !expired.has(bodyDigest) && !missing.has(bodyDigest)) {
      missing.add(bodyDigest);
      findings.push({
        harm: 'deleted',
        at: `document ${bodyDigest}`,
        detail: `the body of leaf ${seq} is missing, and no leaf says that its time had come`,
      });
    }
  return bodies;
}

/** Only the record says what went at its time: a row beside it is anybody's. */
function expiredBodies(leaves: Placed['read'], bodies: Bodies): ReadonlySet<string> {
  const expired = new Set<string>();
  for (const { body } of withBodies(
    leaves.filter(({ event }) => event === 'body.expired'),
    bodies,
  )) {
    const digests = body?.['digests'];
    if (Array.isArray(digests)) for (const digest of digests) if (typeof digest === 'string') expired.add(digest);
  }
  return expired;
}

const withBodies = (leaves: Placed['read'], bodies: Bodies): readonly ReadLeaf[] =>
  leaves.map((leaf) => {
    const bytes = bodies.get(leaf.bodyDigest);
    const json = bytes === undefined ? undefined : readStrictJson(bytes, { maxBytes: MAX_BODY_BYTES });
    return json?.ok === true && isJsonObject(json.value) ? { ...leaf, body: json.value } : leaf;
  });

/** Entries whose time lies outside of what cosigned checkpoints around them prove (V3). */
function misdated(
  leaves: Placed['read'],
  checkpoints: readonly OpenedCheckpoint[],
  { witnessQuorum }: CheckpointTrust,
): readonly Finding[] {
  const times = new WitnessedTimes(checkpoints, witnessQuorum);
  return leaves.flatMap(({ seq, at }): readonly Finding[] => {
    const finding = timeFinding(at, times.bracket(seq));
    return finding === undefined ? [] : [{ harm: 'misdated', at: `leaf ${seq}`, detail: finding }];
  });
}

interface Signed {
  readonly own: readonly OpenedCheckpoint[];
  readonly known: readonly OpenedCheckpoint[];
}

/** Every smaller checkpoint has to be a beginning of the same tree; one that was kept outside and is none is a fork. */
function otherHistories({ own, known }: Signed, hashes: Placed['hashes'], size: number): readonly Finding[] {
  const smaller = [...own, ...known].filter((one) => one.size < size);
  const wanted = new Map(smaller.map((one) => [one.size, one]));
  const findings: Finding[] = [];
  let range = CompactRange.empty;
  for (const hash of hashes) {
    if (hash === undefined || wanted.size === 0) return findings;
    ({ range } = range.append(hash));
    const checkpoint = wanted.get(range.size);
    if (checkpoint === undefined) continue;
    wanted.delete(range.size);
    if (sameBytes(range.root(), checkpoint.root)) continue;
    // From the first wrong entry on every later checkpoint differs; the tree has named it.
    findings.push({
      harm: known.includes(checkpoint) ? 'forked' : 'damaged',
      at: `checkpoint ${range.size}`,
      detail: 'the entries do not lead to this checkpoint; it is the first of which that is so',
    });
    return findings;
  }
  return findings;
}
