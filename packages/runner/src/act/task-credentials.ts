/**
 * The token service of the enclave (X3): a credential for each call of an act, minted when the call is made, for one target and one
 * operation, over when the call must have ended. The key never leaves this folder; targets are given its public half once.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Result, TargetId } from '@countersign/core';
import { signTaskCredential, type SignerKey } from '@countersign/seal';
import { ownKey } from '../preflight/own-key.ts';
import type { Permit } from './permit.ts';

export interface Call {
  readonly target: TargetId;
  /** As the target knows it, e.g. `service.restart`. */
  readonly operation: string;
  /** After this the call has ended or will never take effect. */
  readonly deadlineMs: number;
}

export class TaskCredentials {
  readonly #issuer: string;
  readonly #signer: SignerKey;
  readonly #nowMs: () => number;

  constructor(issuer: string, signer: SignerKey, nowMs: () => number) {
    this.#issuer = issuer;
    this.#signer = signer;
    this.#nowMs = nowMs;
  }

  /** A permit is the only way to a credential: what was not let run has none. */
  mint({ capsule }: Permit, { target, operation, deadlineMs }: Call): string {
    const iat = Math.floor(this.#nowMs() / 1000);
    const exp = iat + Math.ceil(deadlineMs / 1000) + 1;
    const jti = randomBytes(16).toString('hex');
    return signTaskCredential({ iss: this.#issuer, aud: target, operation, capsule, jti, iat, exp }, this.#signer);
  }
}

/** The key of this enclave, made here at the first start; `task-key.pub` beside it is what targets are given. */
export const taskKey = (state: string): Result<SignerKey> =>
  ownKey(join(state, 'task-key.pem'), join(state, 'task-key.pub'));
