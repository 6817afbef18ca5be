/** Agents of every duty at two processes of one server, and how they ask; every wish has a valid default. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { instantOf, object, ok, type Agent, type WorkloadIdentity } from '@countersign/core';
import { generateSigner, type SignerKey } from '@countersign/seal';
import type { LightMyRequestResponse } from 'fastify';
import type { Features } from '../deps.ts';
import { json, route, type RouteDefinition } from '../http/index.ts';
import { openTestDatabase, type TestDatabase } from '../testkit/database.ts';
import { startControl, type TestControl } from '../testkit/control.ts';
import { bundleOfRoster } from '../testkit/roster.parse.ts';
import { idOf, makeWorld, NOON_MS, type World } from '../testkit/world.ts';
import {
  assertionOf,
  compact,
  encodedKey,
  privateKeyOf,
  proofKey,
  proofOf,
  type Json,
  type Parts,
  type ProofKey,
} from './agent.builder.ts';

export const ORIGIN: string = 'http://localhost:4600';
export const TOKEN_URL: string = `${ORIGIN}/api/v1/token`;
const WORKLOAD_ISSUER = 'https://kubernetes.example';
export const TYPE: string = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
export const JWT_TYPE: string = 'urn:ietf:params:oauth:token-type:jwt';
export const DAY_MS: number = 86_400_000;

const world: World = makeWorld('acme');
export const signers: Readonly<Record<'decider' | 'observer' | 'executor', SignerKey>> = {
  decider: generateSigner('p256'),
  observer: generateSigner('ed25519'),
  executor: generateSigner('p256'),
};
export const shared: SignerKey = generateSigner('p256');
export const tokenKey: SignerKey = generateSigner('ed25519');
export const platform: { readonly publicKey: KeyObject; readonly privateKey: KeyObject } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
});
export const mine: ProofKey = proofKey();
const folder = mkdtempSync(join(tmpdir(), 'identity-'));
export let nowMs: number = NOON_MS;
let database: TestDatabase;
export let control: TestControl;
export let other: TestControl;

const agent = (id: string, duty: Agent['duty'], more: Partial<Agent> = {}): Agent => ({
  id: idOf(id),
  owner: idOf('sam'),
  duty,
  purpose: 'a test',
  expiresAt: instantOf(NOON_MS + DAY_MS),
  ...more,
});
const workload = (sub: string): WorkloadIdentity => ({ iss: WORKLOAD_ISSUER, sub, aud: ORIGIN });
export const AGENTS: readonly Agent[] = [
  agent('decider', 'decide', { keys: [encodedKey(signers.decider)], issuers: [workload('ns:a:decider')] }),
  agent('observer', 'observe', { keys: [encodedKey(signers.observer)], issuers: [workload('ns:a:observer')] }),
  agent('executor', 'execute', { keys: [encodedKey(signers.executor)] }),
  agent('ended', 'decide', { keys: [encodedKey(generateSigner('p256'))], expiresAt: instantOf(NOON_MS) }),
  agent('orphan', 'decide', { keys: [encodedKey(generateSigner('p256'))], owner: idOf('nobody') }),
  agent('twin-1', 'observe', { keys: [encodedKey(shared)], issuers: [workload('ns:a:twin')] }),
  agent('twin-2', 'decide', { keys: [encodedKey(shared)], issuers: [workload('ns:a:twin')] }),
  agent('keyless', 'decide'),
  agent('held', 'decide', { keys: [encodedKey(generateSigner('p256'))] }),
];

/** One address an agent reads, one it writes. */
const things = (): readonly RouteDefinition[] => [
  route({
    method: 'GET',
    url: '/api/v1/things',
    who: ['agent', 'person'],
    summary: 'Reads',
    handle: async (e) => ok(json({ as: e.principal.id })),
  }),
  route({
    method: 'POST',
    url: '/api/v1/things',
    who: ['agent', 'person'],
    summary: 'Writes',
    body: object<{ readonly [key: string]: never }>({}),
    handle: async () => ok(json({}, 201)),
  }),
  route({
    method: 'POST',
    url: '/api/v1/people-only',
    who: ['person'],
    summary: 'Approves',
    handle: async () => ok(json({})),
  }),
];

export const setNow = (ms: number): void => {
  nowMs = ms;
};

const features = (): Features => ({
  routes: things(),
  wake: () => undefined,
  dispatched: () => undefined,
  start: async () => undefined,
  stop: async () => undefined,
});

/** Called once by a test file: two processes on one database; the second demands a nonce. */
export function openAgents(hooks: {
  readonly beforeAll: (run: () => Promise<void>) => void;
  readonly afterAll: (run: () => Promise<void>) => void;
}): void {
  hooks.beforeAll(open);
  hooks.afterAll(close);
}

