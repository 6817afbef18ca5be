/**
 * The state in the tables against what the leaves say of it. Leaves name rows and what stands in them; a row that no leaf names, one
 * that a leaf names and that is gone, and a column that says something else are told apart. What no leaf says is not judged here.
 */
import { decodeBase64 } from '../base64.ts';
import { digestOfDocument, digestOf } from '../digest.ts';
import { parseEnvelope, payloadOf } from '../dsse.ts';
import { isJsonObject } from '../statement.ts';
import type { JsonObject } from '../strict-json.ts';
import type { Finding } from './finding.ts';
import { word } from './word.ts';

type Row = Readonly<Record<string, unknown>>;

/** A leaf as it was signed, with its body. */
export interface ReadLeaf {
  readonly seq: number;
  readonly event: string;
  readonly correlation: string;
  readonly bodyDigest: string;
  /** Absent when it is missing. */
  readonly body?: JsonObject;
  /** It went at its time, and the record says so: nobody can say any more what it said. */
  readonly isExpired?: boolean;
}

interface Said {
  readonly table: string;
  readonly key: string;
  readonly seq: number;
  /** `payload`: the digest of what is signed in the column `dsse`. */
  readonly columns: Row;
}

/** Which columns make the name of a row. */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  trust_bundle: ['version'],
  envelope_version: ['version'],
  graph_version: ['version'],
  triage: ['id'],
  proposal: ['id'],
  decision: ['digest'],
  capsule: ['digest'],
  approval: ['capsule', 'person'],
  validation: ['capsule'],
  rollout: ['capsule'],
  progress: ['capsule', 'first'],
  evidence: ['capsule'],
};
/** A triage or a signal may be opened by what was not authenticated; those tables are checked only where a leaf speaks of them. */
const PARTLY_NAMED: ReadonlySet<string> = new Set(['triage']);

/** What cannot be judged any more when the body of such a leaf went. */
const SPEAKS_OF: Readonly<Record<string, readonly string[]>> = {
  'trust.updated': ['trust_bundle'],
  'envelope.activated': ['envelope_version'],
  'graph.updated': ['graph_version'],
  'proposal.created': ['proposal'],
  'decision.made': ['decision'],
  'capsule.built': ['capsule'],
  'capsule.dispatched': ['capsule', 'rollout'],
  'approval.received': ['approval'],
  'validation.finished': ['validation'],
  'rollout.progressed': ['rollout', 'progress'],
  'evidence.received': ['evidence'],
};

/** Closed states, and the event without which nobody gets there. */
const CLOSED_BY: Readonly<Record<string, readonly string[]>> = {
  SUCCEEDED: ['remediation.closed'],
  ROLLED_BACK: ['remediation.closed'],
  REJECTED: ['approval.rejected'],
  WITHDRAWN: ['proposal.withdrawn', 'capsule.refused'],
};

export function auditState(
  leaves: readonly ReadLeaf[],
  tables: ReadonlyMap<string, readonly Row[]>,
  expired: ReadonlySet<string> = new Set(),
): { readonly findings: readonly Finding[]; readonly rows: number } {
  const said = new Map<string, Said>();
  for (const leaf of leaves)
    for (const one of saidBy(leaf)) {
      const key = `${one.table} ${one.key}`;
      const before = said.get(key);
      said.set(key, { ...one, columns: { ...before?.columns, ...one.columns } });
    }
  forgetPhases(leaves, said);
  const silent = new Set(
    leaves.flatMap(({ event, isExpired }) => (isExpired === true ? (SPEAKS_OF[event] ?? []) : [])),
  );
  const findings: Finding[] = [];
  const seen = new Set<string>();
  let rows = 0;
  for (const [table, names] of Object.entries(KEYS))
    for (const row of tables.get(table) ?? []) {
      rows += 1;
      const at = `${table} ${names.map((name) => word(row[name])).join('/')}`;
      findings.push(
        ...rowFindings(at, row, said.get(at), {
          isPartly: PARTLY_NAMED.has(table) || silent.has(table),
          isTwice: seen.has(at),
        }),
      );
      seen.add(at);
    }
  for (const [at, { table, seq, columns }] of said)
    // Evidence that went at its time is named by the digest of what was signed.
    if (tables.has(table) && !seen.has(at) && !expired.has(word(columns['payload'])))
      findings.push({ harm: 'deleted', at, detail: `leaf ${seq} speaks of it and it is missing` });
  return { findings: [...findings, ...closedFindings(leaves, tables.get('proposal') ?? [])], rows };
}

