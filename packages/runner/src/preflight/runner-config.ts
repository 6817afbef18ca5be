/** `runner.json`: what this enclave decided for itself. No document from outside can change any of it (X1). */
import { loadSigner, type SignerKey } from '@countersign/seal';
import {
  boolean,
  EGRESS_MODES,
  environmentShape,
  id,
  integer,
  list,
  object,
  oneOf,
  refuse,
  where,
  type EgressMode,
  type EnclaveId,
  type Environment,
  type OrganisationId,
  type Result,
  type RunnerId,
  type Shape,
} from '@countersign/core';
import { loadConfig, path, publicKey } from './configuration.ts';
import { readBounded } from './read-file.ts';

export interface RunnerConfig {
  readonly organisation: OrganisationId;
  readonly enclave: EnclaveId;
  readonly runner: RunnerId;
  readonly environment: Environment;
  /** PEM of the runner's signing key. */
  readonly keyFile: string;
  /** Root keys of the trust bundle, base64 SPKI; `rootThreshold` of them must have signed it. */
  readonly rootKeys: readonly string[];
  readonly rootThreshold: number;
  /** Whether trust bundles and capsules made of demo keys are obeyed here. */
  readonly allowDemo: boolean;
  readonly inbox: string;
  readonly outbox: string;
  /** Folder of the journal and of the full evidence. */
  readonly state: string;
  readonly targets: string;
  readonly catalogue: string;
  /** The most that leaves; a capsule can only ask for less (V2). */
  readonly egress: EgressMode;
}

export const runnerConfigShape: Shape<RunnerConfig> = where(
  object<RunnerConfig>({
    organisation: id(),
    enclave: id(),
    runner: id(),
    environment: environmentShape,
    keyFile: path,
    rootKeys: list(publicKey, { min: 1, max: 16 }),
    rootThreshold: integer({ min: 1, max: 16 }),
    allowDemo: boolean,
    inbox: path,
    outbox: path,
    state: path,
    targets: path,
    catalogue: path,
    egress: oneOf(...EGRESS_MODES),
  }),
  ({ rootKeys, rootThreshold }) =>
    new Set(rootKeys).size < rootThreshold ? 'has fewer different root keys than its threshold' : undefined,
);

/** The configuration with absolute paths. */
export function loadRunnerConfig(file: string): Result<RunnerConfig> {
  const loaded = loadConfig(file, runnerConfigShape);
  if (!loaded.ok) return loaded;
  const { config, at } = loaded.value;
  return {
    ok: true,
    value: Object.freeze({
      ...config,
      keyFile: at(config.keyFile),
      inbox: at(config.inbox),
      outbox: at(config.outbox),
      state: at(config.state),
      targets: at(config.targets),
      catalogue: at(config.catalogue),
    }),
  };
}

const MAX_PEM_BYTES = 16_384;

export function loadKey(file: string): Result<SignerKey> {
  const pem = readBounded(file, MAX_PEM_BYTES);
  if (!pem.ok) return refuse(pem.refusal.code, `the key file: ${pem.refusal.detail}`);
  return loadSigner(new TextDecoder().decode(pem.value));
}
