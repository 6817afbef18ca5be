/** `gateway.json`: how this enclave is joined to the outside. Outbound only; a folder is as good as a wire. */
import {
  boolean,
  EGRESS_MODES,
  id,
  integer,
  list,
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
import { httpUrl, loadConfig, path, publicKey } from '../preflight/configuration.ts';
import { readBounded } from '../preflight/read-file.ts';

export type LinkConfig =
  | { readonly kind: 'control'; readonly url: string; readonly tokenFile: string }
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
  /** Root keys of the trust bundle as the runner pins them; with them nothing unsigned gets into the inbox (X1). */
  readonly rootKeys?: readonly string[];
  readonly rootThreshold?: number;
  readonly allowDemo?: boolean;
}

export const gatewayConfigShape: Shape<GatewayConfig> = object<GatewayConfig>({
  organisation: id(),
  enclave: id(),
  egress: oneOf(...EGRESS_MODES),
  inbox: path,
  outbox: path,
  held: path,
  state: path,
  rootKeys: optional(list(publicKey, { min: 1, max: 16 })),
  rootThreshold: optional(integer({ min: 1, max: 16 })),
  allowDemo: optional(boolean),
  link: union<LinkConfig>('kind', {
    control: object({ kind: literal('control'), url: httpUrl, tokenFile: path }),
    folder: object({ kind: literal('folder'), dropIn: path, dropOut: path }),
  }),
});

export function loadGatewayConfig(file: string): Result<GatewayConfig> {
  const loaded = loadConfig(file, gatewayConfigShape);
  if (!loaded.ok) return loaded;
  const { config, at } = loaded.value;
  const folders = {
    inbox: at(config.inbox),
    outbox: at(config.outbox),
    held: at(config.held),
    state: at(config.state),
  };
  return { ok: true, value: Object.freeze({ ...config, ...folders, link: linkAt(config.link, at) }) };
}

function linkAt(link: LinkConfig, at: (path: string) => string): LinkConfig {
  switch (link.kind) {
    case 'control':
      return { ...link, tokenFile: at(link.tokenFile) };
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
