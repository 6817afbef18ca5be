/** The tables as kysely sees them. Every row belongs to an organisation; no query may leave that column out (O3). */
import type { ColumnType, Generated, Kysely } from 'kysely';
import type { AuthorityTables } from './authority-tables.ts';
import type { EnclaveTables } from './enclave-tables.ts';
import type { IdentityTables } from './identity-tables.ts';
import type { CampaignTables } from './campaign-tables.ts';
import type { RetentionTables } from './retention-tables.ts';
import type { SignalTables } from './signal-tables.ts';

/** JSON columns go in as text made by JSON.stringify and come out parsed. */
type Json<T> = ColumnType<T, string, string>;
type Instant = ColumnType<Date, Date | string, Date | string>;
/** bigint columns come out as text unless parsed; the pool parses them into safe integers. */
type Big = number;

interface Organisation {
  id: string;
  created_at: Instant;
}
/** Who may call the API, by hash of a bearer token; people never approve with a token (A2). */
interface Principal {
  organisation: string;
  id: string;
  kind: 'agent' | 'person' | 'source' | 'enclave' | 'witness';
  token_hash: string;
}
/** Content-addressed bytes: documents as received, decisions, risk assessments, bodies of leaves. */
interface Document {
  organisation: string;
  digest: string;
  kind: string;
  bytes: Buffer;
}
interface TrustBundleRow {
  organisation: string;
  version: number;
  digest: string;
  metadata: Json<unknown>;
}
interface EnvelopeVersion {
  organisation: string;
  version: number;
  digest: string;
  dsse: Json<unknown>;
  state: 'active' | 'superseded' | 'suspended';
  activated_at: Instant;
  /** How many versions back two people signed one; 0: they signed this. */
  narrowings: Generated<number>;
}
interface GraphVersion {
  organisation: string;
  version: number;
  digest: string;
  dsse: Json<unknown>;
  taken_at: Instant;
}
interface SourceRow {
  organisation: string;
  id: string;
  lineage: Json<readonly string[]>;
  owner: string;
  formats: ColumnType<unknown, string | undefined, string>;
  categories: ColumnType<unknown, string | undefined, string>;
  scale: ColumnType<unknown, string | undefined, string>;
}
interface SignalRow {
  organisation: string;
  id: string;
  source: string;
  rule: string;
  document: Json<unknown>;
  /** Relay statement when the signal came signed. */
  dsse: Json<unknown> | null;
  is_authenticated: boolean;
  occurrences: number;
  triage: string | null;
  first_seen: Instant;
  last_seen: Instant;
}
interface Triage {
  organisation: string;
  id: string;
  /** Correlation key: what the signals have in common. */
  key: string;
  state: 'open' | 'proposed' | 'closed';
  title: string;
  opened_at: Instant;
}
interface ProposalRow {
  organisation: string;
  id: string;
  revision: number;
  state: string;
  agent: string;
  triage: string | null;
  document: Json<unknown>;
  change_digest: string;
  intent: string;
  /** Why it is in its state, for people. */
  reason: string;
  validation_capsule: string | null;
  rollout_capsule: string | null;
  created_at: Instant;
  updated_at: Instant;
  /** Digest of the body whose time was over; the document holds no text of it any more. */
  expired: Generated<string | null>;
}
interface DecisionRow {
  organisation: string;
  proposal: string;
  revision: number;
  stage: 'before-staging' | 'after-staging';
  digest: string;
  verdict: string;
  document: Json<unknown>;
  made_at: Instant;
}
interface CapsuleRow {
  organisation: string;
  digest: string;
  id: string;
  proposal: string;
  revision: number;
  purpose: 'validation' | 'rollout';
  enclave: string;
  dsse: Json<unknown>;
  /** Digest of the risk assessment document. */
  risk: string;
  state: 'built' | 'dispatched' | 'refused' | 'running' | 'finished' | 'void';
  /** Record sequence of its `capsule.dispatched` leaf once integrated. */
  created_at: Instant;
}
interface ApprovalRow {
  organisation: string;
  capsule: string;
  person: string;
  role: string;
  dsse: Json<unknown>;
  received_at: Instant;
}
interface ValidationRow {
  organisation: string;
  capsule: string;
  proposal: string;
  is_passed: boolean;
  dsse: Json<unknown>;
  received_at: Instant;
}
interface RolloutRow {
  organisation: string;
  capsule: string;
  proposal: string;
  phase: string;
  counts: Json<unknown>;
  trip: number;
  last_event: number;
  updated_at: Instant;
}
interface RolloutEventRow {
  organisation: string;
  capsule: string;
  seq: number;
  event: Json<unknown>;
}
interface EvidenceRow {
  organisation: string;
  capsule: string;
  dsse: Json<unknown>;
  fields: Json<unknown>;
  /** The runner's sanitised view of the same evidence, when it made one. */
  view: ColumnType<unknown, string | null | undefined, string | null>;
  received_at: Instant;
}
interface ReportRow {
  organisation: string;
  enclave: string;
  name: string;
  received_at: Instant;
}
/** Signed progress batches as received, for the bundle. */
interface ProgressRow {
  organisation: string;
  capsule: string;
  first: number;
  dsse: Json<unknown>;
}
/** What waits for a gateway; `seq` is the gateway's cursor. A capsule waits for its inclusion proof (`body` null). */
interface DeliveryRow {
  organisation: string;
  enclave: string;
  seq: Generated<Big>;
  kind: string;
  capsule: string | null;
  body: Json<unknown> | null;
}
/** `seq` is the index in the tree, given by the sequencer; null until then. Append-only by trigger. */
interface LeafRow {
  organisation: string;
  id: Generated<Big>;
  seq: Big | null;
  event: string;
  subject: string;
  correlation: string;
  bytes: Buffer;
  /** Of an entry that came without other state; the body of another is a document. */
  body: Buffer | null;
}
interface CheckpointRow {
  organisation: string;
  size: Big;
  note: string;
  /** Witness cosignature lines by witness name. */
  cosignatures: Json<Readonly<Record<string, string>>>;
}
/** Hashes of tiles: neighbours at one level, several in one row, `index` of the first. */
interface TreeNode {
  organisation: string;
  level: number;
  index: Big;
  hashes: Buffer;
}
interface StatusRow {
  organisation: string;
  dsse: Json<unknown>;
  issued_at: Instant;
}
interface IdempotencyRow {
  organisation: string;
  principal: string;
  key: string;
  request: string;
  status: number;
  response: Json<unknown>;
  created_at: Instant;
}
/** A key a person wants to use; it counts only once root keys have signed a trust bundle that holds it. */
interface EnrolmentRow {
  organisation: string;
  /** Credential id, base64url. */
  id: string;
  person: string;
  credential: Json<unknown>;
  state: 'pending' | 'included';
  requested_at: Instant;
}
interface PasskeyChallengeRow {
  organisation: string;
  person: string;
  challenge: string;
  expires_at: Instant;
}
/** One rollback drill of an action on a class of targets (X6); `evidence` is the digest of what shows it. */
interface DrillRow {
  organisation: string;
  action: string;
  tier: string;
  at: Instant;
  is_passed: boolean;
  evidence: string;
}
/** How often a flow was taken over from a dead worker: the engine forgets that at each takeover, so we count. */
/** What is left of a body whose time had come; append-only by trigger. */
interface TombstoneRow {
  organisation: string;
  digest: string;
  kind: string;
  size: Big;
  reason: string;
  expired_at: Instant;
}
/** A body that stays whatever its age, and why. */
interface BodyHoldRow {
  organisation: string;
  digest: string;
  hold: string;
  set_at: Instant;
}
interface FlowAttemptRow {
  organisation: string;
  workflow: string;
  attempts: number;
}

export interface Schema
  extends SignalTables, AuthorityTables, IdentityTables, EnclaveTables, CampaignTables, RetentionTables {
  organisation: Organisation;
  principal: Principal;
  document: Document;
  trust_bundle: TrustBundleRow;
  envelope_version: EnvelopeVersion;
  graph_version: GraphVersion;
  source: SourceRow;
  signal: SignalRow;
  triage: Triage;
  proposal: ProposalRow;
  decision: DecisionRow;
  capsule: CapsuleRow;
  approval: ApprovalRow;
  validation: ValidationRow;
  rollout: RolloutRow;
  rollout_event: RolloutEventRow;
  evidence: EvidenceRow;
  report: ReportRow;
  progress: ProgressRow;
  delivery: DeliveryRow;
  tombstone: TombstoneRow;
  body_hold: BodyHoldRow;
  leaf: LeafRow;
  checkpoint: CheckpointRow;
  tree_node: TreeNode;
  status: StatusRow;
  idempotency: IdempotencyRow;
  enrolment: EnrolmentRow;
  passkey_challenge: PasskeyChallengeRow;
  drill: DrillRow;
  flow_attempt: FlowAttemptRow;
}
export type Store = Kysely<Schema>;
