/** Configuration of one enclave of the demo: a gateway, a runner, what they may touch. */
import { join } from 'node:path';
import { mkdirSync, writeFileSync } from 'node:fs';
import { encodePublicKey, publicKeyOf, signerPem } from '@countersign/seal';
import { taskKeysFile } from '../estate/host/host-files.ts';
import type { EstateLayout } from '../estate/layout.ts';
import { inventoryOf } from '../estate/documents/inventory.ts';
import { writeJson } from './files.ts';
import type { Keyring } from './keyring.ts';
import { DEMO_ORGANISATION } from './people.ts';
import { demoRoot } from './trust.ts';

export interface EnclavePlan {
  readonly folder: string;
  readonly address: { readonly enclave: string; readonly runner: string; readonly environment: string };
  readonly estate: { readonly layout: EstateLayout; readonly baseUrl: string; readonly stateDir: string };
  /** Of the gateway: where it calls and what it shows there. */
  readonly link: object;
  /** False: a production root is pinned, and demo keys are refused. */
  readonly allowDemo?: boolean;
}

/** Writes `gateway.json`, `runner.json`, `targets.json` and `catalogue.json`; the runner's key is made inside the enclave. */
export function writeEnclave(keys: Keyring, { folder, address, estate, link, allowDemo = true }: EnclavePlan): void {
  const { enclave, runner, environment } = address;
  for (const name of ['inbox', 'outbox', 'held']) mkdirSync(join(folder, name), { recursive: true, mode: 0o700 });
  keys.signer(runner);
  const common = { organisation: DEMO_ORGANISATION, enclave, inbox: 'inbox', outbox: 'outbox', egress: 'sanitized' };
  writeFileSync(join(folder, '1.root.json'), demoRoot(keys, allowDemo));
  const pinned = { root: '1.root.json', allowDemo };
  writeJson(join(folder, 'gateway.json'), {
    ...common,
    ...pinned,
    held: 'held',
    state: 'gateway',
    link,
  });
  writeJson(join(folder, 'runner.json'), {
    ...common,
    runner,
    environment,
    keyFile: keys.fileOf(runner),
    ...pinned,
    state: 'runner',
    targets: 'targets.json',
    catalogue: 'catalogue.json',
  });
  trustTasks(keys, { folder, runner, stateDir: estate.stateDir });
  writeJson(join(folder, 'targets.json'), targetsOf(estate));
  writeJson(join(folder, 'catalogue.json'), catalogueOf(runner));
}

/** X3: the hosts of the estate are given the public half of the key with which this runner makes task credentials. */
function trustTasks(
  keys: Keyring,
  { folder, runner, stateDir }: { readonly folder: string; readonly runner: string; readonly stateDir: string },
): void {
  const key = keys.signer(`${runner}-task`);
  mkdirSync(join(folder, 'runner'), { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, 'runner', 'task-key.pem'), signerPem(key), { mode: 0o600 });
  mkdirSync(stateDir, { recursive: true });
  writeJson(taskKeysFile(stateDir), [{ issuer: runner, publicKey: encodePublicKey(publicKeyOf(key)) }]);
}

/** The runner asks probes below a host's own address, so that `/probe/checkout` means that host's. */
function targetsOf({ layout, baseUrl, stateDir }: EnclavePlan['estate']): unknown {
  const { targets, dependants } = inventoryOf(layout, { baseUrl, stateDir });
  return {
    targets: targets.map((target) => ({ ...target, baseUrl: `${baseUrl}/hosts/${target.id}` })),
    dependants,
  };
}

/** X2: whole files by exact name, one service. */
function catalogueOf(runner: string): unknown {
  const service = { adapters: ['config', 'service'], services: ['app'] };
  return {
    type: 'catalogue',
    runner,
    entries: [
      { action: 'package.patch', ...service, paths: ['lib/openssl.json'] },
      { action: 'config.change', ...service, paths: ['etc/app.conf'] },
      { action: 'service.restart', adapters: ['service'], paths: [], services: ['app'] },
    ],
  };
}
