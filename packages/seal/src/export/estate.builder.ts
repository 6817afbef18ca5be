/** A small organisation that carries out remediations in memory: every document signed by its knower, every act in the record. */
import {
  graphSnapshotShape,
  instantOf,
  leafShape,
  plusMs,
  trustBundleShape,
  type Digest,
  type Instant,
  type RecordEvent,
  type TrustBundle,
} from '@countersign/core';
import { canonicalBytes } from '../canonical.ts';
import { cosignCheckpoint, signCheckpoint } from '../checkpoint.ts';
import { CompactRange } from '../compact-range.ts';
import { digestOf, digestOfHash } from '../digest.ts';
import { signEnvelope, type DsseEnvelope } from '../dsse.ts';
import { encodePublicKey, generateSigner, publicKeyOf, type SignerKey } from '../keys.ts';
import { leafHash } from '../merkle.ts';
import { vkeyOf } from '../note.ts';
import { PAYLOAD } from '../payload.ts';
import { publishRoot, publishTrust } from '../tuf/publish-trust.ts';
import type { TrustMetadata } from '../tuf/trust-metadata.ts';
import { FLOOR } from './decided.builder.ts';
import type { BundleParts } from './export-format.ts';
import { ExportWriter, type ExportedTree } from './export-writer.ts';
import {
  BEGIN,
  type Course,
  envelope,
  good,
  idOf,
  type KeyName,
  LOG,
  made,
  type Told,
  type Workshop,
} from './names.builder.ts';
import { Remediation } from './remediation.builder.ts';

const newKey = (): SignerKey => generateSigner('ed25519');

interface Written {
  readonly bytes: Uint8Array;
  readonly correlation: string;
}

const freshKeys = (): Readonly<Record<KeyName, SignerKey>> => ({
  root: newKey(),
  capsules: newKey(),
  graph: newKey(),
  relay: newKey(),
  staging: newKey(),
  prod: newKey(),
  log: newKey(),
  witness: newKey(),
  kim: newKey(),
  pat: newKey(),
  quinn: newKey(),
});

export class Estate {
  readonly keys: Readonly<Record<KeyName, SignerKey>>;
  readonly parts: BundleParts[] = [];
  readonly leaves: Written[] = [];
  readonly bodies: Map<Digest, Uint8Array> = new Map();
  readonly root: Uint8Array;
  readonly trust: TrustMetadata;
  readonly policy: DsseEnvelope;
  readonly graph: DsseEnvelope;
  now: Instant = BEGIN;
  #ranges: CompactRange[] = [CompactRange.empty];
  /** When a witness saw each entry: its clock does not go back. */
  readonly #times: Instant[] = [];

  constructor(keys: Readonly<Record<KeyName, SignerKey>> = freshKeys()) {
    this.keys = keys;
    const { root } = this.keys;
    const alone = { keys: [root], threshold: 1 };
    const head = { organisation: 'acme', isDemo: true, version: 1, expires: plusMs(BEGIN, 1000 * 86_400_000) };
    this.root = publishRoot({ ...head, root: alone, registrars: alone, online: root });
    this.trust = this.trustWith({});
    this.policy = signEnvelope(PAYLOAD.envelope, canonicalBytes(envelope()), [this.keys.pat, this.keys.quinn]);
    const graph = made(graphSnapshotShape, {
      type: 'graph-snapshot',
      organisation: 'acme',
      version: 1,
      takenAt: BEGIN,
      nodes: [{ id: 'host-1', kind: 'host', tier: 'non-critical', environment: 'production', owner: 'team' }],
      edges: [],
    });
    this.graph = signEnvelope(PAYLOAD.graph, canonicalBytes(graph), [this.keys.graph]);
    this.write('trust.updated', { correlation: '', body: { version: 1 } });
  }

