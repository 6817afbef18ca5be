/** Puts the files of a planned estate on disk, once; later starts find the folder and change nothing in it. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EstateHost, EstateLayout, EstateService } from '../layout.ts';
import { appConfText, opensslText, validatorText } from '../packages.ts';

export const hostRoot = (stateDir: string, hostId: string): string => join(stateDir, 'hosts', hostId);
export const controlTokenFile = (root: string): string => join(root, 'run', 'control.token');
/** Public keys of the runners that hosts of this estate obey: `[{ issuer, publicKey }]`, put there by who owns the hosts. */
export const taskKeysFile = (stateDir: string): string => join(stateDir, 'task-keys.json');
export const serviceFile = (stateDir: string, serviceId: string): string =>
  join(stateDir, 'services', `${serviceId}.json`);

/**
 * Creates what is missing. The marker `estate.json` is written last: a folder without it was left half made and is made
 * again. A folder of another profile or seed is refused, because its hosts would not be the planned ones.
 */
export function writeEstate(layout: EstateLayout, stateDir: string): 'created' | 'adopted' {
  const marker = join(stateDir, 'estate.json');
  const plan = `${JSON.stringify({ profile: layout.profile, seed: layout.seed, hosts: layout.hosts.length })}\n`;
  if (existsSync(marker)) {
    if (readFileSync(marker, 'utf8') === plan) return 'adopted';
    throw new Error(`the state folder holds another estate than ${plan.trim()}; use a new folder`);
  }
  mkdirSync(join(stateDir, 'services'), { recursive: true });
  for (const host of layout.hosts) writeHost(host, hostRoot(stateDir, host.id));
  for (const service of layout.services) writeFileSync(serviceFile(stateDir, service.id), objectiveText(service));
  replaceFile(marker, plan);
  return 'created';
}

/** Readers see the old file or the new one, never a part. */
export function replaceFile(path: string, content: string): void {
  const next = `${path}.next`;
  writeFileSync(next, content);
  renameSync(next, path);
}

function writeHost(host: EstateHost, root: string): void {
  for (const folder of ['etc', 'lib', 'run']) mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(join(root, 'etc', 'app.conf'), appConfText(host.role, host.upstreamTimeoutMs));
  writeFileSync(join(root, 'etc', 'upstream.json'), `${JSON.stringify({ latencyMs: host.upstreamLatencyMs })}\n`);
  writeFileSync(join(root, 'lib', 'openssl.json'), opensslText(host.opensslVersion));
  writeFileSync(join(root, 'lib', 'tls-validator.json'), validatorText(host.tlsValidator));
  // Whoever can read the host's files may restart its service; a runner shows a task credential instead.
  writeFileSync(controlTokenFile(root), randomBytes(32).toString('hex'), { mode: 0o600 });
}

function objectiveText({ id, minSuccessPerMille, requestsPerSecond }: EstateService): string {
  return `${JSON.stringify({ service: id, minSuccessPerMille, requestsPerSecond }, null, 2)}\n`;
}
