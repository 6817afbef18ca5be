/**
 * The one place that reads the environment: a few variables and one file, made into one frozen value, every complaint at once.
 * Loopback unless told otherwise.
 */
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import {
  id,
  integer,
  list,
  object,
  optional,
  parseId,
  readShape,
  text,
  type Complaint,
  type OrganisationId,
  type Result,
} from '@countersign/core';
import { decodePublicKey, loadSigner, readStrictJson, vkeyOf, type PublicKey, type SignerKey } from '@countersign/seal';

export interface OrganisationConfig {
  readonly id: OrganisationId;
  /** Who may sign trust bundles: so many of these keys. */
  readonly roots: { readonly threshold: number; readonly keys: readonly PublicKey[] };
  /** The record of this organisation: its name, and the key that signs its checkpoints. */
  readonly log: { readonly origin: string; readonly signer: SignerKey; readonly vkey: string };
  readonly capsuleSigner: SignerKey;
}

export interface Config {
  readonly host: string;
  readonly port: number;
  /** Accepted `Host` headers, lower case; empty: any. */
  readonly hosts: ReadonlySet<string>;
  /** Where people reach the pages: what passkeys are bound to. */
  readonly origin: string;
  readonly databaseUrl: string;
  readonly stateDir: string;
  /** Unique among the processes on this database. */
  readonly instance: string;
  readonly organisations: ReadonlyMap<OrganisationId, OrganisationConfig>;
  /** Folder of the built console, when it is there. */
  readonly consoleDir: string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;
interface FileOrganisation {
  readonly id: OrganisationId;
  readonly roots: { readonly threshold: number; readonly keys: readonly string[] };
  readonly logKey: string;
  readonly capsuleSigner: string;
  readonly logOrigin?: string;
}
interface ConfigFile {
  readonly organisations: readonly FileOrganisation[];
}

const path = text({ min: 1, max: 400 });
const fileShape = object<ConfigFile>({
  organisations: list(
    object<FileOrganisation>({
      id: id(),
      roots: object<FileOrganisation['roots']>({
        threshold: integer({ min: 1, max: 16 }),
        keys: list(text({ min: 40, max: 400 }), { min: 1, max: 16 }),
      }),
      logKey: path,
      capsuleSigner: path,
      logOrigin: optional(text({ min: 1, max: 200, pattern: /^[A-Za-z0-9./:_-]+$/ })),
    }),
    { min: 1, max: 1000 },
  ),
});

const LOOPBACK = '127.0.0.1';
const DEFAULT_PORT = 4600;

/** Reads environment and file. `STATE_DIR/control.json` (or `CONTROL_CONFIG`) names organisations and key files. */
export function readConfig(environment: Environment, newInstance: () => string): Result<Config> {
  const complaints: Complaint[] = [];
  const complain = (at: string, problem: string): undefined => {
    complaints.push({ at, problem });
    return undefined;
  };
  const port = portOf(environment['PORT'], complain);
  const stateDir = resolve(environment['STATE_DIR'] ?? '.countersign');
  const databaseUrl = environment['DATABASE_URL'] ?? complain('DATABASE_URL', 'is missing');
  const instance =
    parseId<'Instance'>(environment['INSTANCE'] ?? newInstance()) ?? complain('INSTANCE', 'must be an id');
  const origin = originOf(environment['PUBLIC_ORIGIN'] ?? `http://localhost:${port ?? DEFAULT_PORT}`, complain);
  const organisations = readOrganisations(environment['CONTROL_CONFIG'] ?? join(stateDir, 'control.json'), complain);
  if (
    port === undefined ||
    databaseUrl === undefined ||
    instance === undefined ||
    origin === undefined ||
    complaints.length > 0
  )
    return {
      ok: false,
      refusal: { code: 'bad-config', detail: `${complaints.length} settings are wrong`, complaints },
    };
  const host = environment['HOST'] ?? LOOPBACK;
  const consoleDir = environment['CONSOLE_DIR'];
  return {
    ok: true,
    value: Object.freeze({
      host,
      port,
      hosts: hostsOf(environment['ALLOWED_HOSTS'], origin, port),
      origin,
      databaseUrl,
      stateDir,
      instance,
      organisations,
      consoleDir,
    }),
  };
}

type Complain = (at: string, problem: string) => undefined;

function portOf(value: string | undefined, complain: Complain): number | undefined {
  if (value === undefined) return DEFAULT_PORT;
  const port = /^\d{1,5}$/.test(value) ? Number(value) : Number.NaN;
  return port <= 65_535 ? port : complain('PORT', 'must be a port number');
}

function originOf(value: string, complain: Complain): string | undefined {
  const url = URL.parse(value);
  const isSecure = url?.protocol === 'https:' || (url?.protocol === 'http:' && url.hostname === 'localhost');
  return url !== null && isSecure && url.origin === value
    ? value
    : complain('PUBLIC_ORIGIN', 'must be an https origin or http://localhost:PORT');
}

function hostsOf(value: string | undefined, origin: string, port: number): ReadonlySet<string> {
  const own = [new URL(origin).host, `localhost:${port}`, `${LOOPBACK}:${port}`];
  const more = (value ?? '').split(',').map((host) => host.trim().toLowerCase());
  // Port 0 is chosen by the system, for tests: nobody knows the name beforehand.
  return port === 0 ? new Set() : new Set([...own, ...more].filter((host) => host !== ''));
}

function readOrganisations(file: string, complain: Complain): ReadonlyMap<OrganisationId, OrganisationConfig> {
  const bytes = readFile(file);
  if (bytes === undefined) {
    complain('CONTROL_CONFIG', `the file \`${file}\` cannot be read`);
    return new Map();
  }
  const document = readStrictJson(bytes);
  const read = document.ok ? readShape(fileShape, document.value) : document;
  if (!read.ok) {
    for (const { at, problem } of read.refusal.complaints ?? []) complain(`CONTROL_CONFIG${at}`, problem);
    return new Map();
  }
  const organisations = read.value.organisations.flatMap((organisation, index) => {
    const at = `CONTROL_CONFIG/organisations/${index}`;
    return readOrganisation(organisation, dirname(file), (field, problem) => complain(`${at}/${field}`, problem)) ?? [];
  });
  return new Map(organisations.map((organisation) => [organisation.id, organisation]));
}

function readOrganisation(from: FileOrganisation, folder: string, complain: Complain): OrganisationConfig | undefined {
  const logSigner = readSigner(resolve(folder, from.logKey), 'logKey', complain);
  const capsuleSigner = readSigner(resolve(folder, from.capsuleSigner), 'capsuleSigner', complain);
  const keys = from.roots.keys.flatMap((encoded, index) => {
    const key = decodePublicKey(encoded);
    if (key.ok) return [key.value];
    complain(`roots/keys/${index}`, key.refusal.detail);
    return [];
  });
  const distinct = new Set(keys.map((key) => key.keyid)).size;
  if (distinct < from.roots.threshold) complain('roots/threshold', `${distinct} different keys cannot reach it`);
  if (logSigner === undefined || capsuleSigner === undefined) return undefined;
  if (logSigner.kind !== 'ed25519') return complain('logKey', 'must be Ed25519');
  const origin = from.logOrigin ?? `countersign/${from.id}`;
  return {
    id: from.id,
    roots: { threshold: from.roots.threshold, keys },
    log: { origin, signer: logSigner, vkey: vkeyOf('log', origin, logSigner.publicKey) },
    capsuleSigner,
  };
}

function readSigner(file: string, field: string, complain: Complain): SignerKey | undefined {
  const bytes = readFile(file);
  if (bytes === undefined) return complain(field, `the file \`${file}\` cannot be read`);
  const signer = loadSigner(bytes.toString('utf8'));
  return signer.ok ? signer.value : complain(field, signer.refusal.detail);
}

function readFile(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    // Missing or not readable: the caller names the setting.
    return undefined;
  }
}

/** For the first line a program prints: what rules, without secrets. */
export function shownConfig(config: Config): Readonly<Record<string, unknown>> {
  const { host, port, origin, stateDir, instance } = config;
  const database = URL.parse(config.databaseUrl)?.host ?? 'unknown';
  return { host, port, origin, stateDir, instance, database, organisations: [...config.organisations.keys()] };
}
