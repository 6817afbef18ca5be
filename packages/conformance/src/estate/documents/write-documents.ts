/** Leaves the estate's papers beside its hosts, for programs that may not compute the layout themselves. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFile } from '../host/host-files.ts';
import { SOUND_APP_CONF, type EstateLayout } from '../layout.ts';
import { PATCHED_OPENSSL } from '../packages.ts';
import { checkoutTimeoutsAlert, vulnerabilityAlert } from './alertmanager.ts';
import { inventoryOf } from './inventory.ts';
import { opensslSarif } from './sarif.ts';
import { graphInputOf } from './system-graph.ts';

/** Where each document was written; the signals are dated `nowMs`. */
export interface EstateDocuments {
  readonly inventory: string;
  readonly systemGraph: string;
  readonly opensslSarif: string;
  readonly vulnerabilityAlert: string;
  readonly checkoutAlert: string;
  /** New content of `lib/openssl.json` that the vendor publishes for the CVE. */
  readonly patchedOpenssl: string;
  /** Content of `etc/app.conf` that mends the checkout host. */
  readonly soundAppConf: string;
}

export function writeDocuments(
  layout: EstateLayout,
  where: { readonly stateDir: string; readonly baseUrl: string; readonly nowMs: number },
): EstateDocuments {
  const folder = join(where.stateDir, 'documents');
  mkdirSync(folder, { recursive: true });
  const keep = (name: string, content: string): string => {
    const path = join(folder, name);
    replaceFile(path, content);
    return path;
  };
  const write = (name: string, document: object): string => keep(name, `${JSON.stringify(document)}\n`);
  return {
    inventory: write('inventory.json', inventoryOf(layout, where)),
    systemGraph: write('system-graph.json', graphInputOf(layout)),
    opensslSarif: write('openssl.sarif.json', opensslSarif(layout, where.nowMs)),
    vulnerabilityAlert: write('vulnerability-alert.json', vulnerabilityAlert(layout, where.nowMs)),
    checkoutAlert: write('checkout-alert.json', checkoutTimeoutsAlert(layout, where.nowMs)),
    patchedOpenssl: keep('patched-openssl.json', PATCHED_OPENSSL),
    soundAppConf: keep('sound-app.conf', SOUND_APP_CONF),
  };
}
