/**
 * `size/memory`: what the programs hold when nothing happens. Runner and gateway as one bundled file each, as they would be
 * put on a host, and from source; control and database of a whole system.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { join } from 'node:path';
import type { BenchCase, BenchContext } from '../bench-case.ts';
import { pidOf, withSystem } from '../agent/with-system.ts';
import { bundle } from '../enclave/bundle.ts';
import { makeEnclave } from '../enclave/make-enclave.ts';
import { PROGRAMS, sourceOf, startProgram, type Started } from '../enclave/programs.ts';
import { memoryOf, memoryOfTree, type Memory } from '../measure/proc-memory.ts';
import type { Bar, Measured } from '../result.ts';

const SETTLE_MS = 6000;
const MB = 1_048_576;
const LIMITS_MB = { bundle: 60, source: 95, controlAndDatabase: 450 } as const;
const inMb = (bytes: number): number => bytes / MB;

type Form = 'bundle' | 'source';
type Found = Readonly<Record<string, Memory>>;

export const sizeMemory: BenchCase = {
  name: 'size/memory',
  needs: [],
  async run(context) {
    const found: Found = {
      ...(await idleEnclave(context, 'bundle')),
      ...(await idleEnclave(context, 'source')),
      ...(await withSystem(context, idleSystem)),
    };
    return measured(found);
  },
};

/** Runner and gateway of one enclave with the production inventory and a trust bundle, connected and waiting. */
async function idleEnclave({ folder, say }: BenchContext, form: Form): Promise<Found> {
  const enclave = await makeEnclave(join(folder, form));
  const started: Started[] = [];
  try {
    for (const program of PROGRAMS) {
      const file = form === 'bundle' ? await bundle(program, join(folder, form)) : sourceOf(program);
      started.push(await startProgram(program, { file, config: join(enclave.folder, `${program}.json`) }));
    }
    await enclave.untilConnected();
    await pause(SETTLE_MS);
    say(`runner and gateway from ${form} are idle`);
    return Object.fromEntries(started.map(({ program, pid }) => [`${program} ${form}`, memoryOf(pid)]));
  } finally {
    await Promise.all(started.map((one) => one.stop()));
    await enclave.close();
  }
}

async function idleSystem(system: Parameters<Parameters<typeof withSystem<Found>>[1]>[0]): Promise<Found> {
  await pause(SETTLE_MS);
  return {
    control: memoryOf(pidOf(system, 'control')),
    database: memoryOfTree(system.databasePid()),
    'runner in the system': memoryOf(pidOf(system, 'runner-production')),
    'gateway in the system': memoryOf(pidOf(system, 'gateway-production')),
  };
}

function measured(found: Found): Measured {
  const one = (name: string): Memory => {
    const memory = found[name];
    if (memory === undefined) throw new Error(`the memory of ${name} was not measured`);
    return memory;
  };
  const rss = (name: string, atMost: number): Bar => ({ found: inMb(one(name).rssBytes), atMost });
  // Backends share most of their pages: only the proportional share can be added up.
  const controlAndDatabase = inMb(one('control').pssBytes + one('database').pssBytes);
  return {
    n: Object.keys(found).length,
    counters: Object.fromEntries(
      Object.entries(found).flatMap(([name, { rssBytes, pssBytes }]) => [
        [`${name} rss MB`, inMb(rssBytes)],
        [`${name} pss MB`, inMb(pssBytes)],
      ]),
    ),
    cpu_us: {},
    wall: null,
    peer: {},
    ratio: {},
    bar: {
      'runner bundle rss MB': rss('runner bundle', LIMITS_MB.bundle),
      'gateway bundle rss MB': rss('gateway bundle', LIMITS_MB.bundle),
      'runner source rss MB': rss('runner source', LIMITS_MB.source),
      'gateway source rss MB': rss('gateway source', LIMITS_MB.source),
      'control + database pss MB': { found: controlAndDatabase, atMost: LIMITS_MB.controlAndDatabase },
    },
  };
}
