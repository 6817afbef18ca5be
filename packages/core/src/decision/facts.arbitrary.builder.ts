/** Facts at random around the boundaries of the builder's envelope, for property tests. */
import fc from 'fast-check';
import { TIERS, type Tier } from '../graph/graph.ts';
import { ENVIRONMENTS } from '../people/trust-bundle.ts';
import { NO_DEADLINE_HOURS, type Facts } from './facts.ts';
import { someFacts } from './facts.builder.ts';

const names = (...items: readonly string[]): fc.Arbitrary<readonly string[]> =>
  fc.subarray([...items]).map((some) => some.toSorted());
const count = (max: number): fc.Arbitrary<number> => fc.integer({ min: 0, max });

/** Each fact is harmless most of the time, so that permits are met too. */
const mostly = <T>(usual: T, other: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight: 9, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: other });

const tierSets: fc.Arbitrary<readonly Tier[]> = fc.subarray([...TIERS]).map((some) => some.toSorted());

export const anyFacts: fc.Arbitrary<Facts> = fc
  .record({
    isAgentListed: mostly(true, fc.boolean()),
    environments: mostly<Facts['environments']>(
      ['production'],
      fc.subarray([...ENVIRONMENTS], { minLength: 1 }).map((some) => some.toSorted()),
    ),
    targetKinds: mostly<readonly string[]>(['host'], names('host', 'service')),
    zones: mostly<readonly string[]>(['dmz'], names('dmz', 'scada', 'backup')),
    reachedZones: mostly<readonly string[]>(['dmz'], names('dmz', 'scada', 'clinical')),
    dataClasses: mostly<readonly string[]>([], names('pci', 'public')),
    reachedDataClasses: mostly<readonly string[]>([], names('pci', 'public')),
    paths: mostly<readonly string[]>([], names('payment')),
    owners: mostly<readonly string[]>([], names('team-a', 'team-b')),
    unknownTargets: mostly(0, count(2)),
    percentOfTier: mostly(5, count(100)),
    affectedServices: mostly(2, count(9)),
    affectedTiers: mostly<readonly Tier[]>(['non-critical'], tierSets),
    affectedSegments: mostly(0, count(2)),
    changeSetSize: mostly(1, count(20)),
    fanOut: mostly(1, count(20)),
    sharedServices: mostly(0, count(2)),
    unhandledDependants: mostly(0, count(2)),
    missingConsumers: mostly(0, count(2)),
    cutFlows: mostly(0, count(2)),
    predictedDown: mostly(0, count(2)),
    predictedUnknown: mostly(0, count(2)),
    capacityLeftPercent: mostly(100, count(100)),
    citizens: mostly(0, count(1_000_000)),
    statutoryHours: mostly(NO_DEADLINE_HOURS, count(100)),
    isGraphFresh: mostly(true, fc.boolean()),
    severity: mostly(3, fc.integer({ min: -1, max: 4 })),
    independentSignals: mostly(2, count(3)),
    confidencePercent: mostly(80, count(100)),
    matchesKnownBenign: mostly(false, fc.boolean()),
    stagingValidated: mostly(true, fc.boolean()),
    skipSharePercent: mostly(0, count(101)),
    stagingPolicyMet: mostly(true, fc.boolean()),
    rollbackWindowMinutes: mostly(15, count(60)),
    rollbackLosesData: mostly(false, fc.boolean()),
    drillAgeDays: mostly(10, fc.integer({ min: -1, max: 120 })),
    actionsLastHour: mostly(0, count(5)),
    cumulativeTargets: mostly(10, count(40)),
    classActionsLastHour: mostly(0, count(5)),
    organisationActionsLastHour: mostly(0, count(5)),
    concurrentOperations: mostly(0, count(5)),
    organisationTargets: mostly(10, count(40)),
    isBreakerOpen: mostly(false, fc.boolean()),
    isSuspended: mostly(false, fc.boolean()),
    isContracted: mostly(false, fc.boolean()),
    isBaselineLeft: mostly(false, fc.boolean()),
    overlapsOperation: mostly(false, fc.boolean()),
    hasChangeRecord: fc.boolean(),
    hasContingencyPlan: fc.boolean(),
  })
  .chain((change) =>
    fc.tuple(mostly(10, count(20)), mostly(0, count(12)), mostly(0, count(2))).map(([a, b, c]): Facts => {
      const targetsPerTier = { 'non-critical': a, 'production-critical': b, 'safety-critical': c };
      const tiers = TIERS.filter((tier) => targetsPerTier[tier] > 0).toSorted();
      return someFacts({ ...change, targets: a + b + c, targetsPerTier, tiers });
    }),
  );
