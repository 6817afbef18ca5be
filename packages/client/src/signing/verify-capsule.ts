/**
 * The checks a runner makes of the documents behind a capsule, one by one and by name (C2, A2, X1): each is ok, refused with the reason, or
 * not given. What only a runner knows - its clock, its journal, its inventory, the facts of its enclave - is not judged here.
 */
import {
  approvalShape,
  checkApprovalBinding,
  checkCapsule,
  evaluateQuorum,
  exclusionsOf,
  keyDoubt,
  ok,
  POLICY_ADMIN_ROLE,
  readShape,
  refuse,
  wideningOf,
  type Approval,
  type BoundApproval,
  type Demand,
  type Instant,
  type Refusal,
  type Result,
  type TrustBundle,
} from '@countersign/core';
import {
  approvalFactsIn,
  capsuleChain,
  decodeBase64,
  digestOf,
  keysThatSigned,
  openPolicy,
  parseTlogProof,
  PAYLOAD,
  payloadOf,
  readPolicy,
  readSignedCapsule,
  readStrictJson,
  verifyEnvelope,
  verifyTlogProof,
  votesIn,
  type CapsuleChain,
  type DsseEnvelope,
  type NarrowsEnvelope,
  type PublicKey,
  type ReadCapsule,
} from '@countersign/seal';
import { checkpointTrust, publicKeyIn } from '../cli/roots.ts';

export interface Check {
  readonly name: string;
  readonly state: 'ok' | 'refused' | 'not-given';
  readonly detail: string;
  readonly refusal?: Refusal;
}

/** Whatever is there; what is not is named as not given. */
export interface CapsuleDocuments {
  readonly read: ReadCapsule;
  readonly signed?: DsseEnvelope;
  readonly parents: readonly DsseEnvelope[];
  /** Absent: nobody says who approved; an empty list says that nobody did. */
  readonly approvals?: readonly DsseEnvelope[];
  readonly envelope?: DsseEnvelope;
  readonly since: readonly DsseEnvelope[];
  readonly graph?: DsseEnvelope;
  /** Base64, as in a delivery. */
  readonly decision?: string;
  readonly riskAssessment?: string;
  readonly inclusion?: { readonly leaf: string; readonly proof: string };
}

const SKEW_MS = 5000;

export function verifyCapsule(documents: CapsuleDocuments, trust: TrustBundle, now: Instant): readonly Check[] {
  const { read, signed, envelope, graph, decision, riskAssessment, inclusion } = documents;
  const { capsule } = read;
  const chain = chainOf(documents, trust);
  return [
    check('form', ok(`version ${capsule.version}, every digest in it is true`)),
    check('rules', rules(documents)),
    signed === undefined ? absent('signature') : check('signature', signature(signed, trust)),
    documents.parents.length === 0 ? absent('versions') : check('versions', chain.ok ? ok(links(chain.value)) : chain),
    ...approvalChecks(documents, { trust, now, chain }),
    envelope === undefined ? absent('envelope') : check('envelope', policy(documents, envelope, trust)),
    graph === undefined ? absent('graph') : check('graph', systemGraph(documents, graph, trust)),
    decision === undefined ? absent('decision') : check('decision', leadsTo(decision, capsule.decision.digest)),
    riskAssessment === undefined
      ? absent('risk assessment')
      : check('risk assessment', leadsTo(riskAssessment, capsule.riskAssessment)),
    inclusion === undefined ? absent('record') : check('record', recorded(read, inclusion, trust)),
  ];
}

const absent = (name: string): Check => ({ name, state: 'not-given', detail: 'not given' });

function check(name: string, result: Result<string>): Check {
  if (result.ok) return { name, state: 'ok', detail: result.value };
  const { refusal } = result;
  return { name, state: 'refused', detail: refusal.detail, refusal };
}

function rules({ read: { capsule } }: CapsuleDocuments): Result<string> {
  const complaints = checkCapsule(capsule);
  if (complaints.length === 0) return ok('it does not contradict itself');
  return refuse('capsule-faulty', 'the capsule contradicts itself', { clause: 'C1', complaints });
}

const signersIn = ({ keys }: TrustBundle): readonly PublicKey[] =>
  keys.capsuleSigners.map(({ publicKey }) => publicKeyIn(publicKey));

function signature(signed: DsseEnvelope, trust: TrustBundle): Result<string> {
  const rule = { payloadType: PAYLOAD.capsule, trusted: signersIn(trust), threshold: 1 };
  const verified = verifyEnvelope(signed, rule);
  return verified.ok ? ok(`sealed by key ${verified.value.signers.join(', ')}`) : verified;
}

