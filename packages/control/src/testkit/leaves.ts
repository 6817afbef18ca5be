/** Bodies of the leaves of one event, oldest first: what the record says happened. */
import type { RecordEvent } from '@countersign/core';
import { sql } from 'kysely';
import type { TestControl } from './control.ts';
import type { World } from './world.ts';

export async function bodiesOf(control: TestControl, world: World, event: RecordEvent): Promise<readonly unknown[]> {
  const { rows } = await sql<{ bytes: Buffer }>`
    select coalesce(l.body, d.bytes) as bytes from leaf l
    left join document d on d.organisation = l.organisation
      and d.digest = convert_from(l.bytes, 'utf8')::jsonb ->> 'body'
    where l.organisation = ${world.organisation} and l.event = ${event} and coalesce(l.body, d.bytes) is not null order by l.id`.execute(
    control.deps.store,
  );
  return rows.map(({ bytes }): unknown => JSON.parse(bytes.toString('utf8')));
}
