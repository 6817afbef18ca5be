/** A bundle of two entries of a witnessed record, small enough to break byte by byte, and what it is verified by. */
import { instantOf, parseId, readShape, trustBundleShape, type Id } from '@countersign/core';
import {
  canonicalBytes,
  CompactRange,
  cosignCheckpoint,
  digestOf,
  encodePublicKey,
  formatTlogProof,
  generateSigner,
  inclusionProof,
  leafHash,
  publicKeyOf,
  publishRoot,
  publishTrust,
  sealBundle,
  signCheckpoint,
  vkeyOf,
  type SignerKey,
  type TrustMetadata,
} from '@countersign/seal';

const key = (): SignerKey => generateSigner('ed25519');
export const root: SignerKey = key();
export const capsuleSigner: SignerKey = key();
export const log: SignerKey = key();
const witness: SignerKey = key();
const trustBundle = {
  type: 'trust-bundle',
  organisation: 'demo',
  version: 3,
  issuedAt: '2026-11-21T02:00:00.000Z',
  expiresAt: '2026-12-21T02:00:00.000Z',
  isDemo: true,
  people: [],
  agents: [],
  floor: { quorums: [], humanOnlyActions: [], autonomousTargets: 0 },
  enrolment: { coolingOffMs: 0, authenticators: [], allowUnattested: true, allowBackup: true },
  tiers: [],
  revocations: [],
  keys: {
    capsuleSigners: [{ name: 'capsules', publicKey: encodePublicKey(publicKeyOf(capsuleSigner)) }],
    graphOwners: [],
    relays: [],
    runners: [],
    statusSigners: [],
    log: vkeyOf('log', 'DEMO/log.example', publicKeyOf(log)),
    witnesses: [vkeyOf('witness', 'DEMO/witness.example', publicKeyOf(witness))],
    witnessQuorum: 1,
  },
};
export const rootOf = (signer: SignerKey): Uint8Array => {
  const alone = { keys: [signer], threshold: 1 };
  const expires = instantOf(Date.UTC(2030, 0));
  return publishRoot({
    organisation: 'demo',
    isDemo: true,
    version: 1,
    expires,
    root: alone,
    registrars: alone,
    online: signer,
  });
};
const read = readShape(trustBundleShape, trustBundle);
if (!read.ok) throw new Error(JSON.stringify(read.refusal));
export const trust: TrustMetadata = publishTrust({
  bundle: read.value,
  roots: [rootOf(root)],
  registrars: [root],
  online: root,
  onlineExpires: instantOf(Date.UTC(2026, 11, 21)),
});
const proposal = {
  agent: 'playbook',
  signals: ['S-1'],
  change: { action: 'config.change', summary: 'pool size 10 to 20' },
  context: { model: 'rules', prompt: 'when the pool is empty', toolCalls: [{ tool: 'read', input: '' }] },
};
export const bodies: readonly Uint8Array[] = [canonicalBytes(proposal), canonicalBytes({ removed: true })];
export const leaves: readonly Uint8Array[] = bodies.map((body, index) =>
  canonicalBytes({
    type: 'leaf',
    organisation: 'demo',
    event: index === 0 ? 'proposal.created' : 'decision.made',
    at: '2026-11-21T03:00:00.000Z',
    actor: index === 0 ? 'agent:playbook' : 'control',
    subject: 'proposal:P-1',
    correlation: 'P-1',
    body: digestOf(body),
  }),
);
const nodes = new Map<string, Uint8Array>();
let range = CompactRange.empty;
for (const leaf of leaves) {
  const appended = range.append(leafHash(leaf));
  for (const { level, index, hash } of appended.nodes) nodes.set(`${level}/${index}`, hash);
  range = appended.range;
}
/** Of the log alone. */
export const signed: string = signCheckpoint(
  { origin: 'DEMO/log.example', size: leaves.length, root: range.root() },
  log,
);
/** As the witness signs it when its clock says so many seconds since 1970. */
export function cosignedAt(seconds: number): string {
  const cosigned = cosignCheckpoint(signed, { name: 'DEMO/witness.example', signer: witness }, seconds);
  return cosigned.ok ? cosigned.value : '';
}
/** One second after its entries. */
export const checkpoint: string = cosignedAt(1_795_230_001);
export function proofOf(index: number, note: string = checkpoint): string {
  const hashes = inclusionProof((level, place) => nodes.get(`${level}/${place}`), index, leaves.length);
  return formatTlogProof({ index, hashes: hashes.ok ? hashes.value : [], checkpoint: note });
}
export const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

function named<Name extends string>(text: string): Id<Name> {
  const id = parseId<Name>(text);
  if (id === undefined) throw new Error(`\`${text}\` is no id`);
  return id;
}
const encoded = (all: readonly Uint8Array[], place: number): string => base64(all[place] ?? new Uint8Array());

export const bundle = (first: object = {}): Uint8Array =>
  sealBundle(
    {
      type: 'evidence-bundle',
      organisation: named<'Organisation'>('demo'),
      proposal: named<'Proposal'>('P-1'),
      madeAt: instantOf(1_795_000_000_000),
      trust: [trust],
      envelopes: [],
      predecessors: [],
      drills: [],
      graphs: [],
      signals: [],
      capsules: [],
      approvals: [],
      validations: [],
      progress: [],
      evidence: [],
      documents: [],
      leaves: [
        { leaf: encoded(leaves, 0), body: encoded(bodies, 0), proof: proofOf(0), ...first },
        { leaf: encoded(leaves, 1), proof: proofOf(1) },
      ],
    },
    capsuleSigner,
  );