  /** The trust of this organisation with something changed, signed like the first. */
  trustWith(change: Partial<TrustBundle>): TrustMetadata {
    const { root } = this.keys;
    const bundle = { ...this.#trustBundle(), ...change };
    return publishTrust({
      bundle,
      roots: [this.root],
      registrars: [root],
      online: root,
      onlineExpires: bundle.expiresAt,
    });
  }

  get roots(): { readonly root: Uint8Array } {
    return { root: this.root };
  }

  write(event: RecordEvent, { correlation, body, subject = 'thing:1' }: Parameters<Workshop['write']>[1]): void {
    const kept = body instanceof Uint8Array ? body : canonicalBytes(body);
    this.now = plusMs(this.now, 1000);
    const leaf = made(leafShape, {
      type: 'leaf',
      organisation: 'acme',
      event,
      at: this.now,
      actor: event.startsWith('approval.') ? 'person:kim' : 'control',
      subject,
      correlation,
      body: digestOf(kept),
    });
    const bytes = canonicalBytes(leaf);
    this.bodies.set(digestOf(kept), kept);
    this.leaves.push({ bytes, correlation });
    const before = this.#times.at(-1) ?? BEGIN;
    this.#times.push(leaf.at > before ? leaf.at : before);
    this.#ranges.push((this.#ranges.at(-1) ?? CompactRange.empty).append(leafHash(bytes)).range);
  }

  range(size: number = this.leaves.length): CompactRange {
    return this.#ranges[size] ?? CompactRange.empty;
  }

  note(size: number = this.leaves.length): string {
    const signed = signCheckpoint({ origin: LOG, size, root: this.range(size).root() }, this.keys.log);
    const witness = { name: 'DEMO/witness.acme', signer: this.keys.witness };
    return good(cosignCheckpoint(signed, witness, Math.floor(Date.parse(this.#times[size - 1] ?? this.now) / 1000)));
  }

  /** Of every tenth size from here on, each cosigned as its last entry came. */
  checkpoints(from: number): readonly string[] {
    const sizes = Array.from({ length: this.leaves.length }, (_, size) => size);
    return sizes.filter((size) => size > 0 && size >= from && size % 10 === 0).map((size) => this.note(size));
  }

  /** One remediation from its signal to its end, and its bundle without a frame. */
  remediate(course: Course, told?: Told): BundleParts {
    const parts = new Remediation(this, course, `P-${this.parts.length + 1}`, told).parts();
    this.parts.push(parts);
    return parts;
  }

  /** The file; what a test changes on the way stands in `change`. */
  export(change: ExportChange = {}): Uint8Array {
    const from = Math.floor((change.start ?? 0) / 256) * 256;
    const tree: ExportedTree = {
      checkpoint: { size: this.leaves.length, root: digestOfHash(this.range().root()) },
      start: this.range(from).toJSON(),
      ...change.tree,
    };
    const writer = new ExportWriter(
      {
        organisation: idOf('acme'),
        madeAt: this.now,
        from: BEGIN,
        to: plusMs(this.now, 1),
        by: idOf('ira'),
        roles: ['auditor'],
        purpose: 'yearly audit',
        ...change.frame,
      },
      tree,
    );
    const leaves = (change.leaves ?? this.leaves.map(({ bytes }) => bytes)).slice(from);
    const bodies = [...(change.bodies ?? this.bodies).values()];
    return Buffer.concat([
      writer.checkpoint(change.note ?? this.note()),
      writer.checkpoints(change.checkpoints ?? this.checkpoints(from)),
      writer.trust(change.trust ?? this.trust),
      ...leaves.map((leaf) => writer.leaf(leaf)),
      writer.recordEnd(),
      ...bodies.map((body) => writer.object(body)),
      ...(change.parts ?? this.parts).map((parts) => writer.remediation(parts)),
      writer.finish(change.signer ?? this.keys.capsules),
    ]);
  }

  #trustBundle(): TrustBundle {
    const key = (name: KeyName): object => ({ name, publicKey: encodePublicKey(publicKeyOf(this.keys[name])) });
    const person = (id: KeyName, ...roles: readonly string[]): object => ({
      id,
      name: id,
      roles,
      credentials: [
        {
          kind: 'raw',
          publicKey: encodePublicKey(publicKeyOf(this.keys[id])),
          surface: 'own',
          enrolledAt: instantOf(0),
          usableFrom: instantOf(0),
        },
      ],
    });
    return made(trustBundleShape, {
      type: 'trust-bundle',
      organisation: 'acme',
      version: 1,
      issuedAt: BEGIN,
      expiresAt: plusMs(BEGIN, 31_536_000_000),
      isDemo: true,
      people: [person('kim', 'release-approver'), person('pat', 'policy-admin'), person('quinn', 'policy-admin')],
      agents: [],
      floor: FLOOR,
      enrolment: { coolingOffMs: 0, authenticators: [], allowUnattested: false, allowBackup: false },
      tiers: [],
      revocations: [],
      keys: {
        capsuleSigners: [key('capsules')],
        graphOwners: [key('graph')],
        relays: [{ ...key('relay'), source: 'scanner', lineage: ['scanner'] }],
        runners: [
          { ...key('staging'), runner: 'staging-1', enclave: 'staging', environment: 'staging' },
          { ...key('prod'), runner: 'prod-1', enclave: 'prod', environment: 'production' },
        ],
        statusSigners: [],
        log: vkeyOf('log', LOG, publicKeyOf(this.keys.log)),
        witnesses: [vkeyOf('witness', 'DEMO/witness.acme', publicKeyOf(this.keys.witness))],
        witnessQuorum: 1,
      },
    });
  }
}

export interface ExportChange {
  readonly start?: number;
  readonly note?: string;
  readonly checkpoints?: readonly string[];
  readonly trust?: TrustMetadata;
  readonly leaves?: readonly Uint8Array[];
  readonly bodies?: ReadonlyMap<Digest, Uint8Array>;
  readonly parts?: readonly BundleParts[];
  readonly signer?: SignerKey;
  readonly tree?: Partial<ExportedTree>;
  readonly frame?: Partial<ConstructorParameters<typeof ExportWriter>[0]>;
}
