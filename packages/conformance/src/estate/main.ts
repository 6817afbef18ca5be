/**
 * The demo estate as a program: boots every host from its files, serves them on loopback, announces itself, and ends with
 * its parent. One process serves all 1,240 hosts.
 */
import type { AddressInfo } from 'node:net';
import { readConfig, type EstateConfig } from './config.ts';
import { writeDocuments, type EstateDocuments } from './documents/write-documents.ts';
import { estateOf } from './layout.ts';
import { Estate } from './serve/estate.ts';
import { estateServer } from './serve/server.ts';

/** Sent to the parent as `{ up: ... }` over IPC, and printed as one line. */
export interface EstateUp {
  readonly profile: EstateConfig['profile'];
  readonly port: number;
  readonly baseUrl: string;
  readonly hosts: number;
  readonly running: number;
  readonly checkoutHost: string;
  readonly documents: EstateDocuments;
}

const LOOPBACK = '127.0.0.1';

function run({ stateDir, profile, seed, port }: EstateConfig): void {
  const layout = estateOf(profile, seed);
  const estate = Estate.boot(layout, stateDir, Date.now());
  const server = estateServer(estate, Date.now);
  server.on('error', (error: NodeJS.ErrnoException) => {
    fail(error.code === 'EADDRINUSE' ? `port ${port} is in use` : error.message);
  });
  server.listen(port, LOOPBACK, () => {
    const address = portOf(server.address());
    const baseUrl = `http://${LOOPBACK}:${address}`;
    const documents = writeDocuments(layout, { stateDir, baseUrl, nowMs: Date.now() });
    const { hosts, running } = estate.summary(Date.now());
    announce({ profile, port: address, baseUrl, hosts, running, checkoutHost: layout.checkoutHost, documents });
  });
  const stop = (): void => {
    server.close();
    server.closeAllConnections();
    // Without its channel the parent no longer holds this process; with it, the open channel would keep it alive.
    if (process.connected) process.disconnect();
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  // A parent that dies must not leave an estate behind.
  process.once('disconnect', stop);
}

function announce(up: EstateUp): void {
  process.stdout.write(`${JSON.stringify({ up })}\n`);
  process.send?.({ up });
}

const portOf = (address: AddressInfo | string | null): number =>
  typeof address === 'object' && address !== null ? address.port : 0;

function fail(reason: string): void {
  process.stderr.write(`the demo estate cannot start: ${reason}\n`);
  process.exitCode = 1;
  if (process.connected) process.disconnect();
}

try {
  const config = readConfig(process.argv.slice(2), process.env);
  if (config.ok) run(config.value);
  else fail(config.refusal.detail);
} catch (error) {
  fail(error instanceof Error ? error.message : String(error));
}
