/** Every benchmark there is, in the order in which they run. */
import type { BenchCase } from './bench-case.ts';
import { e2eAutonomous } from './cases/e2e-autonomous.ts';
import { rolloutCpu } from './cases/rollout-cpu.ts';
import { sizeMemory } from './cases/size-memory.ts';
import { startUsable } from './cases/start-usable.ts';

export const CASES: readonly BenchCase[] = [rolloutCpu, e2eAutonomous, sizeMemory, startUsable];
