/**
 * pdsh with its local worker: the plainest fan-out there is. No canary, no stop, no evidence; one shell a host that
 * writes the file and asks for health.
 */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runChild } from '../measure/run-child.ts';
import type { PeerRun } from './peer-run.ts';

const TIMEOUT_MS = 60_000;
const FAN_OUT = 10;
const HOST_JOB = `#!/bin/sh
set -e
echo "version=2 host=$1" > "$2/$1.conf"
grep -q version=2 "$2/$1.conf"
`;

export async function rollByPdsh(folder: string, hosts: number): Promise<PeerRun> {
  const fleet = join(folder, 'fleet');
  mkdirSync(fleet, { recursive: true });
  const job = join(folder, 'host-job.sh');
  writeFileSync(job, HOST_JOB, { mode: 0o755 });
  const args = ['-S', '-R', 'exec', '-f', String(FAN_OUT), '-w', `h[1-${hosts}]`, job, '%h', fleet];
  const run = await runChild('pdsh', args, { cwd: folder, timeoutMs: TIMEOUT_MS });
  const changed = readdirSync(fleet).length;
  if (run.status !== 0 || changed !== hosts)
    throw new Error(`pdsh ended with ${run.status} and changed ${changed} of ${hosts} hosts: ${run.tail}`);
  return { hosts, cpuUs: run.cpuUs, wallMs: run.wallMs };
}
