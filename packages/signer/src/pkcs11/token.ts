/** A logged-in session on the token with a label, and what the answers of a library mean for us. */
import { ok, type Result } from '@countersign/core';
import { escapeHostile } from '@countersign/seal';
import { no, type SignerCode } from '../codes.ts';
import { codeOf, reasonOf, type Cryptoki, type Handle } from './module.parse.ts';

const CKF_SERIAL_SESSION = 4;
const CKU_USER = 1;
const CKR_USER_ALREADY_LOGGED_IN = 0x1_00;

/** Library answers with a meaning of their own; everything else is `token-failed`. */
export const CKR_CODES: Readonly<Record<number, SignerCode>> = {
  0xa0: 'pin-wrong', // CKR_PIN_INCORRECT
  0xa1: 'pin-wrong', // CKR_PIN_INVALID
  0xa2: 'pin-wrong', // CKR_PIN_LEN_RANGE
  0xa3: 'pin-locked', // CKR_PIN_EXPIRED
  0xa4: 'pin-locked', // CKR_PIN_LOCKED
};

/** Answers after which the session is gone but the token may be there again: unplugged, restarted, logged out. */
const LOST_SESSION: ReadonlySet<number> = new Set([
  0x30, // CKR_DEVICE_ERROR
  0x32, // CKR_DEVICE_REMOVED
  0x60, // CKR_KEY_HANDLE_INVALID
  0x82, // CKR_OBJECT_HANDLE_INVALID
  0xb0, // CKR_SESSION_CLOSED
  0xb3, // CKR_SESSION_HANDLE_INVALID
  0xe0, // CKR_TOKEN_NOT_PRESENT
  0x1_01, // CKR_USER_NOT_LOGGED_IN
]);

export const isLostSession = (error: unknown): boolean => LOST_SESSION.has(codeOf(error) ?? 0);

export function refusalOf(error: unknown, doing: string): ReturnType<typeof no> {
  const code = CKR_CODES[codeOf(error) ?? 0] ?? 'token-failed';
  return no(code, `${doing}: ${reasonOf(error)}`);
}

export function openSession(module: Cryptoki, label: string, pin: string): Result<Handle> {
  try {
    const slots = module
      .C_GetSlotList(true)
      .filter((slot) => module.C_GetTokenInfo(slot).label.replace(/[ \0]+$/, '') === label);
    const [slot] = slots;
    if (slot === undefined || slots.length > 1)
      return no('token-missing', `${slots.length} tokens have the label \`${escapeHostile(label)}\``);
    const session = module.C_OpenSession(slot, CKF_SERIAL_SESSION);
    const refused = logIn(module, session, pin);
    if (refused === undefined) return ok(session);
    closeQuietly(module, session);
    return refused;
  } catch (error) {
    return refusalOf(error, 'the token cannot be opened');
  }
}

function logIn(module: Cryptoki, session: Handle, pin: string): ReturnType<typeof no> | undefined {
  try {
    module.C_Login(session, CKU_USER, pin);
    return undefined;
  } catch (error) {
    // Sessions of one process share the login.
    return codeOf(error) === CKR_USER_ALREADY_LOGGED_IN ? undefined : refusalOf(error, 'the token refused the login');
  }
}

export function closeQuietly(module: Cryptoki, session: Handle): void {
  try {
    module.C_CloseSession(session);
  } catch {
    // The token is gone: so is the session.
  }
}
