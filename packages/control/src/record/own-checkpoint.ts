/** Checkpoints of our own logs, read back with our own key: what the database holds is not believed either. */
import type { Result } from '@countersign/core';
import { openCheckpoint, parseVkey, type NoteVerifier, type OpenedCheckpoint } from '@countersign/seal';
import type { OrganisationConfig } from '../config.ts';

export function openOwnCheckpoint(
  note: string,
  config: OrganisationConfig,
  witnesses: { readonly keys: readonly NoteVerifier[]; readonly quorum: number } = { keys: [], quorum: 0 },
): Result<OpenedCheckpoint> {
  const logKey = parseVkey(config.log.vkey);
  if (!logKey.ok) return logKey;
  return openCheckpoint(note, { logKey: logKey.value, witnessKeys: witnesses.keys, witnessQuorum: witnesses.quorum });
}
