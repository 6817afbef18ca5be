/** A key on a PKCS#11 token: the private part never leaves it. */
import { createHash } from 'node:crypto';
import { ok, type Result } from '@countersign/core';
import type { KeyKind } from '@countersign/seal';
import { no } from '../codes.ts';
import { derOf } from '../ecdsa-form.ts';
import type { Pkcs11Locator } from '../locator.ts';
import { checked, type Signer } from '../signer.ts';
import { findKey, type TokenKey } from './find-key.ts';
import { startModule, type Cryptoki, type Handle } from './module.parse.ts';
import { readPin, type PinSource } from './pin.ts';
import { closeQuietly, isLostSession, openSession, refusalOf } from './token.ts';

const CKM_ECDSA = 0x10_41;
const CKM_EDDSA = 0x10_57;
const SIGNATURE_ROOM = 128;

interface Opened extends TokenKey {
  readonly session: Handle;
}
type State =
  | { readonly state: 'open'; readonly opened: Opened }
  /** The token went away; the next signature opens it anew. */
  | { readonly state: 'lost' }
  /** For good: a wrong PIN tried again and again would lock the token. */
  | { readonly state: 'ended'; readonly refusal: ReturnType<typeof no> };

export function openPkcs11Signer(locator: Pkcs11Locator, source: PinSource): Result<TokenSigner> {
  const pin = readPin(locator.pin, source);
  if (!pin.ok) return pin;
  const module = startModule(locator.module);
  return module.ok ? openOnModule(module.value, locator, pin.value) : module;
}

export function openOnModule(module: Cryptoki, locator: Pkcs11Locator, pin: string): Result<TokenSigner> {
  const open = (): Result<Opened> => openKey(module, locator, pin);
  const opened = open();
  return opened.ok ? ok(new TokenSigner(module, open, opened.value)) : opened;
}

function openKey(module: Cryptoki, { token, object }: Pkcs11Locator, pin: string): Result<Opened> {
  const session = openSession(module, token, pin);
  if (!session.ok) return session;
  const key = keyOn(module, session.value, object);
  if (key.ok) return ok({ ...key.value, session: session.value });
  closeQuietly(module, session.value);
  return key;
}

function keyOn(module: Cryptoki, session: Handle, label: string): Result<TokenKey> {
  try {
    return findKey(module, session, label);
  } catch (error) {
    return refusalOf(error, 'the token cannot be searched');
  }
}

export class TokenSigner implements Signer {
  readonly algorithm: KeyKind;
  readonly publicKey: Signer['publicKey'];
  readonly #module: Cryptoki;
  readonly #open: () => Result<Opened>;
  #state: State;

  constructor(module: Cryptoki, open: () => Result<Opened>, opened: Opened) {
    this.#module = module;
    this.#open = open;
    this.#state = { state: 'open', opened };
    this.publicKey = opened.publicKey;
    this.algorithm = opened.publicKey.kind;
  }

  readonly sign = async (message: Uint8Array): Promise<Result<Uint8Array>> => this.signNow(message);

  readonly close = async (): Promise<void> => {
    if (this.#state.state === 'open') closeQuietly(this.#module, this.#state.opened.session);
    this.#state = { state: 'ended', refusal: no('no-key', 'the key was closed') };
  };

  /** The library blocks while it signs, so calls never meet in one session. */
  signNow(message: Uint8Array): Result<Uint8Array> {
    return checked(this.publicKey, message, this.#sign(message));
  }

  #sign(message: Uint8Array): Result<Uint8Array> {
    const wasOpen = this.#state.state === 'open';
    const first = this.#tryToSign(message);
    // A token that was away when it was needed may be back: once more, with a session of its own.
    return first === 'lost' && wasOpen ? settled(this.#tryToSign(message)) : settled(first);
  }

  #tryToSign(message: Uint8Array): Result<Uint8Array> | 'lost' {
    const opened = this.#opened();
    if (!opened.ok) return opened;
    const { session, handle } = opened.value;
    try {
      const isP256 = this.algorithm === 'p256';
      this.#module.C_SignInit(session, { mechanism: isP256 ? CKM_ECDSA : CKM_EDDSA }, handle);
      const input = isP256 ? createHash('sha256').update(message).digest() : Buffer.from(message);
      const raw = this.#module.C_Sign(session, input, Buffer.alloc(SIGNATURE_ROOM));
      const signature = isP256 ? derOf(raw) : Uint8Array.from(raw);
      return signature === undefined ? no('bad-answer', 'the token answered no signature of P-256') : ok(signature);
    } catch (error) {
      // A failed signature can leave its session in the middle of an operation (SoftHSM does): it is not used again.
      closeQuietly(this.#module, session);
      this.#state = { state: 'lost' };
      return isLostSession(error) ? 'lost' : refusalOf(error, 'the token did not sign');
    }
  }

  #opened(): Result<Opened> {
    if (this.#state.state === 'open') return ok(this.#state.opened);
    if (this.#state.state === 'ended') return this.#state.refusal;
    const again = this.#open();
    if (!again.ok) {
      const { code } = again.refusal;
      if (code === 'pin-wrong' || code === 'pin-locked') this.#state = { state: 'ended', refusal: again };
      return again;
    }
    if (again.value.publicKey.keyid !== this.publicKey.keyid) {
      closeQuietly(this.#module, again.value.session);
      return no('no-key', 'the token now holds another key with this label');
    }
    this.#state = { state: 'open', opened: again.value };
    return again;
  }
}

const settled = (result: Result<Uint8Array> | 'lost'): Result<Uint8Array> =>
  result === 'lost' ? no('token-failed', 'the token went away while it was needed') : result;
