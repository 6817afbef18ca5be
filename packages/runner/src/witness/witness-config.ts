/** `witness.json`: a separate trust domain. The quota is set here, by the owner of the witness, not by the control plane. */
import { id, integer, object, text, type OrganisationId, type Result, type Shape } from '@countersign/core';
import { httpUrl, loadConfig, path } from '../preflight/configuration.ts';

export interface WitnessConfig {
  readonly organisation: OrganisationId;
  /** Name in the witness's verifier key. */
  readonly name: string;
  readonly url: string;
  readonly tokenFile: string;
  /** Verifier key of the record, `name+hash+key`. */
  readonly log: string;
  /** PEM, Ed25519. */
  readonly cosignKeyFile: string;
  readonly statusKeyFile: string;
  readonly state: string;
  /** Most targets that may be changed autonomously in a sliding hour, over the whole estate. */
  readonly autonomousTargetsPerHour: number;
}

export const witnessConfigShape: Shape<WitnessConfig> = object<WitnessConfig>({
  organisation: id(),
  name: text({ min: 1, max: 120 }),
  url: httpUrl,
  tokenFile: path,
  log: text({ min: 20, max: 400 }),
  cosignKeyFile: path,
  statusKeyFile: path,
  state: path,
  autonomousTargetsPerHour: integer({ min: 0, max: 1_000_000_000 }),
});

export function loadWitnessConfig(file: string): Result<WitnessConfig> {
  const loaded = loadConfig(file, witnessConfigShape);
  if (!loaded.ok) return loaded;
  const { config, at } = loaded.value;
  const { tokenFile, cosignKeyFile, statusKeyFile, state } = config;
  const paths = {
    tokenFile: at(tokenFile),
    cosignKeyFile: at(cosignKeyFile),
    statusKeyFile: at(statusKeyFile),
    state: at(state),
  };
  return { ok: true, value: Object.freeze({ ...config, ...paths }) };
}