/** Every earlier version signed as well, each the one the next names. */
function chainOf({ read, parents, envelope, since }: CapsuleDocuments, trust: TrustBundle): Result<CapsuleChain> {
  const earlier: ReadCapsule[] = [];
  for (const parent of parents) {
    const sealed = signature(parent, trust);
    const opened = sealed.ok ? readSignedCapsule(parent) : sealed;
    if (!opened.ok) return opened;
    earlier.push(opened.value);
  }
  const chain = capsuleChain(read, earlier, narrowsAmong([...(envelope === undefined ? [] : [envelope]), ...since]));
  const isWide = chain.ok && chain.value.versions.some((version) => version.since?.kind === 'void');
  return isWide ? refuse('carry-void', 'what changed is wider than a delta may be', { clause: 'D6' }) : chain;
}

function narrowsAmong(policies: readonly DsseEnvelope[]): NarrowsEnvelope {
  const known = policies.flatMap((one) => {
    const read = readPolicy(one);
    return read.ok ? [read.value] : [];
  });
  return (before, after) => {
    const [was, is] = [before, after].map((digest) => known.find((one) => one.digest === digest)?.envelope);
    return was !== undefined && is !== undefined && !wideningOf(was, is).isWidening;
  };
}

const links = ({ versions }: CapsuleChain): string =>
  versions
    .flatMap(({ read, since }) =>
      since === undefined ? [] : [`version ${read.capsule.version} is ${KINDS[since.kind]}`],
    )
    .join(', ');

const KINDS = { narrower: 'narrower', delta: 'another one: what changed is signed by itself', void: 'wider' } as const;

interface Standing {
  readonly trust: TrustBundle;
  readonly now: Instant;
  readonly chain: Result<CapsuleChain>;
}

function approvalChecks(documents: CapsuleDocuments, standing: Standing): readonly Check[] {
  const { approvals, read } = documents;
  const { chain } = standing;
  if (approvals === undefined) return [absent('approvals'), absent('quorum')];
  if (!chain.ok) return [quorumCheck(documents, standing, [])];
  const opened = approvals.map((dsse) => approvalIn(dsse, chain.value, standing));
  const bound = opened.flatMap((one) => (one.ok ? [one.value] : []));
  return [
    ...opened.map((one) => check('approval', one.ok ? ok(wordsOf(one.value, read)) : one)),
    quorumCheck(documents, standing, bound),
  ];
}

const wordsOf = ({ approval: { person, role, capsule, since } }: BoundApproval, { digest }: ReadCapsule): string =>
  `${person} as ${role}${since === undefined ? '' : ', over what changed'}${capsule === digest ? '' : ', over an earlier version'}`;

function approvalIn(
  dsse: DsseEnvelope,
  chain: CapsuleChain,
  { trust, now }: Standing,
): Result<BoundApproval & { readonly approval: Approval }> {
  if (dsse.payloadType !== PAYLOAD.approval) return refuse('wrong-type', 'it is not an approval', { clause: 'A2' });
  const payload = payloadOf(dsse);
  const json = payload.ok ? readStrictJson(payload.value) : payload;
  const approval = json.ok ? readShape(approvalShape, json.value) : json;
  if (!approval.ok) return approval;
  const person = trust.people.find(({ id }) => id === approval.value.person);
  const keys = person === undefined ? undefined : keysThatSigned(dsse, person.credentials);
  if (keys === undefined)
    return refuse('bad-signature', `no credential of \`${approval.value.person}\` made this signature`, {
      clause: 'A2',
    });
  const facts = approvalFactsIn(chain, approval.value);
  if (facts === undefined) return refuse('approval-not-bound', 'it is of another capsule or version', { clause: 'A2' });
  const surfaces = keys.map(({ surface }) => surface);
  const bound = checkApprovalBinding(approval.value, { ...facts, surfaces, skewMs: SKEW_MS }, now);
  const doubt = keyDoubt(keys, now);
  if (bound.ok && doubt !== undefined)
    return refuse('key-waits', `\`${person?.id ?? ''}\`: ${doubt}`, { clause: 'A2' });
  return bound.ok ? ok({ approval: bound.value, keys }) : bound;
}

