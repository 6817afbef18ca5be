/** The HTTP surface: mounts routes, and does for all of them what none may forget: limits, identity, idempotency, problems. */
import { STATUS_CODES } from 'node:http';
import type { ServerOptions } from 'node:https';
import type { BlockList, Socket } from 'node:net';
import swagger from '@fastify/swagger';
import { refuse, type Instant, type Refusal, type Result } from '@countersign/core';
import { digestOf, escapeHostile } from '@countersign/seal';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Store } from '../store/schema.ts';
import type { Transactor } from '../store/transact.ts';
import type { Answer } from './answer.ts';
import { allowApprovalPages } from './approval-pages.ts';
import { Authenticator } from './authenticate.ts';
import { identify, type Identities, type Incoming } from './identify.ts';
import type { Caller } from './principal.ts';
import { committer, isIdempotencyKey, replay, type Receipt } from './idempotency.ts';
import { describeRoute, openApi } from './openapi.ts';
import { isPage, servePages } from './pages.ts';
import { challengeOf, oauthError } from './oauth-error.ts';
import { problemOf, refusalIn } from './problem.ts';
import type { RouteDefinition } from './route.ts';
import { SECURITY_HEADERS } from './security-headers.ts';
import { Strangers, TOO_OFTEN, type Knock } from './strangers.ts';

export interface AppParts {
  readonly store: Store;
  readonly transactor: Transactor;
  readonly clock: () => Instant;
  readonly nowMs: () => number;
  /** Names this server answers for, with port, lower case; another `Host` is refused (DNS rebinding). Empty: any. */
  readonly hosts: ReadonlySet<string>;
  readonly routes: readonly RouteDefinition[];
  /** Agents and people with identities of their own. */
  readonly identities?: Identities | undefined;
  /** Origins where the organisation hosts approval pages. */
  readonly approvalOrigins?: readonly string[];
  /** Served over TLS; absent: plain, behind something else or on loopback. */
  readonly tls?: ServerOptions | undefined;
  /** Only at the enclave door: who came in with which certificate. */
  readonly certified?: ((socket: Socket) => Promise<Result<Caller | undefined>>) | undefined;
  /** Proxies whose `X-Forwarded-For` is believed; absent: none. */
  readonly proxies?: BlockList | undefined;
  /** Folder of the built console; absent: no pages. */
  readonly consoleDir?: string | undefined;
  /** Told about failures of ours; gets no text of callers. */
  readonly report: (failure: { readonly requestId: string; readonly error: string }) => void;
}

const MAX_HEADER_BYTES = 16_384;
const REQUEST_TIMEOUT_MS = 30_000;
const FORM = /^application\/x-www-form-urlencoded(?:; ?charset=utf-8)?$/i;
const PARAMETER = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller | undefined;
  }
}

