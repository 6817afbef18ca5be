/**
 * The one place that reads the environment: a few variables and one file, made into one frozen value, every complaint at once.
 * Loopback unless told otherwise.
 */
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import {
  id,
  list,
  object,
  optional,
  parseId,
  readShape,
  recordNameOf,
  text,
  type Complaint,
  type OrganisationId,
  type Result,
} from '@countersign/core';
import { loadSigner, readStrictJson, readTufRoot, vkeyOf, type SealKey, type SignerKey } from '@countersign/seal';

import { openLocalSigner } from '@countersign/signer';
import { proxiesOf } from './http/client-address.ts';
import {
  fileIdentityShape,
  NO_IDENTITY,
  readIdentity,
  type FileIdentity,
  type IdentityConfig,
} from './identity/identity-config.ts';

export interface OrganisationConfig {
  readonly id: OrganisationId;
  /** Bytes of the pinned root of trust, `1.root.json` or any later one: it leads to whoever may sign trust bundles. */
  readonly root: Uint8Array;
  /** The record of this organisation: its name, and the key that signs its checkpoints. */
  readonly log: { readonly origin: string; readonly signer: SignerKey; readonly vkey: string };
  /** A file, or a key on a token. */
  readonly capsuleSigner: SealKey;
}

export interface Config {
  readonly host: string;
  readonly port: number;
  /** Accepted `Host` headers, lower case; empty: any. */
  readonly hosts: ReadonlySet<string>;
  /** Where people reach the pages: what passkeys are bound to. */
  readonly origin: string;
  /** Where the organisation hosts approval pages of its own: not delivered by this server (A2). */
  readonly approvalOrigins: readonly string[];
  readonly databaseUrl: string;
  /** Of the role that owns the tables, to bring them up to date; absent: `databaseUrl` may, or somebody else has. */
  readonly ownerUrl?: string;
  readonly stateDir: string;
  /** Unique among the processes on this database. */
  readonly instance: string;
  readonly organisations: ReadonlyMap<OrganisationId, OrganisationConfig>;
  /** Tokens of agents and sign-in of people. */
  readonly identity: IdentityConfig;
  /** Where gateways with certificates come in (O4); absent: they show fixed tokens at the other port. */
  readonly enclaveDoor?: EnclaveDoorConfig;
  /** Addresses and networks of reverse proxies whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[];
  /** Folder of the built console, when it is there. */
  readonly consoleDir: string | undefined;
}

interface EnclaveDoorConfig {
  readonly port: number;
  /** Names and IPv4 addresses by which gateways reach it; the first one stands in invitations. */
  readonly names: readonly string[];
}

type Environment = Readonly<Record<string, string | undefined>>;
interface FileOrganisation {
  readonly id: OrganisationId;
  readonly root: string;
  readonly logKey: string;
  readonly capsuleSigner: string;
  readonly logOrigin?: string;
}
interface ConfigFile {
  readonly organisations: readonly FileOrganisation[];
  readonly identity?: FileIdentity;
}

