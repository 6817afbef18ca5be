/** What the operator says about identities: the `identity` part of the configuration file. Without it nothing is issued and nobody signs in. */
import {
  boolean,
  id,
  integer,
  list,
  object,
  oneOf,
  optional,
  text,
  type OrganisationId,
  type Shape,
} from '@countersign/core';
import type { SignerKey } from '@countersign/seal';
import { refusedUrl } from './guarded-fetch.ts';
import { OUTSIDE_ALGORITHMS, type KeySource, type OutsideAlgorithm } from './issuer-keys.ts';

/** An issuer whose tokens of workloads may be exchanged. */
export interface WorkloadIssuer {
  readonly organisation: OrganisationId;
  readonly issuer: string;
  readonly algorithms: readonly OutsideAlgorithm[];
  readonly keys: KeySource;
}

/** Where people sign in. */
export interface SignInConfig {
  readonly organisation: OrganisationId;
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scopes: readonly string[];
  /** Values of `acr` of which a step-up must come back with one; empty: a fresh sign-in is enough. */
  readonly stepUpAcr: readonly string[];
  readonly allowLoopback: boolean;
}

export interface IdentityConfig {
  readonly tokenKey: SignerKey | undefined;
  readonly tokenLifeS: number;
  readonly isNonceRequired: boolean;
  readonly allowStaticAgentTokens: boolean;
  readonly allowStaticEnclaveTokens: boolean;
  readonly allowStaticPersonTokens: boolean;
  readonly workloads: readonly WorkloadIssuer[];
  readonly signIns: readonly SignInConfig[];
}

interface FileWorkload {
  readonly organisation: OrganisationId;
  readonly issuer: string;
  readonly algorithms?: readonly OutsideAlgorithm[];
  readonly jwksFile?: string;
  readonly jwksUrl?: string;
  readonly allowLoopback?: boolean;
}
interface FileSignIn {
  readonly organisation: OrganisationId;
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecretFile: string;
  readonly scopes?: readonly string[];
  readonly stepUpAcr?: readonly string[];
  readonly allowLoopback?: boolean;
}
export interface FileIdentity {
  readonly tokenKey?: string;
  readonly tokenLifeSeconds?: number;
  readonly requireDpopNonce?: boolean;
  readonly allowStaticAgentTokens?: boolean;
  readonly allowStaticEnclaveTokens?: boolean;
  readonly allowStaticPersonTokens?: boolean;
  readonly workloads?: readonly FileWorkload[];
  readonly signIn?: readonly FileSignIn[];
}

const path = text({ min: 1, max: 400 });
const url = text({ min: 8, max: 400, pattern: /^https?:\/\/[!-~]+$/ });
const word = text({ min: 1, max: 200, pattern: /^[!-~]+$/ });
const LEAST_LIFE_S = 120;
const MOST_LIFE_S = 300;

export const fileIdentityShape: Shape<FileIdentity> = object<FileIdentity>({
  tokenKey: optional(path),
  tokenLifeSeconds: optional(integer({ min: LEAST_LIFE_S, max: MOST_LIFE_S })),
  requireDpopNonce: optional(boolean),
  allowStaticAgentTokens: optional(boolean),
  allowStaticEnclaveTokens: optional(boolean),
  allowStaticPersonTokens: optional(boolean),
  workloads: optional(
    list(
      object<FileWorkload>({
        organisation: id(),
        issuer: url,
        algorithms: optional(list(oneOf(...OUTSIDE_ALGORITHMS), { min: 1, max: OUTSIDE_ALGORITHMS.length })),
        jwksFile: optional(path),
        jwksUrl: optional(url),
        allowLoopback: optional(boolean),
      }),
      { max: 100 },
    ),
  ),
  signIn: optional(
    list(
      object<FileSignIn>({
        organisation: id(),
        issuer: url,
        clientId: word,
        clientSecretFile: path,
        scopes: optional(list(word, { max: 16 })),
        stepUpAcr: optional(list(word, { max: 8 })),
        allowLoopback: optional(boolean),
      }),
      { max: 100 },
    ),
  ),
});

