/** The vendor's library through the optional `pkcs11js`, typed as the few calls we make. Loaded only when a locator asks for a token. */
import { createRequire } from 'node:module';
import { ok, type Result } from '@countersign/core';
import { escapeHostile } from '@countersign/seal';
import { no } from '../codes.ts';

/** Opaque numbers of the library. */
export type Handle = Buffer;
export interface Attribute {
  readonly type: number;
  readonly value?: number | boolean | string | Buffer;
}
/** Every call throws a `Pkcs11Error` when the library answers anything but CKR_OK. */
export interface Cryptoki {
  load: (path: string) => void;
  C_Initialize: (options: { readonly flags: number }) => void;
  C_GetSlotList: (tokenPresent: boolean) => Handle[];
  C_GetTokenInfo: (slot: Handle) => { readonly label: string };
  C_OpenSession: (slot: Handle, flags: number) => Handle;
  C_CloseSession: (session: Handle) => void;
  C_Login: (session: Handle, user: number, pin: string) => void;
  C_FindObjectsInit: (session: Handle, template: readonly Attribute[]) => void;
  C_FindObjects: (session: Handle, most: number) => Handle[];
  C_FindObjectsFinal: (session: Handle) => void;
  C_GetAttributeValue: (
    session: Handle,
    object: Handle,
    template: readonly Attribute[],
  ) => { readonly value: Buffer }[];
  C_SignInit: (session: Handle, mechanism: { readonly mechanism: number }, key: Handle) => void;
  C_Sign: (session: Handle, data: Buffer, room: Buffer) => Buffer;
}

const CKF_OS_LOCKING_OK = 2;
const CKR_CRYPTOKI_ALREADY_INITIALIZED = 0x191;

/** A library is started once a process: its state is one for all who use it. */
const started = new Map<string, Cryptoki>();

export function startModule(path: string, load: () => Bridge | undefined = loadBridge): Result<Cryptoki> {
  const running = started.get(path);
  if (running !== undefined) return ok(running);
  const bridge = load();
  if (bridge === undefined)
    return no('no-pkcs11', 'keys on tokens cannot be used here: the bridge to PKCS#11 is not built');
  try {
    const module = new bridge.PKCS11();
    module.load(path);
    initialise(module);
    started.set(path, module);
    return ok(module);
  } catch (error) {
    return no('module-failed', `the module \`${escapeHostile(path, 200)}\` cannot be started: ${reasonOf(error)}`);
  }
}

function initialise(module: Cryptoki): void {
  try {
    module.C_Initialize({ flags: CKF_OS_LOCKING_OK });
  } catch (error) {
    if (codeOf(error) !== CKR_CRYPTOKI_ALREADY_INITIALIZED) throw error;
  }
}

interface Bridge {
  readonly PKCS11: new () => Cryptoki;
}

/** Undefined when it is not installed, or its native part was never built: install scripts are off on purpose. */
function loadBridge(): Bridge | undefined {
  try {
    return createRequire(import.meta.url)('pkcs11js') as Bridge;
  } catch {
    // The caller says what is missing and how to build it.
    return undefined;
  }
}

/** `CKR_...` of an error of the library. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : '';
  return /CKR_[A-Z0-9_]+/.exec(text)?.[0] ?? escapeHostile(text, 200);
}

export function codeOf(error: unknown): number | undefined {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'number' ? code : undefined;
}