const path = text({ min: 1, max: 400 });
const fileShape = object<ConfigFile>({
  organisations: list(
    object<FileOrganisation>({
      id: id(),
      root: path,
      logKey: path,
      capsuleSigner: path,
      logOrigin: optional(text({ min: 1, max: 200, pattern: /^[A-Za-z0-9./:_-]+$/ })),
    }),
    { min: 1, max: 1000 },
  ),
  identity: optional(fileIdentityShape),
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
  const origin = originOf(
    environment['PUBLIC_ORIGIN'] ?? `http://localhost:${port ?? DEFAULT_PORT}`,
    'PUBLIC_ORIGIN',
    complain,
  );
  const approvalOrigins = approvalOriginsOf(environment['APPROVAL_ORIGINS'], origin, complain);
  const { organisations, identity } = readOrganisations(
    environment['CONTROL_CONFIG'] ?? join(stateDir, 'control.json'),
    environment,
    complain,
  );
  if (
    port === undefined ||
    databaseUrl === undefined ||
    instance === undefined ||
    origin === undefined ||
    complaints.length > 0
  )
    return badConfig(complaints);
  const host = environment['HOST'] ?? LOOPBACK;
  const ownerUrl = environment['DATABASE_OWNER_URL'];
  const enclaveDoor = doorOf(environment, complain);
  const trustedProxies = trustedProxiesOf(environment['TRUSTED_PROXIES'], complain);
  if (complaints.length > 0) return badConfig(complaints);
  const consoleDir = environment['CONSOLE_DIR'];
  return {
    ok: true,
    value: Object.freeze({
      host,
      port,
      hosts: hostsOf(environment['ALLOWED_HOSTS'], origin, port),
      origin,
      approvalOrigins,
      trustedProxies,
      databaseUrl,
      ...(ownerUrl !== undefined && { ownerUrl }),
      ...(enclaveDoor !== undefined && { enclaveDoor }),
      stateDir,
      instance,
      organisations,
      identity,
      consoleDir,
    }),
  };
}

const badConfig = (complaints: readonly Complaint[]): Result<never> => ({
  ok: false,
  refusal: { code: 'bad-config', detail: `${complaints.length} settings are wrong`, complaints },
});

function trustedProxiesOf(value: string | undefined, complain: Complain): readonly string[] {
  const named = (value ?? '').split(',').map((one) => one.trim());
  const proxies = named.filter((one) => one !== '');
  if (proxiesOf(proxies) === undefined)
    complain('TRUSTED_PROXIES', 'must be addresses or networks like `10.0.0.0/24`, separated by commas');
  return proxies;
}

const DOOR_NAME = /^[a-z0-9][a-z0-9.-]{0,252}$/;

function doorOf(environment: Environment, complain: Complain): EnclaveDoorConfig | undefined {
  const asked = environment['ENCLAVE_PORT'];
  if (asked === undefined) return undefined;
  const port = portOf(asked, complain);
  const names = (environment['ENCLAVE_NAMES'] ?? `localhost,${LOOPBACK}`).split(',').map((name) => name.trim());
  if (!names.every((name) => DOOR_NAME.test(name)))
    return complain('ENCLAVE_NAMES', 'must be host names or IPv4 addresses, separated by commas');
  return port === undefined ? undefined : { port, names };
}

type Complain = (at: string, problem: string) => undefined;

function portOf(value: string | undefined, complain: Complain): number | undefined {
  if (value === undefined) return DEFAULT_PORT;
  const port = /^\d{1,5}$/.test(value) ? Number(value) : Number.NaN;
  return port <= 65_535 ? port : complain('PORT', 'must be a port number');
}

function originOf(value: string, setting: string, complain: Complain): string | undefined {
  const url = URL.parse(value);
  const isSecure = url?.protocol === 'https:' || (url?.protocol === 'http:' && url.hostname === 'localhost');
  return url !== null && isSecure && url.origin === value
    ? value
    : complain(setting, 'must be an https origin or http://localhost:PORT');
}

/** A page on the server's own origin would be one that the server delivers. */
function approvalOriginsOf(value: string | undefined, own: string | undefined, complain: Complain): readonly string[] {
  const named = (value ?? '').split(',').map((origin) => origin.trim());
  return named.flatMap((origin) => {
    if (origin === '') return [];
    if (origin === own) return complain('APPROVAL_ORIGINS', 'must not name the origin of this server') ?? [];
    return originOf(origin, 'APPROVAL_ORIGINS', complain) ?? [];
  });
}

function hostsOf(value: string | undefined, origin: string, port: number): ReadonlySet<string> {
  const own = [new URL(origin).host, `localhost:${port}`, `${LOOPBACK}:${port}`];
  const more = (value ?? '').split(',').map((host) => host.trim().toLowerCase());
  // Port 0 is chosen by the system, for tests: nobody knows the name beforehand.
  return port === 0 ? new Set() : new Set([...own, ...more].filter((host) => host !== ''));
}

type FromFile = Pick<Config, 'organisations' | 'identity'>;
const NOTHING: FromFile = { organisations: new Map(), identity: NO_IDENTITY };

function readOrganisations(file: string, environment: Environment, complain: Complain): FromFile {
  const bytes = readFile(file);
  if (bytes === undefined) {
    complain('CONTROL_CONFIG', `the file \`${file}\` cannot be read`);
    return NOTHING;
  }
  const document = readStrictJson(bytes);
  const read = document.ok ? readShape(fileShape, document.value) : document;
  if (!read.ok) {
    for (const { at, problem } of read.refusal.complaints ?? []) complain(`CONTROL_CONFIG${at}`, problem);
    return NOTHING;
  }
  const place = { folder: dirname(file), environment };
  const organisations = read.value.organisations.flatMap((organisation, index) => {
    const at = `CONTROL_CONFIG/organisations/${index}`;
    return readOrganisation(organisation, place, (field, problem) => complain(`${at}/${field}`, problem)) ?? [];
  });
  return {
    organisations: new Map(organisations.map((organisation) => [organisation.id, organisation])),
    identity: readIdentity(read.value.identity, identityReading(dirname(file), complain)),
  };
}

const identityReading = (folder: string, complain: Complain): Parameters<typeof readIdentity>[1] => {
  const at: Complain = (field, problem) => complain(`CONTROL_CONFIG/${field}`, problem);
  const resolved = (name: string): string => resolve(folder, name);
  return {
    complain: at,
    resolved,
    readSigner: (name, field) => readSigner(resolved(name), field, at),
    readText: (name, field) =>
      readFile(resolved(name))?.toString('utf8') ?? at(field, `the file \`${resolved(name)}\` cannot be read`),
  };
};

/** What names in the file are read against. */
interface Place {
  readonly folder: string;
  readonly environment: Environment;
}

function readOrganisation(from: FileOrganisation, place: Place, complain: Complain): OrganisationConfig | undefined {
  const { folder } = place;
  const logSigner = readSigner(resolve(folder, from.logKey), 'logKey', complain);
  const capsuleSigner = readCapsuleSigner(from.capsuleSigner, place, complain);
  const root = readRoot(resolve(folder, from.root), complain);
  if (logSigner === undefined || capsuleSigner === undefined || root === undefined) return undefined;
  if (logSigner.kind !== 'ed25519') return complain('logKey', 'must be Ed25519');
  const origin = from.logOrigin ?? recordNameOf(from.id, root.isDemo);
  return {
    id: from.id,
    root: root.bytes,
    log: { origin, signer: logSigner, vkey: vkeyOf('log', origin, logSigner.publicKey) },
    capsuleSigner,
  };
}

function readRoot(
  file: string,
  complain: Complain,
): { readonly bytes: Uint8Array; readonly isDemo: boolean } | undefined {
  const bytes = readFile(file);
  if (bytes === undefined) return complain('root', `the file \`${file}\` cannot be read`);
  const root = readTufRoot(bytes);
  return root.ok
    ? { bytes: Uint8Array.from(bytes), isDemo: root.value.signed.demo }
    : complain('root', root.refusal.detail);
}

/** The name of a file, or a locator; an SSH agent waits for a person, so it is none for a server. */
function readCapsuleSigner(name: string, { folder, environment }: Place, complain: Complain): SealKey | undefined {
  if (!/^[a-z][a-z0-9-]+:/.test(name)) return readSigner(resolve(folder, name), 'capsuleSigner', complain);
  const signer = openLocalSigner(name, { folder, environment });
  return signer.ok ? signer.value : complain('capsuleSigner', signer.refusal.detail);
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
