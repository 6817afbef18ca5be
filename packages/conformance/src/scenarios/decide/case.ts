/** One act put to the product's own decision: a graph, a proposal, the signals behind it and an envelope. Nothing is judged here. */
import {
  activate,
  compileEnvelope,
  decide,
  deriveFacts,
  IMPACT_LIMITS,
  indexGraph,
  nodeOf,
  plusMs,
  proposalDraftShape,
  signalShape,
  type BenignSchedule,
  type Decision,
  type DrillRecord,
  type Envelope,
  type FactInputs,
  type GraphSnapshot,
  type Instant,
  type OperationRecord,
  type Oracle,
  type Proposal,
  type Signal,
} from '@countersign/core';
import { canonicalBytes, changeDigestOf, digestOf } from '@countersign/seal';
import { good, idOf, made } from '../../attacks/world/made.ts';
import { openCedar } from '../../bench/peers/cedar.ts';

export interface ActCase {
  readonly graph: GraphSnapshot;
  readonly envelope: Envelope;
  readonly now: Instant;
  readonly signals: readonly Signal[];
  /** The draft as an agent sends it, without its signals. */
  readonly draft: Readonly<Record<string, unknown>>;
  /** Where the data of each source comes from. */
  readonly lineages: Readonly<Record<string, readonly string[]>>;
  readonly schedules?: readonly BenignSchedule[];
  readonly operations?: readonly OperationRecord[];
  readonly drills?: readonly DrillRecord[];
  /** Staging has shown the problem and its cure. */
  readonly isStaged?: boolean;
}

const AGENT = 'playbook';
const HOUR_MS = 3_600_000;

/** A firing signal of one source about these targets, an hour old at most. */
export const signalOf = (
  source: string,
  now: Instant,
  about: { readonly rule: string; readonly severity: string; readonly targets: readonly string[] },
): Signal =>
  made(signalShape, {
    id: `${source}-1`,
    source,
    format: 'alertmanager',
    title: about.rule,
    status: 'firing',
    startedAt: plusMs(now, -60_000),
    observedAt: plusMs(now, -30_000),
    document: digestOf(new TextEncoder().encode(source)),
    ...about,
  });

function proposalOf({ draft, signals, now, graph }: ActCase): Proposal {
  const read = made(proposalDraftShape, { ...draft, signals: signals.map(({ id }) => id) });
  return {
    ...read,
    id: idOf('P-scenario'),
    organisation: graph.organisation,
    revision: 1,
    agent: idOf(AGENT),
    createdAt: now,
    changeDigest: changeDigestOf(read),
  };
}

/** The second engine on every question: the published one, with everything parsed beforehand. */
function cedarOracle(envelope: Envelope): Oracle {
  const cedar = openCedar(compileEnvelope(envelope).cedar);
  return ({ agent, action, attributes, mode }) => ({
    kind: 'answer',
    engine: 'cedar',
    ...cedar.askAbout({ agent, action, attributes, mode }),
  });
}

/** Facts from the graph, then the verdict of both engines and the floor. */
export function decideCase(act: ActCase): Decision {
  const { envelope, graph, now, isStaged = false } = act;
  const proposal = proposalOf(act);
  const digest = digestOf(canonicalBytes(envelope));
  const signatures = ['kim', 'lea'].map((person) => ({
    person: idOf<'Person'>(person),
    roles: [idOf<'Role'>('policy-admin')],
    digest,
  }));
  const active = good(activate({ envelope, digest, now, signatures, authors: [] }));
  return decide({
    proposal,
    stage: isStaged ? 'after-staging' : 'before-staging',
    derived: deriveFacts(inputsOf(act, proposal)),
    envelope: { kind: 'active', active },
    graph: { digest: digestOf(canonicalBytes(graph)), version: graph.version },
    floor: { quorums: [], humanOnlyActions: [], autonomousTargets: 50 },
    oracle: cedarOracle(envelope),
  });
}

const HEALTH_IS_READ: ReadonlySet<string> = new Set(['host', 'service', 'device']);

function inputsOf(act: ActCase, proposal: Proposal): FactInputs {
  const { envelope, now, signals, lineages, schedules = [], operations = [], drills = [], isStaged = false } = act;
  const graph = indexGraph(act.graph);
  const validation = {
    proposal: proposal.id,
    changeDigest: proposal.changeDigest,
    isPassed: true,
    isReproduced: true,
    finishedAt: plusMs(now, -60_000),
  };
  return {
    now,
    proposal,
    envelope,
    graph,
    limits: IMPACT_LIMITS,
    healthKnown: (node) => HEALTH_IS_READ.has(nodeOf(graph, node)?.kind ?? ''),
    roster: [
      {
        id: idOf(AGENT),
        owner: idOf('nils'),
        duty: 'decide',
        purpose: 'mends what playbooks know',
        expiresAt: plusMs(now, 1000 * HOUR_MS),
      },
    ],
    signals: signals.map((signal) => ({ signal, isAuthenticated: true })),
    sources: Object.entries(lineages).map(([source, lineage]) => ({ source: idOf<'Source'>(source), lineage })),
    schedules,
    operations,
    drills,
    ...(isStaged && { validation }),
    isBreakerOpen: false,
    isSuspended: false,
  };
}
