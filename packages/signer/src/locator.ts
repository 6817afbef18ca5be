/** Where a key is, as one line of configuration: `KIND:REST`. A secret never stands in it, because it is seen in `ps` and in logs. */
import { ok, type Result } from '@countersign/core';
import { escapeHostile, invisibleAt } from '@countersign/seal';
import { no } from './codes.ts';

export interface FileLocator {
  readonly kind: 'file';
  readonly path: string;
}
export interface AgentLocator {
  readonly kind: 'ssh-agent';
  /** `SHA256:` and 43 characters, as `ssh-add -l` prints it. */
  readonly fingerprint: string;
}
/** Where the PIN is; never the PIN. */
export type PinPlace =
  | { readonly in: 'file'; readonly path: string }
  | { readonly in: 'environment'; readonly name: string };
export interface Pkcs11Locator {
  readonly kind: 'pkcs11';
  /** File of the vendor's library. */
  readonly module: string;
  /** Label of the token. */
  readonly token: string;
  /** Label of the key pair on it. */
  readonly object: string;
  readonly pin: PinPlace;
}
export type Locator = FileLocator | AgentLocator | Pkcs11Locator;

/** Kind and rest; the kind decides how the rest is read. */
export interface SplitLocator {
  readonly kind: string;
  readonly rest: string;
}

const MAX_LOCATOR = 2048;
const SPLIT = /^([a-z][a-z0-9-]{0,31}):([^]+)$/;
const FINGERPRINT = /^SHA256:[A-Za-z0-9+/]{43}$/;
const VARIABLE = /^[A-Z][A-Z0-9_]{0,63}$/;
const MAX_LABEL = 64;
const SETTINGS = ['module', 'token', 'object', 'pin-file', 'pin-env'] as const;
type Setting = (typeof SETTINGS)[number];

export function splitLocator(text: string): Result<SplitLocator> {
  if (text.length > MAX_LOCATOR) return no('bad-locator', `the locator has more than ${MAX_LOCATOR} characters`);
  if (/[\0\r\n\t]/.test(text) || invisibleAt(text) >= 0)
    return no('bad-locator', 'the locator holds invisible characters');
  const [, kind, rest] = SPLIT.exec(text) ?? [];
  if (kind === undefined || rest === undefined)
    return no('bad-locator', `\`${escapeHostile(text)}\` is not of the form KIND:PLACE`);
  return ok({ kind, rest });
}

export const parseFileLocator = (rest: string): Result<FileLocator> => ok({ kind: 'file', path: rest });

export function parseAgentLocator(rest: string): Result<AgentLocator> {
  if (FINGERPRINT.test(rest)) return ok({ kind: 'ssh-agent', fingerprint: rest });
  return no('bad-locator', `\`${escapeHostile(rest)}\` is not a fingerprint SHA256:...`);
}

export function parsePkcs11Locator(rest: string): Result<Pkcs11Locator> {
  const found = new Map<Setting, string>();
  for (const part of rest.split(';')) {
    const at = part.indexOf('=');
    const name = SETTINGS.find((setting) => setting === part.slice(0, Math.max(at, 0)));
    const value = part.slice(at + 1);
    // What stands here may be a PIN that somebody wrote in the wrong place: it is not repeated.
    if (name === undefined)
      return no('bad-locator', `a locator of a token has only ${SETTINGS.join(', ')}; a PIN never stands in it`);
    if (found.has(name)) return no('bad-locator', `\`${name}\` is given twice`);
    if (value === '') return no('bad-locator', `\`${name}\` is empty`);
    found.set(name, value);
  }
  const [module, token, object] = [found.get('module'), found.get('token'), found.get('object')];
  if (module === undefined || token === undefined || object === undefined)
    return no('bad-locator', 'a locator of a token needs `module`, `token` and `object`');
  if (!module.startsWith('/') && !/^[A-Za-z]:[\\/]/.test(module))
    return no('bad-locator', '`module` must be a full path: a library that is searched for may be found elsewhere');
  if (token.length > MAX_LABEL || object.length > MAX_LABEL)
    return no('bad-locator', `a label has at most ${MAX_LABEL} characters`);
  const pin = pinPlace(found.get('pin-file'), found.get('pin-env'));
  return pin.ok ? ok({ kind: 'pkcs11', module, token, object, pin: pin.value }) : pin;
}

function pinPlace(file: string | undefined, variable: string | undefined): Result<PinPlace> {
  if (file !== undefined && variable === undefined) return ok({ in: 'file', path: file });
  if (variable === undefined || file !== undefined)
    return no('bad-locator', 'a locator of a token needs exactly one of `pin-file` and `pin-env`');
  if (!VARIABLE.test(variable)) return no('bad-locator', '`pin-env` must be a name in capital letters');
  return ok({ in: 'environment', name: variable });
}

/** A locator of one of the kinds that are built in. */
export function parseLocator(text: string): Result<Locator> {
  const split = splitLocator(text);
  if (!split.ok) return split;
  const { kind, rest } = split.value;
  switch (kind) {
    case 'file':
      return parseFileLocator(rest);
    case 'ssh-agent':
      return parseAgentLocator(rest);
    case 'pkcs11':
      return parsePkcs11Locator(rest);
    default:
      return unknownKind(kind, ['file', 'ssh-agent', 'pkcs11']);
  }
}

export const unknownKind = (kind: string, known: readonly string[]): ReturnType<typeof no> =>
  no('bad-locator', `keys of the kind \`${escapeHostile(kind)}\` are not known here; known are ${known.join(', ')}`);
