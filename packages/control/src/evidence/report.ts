/** The report of a period from the record of this server (V4): the same function that an export is reported with. */
import { periodReport, type Instant, type OrganisationId, type ReportedEntry, type Result } from '@countersign/core';
import { canonicalBytes, readStrictJson, TILE_LEAVES } from '@countersign/seal';
import type { Deps } from '../deps.ts';
import type { OwnExchange } from '../http/index.ts';
import { parseLeaf, readEntries } from '../record/entries.ts';
import { populationOf } from './population.ts';
import { readerOf } from './reader.ts';

export interface ReportQuery {
  readonly from: Instant;
  readonly to: Instant;
  readonly purpose: string;
}

/** Canonical JSON, so that it can be compared byte by byte. */
export async function openReport(deps: Deps, exchange: OwnExchange<undefined, ReportQuery>): Promise<Result<string>> {
  const { organisation } = exchange.principal;
  const reader = await readerOf(deps, exchange.principal);
  if (!reader.ok) return reader;
  const { from, to, purpose } = exchange.query;
  const { first, last } = await populationOf(deps.store, organisation, { from, to });
  const entries: ReportedEntry[] = [];
  if (first !== undefined && last !== undefined)
    for await (const entry of reported(deps, organisation, { first, last })) entries.push(entry);
  const report = periodReport({ organisation, from, to }, entries);
  await deps.transactor.record(exchange.actor, [
    {
      event: 'evidence.read',
      subject: 'evidence:report',
      correlation: '',
      body: { from, to, purpose, roles: reader.value.roles },
    },
  ]);
  return { ok: true, value: new TextDecoder().decode(canonicalBytes(report)) };
}

/** Entries in the order of the record, each with the document of its body. */
export async function* reported(
  { store }: Deps,
  organisation: OrganisationId,
  { first, last }: { readonly first: number; readonly last: number },
): AsyncGenerator<ReportedEntry> {
  for (let at = first; at <= last; at += TILE_LEAVES)
    for (const { seq, leaf: bytes, body } of await readEntries(store, organisation, {
      from: at,
      limit: Math.min(TILE_LEAVES, last - at + 1),
    })) {
      const leaf = parseLeaf(bytes);
      if (leaf === undefined) throw new Error(`entry ${seq} of the record cannot be read`);
      const json = body === undefined ? undefined : readStrictJson(body, { maxBytes: body.length });
      yield { index: seq, leaf, hasBody: body !== undefined, ...(json?.ok === true && { body: json.value }) };
    }
}
