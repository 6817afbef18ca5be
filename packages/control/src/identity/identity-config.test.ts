import { readShape, type OrganisationId } from '@countersign/core';
import { generateSigner } from '@countersign/seal';
import { expect, test } from 'vitest';
import { idOf } from '../testkit/world.ts';
import {
  fileIdentityShape,
  NO_IDENTITY,
  readIdentity,
  type FileIdentity,
  type IdentityConfig,
} from './identity-config.ts';

const acme: OrganisationId = idOf('acme');
const key = generateSigner('ed25519');
const workload = { organisation: acme, issuer: 'https://k8s.example', jwksFile: 'jwks.json' };
const signIn = {
  organisation: acme,
  issuer: 'https://login.example',
  clientId: 'countersign',
  clientSecretFile: 'secret',
};

function read(from: FileIdentity | undefined): {
  readonly config: IdentityConfig;
  readonly complaints: readonly string[];
} {
  const complaints: string[] = [];
  const config = readIdentity(from, {
    complain: (field, problem) => void complaints.push(`${field}: ${problem}`),
    readSigner: () => key,
    readText: (path) => (path === 'secret' ? 'the secret\n' : undefined),
    resolved: (path) => `/etc/${path}`,
  });
  return { config, complaints };
}

test('O4, L8: without a word nothing is issued, nobody signs in, and neither agents nor enclaves have fixed tokens', () => {
  expect(read(undefined)).toEqual({ config: NO_IDENTITY, complaints: [] });
  expect(NO_IDENTITY).toMatchObject({
    tokenKey: undefined,
    allowStaticAgentTokens: false,
    allowStaticEnclaveTokens: false,
    signIns: [],
    workloads: [],
  });
  expect(read({}).config).toMatchObject({
    allowStaticAgentTokens: false,
    allowStaticEnclaveTokens: false,
    allowStaticPersonTokens: true,
    isNonceRequired: false,
  });
});

test('O4: where people sign in, fixed tokens of people need a word of their own', () => {
  expect(read({ signIn: [signIn] }).config.allowStaticPersonTokens).toBe(false);
  expect(read({ signIn: [signIn], allowStaticPersonTokens: true }).config.allowStaticPersonTokens).toBe(true);
});

test('O4, L8: everything that is said is there', () => {
  const { config, complaints } = read({
    tokenKey: 'k',
    tokenLifeSeconds: 120,
    requireDpopNonce: true,
    workloads: [workload],
    signIn: [signIn],
  });
  expect(complaints).toEqual([]);
  expect(config).toMatchObject({
    tokenKey: key,
    tokenLifeS: 120,
    isNonceRequired: true,
    workloads: [
      { issuer: 'https://k8s.example', algorithms: ['RS256', 'ES256'], keys: { kind: 'file', file: '/etc/jwks.json' } },
    ],
    signIns: [{ clientSecret: 'the secret', scopes: ['openid'], allowLoopback: false }],
  });
});

test.each<[string, FileIdentity, string]>([
  [
    'keys from nowhere',
    { workloads: [{ organisation: acme, issuer: 'https://k8s.example' }] },
    'identity/workloads/0: must hold one',
  ],
  [
    'keys from two places',
    { workloads: [{ ...workload, jwksUrl: 'https://k8s.example/keys' }] },
    'identity/workloads/0: must hold one',
  ],
  [
    'keys by http',
    { workloads: [{ organisation: acme, issuer: 'https://k8s.example', jwksUrl: 'http://k8s.example/keys' }] },
    'identity/workloads/0/jwksUrl: is not https',
  ],
  [
    'keys of this machine',
    { workloads: [{ organisation: acme, issuer: 'https://k8s.example', jwksUrl: 'https://127.0.0.1/keys' }] },
    'identity/workloads/0/jwksUrl: is this machine',
  ],
  [
    'keys of the cloud',
    { workloads: [{ organisation: acme, issuer: 'https://k8s.example', jwksUrl: 'https://169.254.169.254/' }] },
    'identity/workloads/0/jwksUrl: is link-local',
  ],
  [
    'a provider by http',
    { signIn: [{ ...signIn, issuer: 'http://login.example' }] },
    'identity/signIn/0/issuer: is not https',
  ],
  ['two providers of one organisation', { signIn: [signIn, signIn] }, 'identity/signIn: an organisation has one'],
])('O4, L8: %s is refused', (_, from, complaint) => {
  expect(read(from).complaints.some((one) => one.startsWith(complaint))).toBe(true);
});

test('O4: loopback takes a word of its own', () => {
  expect(read({ signIn: [{ ...signIn, issuer: 'http://127.0.0.1:9', allowLoopback: true }] }).complaints).toEqual([]);
});

test.each<[string, object]>([
  ['a life of hours', { tokenLifeSeconds: 3600 }],
  ['a life of seconds', { tokenLifeSeconds: 10 }],
  ['an unknown word', { allowEverything: true }],
  ['the algorithm none', { workloads: [{ ...workload, algorithms: ['none'] }] }],
  ['the algorithm HS256', { workloads: [{ ...workload, algorithms: ['HS256'] }] }],
  ['no algorithm', { workloads: [{ ...workload, algorithms: [] }] }],
  ['a secret in the file', { signIn: [{ ...signIn, clientSecret: 'x' }] }],
])('O4, L8: %s is no setting', (_, value) => {
  expect(readShape(fileIdentityShape, value).ok).toBe(false);
});
