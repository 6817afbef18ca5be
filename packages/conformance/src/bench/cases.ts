/** Every benchmark there is, in the order in which they run. */
import type { BenchCase } from './bench-case.ts';
import { decisionDurable } from './cases/decision-durable.ts';
import { decisionVerdict } from './cases/decision-verdict.ts';
import { e2eAutonomous } from './cases/e2e-autonomous.ts';
import { impactBytes } from './cases/impact-bytes.ts';
import { impactCaps } from './cases/impact-caps.ts';
import { impactCte } from './cases/impact-cte.ts';
import { impactGraphology } from './cases/impact-graphology.ts';
import { policyWidening40, policyWidening400 } from './cases/policy-widening.ts';
import { recordAppend } from './cases/record-append.ts';
import { rolloutCpu } from './cases/rollout-cpu.ts';
import { runnerGate } from './cases/runner-gate.ts';
import { sizeMemory } from './cases/size-memory.ts';
import { startUsable } from './cases/start-usable.ts';

export const CASES: readonly BenchCase[] = [
  decisionDurable,
  decisionVerdict,
  impactBytes,
  impactCaps,
  impactCte,
  impactGraphology,
  policyWidening40,
  policyWidening400,
  recordAppend,
  runnerGate,
  rolloutCpu,
  e2eAutonomous,
  sizeMemory,
  startUsable,
];
