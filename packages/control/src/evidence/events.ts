/** Entries of the record in the forms of other systems; what leaves is the leaf, never its body (V2, V4). */
import type { OrganisationId, Result } from '@countersign/core';
import { SiemWriter, type SiemFormat } from '@countersign/seal';
import type { Deps } from '../deps.ts';
import type { OwnExchange } from '../http/index.ts';
import { within } from '../store/within.ts';
import { populationOf, type Period } from './population.ts';
import { readerOf } from './reader.ts';
import { reported } from './report.ts';

export interface EventsQuery extends Period {
  readonly purpose: string;
  readonly format: SiemFormat;
}

export async function openEvents(
  deps: Deps,
  exchange: OwnExchange<undefined, EventsQuery>,
): Promise<Result<AsyncIterable<string>>> {
  const { organisation } = exchange.principal;
  const reader = await readerOf(deps, exchange.principal);
  if (!reader.ok) return reader;
  const { from, to, purpose, format } = exchange.query;
  const { first, last } = await populationOf(deps.store, organisation, { from, to });
  await deps.transactor.record(exchange.actor, [
    {
      event: 'evidence.exported',
      subject: 'evidence:events',
      correlation: '',
      body: { from, to, purpose, format, roles: reader.value.roles },
    },
  ]);
  if (first === undefined || last === undefined) return { ok: true, value: none() };
  return { ok: true, value: lines(deps, organisation, { first, last, from, to, format }) };
}

async function* none(): AsyncGenerator<string> {}

async function* lines(
  deps: Deps,
  organisation: OrganisationId,
  asked: Period & { readonly first: number; readonly last: number; readonly format: SiemFormat },
): AsyncGenerator<string> {
  const writer = new SiemWriter(asked.format);
  const entries = reported(deps, organisation, asked);
  for (;;) {
    const next = await within(organisation, () => entries.next());
    if (next.done === true) return;
    const { at } = next.value.leaf;
    if (at >= asked.from && at < asked.to) yield writer.line(next.value);
  }
}
