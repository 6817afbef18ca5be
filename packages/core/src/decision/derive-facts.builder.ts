/** A small estate with everything known about it, and a proposal on it; each test changes one thing. */
import type { GraphSnapshot } from '../graph/graph.ts';
import { aGraph, anEdge, aNode } from '../graph/graph.builder.ts';
import { indexGraph } from '../graph/index-graph.ts';
import { anEnvelope, anId, NOW, at } from '../envelope/envelope.builder.ts';
import type { Proposal } from '../proposal/proposal.ts';
import { aDigest, aSignal } from '../signal/signal.builder.ts';
import type { FactInputs } from './derive-facts.ts';

const HOSTS = Array.from({ length: 20 }, (_, n) => `h${n}`);

export const estate: GraphSnapshot = aGraph(
  [
    ...HOSTS.map((id) => aNode(id, { zone: 'dmz' })),
    // Six of its hosts may be missing at once.
    aNode('pay', { kind: 'service', minHealthy: 4 }),
    aNode('plc', { tier: 'safety-critical', zone: 'scada', dataClasses: ['process'] }),
  ],
  Array.from({ length: 10 }, (_, n) => anEdge(`pay > h${n}`)),
);

export const aProposal = (change: Partial<Proposal> = {}): Proposal => ({
  id: anId('p1'),
  organisation: anId('acme'),
  revision: 1,
  agent: anId('playbook'),
  createdAt: NOW,
  changeDigest: aDigest('c1'),
  title: 'Patch openssl',
  hypothesis: 'the old library fails the handshake',
  environment: 'production',
  signals: [anId('s1'), anId('s2')],
  failingCheck: 'tls',
  trace: 'handshake failure',
  reproduction: 'connect',
  runIds: [anId('r1')],
  targets: [anId('h0'), anId('h1')],
  timing: { mayNotOverlap: [] },
  context: { model: 'rules', prompt: 'rule 7', toolCalls: [] },
  change: {
    action: 'package.patch',
    summary: 'patch',
    steps: [
      { adapter: 'config', path: 'etc/tls.conf', content: 'library 3\n', validate: 'none' },
      { adapter: 'service', operation: 'restart', service: 'tls' },
    ],
    intendedVersions: {},
  },
  validation: {
    spec: { id: anId('tls'), version: 1 },
    reproduction: { id: anId('repro'), path: '/tls', expectStatus: 200 },
    checks: [],
    stagingTargets: [anId('st1')],
  },
  rollback: { kind: 'restore', windowMinutes: 15, dataEffects: 'none', isAutomatic: true },
  ...change,
});

export const someInputs = (change: Partial<FactInputs> = {}): FactInputs => ({
  now: NOW,
  proposal: aProposal(),
  envelope: anEnvelope(),
  graph: indexGraph(estate),
  healthKnown: () => true,
  roster: [
    {
      id: anId('playbook'),
      owner: anId('ann'),
      duty: 'decide',
      purpose: 'patching',
      expiresAt: at('2027-01-01T00:00:00.000Z'),
    },
  ],
  signals: [
    { signal: aSignal('s1', { targets: [anId('h0'), anId('h1')] }), isAuthenticated: true },
    {
      signal: aSignal('s2', {
        source: anId('scanner'),
        format: 'sarif',
        severity: 'error',
        targets: [anId('h0'), anId('h1')],
      }),
      isAuthenticated: true,
    },
  ],
  sources: [
    { source: anId('prometheus'), lineage: ['metrics'] },
    { source: anId('scanner'), lineage: ['packages'] },
  ],
  schedules: [],
  validation: {
    proposal: anId('p1'),
    changeDigest: aDigest('c1'),
    isPassed: true,
    isReproduced: true,
    finishedAt: NOW,
  },
  drills: [{ action: 'package.patch', tier: 'non-critical', isPassed: true, at: at('2026-11-08T12:00:00.000Z') }],
  operations: [],
  isBreakerOpen: false,
  isSuspended: false,
  ...change,
});