/** Nothing is issued, nobody signs in, agents and enclaves have no fixed tokens. */
export const NO_IDENTITY: IdentityConfig = {
  tokenKey: undefined,
  tokenLifeS: MOST_LIFE_S,
  isNonceRequired: false,
  allowStaticAgentTokens: false,
  allowStaticEnclaveTokens: false,
  allowStaticPersonTokens: true,
  workloads: [],
  signIns: [],
};

interface Reading {
  readonly complain: (field: string, problem: string) => undefined;
  readonly readSigner: (path: string, field: string) => SignerKey | undefined;
  readonly readText: (path: string, field: string) => string | undefined;
  /** A path of the file as a path of this machine. */
  readonly resolved: (path: string) => string;
}

export function readIdentity(from: FileIdentity | undefined, reading: Reading): IdentityConfig {
  if (from === undefined) return NO_IDENTITY;
  const signIns = (from.signIn ?? []).flatMap(
    (one, place) => readSignIn(one, `identity/signIn/${place}`, reading) ?? [],
  );
  const organisations = signIns.map(({ organisation }) => organisation);
  if (new Set(organisations).size < organisations.length)
    reading.complain('identity/signIn', 'an organisation has one identity provider');
  return {
    tokenKey: from.tokenKey === undefined ? undefined : reading.readSigner(from.tokenKey, 'identity/tokenKey'),
    tokenLifeS: from.tokenLifeSeconds ?? NO_IDENTITY.tokenLifeS,
    isNonceRequired: from.requireDpopNonce ?? false,
    allowStaticAgentTokens: from.allowStaticAgentTokens ?? false,
    allowStaticEnclaveTokens: from.allowStaticEnclaveTokens ?? false,
    // Where people sign in, a fixed token of a person is one way too many, unless the operator wants it for `cs`.
    allowStaticPersonTokens: from.allowStaticPersonTokens ?? signIns.length === 0,
    workloads: (from.workloads ?? []).flatMap(
      (one, place) => readWorkload(one, `identity/workloads/${place}`, reading) ?? [],
    ),
    signIns,
  };
}

function readWorkload(from: FileWorkload, at: string, { complain, resolved }: Reading): WorkloadIssuer | undefined {
  const { jwksFile, jwksUrl, organisation, issuer } = from;
  const guard = { allowLoopback: from.allowLoopback ?? false };
  const algorithms = from.algorithms ?? ['RS256', 'ES256'];
  if ((jwksFile === undefined) === (jwksUrl === undefined))
    return complain(at, 'must hold one of `jwksFile` and `jwksUrl`');
  if (jwksFile !== undefined)
    return { organisation, issuer, algorithms, keys: { kind: 'file', file: resolved(jwksFile) } };
  const address = URL.parse(jwksUrl ?? '');
  const refused = address === null ? 'is no URL' : refusedUrl(address, guard);
  if (refused !== undefined) return complain(`${at}/jwksUrl`, refused);
  return { organisation, issuer, algorithms, keys: { kind: 'url', url: jwksUrl ?? '', guard } };
}

function readSignIn(from: FileSignIn, at: string, { complain, readText }: Reading): SignInConfig | undefined {
  const allowLoopback = from.allowLoopback ?? false;
  const address = URL.parse(from.issuer);
  const refused = address === null ? 'is no URL' : refusedUrl(address, { allowLoopback });
  if (refused !== undefined) return complain(`${at}/issuer`, refused);
  const clientSecret = readText(from.clientSecretFile, `${at}/clientSecretFile`)?.trim();
  if (clientSecret === undefined) return undefined;
  const { organisation, issuer, clientId, scopes = [], stepUpAcr = [] } = from;
  return { organisation, issuer, clientId, clientSecret, scopes: ['openid', ...scopes], stepUpAcr, allowLoopback };
}
