/** Decisions as the rules of the tests' envelope make them, from facts that a small change has. */
import {
  activate,
  compileEnvelope,
  decide,
  evaluateAttributes,
  NO_DEADLINE_HOURS,
  type Capsule,
  type Decision,
  type Digest,
  type Envelope,
  type Facts,
  type Instant,
  type TrustBundle,
} from '@countersign/core';
import { good, idOf } from './names.builder.ts';

export const FLOOR: TrustBundle['floor'] = { quorums: [], humanOnlyActions: [], autonomousTargets: 10 };

/** What is bound by the digest of a change. */
export const boundOf = (id: string, isAlone: boolean): Pick<Capsule, 'change' | 'validation' | 'rollback'> => ({
  change: {
    // Production config is never changed alone (L7).
    ...(isAlone
      ? { action: 'service.restart', steps: [{ adapter: 'service', operation: 'restart', service: 'pool' }] }
      : {
          action: 'config.change',
          steps: [{ adapter: 'config', path: 'etc/pool.json', content: `{"for":"${id}"}\n`, validate: 'json' }],
        }),
    summary: `pool of ${id}`,
    intendedVersions: {},
  },
  validation: { spec: { id: idOf('web-spec'), version: 1 }, checks: [], stagingTargets: [idOf('stage-1')] },
  rollback: { kind: 'restore', windowMinutes: 60, dataEffects: 'none', isAutomatic: true },
});

export interface DecidedAbout {
  readonly proposal: string;
  readonly changeDigest: Digest;
  readonly action: Capsule['change']['action'];
  readonly stage: Decision['stage'];
  readonly now: Instant;
  readonly envelope: Envelope;
  readonly policy: Digest;
  readonly graph: Digest;
  readonly floor?: TrustBundle['floor'];
  readonly facts?: Partial<Facts>;
}

export function decided(about: DecidedAbout): Decision {
  const { envelope, policy, action, now } = about;
  const signatures = ['pat', 'quinn'].map((person) => ({
    person: idOf<'Person'>(person),
    roles: [idOf<'Role'>('policy-admin')],
    digest: policy,
  }));
  const active = good(activate({ envelope, digest: policy, now: envelope.validFrom, signatures, authors: [] }));
  const compiled = compileEnvelope(envelope);
  const stagingValidated = about.stage === 'after-staging';
  return decide({
    proposal: { id: idOf(about.proposal), revision: 1, changeDigest: about.changeDigest },
    stage: about.stage,
    derived: {
      facts: { ...oneHost, now, action, stagingValidated, ...about.facts },
      missing: [],
      findings: [],
      provenance: [],
      action: { prediction: { dependants: [], flows: [], downCount: 0, unknownCount: 0 } },
    },
    envelope: { kind: 'active', active },
    graph: { digest: about.graph, version: 1 },
    floor: about.floor ?? FLOOR,
    oracle: ({ attributes, mode }) => {
      const { isAllowed, determining } = evaluateAttributes(compiled, { action, attributes, mode });
      return { kind: 'answer', isAllowed, determining, engine: 'test' };
    },
    compiled,
  });
}

const oneHost: Omit<Facts, 'now' | 'action' | 'stagingValidated'> = {
  agent: idOf('playbook'),
  isAgentListed: true,
  environments: ['production'],
  tiers: ['non-critical'],
  targetKinds: ['host'],
  zones: [],
  reachedZones: [],
  dataClasses: [],
  reachedDataClasses: [],
  paths: [],
  owners: [],
  affectedSegments: 0,
  changeSetSize: 1,
  fanOut: 1,
  sharedServices: 0,
  missingConsumers: 0,
  cutFlows: 0,
  predictedDown: 0,
  predictedUnknown: 0,
  capacityLeftPercent: 100,
  citizens: 0,
  statutoryHours: NO_DEADLINE_HOURS,
  confidencePercent: 80,
  skipSharePercent: 0,
  stagingPolicyMet: true,
  classActionsLastHour: 0,
  organisationActionsLastHour: 0,
  concurrentOperations: 0,
  organisationTargets: 1,
  isContracted: false,
  isBaselineLeft: false,
  hasChangeRecord: false,
  hasContingencyPlan: false,
  targets: 1,
  unknownTargets: 0,
  targetsPerTier: { 'non-critical': 1, 'production-critical': 0, 'safety-critical': 0 },
  percentOfTier: 1,
  affectedServices: 0,
  affectedTiers: [],
  unhandledDependants: 0,
  isGraphFresh: true,
  severity: 3,
  independentSignals: 1,
  matchesKnownBenign: false,
  openCalendars: [],
  rollbackKind: 'restore',
  rollbackWindowMinutes: 60,
  rollbackLosesData: false,
  drillAgeDays: 1,
  actionsLastHour: 0,
  cumulativeTargets: 1,
  isBreakerOpen: false,
  isSuspended: false,
  overlapsOperation: false,
};
