/** The files of a witness of its own: what its owner writes down for the real program. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { publicKeyOf, vkeyOf } from '@countersign/seal';
import { writeJson } from '../../demo/files.ts';
import type { Keyring } from '../../demo/keyring.ts';
import { DEMO_ORGANISATION } from '../../demo/people.ts';
import { LOG_NAME, WITNESS_NAME } from '../../demo/trust.ts';

export interface WitnessPlan {
  readonly folder: string;
  /** Of the record it follows. */
  readonly url: string;
  readonly autonomousTargetsPerHour?: number;
}

/** Writes `witness.json` and returns its path. */
export function writeWitness(keys: Keyring, { folder, url, autonomousTargetsPerHour = 500 }: WitnessPlan): string {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'token'), 'nobody-asks-for-this-token\n', { mode: 0o600 });
  keys.signer('witness');
  keys.signer('witness-status');
  const file = join(folder, 'witness.json');
  writeJson(file, {
    organisation: DEMO_ORGANISATION,
    name: WITNESS_NAME,
    url,
    tokenFile: 'token',
    log: vkeyOf('log', LOG_NAME, publicKeyOf(keys.signer('log'))),
    cosignKeyFile: keys.fileOf('witness'),
    statusKeyFile: keys.fileOf('witness-status'),
    state: 'state',
    autonomousTargetsPerHour,
  });
  return file;
}