export async function buildApp(parts: AppParts): Promise<FastifyInstance> {
  const app: FastifyInstance = fastify({
    ...(parts.tls !== undefined && { https: parts.tls }),
    forceCloseConnections: true,
    requestTimeout: REQUEST_TIMEOUT_MS,
    http: { maxHeaderSize: MAX_HEADER_BYTES },
    routerOptions: { maxParamLength: 200 },
    genReqId: () => `r-${crypto.randomUUID()}`,
  });
  app.decorateRequest('caller', undefined);
  // Bodies stay bytes until the route's own shape reads them; schemas of routes only describe.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    /^application\/(?:[a-z0-9.+-]+\+)?json(?:;|$)/,
    { parseAs: 'buffer' },
    (_request, body, done) => done(null, body),
  );
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => (value) => JSON.stringify(value));
  app.setErrorHandler((error, request, reply) => sendFailure(parts, error, { request, reply }));
  app.setNotFoundHandler((request, reply) => {
    // The console finds its own way from the address; it is one file.
    if (parts.consoleDir !== undefined && isPage(request)) return reply.sendFile('index.html');
    return sendRefusal({ code: 'not-found', detail: `nothing answers ${request.method} here` }, { request, reply });
  });
  app.addHook('onSend', async (request, reply) => {
    reply.headers({ ...SECURITY_HEADERS, 'x-request-id': request.id });
  });
  if (parts.hosts.size > 0)
    app.addHook('onRequest', (request, reply, done) => checkHost(parts.hosts, { request, reply }, done));
  await app.register(swagger, openApi);
  allowApprovalPages(app, parts.approvalOrigins ?? []);
  const authenticator = new Authenticator(parts.store, parts.nowMs);
  const around = { parts, authenticator, strangers: new Strangers(parts.proxies, parts.nowMs) };
  for (const definition of parts.routes.filter(({ isForm }) => !isForm)) mount(app, definition, around);
  await app.register(async (forms) => {
    forms.removeAllContentTypeParsers();
    forms.addContentTypeParser(FORM, { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    for (const definition of parts.routes.filter(({ isForm }) => isForm)) mount(forms, definition, around);
    await Promise.resolve();
  });
  for (const address of ['/openapi.json', '/api/v1/openapi.json'])
    app.get(address, { schema: { hide: true } }, () => app.swagger());
  if (parts.consoleDir !== undefined) await servePages(app, parts.consoleDir);
  return app;
}

interface Talk {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}
interface Surroundings {
  readonly parts: AppParts;
  readonly authenticator: Authenticator;
  readonly strangers: Strangers;
}

function checkHost(hosts: ReadonlySet<string>, talk: Talk, done: () => void): void {
  if (hosts.has(talk.request.host.toLowerCase())) done();
  else
    sendRefusal(
      { code: 'wrong-host', detail: `this server does not answer for \`${escapeHostile(talk.request.host)}\`` },
      talk,
    );
}

function mount(app: FastifyInstance, definition: RouteDefinition, around: Surroundings): void {
  app.route({
    method: definition.method,
    url: definition.url,
    bodyLimit: definition.bodyLimit,
    schema: describeRoute(definition),
    // Before the body is read: a stranger cannot make this server parse anything.
    onRequest: async (request, reply) => {
      const { identities, certified } = around.parts;
      const caller = await identify(definition, incomingOf(request), {
        authenticator: around.authenticator,
        identities,
        certified: certified && (() => certified(request.raw.socket)),
      });
      const nonce = request.headers['dpop'] === undefined ? undefined : identities?.nonce();
      if (nonce !== undefined) reply.header('dpop-nonce', nonce);
      const waitS = around.strangers.waitOf({ definition, caller, ...knockOf(request) });
      if (waitS !== undefined) return sendRefusal(TOO_OFTEN, { request, reply: reply.header('retry-after', waitS) });
      if (!caller.ok) return sendRefusal(caller.refusal, { request, reply });
      if (caller.value === undefined && isLarge(request, definition.strangerLimit))
        return sendRefusal(strangerTooLarge(definition.strangerLimit), { request, reply });
      request.caller = caller.value;
      return undefined;
    },
    handler: async (request, reply) => {
      const result = await perform(definition, { request, reply }, around.parts);
      return result.ok ? sendAnswer(result.value, { request, reply }) : sendRefusal(result.refusal, { request, reply });
    },
  });
}

const knockOf = ({ headers, socket }: FastifyRequest): Pick<Knock, 'address' | 'forwarded' | 'hasToken'> => ({
  address: socket.remoteAddress,
  forwarded: single(headers['x-forwarded-for']),
  hasToken: headers.authorization !== undefined,
});

const single = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value.join(', ') : value;

const incomingOf = ({ method, url, headers }: FastifyRequest): Incoming => ({
  method,
  path: url.split('?')[0] ?? '',
  authorization: headers.authorization,
  proof: single(headers['dpop']),
  cookie: headers.cookie,
  origin: headers.origin,
  fetchSite: single(headers['sec-fetch-site']),
  marker: single(headers['x-countersign']),
});

/** Without a token only what says its size beforehand is read, and little of it. */
const isLarge = ({ headers }: FastifyRequest, limit: number): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > limit;
const strangerTooLarge = (limit: number): Refusal => ({
  code: 'too-large',
  detail: `without a token a document has at most ${limit} bytes and says its length`,
});

async function perform(
  definition: RouteDefinition,
  { request, reply }: Talk,
  parts: AppParts,
): Promise<Result<Answer>> {
  const params = textsOf(request.params);
  if (!Object.values(params).every((value) => PARAMETER.test(value)))
    return refuse('not-found', 'the address holds no valid id');
  const bytes = request.body instanceof Uint8Array ? request.body : new Uint8Array();
  const receipt = receiptOf(definition, request, bytes);
  if (!receipt.ok) return receipt;
  const isAskedFirst = receipt.value !== undefined && definition.repeats === 'first';
  const answered = isAskedFirst ? await replay(parts.store, receipt.value) : undefined;
  if (answered !== undefined) return answered;
  const answer = await definition.run({
    principal: request.caller?.principal,
    means: request.caller?.means,
    params,
    query: fieldsOf(request.query),
    bytes,
    headers: textsOf(request.headers),
    requestId: request.id,
    now: parts.clock(),
    closed: () => closedSignal(reply),
    commit: committer(parts.transactor, receipt.value),
  });
  if (answer.ok || isAskedFirst || receipt.value === undefined) return answer;
  // Refused before its transaction: the very same request may have been answered, and be impossible now for that reason.
  return (await replay(parts.store, receipt.value)) ?? answer;
}

function receiptOf(
  definition: RouteDefinition,
  request: FastifyRequest,
  bytes: Uint8Array,
): Result<Receipt | undefined> {
  const key = request.headers['idempotency-key'];
  const principal = request.caller?.principal;
  // What is open to everybody keeps no answers, so none can be found.
  if (definition.method !== 'POST' || definition.who === 'open' || principal === undefined)
    return { ok: true, value: undefined };
  if (key === undefined && definition.idempotency === 'optional') return { ok: true, value: undefined };
  if (typeof key !== 'string' || !isIdempotencyKey(key))
    return refuse('idempotency-key-missing', 'the header `Idempotency-Key` must hold 1 to 200 printable characters');
  const address = new TextEncoder().encode(`${request.method} ${request.url}\n`);
  return { ok: true, value: { principal, key, request: digestOf(Buffer.concat([address, bytes])) } };
}

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};

