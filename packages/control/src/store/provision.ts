/** Makes an organisation and those who may call for it. Used at installation; safe to repeat. */
import type { Instant, OrganisationId, SourceId } from '@countersign/core';
import { tokenHash } from '../http/authenticate.ts';
import type { PrincipalKind } from '../http/principal.ts';
import { Transactor, type Committed } from './transact.ts';
import type { Store } from './schema.ts';

export interface Provision {
  readonly organisation: OrganisationId;
  readonly principals: readonly { readonly kind: PrincipalKind; readonly id: string; readonly token: string }[];
  /** Signal sources with what they depend on: two sources that share lineage are not independent (D8). */
  readonly sources: readonly { readonly id: SourceId; readonly lineage: readonly string[]; readonly owner: string }[];
  readonly now: Instant;
}

export async function provision(
  store: Store,
  wanted: Provision,
  committed: Committed = () => undefined,
): Promise<void> {
  const { organisation, principals, sources, now } = wanted;
  await new Transactor(store, committed).run({ organisation, actor: 'control', now }, async ({ db, leaf }) => {
    const created = await db
      .insertInto('organisation')
      .values({ id: organisation, created_at: now })
      .onConflict((conflict) => conflict.doNothing())
      .returning('id')
      .executeTakeFirst();
    if (created !== undefined)
      leaf({
        event: 'organisation.created',
        subject: `organisation:${organisation}`,
        correlation: '',
        body: { organisation },
      });
    for (const { kind, id, token } of principals)
      await db
        .insertInto('principal')
        .values({ organisation, kind, id, token_hash: tokenHash(token) })
        .onConflict((conflict) =>
          conflict.columns(['organisation', 'kind', 'id']).doUpdateSet({ token_hash: tokenHash(token) }),
        )
        .execute();
    for (const { id, lineage, owner } of sources)
      await db
        .insertInto('source')
        .values({ organisation, id, lineage: JSON.stringify(lineage), owner })
        .onConflict((conflict) =>
          conflict.columns(['organisation', 'id']).doUpdateSet({ lineage: JSON.stringify(lineage), owner }),
        )
        .execute();
  });
}
