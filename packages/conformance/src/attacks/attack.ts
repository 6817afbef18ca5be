/** An attack: something a runner must not do, tried on a real one; and its twin, the same thing with the control satisfied. */
import type { Digest } from '@countersign/core';
import type { Delivery } from '@countersign/seal';
import type { Enclave } from './world/enclave.ts';
import type { AttackedHosts } from './world/estate.ts';
import type { World } from './world/world.ts';

export interface Scene {
  readonly world: World;
  readonly enclave: Enclave;
  readonly hosts: AttackedHosts;
  /** Codes of refusals that the trial waited for, also of runners beside the scene's own. */
  readonly refusals?: string[];
}

/** Complaints, empty when all is as it must be. */
export type Trial = (scene: Scene) => Promise<readonly string[]>;

export interface Attack {
  readonly name: string;
  /** What must not happen, in one line. */
  readonly claim: string;
  /** Threats and invariants of the threat model. */
  readonly threats: readonly string[];
  /** Requirements and clauses it stands for. */
  readonly requirements: readonly string[];
  /** `own`: a runner that has seen nothing yet, not even a trust bundle. `no-demo`: one that also refuses demo keys. */
  readonly runner?: 'own' | 'no-demo';
  readonly run: Trial;
  /** The same act where it is allowed: it must go through, or the refusal proves nothing. */
  readonly twin?: Trial;
}

/** Letters in order; the last one is the attack. */
export interface Attempt {
  readonly before?: readonly Delivery[];
  readonly last: Delivery | Uint8Array;
  /** What a refusal must name: the capsule's digest where the runner can read one. */
  readonly subject?: Digest;
}

export type Launch = (scene: Scene) => Attempt;