function quorumCheck(
  { read }: CapsuleDocuments,
  { trust, now, chain }: Standing,
  bound: readonly BoundApproval[],
): Check {
  const { capsule, digest } = read;
  const demands = owed(read, trust);
  if (demands.length === 0) return { name: 'quorum', state: 'ok', detail: 'nobody is asked' };
  const { environment, proposal } = capsule;
  const owners = trust.agents.filter(({ id }) => id === proposal.agent).map(({ owner }) => owner);
  const exclusions = exclusionsOf({
    owner: proposal.owner,
    authors: owners,
    initiators: [],
    editors: [],
    contributors: [],
    environment,
    roster: trust.people,
    ties: [],
  });
  const approvals = chain.ok ? votesIn(chain.value, bound, now) : [];
  const quorum = evaluateQuorum({
    capsule: digest,
    demands,
    approvals,
    exclusions,
    roster: trust.people,
    environment,
    now,
  });
  return check(
    'quorum',
    quorum.ok ? ok(quorum.value.seats.map(({ person, role }) => `${person} as ${role}`).join(', ')) : quorum,
  );
}

/** What the capsule asks for and what the floor adds, by role the larger of both. */
function owed({ capsule }: ReadCapsule, { floor }: TrustBundle): readonly Demand[] {
  const isAsked = capsule.demands.length > 0 || capsule.decision.verdict !== 'autonomous';
  const quorums = floor.quorums.filter(({ environment }) => isAsked && environment === capsule.environment);
  const counts = new Map<Demand['role'], number>();
  for (const { role, count } of [...capsule.demands, ...quorums.flatMap(({ demands }) => demands)])
    counts.set(role, Math.max(counts.get(role) ?? 0, count));
  return [...counts].map(([role, count]) => ({ role, count }));
}

function policy({ read, since }: CapsuleDocuments, envelope: DsseEnvelope, { people }: TrustBundle): Result<string> {
  const admins = people.filter(({ roles }) => roles.some((role) => role === POLICY_ADMIN_ROLE));
  const opened = openPolicy(
    { policy: envelope, since },
    { signersOf: (one) => admins.filter(({ credentials }) => hasOne(one, credentials)) },
  );
  if (!opened.ok) return opened;
  const { digest, signers } = opened.value;
  return digest === read.capsule.envelope.digest
    ? ok(`version ${opened.value.envelope.version}, signed by ${signers.map(({ id }) => id).join(', ')}`)
    : refuse('envelope-other', 'it is not the one the capsule names', { clause: 'E2' });
}

/** Several people sign one envelope, each under an own entry. */
const hasOne = (envelope: DsseEnvelope, credentials: Parameters<typeof keysThatSigned>[1]): boolean =>
  envelope.signatures.some((entry) => keysThatSigned({ ...envelope, signatures: [entry] }, credentials) !== undefined);

function systemGraph({ read }: CapsuleDocuments, graph: DsseEnvelope, { keys }: TrustBundle): Result<string> {
  const trusted = keys.graphOwners.map(({ publicKey }) => publicKeyIn(publicKey));
  const verified = verifyEnvelope(graph, { payloadType: PAYLOAD.graph, trusted, threshold: 1 });
  if (!verified.ok) return verified;
  return digestOf(verified.value.payload) === read.capsule.graph.digest
    ? ok(`version ${read.capsule.graph.version}, signed by its owner`)
    : refuse('graph-other', 'it is not the one the capsule names', { clause: 'G3' });
}

function leadsTo(encoded: string, digest: string): Result<string> {
  const bytes = decodeBase64(encoded);
  return bytes !== undefined && digestOf(bytes) === digest
    ? ok('it is the one the capsule names')
    : refuse('bad-proof', 'it is not the one the capsule names', { clause: 'D2' });
}

function recorded(
  { digest }: ReadCapsule,
  { leaf, proof }: NonNullable<CapsuleDocuments['inclusion']>,
  trust: TrustBundle,
): Result<string> {
  const bytes = decodeBase64(leaf);
  const parsed = parseTlogProof(proof);
  if (bytes === undefined) return refuse('malformed', 'the leaf is not base64');
  if (!parsed.ok) return parsed;
  const verified = verifyTlogProof(parsed.value, bytes, checkpointTrust(trust));
  if (!verified.ok) return verified;
  const json = readStrictJson(bytes);
  const body = json.ok && typeof json.value === 'object' && json.value !== null ? Object.entries(json.value) : [];
  const isDispatch = body.some(([name, value]) => name === 'body' && value === digest);
  return isDispatch
    ? ok(`entry ${verified.value.index} of a witnessed record of ${verified.value.checkpoint.size}`)
    : refuse('bad-proof', 'the entry of the record is about something else', { clause: 'V3' });
}
