/**
 * The token service of the enclave (X3): a credential for each call of an act, minted when the call is made, for one target and one
 * operation, over when the call must have ended. The key never leaves this folder; targets are given its public half once.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ok, type Result, type TargetId } from '@countersign/core';
import {
  encodePublicKey,
  generateSigner,
  loadSigner,
  publicKeyOf,
  signerPem,
  signTaskCredential,
  type SignerKey,
} from '@countersign/seal';
import { readBounded } from '../preflight/read-file.ts';
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

const KEY = 'task-key.pem';
const PUBLIC = 'task-key.pub';
const MAX_PEM_BYTES = 16_384;

/** The key of this enclave, made here at the first start; `task-key.pub` beside it is what targets are given. */
export function taskKey(state: string): Result<SignerKey> {
  const file = join(state, KEY);
  if (!existsSync(file)) writeOnce(file, signerPem(generateSigner('ed25519')));
  const pem = readBounded(file, MAX_PEM_BYTES);
  const signer = pem.ok ? loadSigner(new TextDecoder().decode(pem.value)) : pem;
  if (!signer.ok) return signer;
  const known = join(state, PUBLIC);
  const line = `${encodePublicKey(publicKeyOf(signer.value))}\n`;
  if (!existsSync(known) || readFileSync(known, 'utf8') !== line) writeFileSync(known, line);
  return ok(signer.value);
}

/** Whole or not at all: a crash in between leaves no half key, and two starts make one. */
function writeOnce(file: string, content: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const part = `${file}.${randomBytes(4).toString('hex')}`;
  writeFileSync(part, content, { mode: 0o600, flag: 'wx', flush: true });
  try {
    linkSync(part, file);
  } catch {
    // Another start was first: its key is the key.
  } finally {
    unlinkSync(part);
  }
}