/** The last word on a phase may have gone at its time: what an earlier leaf says of it is not held against the row. */
function forgetPhases(leaves: readonly ReadLeaf[], said: Map<string, Said>): void {
  const gone = new Set(
    leaves.flatMap(({ event, isExpired, correlation }) =>
      event === 'rollout.progressed' && isExpired === true ? [correlation] : [],
    ),
  );
  for (const [key, one] of said)
    if (one.table === 'rollout' && gone.has(word(one.columns['proposal']))) {
      const { phase: _, ...columns } = one.columns;
      said.set(key, { ...one, columns });
    }
}

function rowFindings(
  at: string,
  row: Row,
  said: Said | undefined,
  { isPartly, isTwice }: { readonly isPartly: boolean; readonly isTwice: boolean },
): readonly Finding[] {
  if (isTwice) return [{ harm: 'inserted', at, detail: 'the row is there twice' }];
  if (said === undefined) return isPartly ? [] : [{ harm: 'inserted', at, detail: 'no leaf speaks of this row' }];
  return Object.entries(said.columns).flatMap(([column, expected]): readonly Finding[] => {
    const found = column === 'payload' ? payloadDigest(row) : row[column];
    if (isSame(found, expected)) return [];
    const name = column === 'payload' ? 'of what was signed' : column;
    return [{ harm: 'edited', at, detail: `column ${name} is not what leaf ${said.seq} and those before it say` }];
  });
}

/** In the canonical form: a database keeps the order of keys no more than we do. */
function isSame(a: unknown, b: unknown): boolean {
  try {
    return digestOfDocument({ value: a ?? null }) === digestOfDocument({ value: b ?? null });
  } catch {
    // What has no canonical form, e.g. a fraction, was never in a leaf.
    return false;
  }
}

/** Of what is signed in a row: the payload of an envelope, or the trust bundle in its metadata. */
function payloadDigest({ dsse, metadata }: Row): string | undefined {
  const bundle =
    typeof metadata === 'object' && metadata !== null && 'bundle' in metadata ? metadata.bundle : undefined;
  const bytes = typeof bundle === 'string' ? decodeBase64(bundle) : undefined;
  if (bytes !== undefined) return digestOf(bytes);
  const envelope = parseEnvelope(dsse);
  const payload = envelope.ok ? payloadOf(envelope.value) : envelope;
  return payload.ok ? digestOf(payload.value) : undefined;
}

function closedFindings(leaves: readonly ReadLeaf[], proposals: readonly Row[]): readonly Finding[] {
  const events = new Map<string, Set<string>>();
  const closed = new Map<string, unknown>();
  for (const { event, correlation, body } of leaves) {
    if (correlation === '') continue;
    events.set(correlation, (events.get(correlation) ?? new Set()).add(event));
    if (event === 'remediation.closed') closed.set(correlation, body?.['state']);
  }
  return proposals.flatMap((row): readonly Finding[] => {
    const [id, state] = [word(row['id']), word(row['state'])];
    const at = `proposal ${id}`;
    const owed = CLOSED_BY[state];
    const had = events.get(id) ?? new Set();
    if (closed.has(id) && closed.get(id) !== undefined && closed.get(id) !== state)
      return [
        { harm: 'edited', at, detail: `column state is ${state}, the record closed it as ${word(closed.get(id))}` },
      ];
    if (owed !== undefined && !owed.some((event) => had.has(event)))
      return [{ harm: 'edited', at, detail: `column state is ${state}, and no leaf says ${owed.join(' or ')}` }];
    return [];
  });
}

