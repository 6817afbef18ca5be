/** `gateway.json`: how this enclave is joined to the outside. Outbound only; a folder is as good as a wire. */
import {
  boolean,
  EGRESS_MODES,
  id,
  literal,
  object,
  oneOf,
  optional,
  refuse,
  union,
  type EgressMode,
  type EnclaveId,
  type OrganisationId,
  type Result,
  type Shape,
} from '@countersign/core';
import { httpUrl, loadConfig, loadRoot, path } from '../preflight/configuration.ts';
import { readBounded } from '../preflight/read-file.ts';

/** How it proves who it is: a certificate kept in a folder (O4), or, where the server takes one, a fixed token. */
type Shows =
  | { readonly kind: 'certificate'; readonly folder: string }
  | { readonly kind: 'token'; readonly file: string };

export type LinkConfig =
  | { readonly kind: 'control'; readonly url: string; readonly shows: Shows }
  /** An air gap: people carry files between these folders and the control plane. */
  | { readonly kind: 'folder'; readonly dropIn: string; readonly dropOut: string };

export interface GatewayConfig {
  readonly organisation: OrganisationId;
  readonly enclave: EnclaveId;
  readonly egress: EgressMode;
  readonly inbox: string;
  readonly outbox: string;
  /** Reports that may not leave. */
  readonly held: string;
  /** Folder of the cursor. */
  readonly state: string;
  readonly link: LinkConfig;
  /** Bytes of the root that the runner pins; with it nothing unsigned gets into the inbox (X1). In the file: its path. */
  readonly root?: Uint8Array;
  readonly allowDemo?: boolean;
}

/** As the file has it. */
export type GatewayFile = Omit<GatewayConfig, 'root'> & { readonly root?: string };

const showsShape: Shape<Shows> = union<Shows>('kind', {
  certificate: object({ kind: literal('certificate'), folder: path }),
  token: object({ kind: literal('token'), file: path }),
});

export const gatewayFileShape: Shape<GatewayFile> = object<GatewayFile>({
  organisation: id(),
  enclave: id(),
  egress: oneOf(...EGRESS_MODES),
  inbox: path,
  outbox: path,
  held: path,
  state: path,
  root: optional(path),
  allowDemo: optional(boolean),
  link: union<LinkConfig>('kind', {
    control: object({ kind: literal('control'), url: httpUrl, shows: showsShape }),
    folder: object({ kind: literal('folder'), dropIn: path, dropOut: path }),
  }),
});

export function loadGatewayConfig(file: string): Result<GatewayConfig> {
  const loaded = loadConfig(file, gatewayFileShape);
  if (!loaded.ok) return loaded;
  const { root: rootFile, ...config } = loaded.value.config;
  const { at } = loaded.value;
  const root = rootFile === undefined ? undefined : loadRoot(at(rootFile));
  if (root?.ok === false) return root;
  const folders = {
    inbox: at(config.inbox),
    outbox: at(config.outbox),
    held: at(config.held),
    state: at(config.state),
  };
  const pinned = root === undefined ? {} : { root: root.value };
  return { ok: true, value: Object.freeze({ ...config, ...folders, ...pinned, link: linkAt(config.link, at) }) };
}

function showsAt(shows: Shows, at: (path: string) => string): Shows {
  switch (shows.kind) {
    case 'certificate':
      return { ...shows, folder: at(shows.folder) };
    case 'token':
      return { ...shows, file: at(shows.file) };
  }
}

function linkAt(link: LinkConfig, at: (path: string) => string): LinkConfig {
  switch (link.kind) {
    case 'control':
      return { ...link, shows: showsAt(link.shows, at) };
    case 'folder':
      return { ...link, dropIn: at(link.dropIn), dropOut: at(link.dropOut) };
  }
}

const MAX_TOKEN_BYTES = 4096;
const TOKEN_LIFE_MS = 1000;

/** The token as it is in the file, read again at most once a second; a new token needs no restart. */
export function tokenReader(file: string, monotonicMs: () => number = () => performance.now()): () => Result<string> {
  let known: { readonly token: Result<string>; readonly untilMs: number } | undefined;
  return () => {
    const nowMs = monotonicMs();
    if (known === undefined || !known.token.ok || nowMs >= known.untilMs)
      known = { token: readToken(file), untilMs: nowMs + TOKEN_LIFE_MS };
    return known.token;
  };
}
const TOKEN = /^[!-~]{8,4000}$/;

/** A bearer token from its own file: secrets are named in a configuration, not written into it. */
export function readToken(file: string): Result<string> {
  const bytes = readBounded(file, MAX_TOKEN_BYTES);
  if (!bytes.ok) return refuse('no-token', `the token file: ${bytes.refusal.detail}`);
  const token = new TextDecoder().decode(bytes.value).trim();
  return TOKEN.test(token) ? { ok: true, value: token } : refuse('no-token', 'the token file does not hold a token');
}
