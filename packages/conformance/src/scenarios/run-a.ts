/** Scenario A from an empty state folder to a verified bundle, with the counts of the hosts themselves. */
import { fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connect, type Client } from '@countersign/client';
import { demoEnvelope } from '../demo/envelope.ts';
import { demoFiles } from '../demo/files.ts';
import { Keyring } from '../demo/keyring.ts';
import { startSystem, type System } from '../system/start-system.ts';
import { instantOf } from '@countersign/core';
import { estateHosts, estateSummary } from './estate-view.ts';
import type { ScenarioOutcome } from './outcome.ts';
import { countersignPatch, raisePatch, rolloutOf, watchToEnd, type Stage } from './play-a.ts';

/** Window w of the demo's envelope: the most hosts that may break (X5). */
export const SCENARIO_WINDOW: number = demoEnvelope(instantOf(0)).rollout.window;

const CLI = fileURLToPath(new URL('../../../client/src/cli.ts', import.meta.url));

export async function runScenarioA(say: (text: string) => void): Promise<ScenarioOutcome> {
  const started = performance.now();
  const system = await startSystem({ hear: say });
  try {
    const stage = stageOf(system, say);
    const proposal = await raisePatch(stage);
    await countersignPatch(stage, proposal);
    const state = await watchToEnd(stage, proposal);
    say(`${proposal} ended as ${state}`);
    const seconds = Math.round((performance.now() - started) / 100) / 10;
    return { ...(await countHosts(system, stage, proposal)), scenario: 'a', state, seconds };
  } finally {
    await system.stop();
  }
}

export const stageOf = (system: System, say: (text: string) => void): Stage => ({
  state: system.state,
  client: clientOf(system, 'nils'),
  as: (person) => clientOf(system, person),
  keys: new Keyring(demoFiles(system.state).keys),
  say,
});

const clientOf = ({ url, tokens }: System, person: string): Client =>
  connect({ url, token: tokens[`person:${person}`] ?? '' });

async function countHosts(
  system: System,
  { client }: Stage,
  proposal: string,
): Promise<Omit<ScenarioOutcome, 'scenario' | 'state' | 'seconds'>> {
  const rollout = await rolloutOf(client, proposal);
  if (rollout === undefined) throw new Error(`${proposal} has no rollout`);
  const hosts = await estateHosts(system.estates.production);
  const summary = await estateSummary(system.estates.production);
  const touched = hosts.filter(({ restarts }) => restarts > 0);
  return {
    targets: rollout.counts.targets,
    touched: touched.length,
    broken: summary.everFailed,
    actsAfterTrip: rollout.counts.actsAfterTrip,
    rolledBack: touched.filter(({ state, openssl }) => state === 'running' && openssl !== '3.0.14').length,
    untouched: hosts.length - touched.length,
    unknown: rollout.counts.unknown,
    stillDegraded: summary.failed,
    // One act and one way back are two restarts; a third one would be a second act.
    touchedTwice: hosts.filter(({ restarts }) => restarts > 2).length,
    recordVerified: await verifies(system, client, proposal),
  };
}

/** The bundle as an outsider gets it, checked by the command an outsider runs. */
export async function verifies(system: System, client: Stage['client'], proposal: string): Promise<boolean> {
  const file = join(system.state, `${proposal}.bundle.json`);
  writeFileSync(file, await client.bundle(proposal, 'scenario A'));
  const code = await runCli(['verify', file, '--roots', demoFiles(system.state).root, '--json']);
  return code === 0;
}

export function runCli(args: readonly string[]): Promise<number | null> {
  const child = fork(CLI, [...args], { execArgv: ['--disable-warning=ExperimentalWarning'], silent: true });
  return new Promise((done) => child.once('exit', done));
}
