/**
 * A credential for one act on one target (X3, I20): a compact JWS (RFC 7515, 9068) that the runner signs inside the enclave and the
 * target checks with the one key it was given. Nothing outside the enclave can make one, and it opens nothing else.
 */
import { digest, integer, object, ok, readShape, text, type Digest, type Result, type Shape } from '@countersign/core';
import { decodeBase64Url, encodeBase64Url } from './base64.ts';
import { no, quote } from './hostile-text.ts';
import type { KeyKind, PublicKey, SignerKey } from './keys.ts';
import { readStrictJson, type JsonValue } from './strict-json.ts';

export interface TaskClaims {
  /** The runner, e.g. `runner-production`. */
  readonly iss: string;
  /** The target it is for, e.g. `host-0381`. */
  readonly aud: string;
  /** What may be done there, e.g. `service.restart`. */
  readonly operation: string;
  /** The capsule that people or the envelope let run. */
  readonly capsule: Digest;
  /** Single use. */
  readonly jti: string;
  /** Seconds since 1970. */
  readonly iat: number;
  readonly exp: number;
}

export interface TaskRule {
  /** Keys of the runners this target obeys, by issuer. */
  readonly keys: ReadonlyMap<string, PublicKey>;
  readonly audience: string;
  readonly operation: string;
  readonly nowSeconds: number;
}

/** Longer than any act here takes. */
export const MAX_TASK_SECONDS = 120;
/** Clocks of one enclave. */
const SKEW_SECONDS = 5;
const MAX_TOKEN = 4096;
const TYPE = 'task+jwt';
const ALGORITHM: Readonly<Record<KeyKind, string>> = { ed25519: 'EdDSA', p256: 'ES256' };

const word = text({ min: 1, max: 128, pattern: /^[A-Za-z0-9][A-Za-z0-9._:-]*$/ });
const seconds = integer({ min: 0, max: 253_402_300_799 });
const claimsShape: Shape<TaskClaims> = object<TaskClaims>({
  iss: word,
  aud: word,
  operation: word,
  capsule: digest,
  jti: text({ min: 32, max: 32, pattern: /^[0-9a-f]{32}$/ }),
  iat: seconds,
  exp: seconds,
});

const headerOf = (kind: KeyKind): string => encodeJson({ alg: ALGORITHM[kind], typ: TYPE });
const encodeJson = (value: JsonValue): string => encodeBase64Url(new TextEncoder().encode(JSON.stringify(value)));

export function signTaskCredential(claims: TaskClaims, signer: SignerKey): string {
  const { iss, aud, operation, capsule, jti, iat, exp } = claims;
  const body = `${headerOf(signer.kind)}.${encodeJson({ iss, aud, operation, capsule, jti, iat, exp })}`;
  return `${body}.${encodeBase64Url(signer.sign(new TextEncoder().encode(body), 'ieee-p1363'))}`;
}

/** The claims, when everything about them is right for this target, this operation and this moment. */
export function verifyTaskCredential(token: string, rule: TaskRule): Result<TaskClaims> {
  const [header = '', body = '', signature = '', ...more] = token.length > MAX_TOKEN ? [] : token.split('.');
  const [payload, sig] = [decodeBase64Url(body), decodeBase64Url(signature)];
  if (payload === undefined || sig === undefined || body === '' || more.length > 0)
    return no('malformed', 'the task credential is not a compact signature');
  const json = readStrictJson(payload, { maxBytes: MAX_TOKEN });
  const claims = json.ok ? readShape(claimsShape, json.value) : json;
  if (!claims.ok) return claims;
  const key = rule.keys.get(claims.value.iss);
  if (key === undefined) return no('bad-key', `no key is known of the issuer ${quote(claims.value.iss)}`);
  // The header is compared whole with the one this key uses: no algorithm is ever chosen by the sender.
  if (header !== headerOf(key.kind)) return no('wrong-type', 'the header of the task credential is another one');
  if (!key.verify(new TextEncoder().encode(`${header}.${body}`), sig, 'ieee-p1363'))
    return no('bad-signature', 'the signature does not fit the task credential');
  const objection = objectionTo(claims.value, rule);
  return objection === undefined ? ok(claims.value) : no('wrong-type', objection);
}

function objectionTo(claims: TaskClaims, { audience, operation, nowSeconds }: TaskRule): string | undefined {
  if (claims.aud !== audience) return `it is for ${quote(claims.aud)}`;
  if (claims.operation !== operation) return `it allows ${quote(claims.operation)}`;
  if (claims.exp - claims.iat > MAX_TASK_SECONDS || claims.exp <= claims.iat) return 'it lives too long';
  if (claims.iat > nowSeconds + SKEW_SECONDS) return 'it is from the future';
  return claims.exp <= nowSeconds ? 'it is over' : undefined;
}
