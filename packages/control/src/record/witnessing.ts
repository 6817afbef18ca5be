/** Cosignatures of witnesses: checked before they are stored, counted by distinct keys of the trust bundle (I8, T1). */
import { refuse, type OrganisationId, type Result } from '@countersign/core';
import { sql } from 'kysely';
import type { Deps } from '../deps.ts';
import { cosignedNote, type StoredCheckpoint } from './checkpoints.ts';
import { openOwnCheckpoint } from './own-checkpoint.ts';

/** Stores one cosignature line; tells the bus `witnessed` when its checkpoint has a quorum. */
export async function acceptCosignature(
  deps: Deps,
  organisation: OrganisationId,
  given: { readonly size: number; readonly line: string },
): Promise<Result<{ readonly size: number; readonly cosignatures: number; readonly isWitnessed: boolean }>> {
  const installed = await deps.trust.bundle(organisation);
  const config = deps.config.organisations.get(organisation);
  if (installed === undefined || config === undefined) return refuse('no-trust', 'no trust bundle names the witnesses');
  const checkpoint = await deps.newest.checkpointOf(organisation, given.size);
  if (checkpoint === undefined) return refuse('not-found', `no checkpoint of size ${given.size} was signed`);
  const line = given.line.endsWith('\n') ? given.line : `${given.line}\n`;
  // One line, verified alone: two lines in one text would be stored under one name.
  if (line.indexOf('\n') !== line.length - 1) return refuse('malformed', 'exactly one signature line is expected');
  const opened = openOwnCheckpoint(checkpoint.note + line, config, { keys: installed.witnesses, quorum: 1 });
  if (!opened.ok) return opened;
  const name = opened.value.cosignatures[0]?.name ?? '';
  const quorum = installed.bundle.keys.witnessQuorum;
  // The line that was verified just now is one witness.
  const isEnough = (cosigned: StoredCheckpoint): boolean =>
    quorum <= 1 || openOwnCheckpoint(cosignedNote(cosigned), config, { keys: installed.witnesses, quorum }).ok;
  const tell = (): void => deps.bus.publish('witnessed', organisation, String(given.size));
  // It is true whether it is stored or not: where nobody has to read it in the table, what waits for it goes on meanwhile.
  const known = { ...checkpoint, cosignatures: { [name]: line, ...checkpoint.cosignatures } };
  const isTold = deps.bus.isAlone && isEnough(known);
  if (isTold) {
    deps.newest.keep(organisation, known);
    tell();
  }
  const stored = await deps.store
    .updateTable('checkpoint')
    .set({ cosignatures: sql`jsonb_build_object(${name}::text, ${line}::text) || cosignatures` })
    .where('organisation', '=', organisation)
    .where('size', '=', given.size)
    .returning(['size', 'note', 'cosignatures'])
    .executeTakeFirstOrThrow();
  deps.newest.keep(organisation, stored);
  const isWitnessed = isTold || isEnough(stored);
  if (isWitnessed && !isTold) tell();
  return { ok: true, value: { size: given.size, cosignatures: Object.keys(stored.cosignatures).length, isWitnessed } };
}
