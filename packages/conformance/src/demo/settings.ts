/** What the demo programs are told by `npm start`. */
export interface DemoSettings {
  readonly state: string;
  readonly controlUrl: string;
  /** Where gateways come in. */
  readonly doorUrl: string;
  readonly productionEstate: string;
  readonly stagingEstate: string;
  /** Scenario to play at the start; empty: none. */
  readonly play: string;
}

export function demoSettings(environment: Readonly<Record<string, string | undefined>>): DemoSettings {
  const need = (name: string): string => {
    const value = environment[name];
    if (value === undefined || value === '') throw new Error(`${name} is not set`);
    return value;
  };
  return {
    state: need('STATE_DIR'),
    controlUrl: need('CONTROL_URL'),
    doorUrl: need('CONTROL_DOOR_URL'),
    productionEstate: need('ESTATE_PRODUCTION'),
    stagingEstate: need('ESTATE_STAGING'),
    play: environment['PLAY'] ?? '',
  };
}
