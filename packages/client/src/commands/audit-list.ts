/** `cs audit list`: leaves of the record as they stand in the tree. */
import { leafShape, readShape, type Leaf } from '@countersign/core';
import { decodeBase64, readStrictJson } from '@countersign/seal';
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { unverified } from '../cli/failure.ts';
import { table } from '../cli/output.ts';
import { safe } from '../cli/safe-text.ts';
import type { Client } from '../client.ts';

export interface AuditEntry {
  readonly seq: number;
  readonly leaf: Leaf;
  /** As hashed. */
  readonly bytes: Uint8Array;
}
export interface ListOptions {
  readonly from: number;
  readonly limit: number | undefined;
  /** Only what belongs to this proposal. */
  readonly proposal: string | undefined;
}

const PAGE = 500;

export async function auditList(context: Context, options: ListOptions): Promise<ExitCode> {
  const { output, settings } = context;
  const found: AuditEntry[] = [];
  const { from, proposal, limit = Infinity } = options;
  const entries =
    proposal === undefined ? entriesFrom(context.client, from) : entriesOfProposal(context.client, proposal, from);
  for await (const entry of entries) {
    if (found.length >= limit) break;
    found.push(entry);
  }
  if (settings.isJson) output.json(found.map(({ seq, leaf }) => ({ seq, ...leaf })));
  else
    output.lines(
      table([['SEQ', 'AT', 'EVENT', 'SUBJECT', 'ACTOR'].map((head) => output.style('bold', head)), ...found.map(row)]),
    );
  return EXIT.ok;
}

const row = ({ seq, leaf }: AuditEntry): readonly string[] => [
  String(seq),
  leaf.at,
  leaf.event,
  safe(leaf.subject.replace(/([0-9a-f]{12})[0-9a-f]{52}$/, '$1...'), 90),
  safe(leaf.actor, 90),
];

/** Every entry in order; one whose bytes cannot be read ends it, because nothing after it may be believed. */
export async function* entriesFrom(client: Client, from: number): AsyncGenerator<AuditEntry, void, void> {
  for (let next = from; ;) {
    const { entries } = await client.entries(next, PAGE);
    for (const { seq, leaf } of entries) {
      if (seq !== next)
        throw unverified({ code: 'record-damaged', detail: `entry ${next} is missing from the record`, clause: 'V3' });
      yield entryOf(seq, leaf);
      next += 1;
    }
    if (entries.length < PAGE) return;
  }
}

/** Entries of one remediation in order: the server looks them up, so that the rest of the record is not read for them. */
export async function* entriesOfProposal(
  client: Client,
  proposal: string,
  from: number,
): AsyncGenerator<AuditEntry, void, void> {
  for (let next = from; ;) {
    const { entries } = await client.entriesOf(proposal, next, PAGE);
    for (const { seq, leaf } of entries) {
      if (seq < next)
        throw unverified({ code: 'record-damaged', detail: `entry ${seq} is not in its place`, clause: 'V3' });
      const entry = entryOf(seq, leaf);
      if (entry.leaf.correlation === proposal) yield entry;
      next = seq + 1;
    }
    if (entries.length < PAGE) return;
  }
}

function entryOf(seq: number, encoded: string): AuditEntry {
  const bytes = decodeBase64(encoded) ?? new Uint8Array();
  const json = readStrictJson(bytes);
  const leaf = json.ok ? readShape(leafShape, json.value) : json;
  if (leaf.ok) return { seq, leaf: leaf.value, bytes };
  throw unverified({
    ...leaf.refusal,
    detail: `entry ${seq} of the record cannot be read: ${leaf.refusal.detail}`,
    clause: 'V3',
  });
}
