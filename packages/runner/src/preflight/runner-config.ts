/** `runner.json`: what this enclave decided for itself. No document from outside can change any of it (X1). */
import {
  boolean,
  EGRESS_MODES,
  environmentShape,
  id,
  object,
  oneOf,
  type EgressMode,
  type EnclaveId,
  type Environment,
  type OrganisationId,
  type Result,
  type RunnerId,
  type Shape,
} from '@countersign/core';
import { loadConfig, loadRoot, path } from './configuration.ts';

export interface RunnerConfig {
  readonly organisation: OrganisationId;
  readonly enclave: EnclaveId;
  readonly runner: RunnerId;
  readonly environment: Environment;
  /** PEM of the runner's signing key, made at the first start; the registrars list `keyFile.pub`. */
  readonly keyFile: string;
  /** Bytes of the pinned root of trust. In the file: the path of `1.root.json`, or of any later root. */
  readonly root: Uint8Array;
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

/** As the file has it. */
export type RunnerFile = Omit<RunnerConfig, 'root'> & { readonly root: string };

export const runnerFileShape: Shape<RunnerFile> = object<RunnerFile>({
  organisation: id(),
  enclave: id(),
  runner: id(),
  environment: environmentShape,
  keyFile: path,
  root: path,
  allowDemo: boolean,
  inbox: path,
  outbox: path,
  state: path,
  targets: path,
  catalogue: path,
  egress: oneOf(...EGRESS_MODES),
});

/** The configuration with absolute paths, and the root it pins. */
export function loadRunnerConfig(file: string): Result<RunnerConfig> {
  const loaded = loadConfig(file, runnerFileShape);
  if (!loaded.ok) return loaded;
  const { config, at } = loaded.value;
  const root = loadRoot(at(config.root));
  if (!root.ok) return root;
  return {
    ok: true,
    value: Object.freeze({
      ...config,
      root: root.value,
      keyFile: at(config.keyFile),
      inbox: at(config.inbox),
      outbox: at(config.outbox),
      state: at(config.state),
      targets: at(config.targets),
      catalogue: at(config.catalogue),
    }),
  };
}