/** What one leaf says of rows. */
const saidBy = (leaf: ReadLeaf): readonly Said[] =>
  leaf.body === undefined ? [] : (RULES[leaf.event]?.({ ...leaf, body: leaf.body }) ?? []);

type Spoken = ReadLeaf & { readonly body: JsonObject };

/** A row a leaf speaks of; what it does not say is left out. */
const of = ({ seq }: Spoken, table: string, key: unknown, columns: Row): Said => ({
  table,
  key: word(key),
  seq,
  columns: Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== undefined)),
});

const signedDocument =
  (table: string) =>
  (leaf: Spoken): readonly Said[] => {
    const { version, digest } = leaf.body;
    return [of(leaf, table, version, { digest, payload: digest })];
  };

const RULES: Readonly<Record<string, (leaf: Spoken) => readonly Said[]>> = {
  'trust.updated': signedDocument('trust_bundle'),
  'envelope.activated': signedDocument('envelope_version'),
  'graph.updated': signedDocument('graph_version'),
  'triage.opened': (leaf) => [
    of(leaf, 'triage', leaf.correlation, { key: leaf.body['key'], title: leaf.body['title'] }),
  ],
  'proposal.created': (leaf) => {
    const { agent, revision, changeDigest } = leaf.body;
    return [
      of(leaf, 'proposal', leaf.correlation, { document: leaf.body, agent, revision, change_digest: changeDigest }),
    ];
  },
  'decision.made': (leaf) => {
    const { verdict, stage, revision } = leaf.body;
    const columns = { document: leaf.body, verdict, stage, revision, proposal: leaf.correlation };
    return [of(leaf, 'decision', leaf.bodyDigest, columns)];
  },
  'capsule.built': (leaf) => {
    const { capsule, purpose, riskAssessment } = leaf.body;
    return [
      of(leaf, 'capsule', capsule, { payload: capsule, purpose, risk: riskAssessment, proposal: leaf.correlation }),
    ];
  },
  'capsule.dispatched': (leaf) => dispatched(leaf),
  'approval.received': (leaf) => {
    const { capsule, person, approval, role } = leaf.body;
    return [of(leaf, 'approval', `${word(capsule)}/${word(person)}`, { payload: approval, role })];
  },
  'validation.finished': (leaf) => {
    const { capsule, report, isPassed } = leaf.body;
    return [of(leaf, 'validation', capsule, { payload: report, is_passed: isPassed, proposal: leaf.correlation })];
  },
  'rollout.progressed': (leaf) => {
    const { capsule, phase } = leaf.body;
    const batches = batchesIn(leaf.body).map(({ from, digest }) =>
      of(leaf, 'progress', `${word(capsule)}/${word(from)}`, { payload: digest }),
    );
    return [of(leaf, 'rollout', capsule, { phase, proposal: leaf.correlation }), ...batches];
  },
  'evidence.received': (leaf) => [of(leaf, 'evidence', leaf.body['capsule'], { payload: leaf.body['statement'] })],
};

function dispatched(leaf: Spoken): readonly Said[] {
  const capsule = leaf.body['predicate'];
  const predicate: JsonObject = capsule !== undefined && isJsonObject(capsule) ? capsule : {};
  const audience = predicate['audience'];
  const enclave = audience !== undefined && isJsonObject(audience) ? audience['enclave'] : undefined;
  return [
    of(leaf, 'capsule', leaf.bodyDigest, { id: predicate['id'], enclave }),
    of(leaf, 'rollout', leaf.bodyDigest, { proposal: leaf.correlation, phase: 'waiting' }),
  ];
}

function batchesIn(body: JsonObject): readonly JsonObject[] {
  const batches = body['batches'];
  return Array.isArray(batches) ? batches.filter(isJsonObject) : [];
}