/** Of repeated names nothing is taken: two readers could choose differently. */
const textsOf = (value: unknown): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(fieldsOf(value)).flatMap(([name, text]) => (typeof text === 'string' ? [[name, text]] : [])),
  );

function closedSignal(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  if (reply.raw.destroyed) controller.abort();
  else reply.raw.once('close', () => controller.abort());
  return controller.signal;
}

function sendAnswer(answer: Answer, { request, reply }: Talk): FastifyReply {
  switch (answer.kind) {
    case 'json':
      return reply
        .code(answer.status)
        .headers(answer.headers)
        .type('application/json; charset=utf-8')
        .send(JSON.stringify(answer.body));
    case 'text':
      return reply.code(200).headers(answer.headers).type(answer.type).send(answer.body);
    case 'redirect':
      // The address may hold a state: nobody keeps it.
      return reply
        .code(303)
        .headers({ location: answer.location, 'set-cookie': [...answer.cookies], 'cache-control': 'no-store' })
        .send();
    case 'stream':
      reply.hijack();
      for (const [name, value] of Object.entries({ ...SECURITY_HEADERS, 'x-request-id': request.id }))
        reply.raw.setHeader(name, value);
      answer.start(reply.raw);
      return reply;
  }
}

function sendRefusal(refusal: Refusal, { request, reply }: Talk): FastifyReply {
  const problem = problemOf(refusal, request.id);
  if (problem.status === 401) reply.header('www-authenticate', challengeOf(problem.code));
  return reply
    .code(problem.status)
    .type('application/problem+json; charset=utf-8')
    .send(JSON.stringify({ ...problem, ...oauthError(problem), title: problem.title || STATUS_CODES[problem.status] }));
}

function sendFailure(parts: AppParts, error: unknown, talk: Talk): FastifyReply {
  const refusal = refusalIn(error);
  if (refusal !== undefined) return sendRefusal(refusal, talk);
  const text = error instanceof Error ? `${error.name}: ${error.message}` : 'something that is not an error was thrown';
  parts.report({ requestId: talk.request.id, error: escapeHostile(text, 500) });
  return sendRefusal({ code: 'internal', detail: 'the request failed inside the server' }, talk);
}
