/** Checkpoints of our own logs, read back with our own key: what the database holds is not believed either. */
import type { Result } from '@countersign/core';
import { openCheckpoint, parseVkey, type NoteVerifier, type OpenedCheckpoint } from '@countersign/seal';
import type { OrganisationConfig } from '../config.ts';

/** A key is made once a process; its settings do not change while it runs. */
const logKeys = new WeakMap<OrganisationConfig, Result<NoteVerifier>>();

export function openOwnCheckpoint(
  note: string,
  config: OrganisationConfig,
  witnesses: { readonly keys: readonly NoteVerifier[]; readonly quorum: number } = { keys: [], quorum: 0 },
): Result<OpenedCheckpoint> {
  const logKey = logKeys.get(config) ?? parseVkey(config.log.vkey);
  logKeys.set(config, logKey);
  if (!logKey.ok) return logKey;
  return openCheckpoint(note, { logKey: logKey.value, witnessKeys: witnesses.keys, witnessQuorum: witnesses.quorum });
}
