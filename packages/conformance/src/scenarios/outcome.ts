/** The closing line of a scenario: counts taken from the hosts themselves, and whether the evidence verifies. */
export interface ScenarioOutcome {
  readonly scenario: string;
  readonly targets: number;
  /** Hosts that were restarted by anybody. */
  readonly touched: number;
  /** Hosts of which a start failed. */
  readonly broken: number;
  /** Leases after the first failing verdict was stored. */
  readonly actsAfterTrip: number;
  /** Hosts put back and healthy again. */
  readonly rolledBack: number;
  readonly untouched: number;
  readonly unknown: number;
  /** Hosts that do not run at the end. */
  readonly stillDegraded: number;
  /** The bundle of the remediation passed the offline verifier. */
  readonly recordVerified: boolean;
  /** Hosts restarted more often than one change and one way back explain. */
  readonly touchedTwice: number;
  readonly state: string;
  readonly seconds: number;
}

/** What scenario A promises (X4-X6): the trip holds the damage to the window, everything touched is back, the rest was never touched. */
export function complaintsOf(outcome: ScenarioOutcome, window: number): readonly string[] {
  const rules: readonly (readonly [boolean, string])[] = [
    [outcome.broken >= 1, 'the scenario broke nothing, so it showed nothing'],
    [outcome.broken <= window, `more hosts broke (${outcome.broken}) than the window of ${window} allows`],
    [outcome.actsAfterTrip === 0, `${outcome.actsAfterTrip} targets were leased after the trip`],
    [outcome.stillDegraded === 0, `${outcome.stillDegraded} hosts still do not run`],
    [outcome.unknown === 0, `${outcome.unknown} hosts are UNKNOWN`],
    [
      outcome.rolledBack === outcome.touched,
      `${outcome.touched} hosts were touched and ${outcome.rolledBack} put back`,
    ],
    [outcome.touched + outcome.untouched === outcome.targets, 'touched and untouched do not add up'],
    [outcome.touchedTwice === 0, `${outcome.touchedTwice} hosts were acted on more than once`],
    [outcome.recordVerified, 'the evidence bundle does not verify'],
  ];
  return rules.filter(([holds]) => !holds).map(([, complaint]) => complaint);
}
