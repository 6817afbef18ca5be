/** `cs agent keygen|token|call`: the key of an agent, a look at the token it gets, and a request as this agent (L8). */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { encodePublicKey, generateSigner, keyId, publicKeyOf, readStrictJson, signerPem } from '@countersign/seal';
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { Failure, usage } from '../cli/failure.ts';
import { safe } from '../cli/safe-text.ts';
import { AgentCredential, TokenRefused } from '../sdk/agent-credential.ts';

const MAX_KEY_BYTES = 16_384;
const CLIENT_ID = /^[A-Za-z0-9._:-]{1,128}\/[A-Za-z0-9._:-]{1,128}$/;

/** Makes a key where there is none; the private half never leaves the file. */
export async function agentKeygen(
  { output, settings }: Context,
  file: string,
  { kind = 'p256' }: { readonly kind: string | undefined },
): Promise<ExitCode> {
  if (kind !== 'p256' && kind !== 'ed25519') throw usage('`--kind` must be `p256` or `ed25519`');
  const signer = generateSigner(kind);
  try {
    writeFileSync(file, signerPem(signer), { mode: 0o600, flag: 'wx' });
  } catch {
    throw usage(`\`${file}\` cannot be written, or is there already; no key is ever overwritten`);
  }
  const publicKey = encodePublicKey(publicKeyOf(signer));
  if (settings.isJson) output.json({ file, kind, keyid: keyId(publicKeyOf(signer)), publicKey });
  else {
    output.line(publicKey);
    output.note('have this public key put under `keys` of the agent in the trust bundle');
  }
  return EXIT.ok;
}

interface TokenOptions {
  readonly key: string | undefined;
  readonly scope: string | undefined;
  readonly origin: string | undefined;
  readonly show: boolean | undefined;
}

/** Asks for a token as the agent would. The token is worth nothing without the key of this process, so showing it is harmless. */
export async function agentToken(
  { output, settings }: Context,
  clientId: string,
  { key, scope, origin, show = false }: TokenOptions,
): Promise<ExitCode> {
  const credential = credentialOf(settings, clientId, { key, origin, scope });
  const { token, scope: granted, expiresAtMs } = await orRefused(credential.token());
  const expiresAt = new Date(expiresAtMs).toISOString();
  if (settings.isJson) output.json({ scope: granted, expiresAt, ...(show && { token }) });
  else output.lines([`scope    ${safe(granted)}`, `expires  ${expiresAt}`, ...(show ? [safe(token)] : [])]);
  return EXIT.ok;
}

interface CallOptions {
  readonly key: string | undefined;
  readonly origin: string | undefined;
  /** JSON to send; with it the request is a POST. */
  readonly file: string | undefined;
  readonly idempotencyKey: string | undefined;
}

/** One request of the HTTP API as this agent, for a look by hand and for scripts; programs use the SDK. */
export async function agentCall(
  { output, settings, world }: Context,
  { clientId, path }: { readonly clientId: string; readonly path: string },
  { key, origin, file, idempotencyKey = world.randomHex(16) }: CallOptions,
): Promise<ExitCode> {
  if (!path.startsWith('/')) throw usage('name the address below `/api/v1`, as `/triages?state=open`');
  const credential = credentialOf(settings, clientId, { key, origin, scope: undefined });
  const body = file === undefined ? undefined : readFileSync(file, 'utf8');
  const answer = await orRefused(
    credential.fetch(`${settings.url}/api/v1${path}`, {
      signal: world.interrupted,
      ...(body !== undefined && {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json', 'idempotency-key': idempotencyKey },
      }),
    }),
  );
  const text = await answer.text();
  const document = readStrictJson(new TextEncoder().encode(text));
  if (document.ok) output.json(document.value);
  else output.line(safe(text));
  if (answer.ok) return EXIT.ok;
  return answer.status === 401 ? EXIT.authentication : EXIT.failed;
}

function credentialOf(
  { url }: Context['settings'],
  clientId: string,
  { key, origin, scope }: Pick<TokenOptions, 'key' | 'origin' | 'scope'>,
): AgentCredential {
  if (!CLIENT_ID.test(clientId))
    throw usage('an agent is named by its organisation, a slash and its id: `acme/playbook`');
  if (key === undefined) throw usage('name the key of the agent with `--key FILE`');
  if (statSync(key).size > MAX_KEY_BYTES) throw usage(`\`${key}\` is too large for a key`);
  const pem = readFileSync(key, 'utf8');
  return new AgentCredential({
    url,
    origin: origin ?? url,
    clientId,
    proof: { kind: 'key', pem },
    ...(scope !== undefined && { scope }),
  });
}

async function orRefused<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof TokenRefused)) throw error;
    throw new Failure(EXIT.authentication, { code: error.code, detail: error.message, next: error.next });
  }
}