async function open(): Promise<void> {
  const jwks = { keys: [{ ...platform.publicKey.export({ format: 'jwk' }), kid: 'k1', use: 'sig', alg: 'RS256' }] };
  writeFileSync(join(folder, 'jwks.json'), JSON.stringify(jwks));
  database = await openTestDatabase();
  const identity = {
    tokenKey,
    allowStaticAgentTokens: false,
    allowStaticEnclaveTokens: false,
    workloads: [
      {
        organisation: world.organisation,
        issuer: WORKLOAD_ISSUER,
        algorithms: ['RS256'] as const,
        keys: { kind: 'file', file: join(folder, 'jwks.json') } as const,
      },
    ],
  };
  const options = { url: database.url, worlds: [world] as const, features, identity, nowMs: () => nowMs };
  control = await startControl(options);
  other = await startControl({ ...options, instance: 'test-2', identity: { ...identity, isNonceRequired: true } });
  const installed = bundleOfRoster([{ id: 'sam' }], AGENTS);
  for (const one of [control, other])
    one.deps.trust.bundle = async (asked) => (asked === world.organisation ? installed : undefined);
}
async function close(): Promise<void> {
  await other.stop();
  await control.stop();
  await database.drop();
  rmSync(folder, { recursive: true });
}

export type Form = Readonly<Record<string, string | undefined>>;
export interface Asked {
  readonly form?: Form;
  readonly assertion?: Parts;
  readonly proof?: Parts;
  readonly proofHeader?: string | undefined;
  readonly by?: KeyObject;
  readonly clientId?: string;
  readonly keyOfProof?: ProofKey;
  readonly at?: TestControl;
}
export const askToken = async (asked: Asked = {}): Promise<Answered> => {
  const { clientId = 'acme/decider', by = privateKeyOf(signers.decider), keyOfProof = mine } = asked;
  const fields: Form = {
    grant_type: 'client_credentials',
    client_id: clientId,
    client_assertion_type: TYPE,
    client_assertion: assertionOf(by, { clientId, audience: ORIGIN, nowMs }, asked.assertion),
    ...asked.form,
  };
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) given.set(name, value);
  const proof =
    'proofHeader' in asked
      ? asked.proofHeader
      : proofOf(keyOfProof, { method: 'POST', url: TOKEN_URL, nowMs }, asked.proof);
  return (asked.at ?? control).ask(undefined, 'POST', '/api/v1/token', {
    raw: given.toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...(proof !== undefined && { dpop: proof }) },
  });
};
export const tokenFor = async (asked: Asked = {}): Promise<string> => {
  const answer = await askToken(asked);
  if (answer.statusCode !== 200) throw new Error(answer.body);
  return tokenIn(answer);
};
export interface Call {
  readonly token: string;
  readonly method?: 'GET' | 'POST';
  readonly path?: string;
  readonly proof?: Parts;
  readonly proofHeader?: string;
  readonly keyOfProof?: ProofKey;
  readonly scheme?: string;
  readonly at?: TestControl;
  readonly headers?: Readonly<Record<string, string>>;
}
export const call = (asked: Call): Promise<Answered> => {
  const { token, method = 'GET', path = '/api/v1/things', keyOfProof = mine, scheme = 'DPoP' } = asked;
  const url = `${ORIGIN}${path.split('?')[0] ?? ''}`;
  const dpop = asked.proofHeader ?? proofOf(keyOfProof, { method, url, nowMs, token }, asked.proof);
  return (asked.at ?? control).ask(undefined, method, path, {
    headers: { authorization: `${scheme} ${token}`, dpop, ...asked.headers },
    ...(method === 'POST' && { body: {} }),
  });
};
type Answered = LightMyRequestResponse;
const textIn = (answer: Answered, name: string): string => {
  const value = answer.json<Readonly<Record<string, unknown>>>()[name];
  return typeof value === 'string' ? value : 'none';
};
export const codeOf = (answer: Answered): string => textIn(answer, 'code');
export const detailOf = (answer: Answered): string => textIn(answer, 'detail');
export const tokenIn = (answer: Answered): string => textIn(answer, 'access_token');

export const exchange = (
  claims: Json = {},
  more: { readonly header?: Json; readonly form?: Form; readonly clientId?: string; readonly key?: KeyObject } = {},
): Promise<Answered> => {
  const now = Math.floor(nowMs / 1000);
  const own = { iss: WORKLOAD_ISSUER, sub: 'ns:a:decider', aud: ORIGIN, iat: now, exp: now + 3600 };
  const text = signRs(
    more.key ?? platform.privateKey,
    { alg: 'RS256', kid: 'k1', typ: 'JWT', ...more.header },
    { ...own, ...claims },
  );
  return askToken({
    clientId: more.clientId ?? 'acme/decider',
    form: {
      grant_type: EXCHANGE,
      client_assertion: undefined,
      client_assertion_type: undefined,
      subject_token: text,
      subject_token_type: JWT_TYPE,
      ...more.form,
    },
  });
};
const signRs = (key: KeyObject, header: Json, claims: Json): string =>
  compact(key, JSON.stringify(header), JSON.stringify(claims));
