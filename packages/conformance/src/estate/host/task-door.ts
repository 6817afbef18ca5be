/** The door of a host for runners: one credential, one act (X3). Kept per estate, so that a credential used on one host is known on all. */
import { readFileSync, statSync } from 'node:fs';
import { list, object, readShape, text, type Result, type Shape } from '@countersign/core';
import {
  decodePublicKey,
  readStrictJson,
  verifyTaskCredential,
  type PublicKey,
  type TaskClaims,
} from '@countersign/seal';

interface KnownRunner {
  readonly issuer: string;
  readonly publicKey: string;
}

const fileShape: Shape<readonly KnownRunner[]> = list(
  object<KnownRunner>({ issuer: text({ min: 1, max: 128 }), publicKey: text({ min: 40, max: 400 }) }),
  { max: 100 },
);
const MAX_USED = 100_000;

export class TaskDoor {
  readonly #file: string;
  /** Ids that were used or given back, with the second after which they are over anyway. */
  readonly #spent: Map<string, number> = new Map();
  #keys: { readonly changedMs: number; readonly known: ReadonlyMap<string, PublicKey> } | undefined;

  /** `file`: see `taskKeysFile`; without it no runner is obeyed. */
  constructor(file: string) {
    this.#file = file;
  }

  /** Spends the credential; undefined: it opens nothing here. */
  open(token: string, about: { readonly host: string; readonly operation: string; readonly nowMs: number }): boolean {
    const claims = this.#read(token, about);
    if (!claims.ok || this.#spent.has(claims.value.jti)) return false;
    this.#spend(claims.value, about.nowMs);
    return true;
  }

  #read(token: string, { host, operation, nowMs }: Parameters<TaskDoor['open']>[1]): Result<TaskClaims> {
    const nowSeconds = Math.floor(nowMs / 1000);
    return verifyTaskCredential(token, { keys: this.#known(), audience: host, operation, nowSeconds });
  }

  #spend({ jti, exp }: TaskClaims, nowMs: number): void {
    this.#spent.set(jti, exp);
    if (this.#spent.size < MAX_USED) return;
    for (const [id, end] of this.#spent) if (end <= nowMs / 1000) this.#spent.delete(id);
  }

  #known(): ReadonlyMap<string, PublicKey> {
    try {
      const changedMs = statSync(this.#file).mtimeMs;
      if (this.#keys?.changedMs !== changedMs) this.#keys = { changedMs, known: readKeys(this.#file) };
      return this.#keys.known;
    } catch {
      // No file, or one that cannot be read: nobody is obeyed.
      return new Map();
    }
  }
}

function readKeys(file: string): ReadonlyMap<string, PublicKey> {
  const json = readStrictJson(readFileSync(file));
  const read = json.ok ? readShape(fileShape, json.value) : json;
  const known = read.ok ? read.value : [];
  return new Map(
    known.flatMap(({ issuer, publicKey }) => {
      const key = decodePublicKey(publicKey);
      return key.ok ? [[issuer, key.value] as const] : [];
    }),
  );
}
