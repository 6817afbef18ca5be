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
import { memoryOf, memoryOfTree, shareOfHost, type Memory } from '../measure/proc-memory.ts';
import type { Bar, Measured } from '../result.ts';

const SETTLE_MS = 6000;
const MB = 1_048_576;
/** A host of an enclave runs a gateway and a runner, on one executable. */
const PROGRAMS_A_HOST = PROGRAMS.length;
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
    database: memoryOfTree(pidOf(system, 'database')),
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
  const bars = (form: Form): Readonly<Record<string, Bar>> =>
    Object.fromEntries(
      PROGRAMS.flatMap((program): readonly (readonly [string, Bar])[] => {
        const memory = one(`${program} ${form}`);
        const atMost = LIMITS_MB[form];
        return [
          [`${program} ${form} MB of its host`, { found: inMb(shareOfHost(memory, PROGRAMS_A_HOST)), atMost }],
          // Half of this is the executable itself, which no program of ours can make smaller.
          [`${program} ${form} rss MB`, { found: inMb(memory.rssBytes), atMost, isPrinted: true }],
        ];
      }),
    );
  // Backends share most of their pages: only the proportional share can be added up.
  const controlAndDatabase = inMb(one('control').rssBytes + one('database').pssBytes);
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
      ...bars('bundle'),
      ...bars('source'),
      'control rss + database pss MB': { found: controlAndDatabase, atMost: LIMITS_MB.controlAndDatabase },
    },
  };
}
