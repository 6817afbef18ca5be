/** Thousands of forged orders against the real runner program: how many it acted on, and what refused the others. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomFrom } from '../../bench/measure/random.ts';
import { Keyring } from '../../demo/keyring.ts';
import type { Scene } from '../attack.ts';
import { Enclave } from '../world/enclave.ts';
import { startHosts } from '../world/estate.ts';
import { order, type Order } from '../world/order.ts';
import { status } from '../world/status.ts';
import { World } from '../world/world.ts';
import { forge, KINDS, type Forgery, type Ground } from './forgeries.ts';

export interface ForgeryReport {
  readonly tried: number;
  /** What the runner acted on although a person was owed; must be empty. */
  readonly actedOn: readonly string[];
  /** Restarts seen on the hosts themselves while forgeries were tried; must be 0. */
  readonly touched: number;
  /** Refusals by code. */
  readonly refused: Readonly<Record<string, number>>;
  /** Of everything that can be combined, what this run never met. */
  readonly unmet: readonly string[];
  /** Honest orders in between, signed by the person who is owed, all carried out: the runner does not simply refuse. */
  readonly honest: number;
}

const BATCH = 50;
const HONEST_EVERY = 250;
/** A status statement counts for minutes. */
const STATUS_EVERY = 100;

export async function runForgeries(total: number, seed: number): Promise<ForgeryReport> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-forgeries-'));
  const world = new World(new Keyring(join(folder, 'keys')));
  const hosts = await startHosts(folder);
  const enclave = await Enclave.start(world, hosts, { folder: join(folder, 'enclave'), allowDemo: true });
  try {
    enclave.drop({ kind: 'trust', trust: world.trust });
    return await tryAll({ world, hosts, enclave }, total, seed);
  } finally {
    await enclave.stop();
    await hosts.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function tryAll(scene: Scene, total: number, seed: number): Promise<ForgeryReport> {
  const { hosts, world } = scene;
  const honest: Order[] = [await honestOrder(scene), await honestOrder(scene)];
  const ground: Ground = { world, random: randomFrom(seed), honest };
  const refused = new Map<string, number>();
  const actedOn: string[] = [];
  const labels = new Set<string>();
  let touched = 0;
  for (let done = 0; done < total; done += BATCH) {
    if (done % STATUS_EVERY === 0) scene.enclave.drop(status(world));
    const before = await hosts.restarts();
    const batch = Array.from({ length: Math.min(BATCH, total - done) }, () => forge(ground));
    for (const code of await answers(scene, batch)) {
      if (code.startsWith('!')) actedOn.push(code.slice(1));
      else refused.set(code, (refused.get(code) ?? 0) + 1);
    }
    for (const { label } of batch) for (const part of label.split(' + ')) labels.add(part);
    touched += (await hosts.restarts()) - before;
    if (done % HONEST_EVERY === 0) honest.push(await honestOrder(scene));
  }
  return {
    tried: total,
    actedOn,
    touched,
    refused: Object.fromEntries([...refused].toSorted(([, a], [, b]) => b - a)),
    unmet: KINDS.filter((kind) => !labels.has(kind)),
    honest: honest.length,
  };
}

/** One answer for each letter: a code, or `!` and what was acted on. */
async function answers({ enclave }: Scene, batch: readonly Forgery[]): Promise<readonly string[]> {
  const from = enclave.mark();
  for (const { delivery } of batch) enclave.drop(delivery);
  return enclave.until(
    from,
    () => {
      const seen = enclave.since(from);
      const codes = seen.map((report) => (report.kind === 'refusal' ? report.refusal.code : `!${labelsOf(batch)}`));
      return codes.length >= batch.length || codes.some((code) => code.startsWith('!')) ? codes : undefined;
    },
    60_000,
  );
}

const labelsOf = (batch: readonly Forgery[]): string => batch.map(({ label }) => label).join(' | ');

/** An order that the person who is owed has signed; it must be carried out. */
async function honestOrder(scene: Scene): Promise<Order> {
  const { enclave, world } = scene;
  const made = order(world, { authority: 'people' });
  const from = enclave.mark();
  enclave.drop(status(world));
  enclave.drop(made.delivery);
  const outcome = await enclave.until(from, (report) => {
    if (report.kind === 'refusal') return report.refusal.code;
    return report.kind === 'evidence' ? report.statement.outcome : undefined;
  });
  if (outcome !== 'completed') throw new Error(`an honest order ended as ${outcome}`);
  return made;
}
