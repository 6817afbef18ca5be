/** The frame of an evidence bundle; that its parts are checked against each other is tested where whole remediations are made. */
import { parseId, parseInstant, plusMs, type Id, type Instant, type TrustBundle } from '@countersign/core';
import { describe, expect, test } from 'vitest';
import {
  canonicalBytes,
  encodePublicKey,
  generateSigner,
  PAYLOAD,
  publishRoot,
  publishTrust,
  sealBundle,
  signEnvelope,
  verifyBundle,
  vkeyOf,
  type EvidenceBundle,
  type SignerKey,
  type TrustMetadata,
} from './index.ts';

const [root, capsuleSigner, log, stranger] = Array.from({ length: 4 }, () => generateSigner('ed25519')) as [
  ReturnType<typeof generateSigner>,
  ReturnType<typeof generateSigner>,
  ReturnType<typeof generateSigner>,
  ReturnType<typeof generateSigner>,
];
const id = <Name extends string>(text: string): Id<Name> => parseId<Name>(text)!;
const at = (text: string): Instant => parseInstant(text)!;
const NOW = at('2026-11-21T12:00:00.000Z');

const trust = (change: Partial<TrustBundle> = {}): TrustBundle => ({
  type: 'trust-bundle',
  organisation: id('acme'),
  version: 1,
  issuedAt: NOW,
  expiresAt: at('2026-12-21T12:00:00.000Z'),
  isDemo: true,
  people: [],
  agents: [],
  floor: { quorums: [], humanOnlyActions: [], autonomousTargets: 0 },
  enrolment: { coolingOffMs: 0, authenticators: [], allowUnattested: true, allowBackup: true },
  tiers: [],
  revocations: [],
  keys: {
    capsuleSigners: [{ name: 'capsule', publicKey: encodePublicKey(capsuleSigner.publicKey) }],
    graphOwners: [],
    relays: [],
    runners: [],
    statusSigners: [],
    log: vkeyOf('log', 'DEMO/countersign/acme', log.publicKey),
    witnesses: [],
    witnessQuorum: 0,
  },
  ...change,
});
const DAY_MS = 86_400_000;
const rootFile = (signer: SignerKey): Uint8Array => {
  const alone = { keys: [signer], threshold: 1 };
  const expires = plusMs(NOW, 365 * DAY_MS);
  return publishRoot({
    organisation: 'acme',
    isDemo: true,
    version: 1,
    expires,
    root: alone,
    registrars: alone,
    online: signer,
  });
};
const ROOT = rootFile(root);
const signedTrust = (change: Partial<TrustBundle> = {}, signer = root): TrustMetadata => {
  const bundle = trust(change);
  return publishTrust({ bundle, roots: [ROOT], registrars: [signer], online: root, onlineExpires: bundle.expiresAt });
};

const bundle = (change: Partial<EvidenceBundle> = {}): EvidenceBundle => ({
  type: 'evidence-bundle',
  organisation: id('acme'),
  proposal: id('P-1'),
  madeAt: NOW,
  trust: [signedTrust()],
  envelopes: [],
  predecessors: [],
  graphs: [],
  signals: [],
  capsules: [],
  approvals: [],
  validations: [],
  drills: [],
  progress: [],
  evidence: [],
  documents: [],
  leaves: [],
  ...change,
});
const roots = { root: ROOT };
const check = (change: Partial<EvidenceBundle> = {}, signer = capsuleSigner) =>
  verifyBundle(sealBundle(bundle(change), signer), roots);
const codeOf = (result: ReturnType<typeof verifyBundle>): string => (result.ok ? 'ok' : result.refusal.code);

describe('V4: an evidence bundle', () => {
  test('with everything in its place verifies, and says what it holds', () => {
    expect(check()).toEqual({
      ok: true,
      value: {
        organisation: 'acme',
        proposal: 'P-1',
        isDemo: true,
        trustVersion: 1,
        leaves: 0,
        recordSize: 0,
        times: [],
        changeDigests: [],
        capsules: [],
        isStagingValidated: false,
        validations: 0,
        drills: 0,
        isDrilled: false,
        signals: 0,
        fields: [
          { field: 'trigger', state: 'missing' },
          { field: 'classification', state: 'missing' },
          { field: 'context', state: 'missing' },
          { field: 'dependency-analysis', state: 'not-reached' },
          { field: 'action', state: 'missing' },
          { field: 'health-before', state: 'not-reached' },
          { field: 'health-after', state: 'not-reached' },
          { field: 'rollback-availability', state: 'missing' },
          { field: 'approvals', state: 'not-reached' },
          { field: 'validation', state: 'not-reached' },
          { field: 'state-before', state: 'not-reached' },
          { field: 'state-after', state: 'not-reached' },
          { field: 'tool-output', state: 'not-reached' },
        ],
        missing: ['trigger', 'classification', 'context', 'action', 'rollback-availability'],
      },
    });
  });

  test('fails when any byte is flipped', () => {
    const bytes = sealBundle(bundle(), capsuleSigner);
    const passed = Array.from(bytes.keys()).filter((place) => {
      const flipped = Uint8Array.from(bytes);
      flipped[place] = (flipped[place] ?? 0) ^ 1;
      return verifyBundle(flipped, roots).ok;
    });
    expect(passed).toEqual([]);
    expect(bytes.length).toBeGreaterThan(1500);
  });

  test('fails in another spelling of the same content', () => {
    const bytes = sealBundle(bundle(), capsuleSigner);
    expect(codeOf(verifyBundle(Buffer.from(`${Buffer.from(bytes).toString()}\n`), roots))).toBe('malformed');
  });

  test('fails with a field nobody knows', () => {
    const extra = { ...bundle(), note: 'trust me' } as EvidenceBundle;
    expect(codeOf(verifyBundle(sealBundle(extra, capsuleSigner), roots))).toBe('malformed');
  });

  test('fails when the seal is not of a capsule signer, or the trust bundle not of the root keys', () => {
    expect(codeOf(check({}, stranger))).toBe('too-few-signatures');
    expect(codeOf(check({ trust: [signedTrust({}, stranger)] }))).toBe('trust-unsigned');
    expect(codeOf(verifyBundle(sealBundle(bundle(), capsuleSigner), { root: rootFile(stranger) }))).toBe(
      'trust-forked',
    );
  });

  test('fails when a trust bundle is of another organisation or out of order', () => {
    expect(codeOf(check({ trust: [signedTrust({ organisation: id('globex') })] }))).toBe('trust-other');
    expect(codeOf(check({ trust: [signedTrust({ version: 2 }), signedTrust()] }))).toBe('malformed');
  });

  test.each(['envelopes', 'graphs', 'signals', 'capsules', 'approvals', 'validations', 'drills', 'progress'] as const)(
    'fails with something unsigned among its %s',
    (part) => {
      const types = {
        envelopes: PAYLOAD.envelope,
        graphs: PAYLOAD.graph,
        signals: PAYLOAD.signal,
        capsules: PAYLOAD.capsule,
        approvals: PAYLOAD.approval,
        validations: PAYLOAD.validation,
        drills: PAYLOAD.validation,
        progress: PAYLOAD.progress,
      };
      const foreign = signEnvelope(types[part], canonicalBytes({ type: 'nothing' }), [stranger]);
      expect(check({ [part]: [foreign] }).ok).toBe(false);
    },
  );
});
