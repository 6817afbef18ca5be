/** From a locator to a signer. Kinds are a table: a service of a cloud is one more row that its owner brings, not a change here. */
import type { Result } from '@countersign/core';
import { findAgentKey, openAgentSigner } from './agent/agent-signer.ts';
import { openFileSigner } from './file-signer.ts';
import { parseAgentLocator, parseFileLocator, parsePkcs11Locator, splitLocator, unknownKind } from './locator.ts';
import { openPkcs11Signer } from './pkcs11/pkcs11-signer.ts';
import type { AnySigner, Signer } from './signer.ts';
import { sshSignerOf, sshSignerOfAgent, type SshSigner } from './ssh-signer.ts';

/** What a locator is read against; the caller is the one who reads environment and configuration. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Relative paths start here. */
  readonly folder: string;
  /** How long a person may take to confirm; absent: two minutes. */
  readonly timeoutMs?: number;
}
/** Opens the key that `rest` names; a kind reads its own part of the locator, strictly. */
export type OpenKind<S extends AnySigner = Signer> = (rest: string, surroundings: Surroundings) => Promise<Result<S>>;
export type Kinds<S extends AnySigner = Signer> = Readonly<Record<string, OpenKind<S>>>;

const PATIENCE_MS = 120_000;

const agentPlace = ({ environment, timeoutMs = PATIENCE_MS }: Surroundings) =>
  ({ socket: environment['SSH_AUTH_SOCK'], timeoutMs }) as const;

export const BUILT_IN_KINDS: Kinds = {
  async file(rest, { folder }) {
    const locator = parseFileLocator(rest);
    return locator.ok ? openFileSigner(locator.value, folder) : locator;
  },
  async 'ssh-agent'(rest, surroundings) {
    const locator = parseAgentLocator(rest);
    return locator.ok ? openAgentSigner(locator.value, agentPlace(surroundings)) : locator;
  },
  async pkcs11(rest, surroundings) {
    const locator = parsePkcs11Locator(rest);
    return locator.ok ? openPkcs11Signer(locator.value, surroundings) : locator;
  },
};

/** A signer the product trusts. `kinds` replaces the table, e.g. `{ ...BUILT_IN_KINDS, 'my-kms': openMyKms }`. */
export const openSigner = (
  text: string,
  surroundings: Surroundings,
  kinds: Kinds = BUILT_IN_KINDS,
): Promise<Result<Signer>> => openSignerOf(text, surroundings, kinds);

/** The same for algorithms that nothing in the product trusts yet: whoever calls it says which kinds there are. */
export async function openSignerOf<S extends AnySigner>(
  text: string,
  surroundings: Surroundings,
  kinds: Kinds<S>,
): Promise<Result<S>> {
  const split = splitLocator(text);
  if (!split.ok) return split;
  const { kind, rest } = split.value;
  const open = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  return open === undefined ? unknownKind(kind, Object.keys(kinds)) : open(rest, surroundings);
}

/** For SSH signatures: the same keys, and hardware keys in an agent, which make nothing else. */
export async function openSshSigner(text: string, surroundings: Surroundings): Promise<Result<SshSigner>> {
  const split = splitLocator(text);
  if (!split.ok) return split;
  if (split.value.kind === 'ssh-agent') {
    const locator = parseAgentLocator(split.value.rest);
    const found = locator.ok ? await findAgentKey(locator.value, agentPlace(surroundings)) : locator;
    return found.ok ? { ok: true, value: sshSignerOfAgent(found.value) } : found;
  }
  const signer = await openSigner(text, surroundings);
  return signer.ok ? { ok: true, value: sshSignerOf(signer.value) } : signer;
}
