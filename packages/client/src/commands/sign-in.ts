/**
 * `cs sign-in|sign-out`: a person signs in with the browser, at the organisation's own identity provider (O4). This program never sees a
 * password: it waits on loopback for a code that only its own secret can spend.
 */
import { createHash, randomBytes } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { Failure } from '../cli/failure.ts';
import { safe } from '../cli/safe-text.ts';
import { removeSession, writeSession } from '../cli/session-file.ts';
import { connect } from '../client.ts';

interface SignInOptions {
  readonly organisation: string | undefined;
  /** The provider asks for proof now: what needs a fresh sign-in is open for five minutes. */
  readonly fresh: boolean;
  readonly timeoutMs: number;
}

const CODE = /^[A-Za-z0-9._:-]{1,128}\.[A-Za-z0-9_-]{43}$/;

export async function signIn(
  { output, settings, world }: Context,
  { organisation, fresh, timeoutMs }: SignInOptions,
): Promise<ExitCode> {
  const verifier = randomBytes(48).toString('base64url');
  const waiting = await listen(AbortSignal.any([world.interrupted, AbortSignal.timeout(timeoutMs)]));
  const asked = new URL('/api/v1/session/sign-in', settings.url);
  asked.searchParams.set('port', String(waiting.port));
  asked.searchParams.set('challenge', createHash('sha256').update(verifier).digest('base64url'));
  if (organisation !== undefined) asked.searchParams.set('organisation', organisation);
  if (fresh) asked.searchParams.set('fresh', 'yes');
  output.note('open this address in a browser on this machine:');
  world.err(`${asked.href}\n`);
  const code = await waiting.code;
  if (code === undefined) {
    if (world.interrupted.aborted) return EXIT.interrupted;
    throw new Failure(EXIT.pending, {
      code: 'timed-out',
      detail: 'nobody came back from the browser',
      next: ['cs sign-in'],
    });
  }
  const client = connect({ url: settings.url, pause: (ms) => world.pause(ms, world.interrupted) });
  const session = await client.redeemSession(code, verifier);
  const { person, endsAt, secret } = session;
  const known = { url: settings.url, organisation: session.organisation, person, secret, endsAt };
  writeSession(known, world.environment);
  if (settings.isJson) output.json({ organisation: session.organisation, person, endsAt });
  else output.line(`signed in as ${safe(person)} of ${safe(session.organisation)}, until ${safe(endsAt)} at most`);
  return EXIT.ok;
}

/** Ends it at the server first; the file goes whatever the answer is. */
export async function signOut({ output, settings, world }: Context): Promise<ExitCode> {
  const known = settings.session;
  removeSession(settings.url, world.environment);
  if (known === undefined) {
    output.line('nobody was signed in');
    return EXIT.ok;
  }
  await connect({ url: settings.url, session: known }).signOut();
  output.line('signed out');
  return EXIT.ok;
}

interface Waiting {
  readonly port: number;
  /** Undefined when the waiting is over. */
  readonly code: Promise<string | undefined>;
}

/** One address on loopback, for one answer. Whatever else is asked there gets nothing. */
async function listen(over: AbortSignal): Promise<Waiting> {
  const { promise: code, resolve: found } = Promise.withResolvers<string | undefined>();
  const server = createServer({ maxHeaderSize: 8192 }, (request, response) => {
    const asked = URL.parse(request.url ?? '', 'http://127.0.0.1');
    const given = asked?.pathname === '/signed-in' ? (asked.searchParams.get('code') ?? '') : '';
    const isCode = request.method === 'GET' && CODE.test(given);
    reply(response, isCode ? 200 : 404);
    if (isCode) found(given);
  });
  await new Promise<void>((done, fail) => server.once('error', fail).listen(0, '127.0.0.1', done));
  const address = server.address();
  over.addEventListener('abort', () => found(undefined), { once: true });
  void code.finally(() => server.close().closeIdleConnections());
  return { port: typeof address === 'object' && address !== null ? address.port : 0, code };
}

const reply = (response: ServerResponse, status: number): void =>
  void response
    .writeHead(status, {
      'content-type': 'text/plain; charset=utf-8',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      connection: 'close',
    })
    .end(status === 200 ? 'Signed in. You can close this page and go back to the terminal.\n' : 'Nothing is here.\n');
