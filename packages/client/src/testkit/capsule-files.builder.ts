/** Files from which a capsule can be built, signed and verified on one machine, as an air gap has them. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  approvalFor,
  envelopeShape,
  instantOf,
  parseId,
  plainBlocks,
  readShape,
  trustBundleShape,
  type Capsule,
  type Id,
  type Shape,
} from '@countersign/core';
import {
  canonicalBytes,
  capsuleShownDigest,
  digestOf,
  deltaPageOf,
  encodePublicKey,
  generateSigner,
  PAYLOAD,
  publicKeyOf,
  publishRoot,
  publishTrust,
  signCapsule,
  signEnvelope,
  signerPem,
  vkeyOf,
  withPolicies,
  type DsseEnvelope,
  type ReadCapsule,
  type SignerKey,
} from '@countersign/seal';

const NOW = Date.UTC(2026, 10, 21, 3);
const HOUR_MS = 3_600_000;
const at = (ms: number): string => instantOf(NOW + ms);
const id = <Of extends string>(text: string): Id<Of> => {
  const parsed = parseId<Of>(text);
  if (parsed === undefined) throw new Error(text);
  return parsed;
};
function made<T>(shape: Shape<T>, value: unknown): T {
  const read = readShape(shape, value);
  if (read.ok) return read.value;
  throw new Error(JSON.stringify(read.refusal));
}

const NAMES = [
  'root',
  'registrar',
  'capsules',
  'graph',
  'relay',
  'staging',
  'runner',
  'status',
  'log',
  'witness',
  'ana',
  'pat',
  'quinn',
] as const;
type Name = (typeof NAMES)[number];

export class CapsuleFiles {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'cs-capsule-'));
  readonly keys: ReadonlyMap<Name, SignerKey> = new Map(NAMES.map((name) => [name, generateSigner('ed25519')]));

  key(name: Name): SignerKey {
    const key = this.keys.get(name);
    if (key === undefined) throw new Error(name);
    return key;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  write(name: string, document: unknown): string {
    const bytes = document instanceof Uint8Array ? document : canonicalBytes(document);
    writeFileSync(this.path(name), bytes);
    return this.path(name);
  }

  /** Root of trust, trust bundle, envelope, graph, signal, proposal and keys. */
  writeAll(): void {
    this.write('1.root.json', this.#root());
    this.write('trust.json', this.#trust());
    this.write('envelope.json', this.signed(PAYLOAD.envelope, envelope(), ['pat', 'quinn']));
    this.write('graph.json', this.signed(PAYLOAD.graph, GRAPH, ['graph']));
    this.write('signal.json', SIGNAL);
    this.write('proposal.json', PROPOSAL);
    for (const name of ['capsules', 'ana'] as const)
      writeFileSync(this.path(`${name}.pem`), signerPem(this.key(name)), { mode: 0o600 });
  }

  signed(type: string, document: object, by: readonly Name[]): DsseEnvelope {
    return signEnvelope(
      type,
      canonicalBytes(document),
      by.map((name) => this.key(name)),
    );
  }

  seal(capsule: Capsule): ReadCapsule & { readonly dsse: DsseEnvelope } {
    return signCapsule(capsule, [this.key('capsules')]);
  }

  /** Ana's signature over the whole, or over what changed since `before`. */
  approval(of: ReadCapsule, before?: ReadCapsule): DsseEnvelope {
    const page = before === undefined ? undefined : deltaPageOf(before, of);
    const document = approvalFor(of.capsule, {
      capsuleDigest: of.digest,
      person: id('ana'),
      role: id('release-approver'),
      surface: 'cli',
      ...(before !== undefined && { since: before.digest }),
      shown: page === undefined ? capsuleShownDigest(of) : digestOf(new TextEncoder().encode(page)),
      signedAt: instantOf(NOW - 1000),
      expiresAt: instantOf(NOW + HOUR_MS),
      nonce: 'a'.repeat(32),
    });
    return this.signed(PAYLOAD.approval, document, ['ana']);
  }

  #root(): Uint8Array {
    return publishRoot({
      organisation: 'acme',
      isDemo: true,
      version: 1,
      expires: instantOf(Date.UTC(2030, 0)),
      root: { keys: [this.key('root')], threshold: 1 },
      registrars: { keys: [this.key('registrar')], threshold: 1 },
      online: this.key('root'),
    });
  }

  #public(name: Name): string {
    return encodePublicKey(publicKeyOf(this.key(name)));
  }

  #person(name: Name, role: string): object {
    const dates = { enrolledAt: at(-48 * HOUR_MS), usableFrom: at(-24 * HOUR_MS) };
    const credential = { kind: 'raw', publicKey: this.#public(name), surface: 'own', ...dates };
    return { id: name, name, roles: [role], credentials: [credential] };
  }

  #trust(): object {
    const named = (name: Name): object => ({ name, publicKey: this.#public(name) });
    const bundle = made(trustBundleShape, {
      type: 'trust-bundle',
      organisation: 'acme',
      version: 3,
      issuedAt: at(-HOUR_MS),
      expiresAt: at(24 * HOUR_MS),
      isDemo: true,
      people: [
        this.#person('ana', 'release-approver'),
        this.#person('pat', 'policy-admin'),
        this.#person('quinn', 'policy-admin'),
        this.#person('registrar', 'registrar'),
      ],
      agents: [{ id: 'playbook', owner: 'pat', duty: 'decide', purpose: 'repairs', expiresAt: at(24 * HOUR_MS) }],
      floor: {
        quorums: [{ environment: 'production', demands: [{ role: 'release-approver', count: 1 }] }],
        humanOnlyActions: [],
        autonomousTargets: 10,
      },
      enrolment: { coolingOffMs: 86_400_000, authenticators: [], allowUnattested: true, allowBackup: true },
      tiers: [],
      revocations: [],
      keys: {
        capsuleSigners: [named('capsules')],
        graphOwners: [named('graph')],
        relays: [{ ...named('relay'), source: 'scanner', lineage: ['scanner'] }],
        runners: [
          { ...named('staging'), runner: 'staging-1', enclave: 'staging', environment: 'staging' },
          { ...named('runner'), runner: 'prod-1', enclave: 'prod', environment: 'production' },
        ],
        statusSigners: [named('status')],
        log: vkeyOf('log', 'DEMO/log.example', publicKeyOf(this.key('log'))),
        witnesses: [vkeyOf('witness', 'DEMO/witness.example', publicKeyOf(this.key('witness')))],
        witnessQuorum: 1,
      },
    });
    return publishTrust({
      bundle,
      roots: [this.#root()],
      registrars: [this.key('registrar')],
      online: this.key('root'),
      onlineExpires: instantOf(NOW + 24 * HOUR_MS),
    });
  }
}

const envelope = (): object =>
  withPolicies(
    made(envelopeShape, {
      type: 'envelope',
      organisation: 'acme',
      version: 1,
      owner: 'owner-of-policy',
      ticket: 'CAB-1',
      reason: 'for a test',
      ...plainBlocks([{ role: id('release-approver'), count: 1 }]),
      validFrom: at(-HOUR_MS),
      validUntil: at(24 * HOUR_MS),
      agents: ['playbook'],
      maxGraphAgeMinutes: 60,
      severities: { high: 3 },
      calendars: [],
      prohibited: [],
      humanOnly: [],
      grants: [],
      routes: [
        {
          id: 'production',
          clause: 'A1',
          when: { environments: ['production'] },
          demands: [{ role: 'release-approver', count: 1 }],
          stepUp: false,
        },
      ],
      maySkipStaging: ['service.restart'],
      rollout: { canary: 1, window: 1, bakeMs: 0, healthTimeoutMs: 400 },
      egress: { staging: 'sanitized', 'pre-production': 'sanitized', production: 'metadata-only' },
      policies: `sha256:${'0'.repeat(64)}`,
    }),
  );

const HOSTS = ['web-1', 'web-2'] as const;
const node = (name: string, kind: string): object => ({
  id: name,
  kind,
  tier: 'non-critical',
  environment: 'production',
  owner: 'team',
});
const GRAPH = {
  type: 'graph-snapshot',
  organisation: 'acme',
  version: 5,
  takenAt: at(-60_000),
  nodes: [...HOSTS.map((name) => node(name, 'host')), node('shop', 'service')],
  edges: HOSTS.map((to) => ({ from: 'shop', to, kind: 'depends-on', isHard: false })),
};
const SIGNAL = {
  id: 'S-1',
  source: 'scanner',
  format: 'sarif',
  rule: 'hung',
  title: 'it hangs',
  severity: 'high',
  status: 'firing',
  targets: HOSTS,
  startedAt: at(-60_000),
  observedAt: at(-30_000),
  document: `sha256:${'0'.repeat(64)}`,
};
const PROPOSAL = {
  title: 'restart the web tier',
  hypothesis: 'it hangs',
  environment: 'production',
  signals: ['S-1'],
  failingCheck: 'it answers',
  trace: 'the alert',
  reproduction: 'ask it',
  runIds: ['R-1'],
  change: {
    action: 'service.restart',
    summary: 'restart',
    steps: [{ adapter: 'service', operation: 'restart', service: 'app' }],
    intendedVersions: {},
  },
  validation: { spec: { id: 'web', version: 1 }, checks: [], stagingTargets: [] },
  rollback: { kind: 'restore', windowMinutes: 60, dataEffects: 'none', isAutomatic: true },
  targets: HOSTS,
  timing: { mayNotOverlap: [] },
  context: { model: 'rules', prompt: 'a rule', toolCalls: [] },
};
