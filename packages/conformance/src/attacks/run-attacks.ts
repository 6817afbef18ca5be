/** Runs the table against a real runner: the gate of the gate first, then every attack, then every twin. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Keyring } from '../demo/keyring.ts';
import type { CaseResult } from '../result.ts';
import type { Attack, Scene, Trial } from './attack.ts';
import { ATTACKS } from './table.ts';
import { carriedOut } from './trials.ts';
import { startHosts, type AttackedHosts } from './world/estate.ts';
import { Enclave } from './world/enclave.ts';
import { alone, ordered, people } from './world/shorthand.ts';
import { World } from './world/world.ts';

export type Hear = (result: CaseResult) => void;

interface Ground {
  readonly folder: string;
  readonly world: World;
  readonly hosts: AttackedHosts;
}

export async function runAttacks(hear: Hear, attacks: readonly Attack[] = ATTACKS): Promise<readonly CaseResult[]> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-attacks-'));
  const world = new World(new Keyring(join(folder, 'keys')));
  const hosts = await startHosts(folder);
  try {
    return await onGround({ folder, world, hosts }, hear, attacks);
  } finally {
    await hosts.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function onGround(ground: Ground, hear: Hear, attacks: readonly Attack[]): Promise<readonly CaseResult[]> {
  const { world, hosts, folder } = ground;
  const results: CaseResult[] = [];
  const note = (result: CaseResult): void => {
    results.push(result);
    hear(result);
  };
  const enclave = await Enclave.start(world, hosts, { folder: join(folder, 'enclave'), allowDemo: true });
  try {
    enclave.drop({ kind: 'trust', trust: world.trust });
    const scene = { world, hosts, enclave };
    // The gate of the gate: a runner that refuses everything would pass every attack.
    for (const [name, plan] of [
      ['honest-autonomous', alone],
      ['honest-approved', people],
    ] as const)
      note(await judged(HONEST, { name, kind: 'twin', trial: carriedOut(ordered(plan)) }, scene));
    for (const attack of attacks)
      for (const [kind, trial] of trialsOf(attack)) {
        const { runner } = attack;
        const on =
          runner === undefined
            ? scene
            : await ownScene(ground, { name: `${kind}-${attack.name}`, allowDemo: runner === 'own' });
        note(await judged(attack, { name: attack.name, kind, trial }, on, runner !== undefined));
      }
  } finally {
    await enclave.stop();
  }
  return results;
}

const HONEST: Pick<Attack, 'requirements' | 'threats'> = { requirements: ['X1'], threats: ['T4'] };

const trialsOf = ({ run, twin }: Attack): readonly (readonly [CaseResult['kind'], Trial])[] => [
  ['check', run],
  ...(twin === undefined ? [] : [['twin', twin] as const]),
];

async function ownScene(
  { world, hosts, folder }: Ground,
  { name, allowDemo }: { readonly name: string; readonly allowDemo: boolean },
): Promise<Scene> {
  return { world, hosts, enclave: await Enclave.start(world, hosts, { folder: join(folder, name), allowDemo }) };
}

interface Judged {
  readonly name: string;
  readonly kind: CaseResult['kind'];
  readonly trial: Trial;
}

async function judged(
  { requirements, threats }: Pick<Attack, 'requirements' | 'threats'>,
  { name, kind, trial }: Judged,
  scene: Scene,
  isOwn = false,
): Promise<CaseResult> {
  const started = performance.now();
  const from = scene.enclave.mark();
  const waited: string[] = [];
  const complaints = await trial({ ...scene, refusals: waited }).catch((error: unknown) => [
    error instanceof Error ? error.message : String(error),
  ]);
  const refusals = scene.enclave.since(from).flatMap((seen) => (seen.kind === 'refusal' ? [seen.refusal.code] : []));
  const refusedBy = [...new Set([...waited, ...refusals])];
  if (isOwn) await scene.enclave.stop();
  const ms = Math.round(performance.now() - started);
  const state = complaints.length === 0 ? 'passed' : 'failed';
  return { name, kind, state, requirements, threats, complaints, ms, refusedBy };
}
