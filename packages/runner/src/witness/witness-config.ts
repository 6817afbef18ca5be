/** `witness.json`: a separate trust domain. The quota is set here, by the owner of the witness, not by the control plane. */
import { id, integer, object, optional, text, type OrganisationId, type Result, type Shape } from '@countersign/core';
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
  /** Folder of the witness's own copy of the record, as tiles of C2SP; without it none is kept. */
  readonly copy?: string;
  /** Most targets that may be changed autonomously in a sliding hour, over the whole estate. */
  readonly autonomousTargetsPerHour: number;
  /** Trust metadata that people bring here, past the control plane, and the root that leads to it. */
  readonly trust?: { readonly folder: string; readonly root: string };
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
  copy: optional(path),
  autonomousTargetsPerHour: integer({ min: 0, max: 1_000_000_000 }),
  trust: optional(object<NonNullable<WitnessConfig['trust']>>({ folder: path, root: path })),
});

export function loadWitnessConfig(file: string): Result<WitnessConfig> {
  const loaded = loadConfig(file, witnessConfigShape);
  if (!loaded.ok) return loaded;
  const { config, at } = loaded.value;
  const { tokenFile, cosignKeyFile, statusKeyFile, state, copy, trust } = config;
  const paths = {
    tokenFile: at(tokenFile),
    cosignKeyFile: at(cosignKeyFile),
    statusKeyFile: at(statusKeyFile),
    state: at(state),
    ...(copy !== undefined && { copy: at(copy) }),
    ...(trust !== undefined && { trust: { folder: at(trust.folder), root: at(trust.root) } }),
  };
  return { ok: true, value: Object.freeze({ ...config, ...paths }) };
}
