/**
 * The demo's registrars: they put keys that people asked for into the next trust bundle and sign it together. In a
 * real organisation two people do this offline, after they looked at each other's list.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { credentialShape, instantOf, list, map, readShape, type Credential } from '@countersign/core';
import { readStrictJson } from '@countersign/seal';
import type { Client } from '@countersign/client';
import { writeJson, type DemoFiles } from './files.ts';
import type { Keyring } from './keyring.ts';
import { writeTrust } from './trust-folder.ts';
import { demoTrustBundle, signTrustBundle, type EnrolledPasskeys } from './trust.ts';

const passkeysShape = map(list(credentialShape, { max: 7 }), { max: 1000 });

export class Registrar {
  readonly #client: Client;
  readonly #keys: Keyring;
  readonly #files: DemoFiles;
  readonly #file: string;

  constructor(client: Client, keys: Keyring, files: DemoFiles) {
    this.#client = client;
    this.#keys = keys;
    this.#files = files;
    this.#file = join(files.documents, 'passkeys.json');
  }

  /** Puts every waiting key into a new bundle; gives how many there were. */
  async register(): Promise<number> {
    const { items } = await this.#client.enrolments();
    if (items.length === 0) return 0;
    const known = this.#known();
    const passkeys = items.reduce<EnrolledPasskeys>((all, { person, credential }) => {
      const read = readShape(credentialShape, credential);
      return read.ok ? { ...all, [person]: withKey(all[person] ?? [], read.value) } : all;
    }, known);
    const { version } = await this.#client.trust();
    const bundle = demoTrustBundle(this.#keys, { now: instantOf(Date.now()), version: version + 1, passkeys });
    const metadata = signTrustBundle(this.#keys, bundle);
    await this.#client.installTrust(metadata);
    writeTrust(this.#files, metadata);
    writeJson(this.#file, passkeys);
    return items.length;
  }

  #known(): EnrolledPasskeys {
    if (!existsSync(this.#file)) return {};
    const json = readStrictJson(readFileSync(this.#file));
    const read = json.ok ? readShape(passkeysShape, json.value) : json;
    if (!read.ok) throw new Error(`passkeys.json: ${read.refusal.detail}`);
    return read.value;
  }
}

const withKey = (keys: readonly Credential[], key: Credential): readonly Credential[] => [
  ...keys.filter((known) => JSON.stringify(known) !== JSON.stringify(key)),
  key,
];
