/**
 * An enclave without a control plane: real configuration, the demo's 1,240 targets, a signed trust bundle, and a server that
 * answers the gateway's poll once with that bundle and then keeps it waiting, as a quiet control plane does.
 */
import { writeFileSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { instantOf } from '@countersign/core';
import type { PollAnswer } from '@countersign/seal';
import { writeEnclave } from '../../demo/enclave-files.ts';
import { Keyring } from '../../demo/keyring.ts';
import { demoTrustBundle, ENCLAVES, signTrustBundle } from '../../demo/trust.ts';
import { productionEstate } from '../../estate/layout.ts';

export interface QuietEnclave {
  readonly folder: string;
  /** The gateway took the delivery and polls for more. */
  readonly untilConnected: () => Promise<void>;
  readonly close: () => Promise<void>;
}

const CONNECT_MS = 20_000;
const LOOK_MS = 50;

export async function makeEnclave(folder: string): Promise<QuietEnclave> {
  const keys = new Keyring(join(folder, 'keys'));
  const bundle = signTrustBundle(keys, demoTrustBundle(keys, { now: instantOf(Date.now()), version: 1, passkeys: {} }));
  const quiet = quietControl({ next: 1, deliveries: [{ seq: 1, delivery: { kind: 'trust', trust: bundle } }] });
  await new Promise<void>((done) => quiet.server.listen(0, '127.0.0.1', done));
  const address = quiet.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const controlUrl = `http://127.0.0.1:${port}`;
  const production = ENCLAVES.find(({ enclave }) => enclave === 'production');
  if (production === undefined) throw new Error('the demo has no production enclave');
  const estate = { layout: productionEstate(), baseUrl: controlUrl, stateDir: join(folder, 'estate') };
  const home = join(folder, 'enclave');
  const shows = { kind: 'token', file: 'gateway.token' };
  writeEnclave(keys, { folder: home, address: production, estate, link: { kind: 'control', url: controlUrl, shows } });
  writeFileSync(join(home, 'gateway.token'), 'not-a-secret-of-anything\n', { mode: 0o600 });
  return {
    folder: home,
    async untilConnected() {
      const untilMs = performance.now() + CONNECT_MS;
      while (!quiet.isWaiting()) {
        if (performance.now() > untilMs) throw new Error(`the gateway did not poll within ${CONNECT_MS} ms`);
        await pause(LOOK_MS);
      }
    },
    async close() {
      quiet.server.closeAllConnections();
      await new Promise<void>((done) => quiet.server.close(() => done()));
    },
  };
}

function quietControl(first: PollAnswer): { readonly server: Server; readonly isWaiting: () => boolean } {
  const waiting = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    const after = new URL(request.url ?? '/', 'http://control').searchParams.get('after');
    if (request.method === 'GET' && Number(after) < first.next) {
      response.setHeader('content-type', 'application/json').end(JSON.stringify(first));
      return;
    }
    waiting.add(response);
    response.once('close', () => waiting.delete(response));
  });
  return { server, isWaiting: () => waiting.size > 0 };
}
