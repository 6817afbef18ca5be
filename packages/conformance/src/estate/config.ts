/** Settings of the demo estate: arguments win over the environment; nothing else of this program reads either. */
import { isAbsolute } from 'node:path';
import { parseArgs } from 'node:util';
import { ok, refuse, type Complaint, type Result } from '@countersign/core';
import type { EstateLayout } from './layout.ts';

export interface EstateConfig {
  readonly stateDir: string;
  readonly profile: EstateLayout['profile'];
  readonly seed: number;
  /** 0 lets the system choose; the announcement names the port. */
  readonly port: number;
}

/** `--state DIR --profile production|staging [--seed N] [--port N]`, or `COUNTERSIGN_ESTATE_STATE` and so on. */
export function readConfig(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Result<EstateConfig> {
  const given = readArguments(args);
  if (typeof given === 'string') return refuse('malformed', given);
  const setting = (name: string): string | undefined =>
    given[name] ?? environment[`COUNTERSIGN_ESTATE_${name.toUpperCase()}`];
  const stateDir = setting('state') ?? '';
  const profile = profileOf(setting('profile'));
  const seed = integerOf(setting('seed') ?? '706', 2_147_483_647);
  const port = integerOf(setting('port') ?? '0', 65_535);
  const complaints: Complaint[] = [];
  if (!isAbsolute(stateDir)) complaints.push({ at: '/state', problem: 'must be an absolute folder' });
  if (profile === undefined) complaints.push({ at: '/profile', problem: 'must be production or staging' });
  if (seed === undefined) complaints.push({ at: '/seed', problem: 'must be an integer from 0 to 2147483647' });
  if (port === undefined) complaints.push({ at: '/port', problem: 'must be an integer from 0 to 65535' });
  if (profile === undefined || seed === undefined || port === undefined || complaints.length > 0)
    return refuse('malformed', complaints.map(({ at, problem }) => `${at} ${problem}`).join('; '), { complaints });
  return ok(Object.freeze({ stateDir, profile, seed, port }));
}

const text = { type: 'string' } as const;

function readArguments(args: readonly string[]): Readonly<Record<string, string | undefined>> | string {
  try {
    const options = { state: text, profile: text, seed: text, port: text };
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    return error instanceof Error ? error.message : 'the arguments cannot be read';
  }
}

const profileOf = (value: string | undefined): EstateLayout['profile'] | undefined =>
  value === 'production' || value === 'staging' ? value : undefined;

function integerOf(value: string, max: number): number | undefined {
  const number = /^\d{1,10}$/.test(value) ? Number(value) : undefined;
  return number !== undefined && number <= max ? number : undefined;
}
